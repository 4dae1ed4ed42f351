/** The text with CR and LF as SP: a header's value can never begin a line of its own. */
export function oneLine(text: string): string {
  return text.includes('\n') || text.includes('\r') ? text.replace(/[\r\n]+/g, ' ') : text;
}
