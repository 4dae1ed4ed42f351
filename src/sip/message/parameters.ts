/** Header parameters: *( ";" name [ "=" token / host / quoted-string ] ) with white space around every separator (SIP-03). */
import { hasAt, lowerCase, octetsOf, octetsOfName, skipSpace, TOKEN, tableOf, VALUE } from './characters.js';
import { unquote } from './text.js';

const tokens = tableOf(TOKEN);
const values = tableOf(VALUE);

/** Parameters of a header or a URI: names lower case, quoted values unquoted, `true` where there is no value. */
export type Parameters = ReadonlyMap<string, string | true>;

export const noParameters: Parameters = new Map<string, string | true>();
const none: readonly WatchedParameter[] = [];

/** Where parameters are collected: from the text of the scanned octets; the first of equal names counts. */
interface Collector {
  readonly text: string;
  readonly parameters: Map<string, string | true>;
}

/** A parameter that a scan is asked to look out for, and where the last one has found its value. The first of equal names counts. */
export class WatchedParameter {
  /** In lower case. */
  readonly name: Uint8Array;
  /** It was there, perhaps without a value. */
  isFound = false;
  /** Of its value, in quotes perhaps; -1: it has none. */
  start = -1;
  end = -1;

  constructor(lowerName: string) {
    this.name = octetsOfName(lowerName);
  }

  /** Of the text whose octets were scanned last: unquoted, `true` where there is no value, undefined where it was not there. */
  valueIn(text: string): string | true | undefined {
    if (!this.isFound) return undefined;
    return this.start === -1 ? true : unquote(text.slice(this.start, this.end));
  }
}

/**
 * Scans parameters from `pos` to the end of the span or to a comma. Returns where it stopped, or the complement of the
 * fault's offset. Each of `watched` then tells of its own.
 */
export function scanParameters(
  octets: Uint8Array,
  pos: number,
  end: number,
  watched: readonly WatchedParameter[],
  into?: Collector,
): number {
  for (const each of watched) {
    each.isFound = false;
    each.start = -1;
  }
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
    const nameLength = nameEnd - nameStart;
    for (const each of watched) {
      if (each.name.length !== nameLength || each.isFound || !hasAt(octets, nameStart, each.name)) continue;
      each.isFound = true;
      each.start = valueStart;
      each.end = pos;
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
  scanParameters(octets, start, text.length, none, { text, parameters });
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
