/**
 * Character classes of the SIP grammar (RFC 3261 25.1) as one table of bits, and the few scanners that stand on it.
 * Scanners read octets, three times as fast as the characters of a string; values are sliced from the latin1 text, where
 * the same offsets hold. `end` is exclusive, and nothing at or after it counts.
 */

/** token, RFC 3261 25.1. */
export const TOKEN = 1;
export const DIGIT = 2;
export const HEX = 4;
/** What stands unescaped in a user part: unreserved and user-unreserved. */
export const USER = 8;
/** What stands unescaped in a password. */
export const PASSWORD = 16;
/** Host names and IPv4 addresses; the underscore of container names is tolerated. */
export const HOST = 32;
/** uric of an absolute URI, brackets included. */
export const URIC = 64;
/** What stands unescaped in a URI parameter. */
export const URI_PARAMETER = 128;
/** What stands unescaped in a URI header. */
export const URI_HEADER = 256;
/** Unquoted value of a header parameter: any visible octet that does not end the value (liberal: gen-value is token / host). */
export const VALUE = 512;
export const SCHEME = 1024;
/** Any octet of a word as Call-ID uses it. */
export const WORD = 2048;

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const unreserved = `${alphanumeric}-_.!~*'()`;

const classes = new Uint16Array(256);
function add(bit: number, characters: string): void {
  for (let i = 0; i < characters.length; i++) classes[characters.charCodeAt(i)]! |= bit;
}
add(TOKEN, `${alphanumeric}-.!%*_+\`'~`);
add(DIGIT, '0123456789');
add(HEX, '0123456789abcdefABCDEF');
add(USER, `${unreserved}&=+$,;?/`);
add(PASSWORD, `${unreserved}&=+$,`);
add(HOST, `${alphanumeric}-._`);
add(URIC, `${unreserved};/?:@&=+$,[]#`);
add(URI_PARAMETER, `${unreserved}[]/:&+$`);
add(URI_HEADER, `${unreserved}[]/?:+$`);
add(SCHEME, `${alphanumeric}+-.`);
for (let c = 0x21; c < 256; c++) {
  if (c === 0x7f) continue;
  classes[c]! |= WORD;
  if (!'",;<>\\'.includes(String.fromCharCode(c))) classes[c]! |= VALUE;
}

/** ASCII upper case to lower case, everything else to itself. */
const folded = new Uint8Array(256);
for (let c = 0; c < 256; c++) folded[c] = c >= 0x41 && c <= 0x5a ? c + 32 : c;

export function isOf(bit: number, code: number): boolean {
  return (classes[code]! & bit) !== 0;
}

/** A table of one class, 1 for its members: the innermost loops read one of their own module fastest. */
export function tableOf(bit: number): Uint8Array {
  return Uint8Array.from(classes, (bits) => ((bits & bit) === 0 ? 0 : 1));
}

/** The octets of a short lower-case text, to compare with by `hasAt`. */
export function octetsOfName(lowerName: string): Uint8Array {
  return Uint8Array.from(lowerName, (character) => character.charCodeAt(0));
}

/** The first position at or after `pos` whose octet is not of the class. */
export function skip(bit: number, octets: Uint8Array, pos: number, end: number): number {
  while (pos < end && (classes[octets[pos]!]! & bit) !== 0) pos++;
  return pos;
}

/** As `skip`, where `%` and two hex digits also belong to the class. Stops at a broken escape. */
export function skipEscaped(bit: number, octets: Uint8Array, pos: number, end: number): number {
  while (pos < end) {
    const code = octets[pos]!;
    if ((classes[code]! & bit) !== 0) pos++;
    else if (code === 0x25 && pos + 2 < end && isOf(HEX, octets[pos + 1]!) && isOf(HEX, octets[pos + 2]!)) pos += 3;
    else break;
  }
  return pos;
}

/** Past SP and HTAB (values are unfolded before they are scanned). */
export function skipSpace(octets: Uint8Array, pos: number, end: number): number {
  while (pos < end) {
    const code = octets[pos]!;
    if (code !== 0x20 && code !== 0x09) break;
    pos++;
  }
  return pos;
}

/** The end of the span without its trailing SP and HTAB. */
export function trimEnd(octets: Uint8Array, start: number, end: number): number {
  while (end > start) {
    const code = octets[end - 1]!;
    if (code !== 0x20 && code !== 0x09) break;
    end--;
  }
  return end;
}

/** The octets have the lower-case name at `pos`, ASCII case ignored. */
export function hasAt(octets: Uint8Array, pos: number, lowerName: Uint8Array): boolean {
  for (let i = 0; i < lowerName.length; i++) {
    if (folded[octets[pos + i]!] !== lowerName[i]) return false;
  }
  return true;
}

/** A decimal number of the whole span, or -1 when it is none or above `max`. Leading zeros are allowed (SIP-09: bounded, never lossy). */
export function decimal(octets: Uint8Array, start: number, end: number, max: number): number {
  if (start >= end) return -1;
  let value = 0;
  for (let pos = start; pos < end; pos++) {
    const digit = octets[pos]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > max) return -1;
  }
  return value;
}

/** The whole text as a decimal number up to `max`, or undefined. */
export function parseDecimal(text: string, max: number): number | undefined {
  const value = decimal(octetsOf(text), 0, text.length, max);
  return value === -1 ? undefined : value;
}

let scratch = Buffer.allocUnsafeSlow(4096);

/** Up to this length the octets of a text are stored here: the way into the runtime and back costs more. */
const shortLengthMax = 32;

/** The octets of a latin1 text, at the start of one buffer that the next call writes again. */
export function octetsOf(text: string): Buffer {
  const { length } = text;
  if (length <= shortLengthMax) {
    for (let i = 0; i < length; i++) scratch[i] = text.charCodeAt(i);
    return scratch;
  }
  if (length > scratch.length) scratch = Buffer.allocUnsafeSlow(length * 2);
  scratch.write(text, 0, 'latin1');
  return scratch;
}

/** ASCII case folded: latin1 octets are parts of UTF-8 and must stay as they are. Mostly there is nothing to fold. */
export function lowerCase(text: string): string {
  let isLower = true;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return lowerCaseAscii(text);
    if (folded[code] !== code) isLower = false;
  }
  return isLower ? text : text.toLowerCase();
}

function lowerCaseAscii(text: string): string {
  let lower = '';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    lower += String.fromCharCode(folded[code] ?? code);
  }
  return lower;
}
