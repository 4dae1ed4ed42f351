import { canonicalName } from './header-names.js';

/** One header line with its CRLF. Line ends in the value become SP: a value can never begin a line of its own. */
export function headerLine(name: string, value: string): string {
  return `${canonicalName(name)}: ${oneLine(value)}\r\n`;
}

/** The text with CR and LF as SP. */
export function oneLine(text: string): string {
  return text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]+/g, ' ') : text;
}
