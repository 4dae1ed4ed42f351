/**
 * The `Digest name=value, name="value"` syntax shared by WWW-Authenticate, Proxy-Authenticate, Authorization,
 * Proxy-Authorization and, without the scheme, Authentication-Info (RFC 2617 1.2, RFC 3261 25.1).
 *
 * A scan by `indexOf`; no regular expressions. Values are slices: copy what outlives the message.
 */

/** Where the parameter that `scanParameter` found last stands in the text. Written anew by each call: the scan allocates nothing. */
const found = {
  /** Of the name, as received. */
  start: 0,
  nameEnd: 0,
  /** Of the value, without its quotes. */
  valueStart: 0,
  valueEnd: 0,
  quoted: false,
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

/** The parameters after a `Digest` scheme, or undefined if the scheme is another one or the syntax is broken. */
export function parseDigest(value: string): ReadonlyMap<string, string> | undefined {
  const start = digestStart(value);
  return start < 0 ? undefined : parseParameters(value, start);
}

/** Parameters from `start` on. The first of a repeated name counts. Undefined if the syntax is broken. */
export function parseParameters(value: string, start = 0): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  let at = start;
  while (true) {
    at = skipSeparators(value, at);
    if (at >= value.length) return parameters;
    if (!scanParameter(value, at)) return undefined;
    const name = value.slice(found.start, found.nameEnd).toLowerCase();
    if (!parameters.has(name)) parameters.set(name, foundValue(value));
    at = found.end;
  }
}

/**
 * The first parameter of that name (lower case) after a `Digest` scheme, for who wants no other one. Undefined as
 * `parseDigest` is, or where it is not there.
 */
export function digestParameter(value: string, name: string): string | undefined {
  const start = digestStart(value);
  if (start < 0) return undefined;
  let wanted: string | undefined;
  for (let at = skipSeparators(value, start); at < value.length; at = skipSeparators(value, found.end)) {
    if (!scanParameter(value, at)) return undefined;
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
  const first = Math.max(digestStart(value), 0);
  const spans = spansOf(value, first, lowerCaseName);
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
  const added = `${name}=${tokenParameters.has(lowerCaseName) ? newValue : quote(newValue)}`;
  const separator = skipSeparators(out, first) < out.length ? ',' : first > 0 ? ' ' : '';
  return `${out.trimEnd()}${separator}${added}`;
}

/** All occurrences of one parameter, up to the end or the first syntax error. */
function spansOf(value: string, first: number, name: string): readonly Span[] {
  const spans: Span[] = [];
  let at = skipSeparators(value, first);
  while (at < value.length) {
    if (!scanParameter(value, at)) break;
    if (isNamed(value, name)) spans.push({ quoted: found.quoted, start: found.start, end: found.end });
    at = skipSeparators(value, found.end);
  }
  return spans;
}

export function quote(value: string): string {
  if (value.indexOf('"') < 0 && value.indexOf('\\') < 0) return `"${value}"`;
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Index after the scheme `Digest` and its space, or -1. */
function digestStart(value: string): number {
  let start = 0;
  while (isSpace(value.charCodeAt(start))) start++;
  const end = start + 6;
  const fits =
    value.slice(start, end).toLowerCase() === 'digest' && (end === value.length || isSpace(value.charCodeAt(end)));
  return fits ? end : -1;
}

/** Removes a parameter together with the comma before it, or after it if it is the first. */
function cut(value: string, span: Span, first: number): string {
  const comma = value.lastIndexOf(',', span.start);
  if (comma >= first && value.slice(comma + 1, span.start).trim() === '')
    return value.slice(0, comma) + value.slice(span.end);
  return value.slice(0, span.start) + value.slice(skipSeparators(value, span.end));
}

/** Finds the parameter whose name begins at `start`; false where there is none. */
function scanParameter(value: string, start: number): boolean {
  const equals = value.indexOf('=', start);
  if (equals < 0) return false;
  let nameEnd = equals;
  while (nameEnd > start && isSpace(value.charCodeAt(nameEnd - 1))) nameEnd--;
  if (nameEnd === start) return false;
  for (let at = start; at < nameEnd; at++) {
    const code = value.charCodeAt(at);
    if (code === 0x20 || code === 0x2c || code === 0x22) return false;
  }
  let at = equals + 1;
  while (isSpace(value.charCodeAt(at))) at++;
  found.start = start;
  found.nameEnd = nameEnd;
  found.quoted = value.charCodeAt(at) === 0x22;
  if (found.quoted) {
    const close = closingQuote(value, at + 1);
    found.valueStart = at + 1;
    found.valueEnd = close;
    found.end = close + 1;
    return close >= 0;
  }
  const comma = value.indexOf(',', at);
  let end = comma < 0 ? value.length : comma;
  while (end > at && isSpace(value.charCodeAt(end - 1))) end--;
  found.valueStart = at;
  found.valueEnd = end;
  found.end = end;
  return true;
}

function isNamed(value: string, lowerName: string): boolean {
  const { start, nameEnd } = found;
  return nameEnd - start === lowerName.length && value.slice(start, nameEnd).toLowerCase() === lowerName;
}

function foundValue(value: string): string {
  const inner = value.slice(found.valueStart, found.valueEnd);
  return found.quoted && inner.includes('\\') ? withoutQuotedPairs(inner) : inner;
}

function closingQuote(value: string, from: number): number {
  const close = value.indexOf('"', from);
  const backslash = value.indexOf('\\', from);
  if (backslash < 0 || backslash > close) return close;
  for (let at = backslash; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at;
  }
  return -1;
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

function skipSeparators(value: string, from: number): number {
  let at = from;
  while (at < value.length && (isSpace(value.charCodeAt(at)) || value.charCodeAt(at) === 0x2c)) at++;
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}
