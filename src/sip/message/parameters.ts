/** Header parameters: *( ";" name [ "=" token / host / quoted-string ] ) with white space around every separator (SIP-03). */
import { hasAt, lowerCase, octetsOf, skipSpace, TOKEN, tableOf, VALUE } from './characters.js';
import { unquote } from './text.js';

const tokens = tableOf(TOKEN);
const values = tableOf(VALUE);

/** Parameters of a header or a URI: names lower case, quoted values unquoted, `true` where there is no value. */
export type Parameters = ReadonlyMap<string, string | true>;

export const noParameters: Parameters = new Map<string, string | true>();

/** Where parameters are collected: from the text of the scanned octets; the first of equal names counts. */
interface Collector {
  readonly text: string;
  readonly parameters: Map<string, string | true>;
}

/**
 * Where the value of the parameter that a scan was asked to look out for stands; `start` is -1 when there was none. `found` tells of a
 * parameter without a value. The first of equal names counts.
 */
export const watched = { start: -1, end: -1, found: false };

/**
 * Scans parameters from `pos` to the end of the span or to a comma. Returns where it stopped, or the complement of the
 * fault's offset. With `watch` (a lower-case name) it leaves the place of that one's value in `watched`.
 */
export function scanParameters(
  octets: Uint8Array,
  pos: number,
  end: number,
  watch?: Uint8Array,
  into?: Collector,
): number {
  watched.start = -1;
  watched.found = false;
  for (;;) {
    while (pos < end && (octets[pos] === 0x20 || octets[pos] === 0x09)) pos++;
    if (pos === end) return end;
    const code = octets[pos]!;
    if (code === 0x2c) return pos;
    if (code !== 0x3b) return ~pos;
    pos++;
    if (pos < end && octets[pos]! <= 0x20) pos = skipSpace(octets, pos, end);
    const nameStart = pos;
    while (pos < end && tokens[octets[pos]!] === 1) pos++;
    if (pos === nameStart) return ~pos;
    const nameEnd = pos;
    if (pos < end && octets[pos]! <= 0x20) pos = skipSpace(octets, pos, end);
    let valueStart = -1;
    if (pos < end && octets[pos] === 0x3d) {
      pos++;
      if (pos < end && octets[pos]! <= 0x20) pos = skipSpace(octets, pos, end);
      valueStart = pos;
      if (octets[pos] === 0x22) pos = skipQuoted(octets, pos, end);
      else while (pos < end && values[octets[pos]!] === 1) pos++;
      if (pos === valueStart) return ~pos;
    }
    if (
      watch !== undefined &&
      nameEnd - nameStart === watch.length &&
      !watched.found &&
      hasAt(octets, nameStart, watch)
    ) {
      watched.found = true;
      watched.start = valueStart;
      watched.end = pos;
    }
    if (into === undefined) continue;
    const name = lowerCase(into.text.slice(nameStart, nameEnd));
    if (into.parameters.has(name)) continue;
    into.parameters.set(name, valueStart === -1 ? true : unquote(into.text.slice(valueStart, pos)));
  }
}

/** The parameters of the text from `start` to its end (or to a fault). `octets` are those of the text. */
export function readParameters(text: string, octets: Uint8Array, start: number): Parameters {
  if (skipSpace(octets, start, text.length) === text.length) return noParameters;
  const parameters = new Map<string, string | true>();
  scanParameters(octets, start, text.length, undefined, { text, parameters });
  return parameters;
}

/** Past the quoted-string that begins at `start`; `start` itself when it is not closed before `end`. */
export function skipQuoted(octets: Uint8Array, start: number, end: number): number {
  for (let pos = start + 1; pos < end; pos++) {
    const code = octets[pos];
    if (code === 0x22) return pos + 1;
    if (code === 0x5c) pos++;
  }
  return start;
}

/** The values of a comma list (SIP-04), trimmed: commas in quoted strings and in `<>` do not count. Empty values are left out. */
export function splitList(text: string): string[] {
  if (!text.includes(',')) return text === '' ? [] : [text];
  const octets = octetsOf(text);
  const values: string[] = [];
  for (let pos = 0; pos < text.length; ) {
    const comma = endOfValue(octets, pos, text.length);
    const value = text.slice(pos, comma).trim();
    if (value !== '') values.push(value);
    pos = comma + 1;
  }
  return values;
}

/** The first value of a comma list. */
export function firstOfList(text: string): string {
  return text.includes(',') ? text.slice(0, endOfValue(octetsOf(text), 0, text.length)).trimEnd() : text;
}

/** The offset of the comma that ends the list value beginning at `pos`, or `end`. */
export function endOfValue(octets: Uint8Array, pos: number, end: number): number {
  let inAngles = false;
  while (pos < end) {
    const code = octets[pos]!;
    if (code === 0x22 && !inAngles) {
      const close = skipQuoted(octets, pos, end);
      if (close === pos) return end;
      pos = close;
      continue;
    }
    if (code === 0x3c) inAngles = true;
    else if (code === 0x3e) inAngles = false;
    else if (code === 0x2c && !inAngles) return pos;
    pos++;
  }
  return end;
}
