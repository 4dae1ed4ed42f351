/**
 * The grammar of URIs (RFC 3261 19.1.1 and 25.1, RFC 3966, RFC 8141, absoluteURI) as one pass over a span that allocates
 * nothing: the parser's verdict and `parseUri` stand on the same scan.
 */
import {
  DIGIT,
  decimal,
  HOST,
  hasAt,
  isOf,
  octetsOfName,
  PASSWORD,
  SCHEME,
  skip,
  skipEscaped,
  URI_HEADER,
  URI_PARAMETER,
  URIC,
  USER,
} from './characters.js';
import { isIpv6 } from './ipv6.js';

const SIP = octetsOfName('sip');
const TEL = octetsOfName('tel');

export type UriForm = 'sip' | 'tel' | 'other';

/** Offsets of the parts found by the last successful `scanUri`. -1 where a part is absent. */
export interface UriSpans {
  form: UriForm;
  schemeEnd: number;
  userStart: number;
  userEnd: number;
  passwordStart: number;
  hostStart: number;
  hostEnd: number;
  /** 0 = absent. */
  port: number;
  /** At the first `;`, or where the parameters would begin. */
  parametersStart: number;
  parametersEnd: number;
  /** After the `?`, or -1. */
  headersStart: number;
}

/** Written anew by every scan; read it before the next one. */
export const uriSpans: UriSpans = {
  form: 'other',
  schemeEnd: 0,
  userStart: -1,
  userEnd: -1,
  passwordStart: -1,
  hostStart: 0,
  hostEnd: 0,
  port: 0,
  parametersStart: 0,
  parametersEnd: 0,
  headersStart: -1,
};

/** Scans the URI that begins at `start`. Returns the position after it, or the complement of the fault's offset. */
export function scanUri(octets: Uint8Array, start: number, end: number): number {
  uriSpans.userStart = -1;
  uriSpans.userEnd = -1;
  uriSpans.passwordStart = -1;
  uriSpans.port = 0;
  uriSpans.headersStart = -1;
  const schemeEnd = skip(SCHEME, octets, start, end);
  if (schemeEnd === start || schemeEnd === end || octets[schemeEnd] !== 0x3a || isOf(DIGIT, octets[start]!))
    return ~schemeEnd;
  uriSpans.schemeEnd = schemeEnd;
  const length = schemeEnd - start;
  if (hasAt(octets, start, SIP) && (length === 3 || (length === 4 && (octets[start + 3]! | 32) === 0x73))) {
    uriSpans.form = 'sip';
    return scanSip(octets, schemeEnd + 1, end);
  }
  if (length === 3 && hasAt(octets, start, TEL)) {
    uriSpans.form = 'tel';
    return scanTel(octets, schemeEnd + 1, end);
  }
  uriSpans.form = 'other';
  const stop = skipEscaped(URIC, octets, schemeEnd + 1, end);
  return stop > schemeEnd + 1 ? stop : ~stop;
}

/** [userinfo "@"] hostport uri-parameters [headers]. */
function scanSip(octets: Uint8Array, start: number, end: number): number {
  // Most of what may be a host name may be a user too: it is one or the other by the `@` that follows or does not.
  const nameEnd = skip(HOST, octets, start, end);
  const userEnd = skipEscaped(USER, octets, nameEnd, end);
  let at = userEnd;
  if (at < end && octets[at] === 0x3a) at = skipEscaped(PASSWORD, octets, at + 1, end);
  let pos = nameEnd;
  if (at < end && octets[at] === 0x40) {
    if (userEnd === start) return ~start; // a userinfo has at least one octet
    uriSpans.userStart = start;
    uriSpans.userEnd = userEnd;
    if (at !== userEnd) uriSpans.passwordStart = userEnd + 1;
    pos = scanHost(octets, at + 1, end);
  } else if (nameEnd === start) {
    pos = scanHost(octets, start, end);
  } else {
    uriSpans.hostStart = start;
    uriSpans.hostEnd = nameEnd;
  }
  if (pos >= 0 && pos < end && octets[pos] === 0x3a) pos = scanPort(octets, pos + 1, end);
  if (pos < 0) return pos;
  uriSpans.parametersStart = pos;
  pos = scanUriParameters(octets, pos, end);
  if (pos < 0) return pos;
  uriSpans.parametersEnd = pos;
  if (pos === end || octets[pos] !== 0x3f) return pos;
  uriSpans.headersStart = pos + 1;
  return scanUriHeaders(octets, pos + 1, end);
}

/** host: a name, an IPv4 address or an IPv6 reference. Returns the position after it, or the complement of the fault's. */
export function scanHost(octets: Uint8Array, start: number, end: number): number {
  if (start < end && octets[start] === 0x5b) {
    let close = start + 1;
    while (close < end && octets[close] !== 0x5d) close++;
    if (close === end || !isIpv6(octets, start + 1, close)) return ~start;
    uriSpans.hostStart = start + 1;
    uriSpans.hostEnd = close;
    return close + 1;
  }
  const stop = skip(HOST, octets, start, end);
  if (stop === start) return ~start;
  uriSpans.hostStart = start;
  uriSpans.hostEnd = stop;
  return stop;
}

/** port: 1 to 65535 (SIP-09). Returns the position after it, or the complement of the fault's. */
export function scanPort(octets: Uint8Array, start: number, end: number): number {
  const stop = skip(DIGIT, octets, start, end);
  const port = decimal(octets, start, stop, 65_535);
  if (port < 1) return ~start;
  uriSpans.port = port;
  return stop;
}

/** *( ";" name [ "=" value ] ). */
function scanUriParameters(octets: Uint8Array, start: number, end: number): number {
  let pos = start;
  while (pos < end && octets[pos] === 0x3b) {
    const nameStart = pos + 1;
    pos = skipEscaped(URI_PARAMETER, octets, nameStart, end);
    if (pos === nameStart) return ~pos;
    if (pos < end && octets[pos] === 0x3d) {
      const valueStart = pos + 1;
      pos = skipEscaped(URI_PARAMETER, octets, valueStart, end);
      if (pos === valueStart) return ~pos;
    }
  }
  return pos;
}

/** name "=" [value] *( "&" … ). */
function scanUriHeaders(octets: Uint8Array, start: number, end: number): number {
  let pos = start;
  for (;;) {
    const nameStart = pos;
    pos = skipEscaped(URI_HEADER, octets, pos, end);
    if (pos === nameStart || pos === end || octets[pos] !== 0x3d) return ~pos;
    pos = skipEscaped(URI_HEADER, octets, pos + 1, end);
    if (pos === end || octets[pos] !== 0x26) return pos;
    pos++;
  }
}

/** A number, global or local, then parameters (RFC 3966 3). */
function scanTel(octets: Uint8Array, start: number, end: number): number {
  const digitsStart = start < end && octets[start] === 0x2b ? start + 1 : start;
  let pos = digitsStart;
  while (pos < end && isPhoneDigit(octets[pos]!)) pos++;
  if (pos === digitsStart) return ~pos;
  uriSpans.userStart = start;
  uriSpans.userEnd = pos;
  uriSpans.parametersStart = pos;
  pos = scanUriParameters(octets, pos, end);
  uriSpans.parametersEnd = pos;
  return pos;
}

/** phonedigit-hex: hex digits, `*`, `#` and the visual separators. */
function isPhoneDigit(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x46) ||
    (code >= 0x61 && code <= 0x66) ||
    code === 0x2a ||
    code === 0x23 ||
    (code >= 0x28 && code <= 0x29) ||
    code === 0x2d ||
    code === 0x2e
  );
}
