/** URI comparison: RFC 3261 19.1.4 (SIP-07), RFC 3966 4 for tel. Not for public identities. */
import { lowerCase } from './characters.js';
import { parseUri, type Uri } from './uri.js';

/** Parameters that must be in both URIs or in none. */
const decisive = ['transport', 'user', 'ttl', 'method', 'maddr'];

/** Octets that differ from their escaped form: the reserved set of RFC 2396, and `%` itself. */
const reserved = ';/?:@&=+$,%';

/** The URIs are equal. Both must come from `parseUri`: the user part is compared as written (`text`). */
export function uriEquals(a: Uri, b: Uri): boolean {
  if (a.scheme !== b.scheme) return false;
  if (a.scheme === 'sip' || a.scheme === 'sips') {
    return (
      userPart(a) === userPart(b) &&
      a.host === b.host &&
      a.port === b.port && // SIP-07: the default port is not the absent port
      a.password === b.password &&
      parametersAgree(a, b) &&
      headersEqual(a, b)
    );
  }
  if (a.scheme === 'tel') return digits(a) === digits(b) && sameTelParameters(a, b);
  return opaquePart(a) === opaquePart(b);
}

/** As `uriEquals`, of texts; as text where one of them is no URI. */
export function isSameUri(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [parseUri(one), parseUri(other)];
  return a !== undefined && b !== undefined && uriEquals(a, b);
}

/** The user part with every escape of an unreserved octet undone, the others in upper case. Case counts. */
function userPart(uri: Uri): string | undefined {
  if (uri.user === undefined) return undefined;
  const start = uri.scheme.length + 1;
  const at = uri.text.indexOf('@');
  const colon = uri.text.indexOf(':', start);
  return normalised(uri.text.slice(start, colon !== -1 && colon < at ? colon : at));
}

function normalised(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (escaped, hex: string) => {
    const plain = String.fromCharCode(Number.parseInt(hex, 16));
    return reserved.includes(plain) ? escaped.toUpperCase() : plain;
  });
}

function parametersAgree(a: Uri, b: Uri): boolean {
  for (const name of decisive) if (a.parameters.has(name) !== b.parameters.has(name)) return false;
  for (const [name, value] of a.parameters) {
    const other = b.parameters.get(name);
    if (other !== undefined && folded(other) !== folded(value)) return false;
  }
  return true;
}

function folded(value: string | true): string | true {
  return value === true ? true : lowerCase(value);
}

function headersEqual(a: Uri, b: Uri): boolean {
  if (a.headers.size !== b.headers.size) return false;
  for (const [name, value] of a.headers) if (b.headers.get(name) !== value) return false;
  return true;
}

/** The number without visual separators (RFC 3966 5.1.1), hex digits in lower case. */
function digits(uri: Uri): string {
  return (uri.user ?? '').replace(/[-.()]/g, '').toLowerCase();
}

function sameTelParameters(a: Uri, b: Uri): boolean {
  if (a.parameters.size !== b.parameters.size) return false;
  for (const [name, value] of a.parameters) {
    const other = b.parameters.get(name);
    if (other === undefined || folded(other) !== folded(value)) return false;
  }
  return true;
}

/** urn: the namespace identifier's case does not count (RFC 8141 3.1); service URNs are case-insensitive as a whole (RFC 5031 4.5). */
function opaquePart(uri: Uri): string {
  const opaque = uri.opaque ?? '';
  if (uri.scheme !== 'urn') return opaque;
  const colon = opaque.indexOf(':');
  const namespace = lowerCase(opaque.slice(0, colon));
  const rest = opaque.slice(colon);
  return namespace + (namespace === 'service' ? lowerCase(rest) : rest);
}
