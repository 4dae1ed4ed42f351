/**
 * The `Digest name=value, name="value"` syntax shared by WWW-Authenticate, Proxy-Authenticate, Authorization,
 * Proxy-Authorization and, without the scheme, Authentication-Info (RFC 2617 1.2, RFC 3261 25.1).
 *
 * A scan by `indexOf`; no regular expressions. Values are slices: copy what outlives the message.
 */

/** Where one parameter stands in the text: `name` lower case, `value` unquoted, spans as received. */
interface Span {
  readonly name: string;
  readonly value: string;
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
    const span = readSpan(value, at);
    if (span === undefined) return undefined;
    if (!parameters.has(span.name)) parameters.set(span.name, span.value);
    at = span.end;
  }
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
    const span = readSpan(value, at);
    if (span === undefined) break;
    if (span.name === name) spans.push(span);
    at = skipSeparators(value, span.end);
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

function readSpan(value: string, start: number): Span | undefined {
  const equals = value.indexOf('=', start);
  if (equals < 0) return undefined;
  const name = value.slice(start, equals).trimEnd().toLowerCase();
  if (name === '' || name.indexOf(' ') >= 0 || name.indexOf(',') >= 0 || name.indexOf('"') >= 0) return undefined;
  let at = equals + 1;
  while (isSpace(value.charCodeAt(at))) at++;
  if (value.charCodeAt(at) === 0x22) {
    const close = closingQuote(value, at + 1);
    if (close < 0) return undefined;
    const inner = value.slice(at + 1, close);
    return {
      name,
      value: inner.indexOf('\\') < 0 ? inner : withoutQuotedPairs(inner),
      quoted: true,
      start,
      end: close + 1,
    };
  }
  const comma = value.indexOf(',', at);
  const token = value.slice(at, comma < 0 ? value.length : comma).trimEnd();
  return { name, value: token, quoted: false, start, end: at + token.length };
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
