/** Quoted strings, octets and copies: the conversions between what is on the wire and what a reader wants. */

import { octetsOf } from './characters.js';

/** A quoted-string (RFC 3261 25.1) around the text: `"` and `\` escaped. */
export function quote(text: string): string {
  if (!text.includes('"') && !text.includes('\\')) return `"${text}"`;
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** The content of a quoted-string, escapes removed. A text that is not quoted is returned as it is. */
export function unquote(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== 0x22 || text.charCodeAt(text.length - 1) !== 0x22) return text;
  const content = text.slice(1, -1);
  return content.includes('\\') ? content.replace(/\\([\s\S])/g, '$1') : content;
}

/** Latin1 octets read as UTF-8, for display. Octets that are not UTF-8 become U+FFFD. */
export function decodeUtf8(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('utf8');
}

/** Text as the latin1 octets of its UTF-8 form, ready to stand in a message. */
export function encodeUtf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** A copy of its own: what is kept longer than its message (tag, contact, nonce) must not pin the message's text in memory. */
export function detached(text: string): string {
  return octetsOf(text).toString('latin1', 0, text.length);
}

/** Line folds (CRLF and white space, with the white space before it) as one SP (SIP-03). */
export function unfold(text: string): string {
  let unfolded = '';
  let from = 0;
  for (let lf = text.indexOf('\n'); lf !== -1; lf = text.indexOf('\n', from)) {
    let end = lf;
    while (end > from && isBlank(text.charCodeAt(end - 1))) end--;
    unfolded += `${text.slice(from, end)} `;
    from = lf + 1;
    while (from < text.length && isBlank(text.charCodeAt(from))) from++;
  }
  return unfolded + text.slice(from);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}
