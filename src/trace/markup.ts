/** Text for SVG and HTML. */
import { printable } from './printable.js';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A text of one line as content or as a value in double quotes. XML 1.0 2.2 has no control characters, however written. */
export function escaped(text: string): string {
  return escapedLines(printable(text));
}

/** The same of a text whose lines and tabs stay. */
export function escapedLines(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}
