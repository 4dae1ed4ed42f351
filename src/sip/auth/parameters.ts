/**
 * The `Digest name=value, name="value"` syntax shared by WWW-Authenticate, Proxy-Authenticate, Authorization,
 * Proxy-Authorization and, without the scheme, Authentication-Info (RFC 2617 1.2, RFC 3261 25.1).
 *
 * One pass over the octets; no regular expressions. Values are slices: copy what outlives the message.
 */
import { hasAt, octetsOf, octetsOfName } from '../message/characters.js';

/** Where the parameter that `scanParameter` found last stands in the text. Written anew by each call: the scan allocates nothing. */
const found = {
  /** Of the name, as received. */
  start: 0,
  nameEnd: 0,
  /** Of the value, without its quotes. */
  valueStart: 0,
  valueEnd: 0,
  quoted: false,
  /** The value has quoted-pairs. */
  escaped: false,
  /** Past the value and its closing quote. */
  end: 0,
};

/** A parameter's place, kept. */
interface Span {
  readonly quoted: boolean;
  /** From the first character of the name. */
  readonly start: number;
  /** Past the value (and its closing quote). */
  readonly end: number;
}

/** Values that are tokens, never quoted, in what we send (RFC 2617 3.2.1, 3.2.2; RFC 3261 25.1). `qop` depends on the header. */
export const tokenParameters: ReadonlySet<string> = new Set(['algorithm', 'stale', 'nc', 'qop']);

/** Names that RFC 2617, RFC 3310 and TS 24.229 7.2A know: of what is read, nearly all are one of them. */
const knownNames = [
  ...['username', 'realm', 'nonce', 'uri', 'response', 'algorithm', 'qop', 'nc', 'cnonce', 'opaque', 'auts'],
  ...['integrity-protected', 'stale', 'domain', 'ck', 'ik', 'nextnonce', 'rspauth'],
];
const places = new Map(knownNames.map((name, place) => [name, place]));
const placesByLength: { readonly place: number; readonly octets: Uint8Array }[][] = [];
for (const [name, place] of places) {
  placesByLength[name.length] ??= [];
  placesByLength[name.length]!.push({ place, octets: octetsOfName(name) });
}
const noValues = knownNames.map((): string | undefined => undefined);

/** The parameters of a header: names in lower case, values unquoted. Known names have their places, so that most headers need no table. */
export class DigestParameters {
  private constructor(
    private readonly values = noValues.slice(),
    private others: Map<string, string> | undefined = undefined,
  ) {}

  /** Those of the text from `start`; undefined if the syntax is broken. The first of a repeated name counts. */
  static read(value: string, octets: Uint8Array, start: number): DigestParameters | undefined {
    const { length } = value;
    const parameters = new DigestParameters();
    for (let at = skipSeparators(octets, start, length); at < length; at = skipSeparators(octets, found.end, length)) {
      if (!scanParameter(octets, at, length)) return undefined;
      parameters.add(value, octets);
    }
    return parameters;
  }

  get(lowerName: string): string | undefined {
    const place = places.get(lowerName);
    return place === undefined ? this.others?.get(lowerName) : this.values[place];
  }

  /** The same with another nonce. */
  withNonce(nonce: string): DigestParameters {
    return new DigestParameters(this.values.with(places.get('nonce')!, nonce), this.others);
  }

  /** The parameter that was found last. */
  private add(value: string, octets: Uint8Array): void {
    const place = foundPlace(octets);
    if (place !== undefined) {
      this.values[place] ??= foundValue(value);
      return;
    }
    const name = value.slice(found.start, found.nameEnd).toLowerCase();
    this.others ??= new Map();
    if (!this.others.has(name)) this.others.set(name, foundValue(value));
  }
}

/** The parameters after a `Digest` scheme, or undefined if the scheme is another one or the syntax is broken. */
export function parseDigest(value: string): DigestParameters | undefined {
  const octets = octetsOf(value);
  const start = digestStart(octets, value.length);
  return start < 0 ? undefined : DigestParameters.read(value, octets, start);
}

/** Parameters without a scheme before them. Undefined if the syntax is broken. */
export function parseParameters(value: string): DigestParameters | undefined {
  return DigestParameters.read(value, octetsOf(value), 0);
}

/**
 * The first parameter of that name (lower case) after a `Digest` scheme, for who wants no other one. Undefined as
 * `parseDigest` is, or where it is not there.
 */
export function digestParameter(value: string, name: string): string | undefined {
  const { length } = value;
  const octets = octetsOf(value);
  const start = digestStart(octets, length);
  if (start < 0) return undefined;
  let wanted: string | undefined;
  for (let at = skipSeparators(octets, start, length); at < length; at = skipSeparators(octets, found.end, length)) {
    if (!scanParameter(octets, at, length)) return undefined;
    if (wanted === undefined && isNamed(value, name)) wanted = foundValue(value);
  }
  return wanted;
}

/**
 * `value` with one parameter set, overwritten or (with `undefined`) removed; all else stays as received. An
 * overwritten one keeps its quoting, a new one goes to the end, quoted unless it is a token by grammar.
 */
export function withParameter(value: string, name: string, newValue: string | undefined): string {
  const lowerCaseName = name.toLowerCase();
  const octets = octetsOf(value);
  const first = Math.max(digestStart(octets, value.length), 0);
  const spans = spansOf(value, octets, first, lowerCaseName);
  let out = value;
  // From the end to the start, so that the spans before stay right.
  for (let i = spans.length - 1; i >= 0; i--) {
    const span = spans[i]!;
    if (newValue === undefined || i > 0) {
      out = cut(out, span, first);
    } else {
      const nameAsReceived = out.slice(span.start, span.start + name.length);
      const replacement = `${nameAsReceived}=${span.quoted ? quote(newValue) : newValue}`;
      out = out.slice(0, span.start) + replacement + out.slice(span.end);
    }
  }
  if (spans.length > 0 || newValue === undefined) return out;
  // Nothing was changed: the octets are still those of the text.
  const added = `${name}=${tokenParameters.has(lowerCaseName) ? newValue : quote(newValue)}`;
  const separator = skipSeparators(octets, first, out.length) < out.length ? ',' : first > 0 ? ' ' : '';
  return `${out.trimEnd()}${separator}${added}`;
}

/** All occurrences of one parameter, up to the end or the first syntax error. */
function spansOf(value: string, octets: Uint8Array, first: number, name: string): readonly Span[] {
  const spans: Span[] = [];
  const { length } = value;
  for (let at = skipSeparators(octets, first, length); at < length; at = skipSeparators(octets, found.end, length)) {
    if (!scanParameter(octets, at, length)) break;
    if (isNamed(value, name)) spans.push({ quoted: found.quoted, start: found.start, end: found.end });
  }
  return spans;
}

export function quote(value: string): string {
  if (value.indexOf('"') < 0 && value.indexOf('\\') < 0) return `"${value}"`;
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Index after the scheme `Digest` and its space, or -1. */
function digestStart(octets: Uint8Array, length: number): number {
  let start = 0;
  while (start < length && isSpace(octets[start]!)) start++;
  const end = start + digest.length;
  const fits = end <= length && hasAt(octets, start, digest) && (end === length || isSpace(octets[end]!));
  return fits ? end : -1;
}

const digest = octetsOfName('digest');

/** Removes a parameter together with the comma before it, or after it if it is the first. */
function cut(value: string, span: Span, first: number): string {
  const comma = value.lastIndexOf(',', span.start);
  if (comma >= first && value.slice(comma + 1, span.start).trim() === '')
    return value.slice(0, comma) + value.slice(span.end);
  return value.slice(0, span.start) + value.slice(skipSeparators(octetsOf(value), span.end, value.length));
}

/** Finds the parameter whose name begins at `start`; false where there is none. */
function scanParameter(octets: Uint8Array, start: number, length: number): boolean {
  let equals = start;
  while (equals < length && octets[equals] !== 0x3d) {
    const code = octets[equals]!;
    if (code === 0x2c || code === 0x22) return false;
    equals++;
  }
  if (equals === length) return false;
  let nameEnd = equals;
  while (nameEnd > start && isSpace(octets[nameEnd - 1]!)) nameEnd--;
  if (nameEnd === start) return false;
  for (let at = start; at < nameEnd; at++) if (octets[at] === 0x20) return false;
  let at = equals + 1;
  while (at < length && isSpace(octets[at]!)) at++;
  found.start = start;
  found.nameEnd = nameEnd;
  found.quoted = at < length && octets[at] === 0x22;
  found.escaped = false;
  if (found.quoted) return scanQuoted(octets, at + 1, length);
  let end = at;
  while (end < length && octets[end] !== 0x2c) end++;
  while (end > at && isSpace(octets[end - 1]!)) end--;
  found.valueStart = at;
  found.valueEnd = end;
  found.end = end;
  return true;
}

/** Finds the end of the quoted-string whose content begins at `start`; false where it is not closed. */
function scanQuoted(octets: Uint8Array, start: number, length: number): boolean {
  let at = start;
  while (at < length && octets[at] !== 0x22) {
    if (octets[at] === 0x5c) {
      found.escaped = true;
      at++;
    }
    at++;
  }
  found.valueStart = start;
  found.valueEnd = at;
  found.end = at + 1;
  return at < length;
}

/** Of a known name. */
function foundPlace(octets: Uint8Array): number | undefined {
  const { start, nameEnd } = found;
  const known = placesByLength[nameEnd - start];
  if (known !== undefined) for (const { place, octets: name } of known) if (hasAt(octets, start, name)) return place;
  return undefined;
}

function isNamed(value: string, lowerName: string): boolean {
  const { start, nameEnd } = found;
  return nameEnd - start === lowerName.length && value.slice(start, nameEnd).toLowerCase() === lowerName;
}

function foundValue(value: string): string {
  const inner = value.slice(found.valueStart, found.valueEnd);
  return found.escaped ? withoutQuotedPairs(inner) : inner;
}

/** Undoes quoted-pairs (RFC 3261 25.1). */
function withoutQuotedPairs(text: string): string {
  let out = '';
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) === 0x5c) at++;
    out += text.charAt(at);
  }
  return out;
}

function skipSeparators(octets: Uint8Array, from: number, length: number): number {
  let at = from;
  while (at < length && (isSpace(octets[at]!) || octets[at] === 0x2c)) at++;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}
