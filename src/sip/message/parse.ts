/**
 * Octets to messages. The start line is split at its spaces, the header lines are indexed, and what every element needs is
 * checked (RFC 3261 16.3: what is not needed stays unread). Any octets yield a message or an error; nothing is thrown.
 */
import { decimal, hasAt, octetsOf, octetsOfName, skip, TOKEN, trimEnd } from './characters.js';
import { checkedTopVia, checkHeaders, type Fault } from './check.js';
import { type HeaderIndex, indexHeaders, ScanFailure } from './header-index.js';
import { defaultLimits, type Limits, noLimits } from './limits.js';
import { SipRequest, SipResponse } from './message.js';
import { SipParseError } from './parse-error.js';
import { scanUri, uriSpans } from './uri-scan.js';

const SIP = octetsOfName('sip/');
const SIP_2_0 = octetsOfName('sip/2.0');
const URN = octetsOfName('urn:');

export interface ParseOptions {
  /** The message came over a stream: Content-Length is required (SIP-10). */
  readonly stream?: boolean;
  readonly limits?: Partial<Limits>;
}

export type ParseResult = SipRequest | SipResponse | SipParseError;

/** What is being parsed: scanners read the octets, values are sliced from the text, where the same offsets hold. */
interface Received {
  readonly text: string;
  /** Those of the text; nothing else may call `octetsOf` while they are read. */
  readonly octets: Uint8Array;
  readonly isStream: boolean;
  readonly limits: Limits;
}

/**
 * Reads one message (a datagram, or what `StreamFramer` cut out of a stream). A string is latin1. Octets beyond
 * Content-Length are cut off.
 */
export function parseMessage(bytes: Buffer | string, options?: ParseOptions): ParseResult {
  const limits = options?.limits === undefined ? defaultLimits : { ...defaultLimits, ...options.limits };
  const isStream = options?.stream === true;
  if (typeof bytes === 'string') return parse({ text: bytes, octets: octetsIn(bytes), isStream, limits });
  return parse({ text: bytes.toString('latin1'), octets: bytes, isStream, limits });
}

/** Reads a message that was put together here, an edited one: without limits, since those are for what comes from outside. */
export function parseOwn(text: string): ParseResult {
  return parse({ text, octets: octetsIn(text), isStream: false, limits: noLimits });
}

function octetsIn(text: string): Uint8Array {
  return octetsOf(text).subarray(0, text.length);
}

function parse(received: Received): ParseResult {
  const { text, octets, isStream, limits } = received;
  if (octets[0] === 0x0d || octets[0] === 0x0a) {
    // RFC 3261 7.5: line ends before the start line.
    const start = skipLineEnds(octets);
    return parse({ text: text.slice(start), octets: octets.subarray(start), isStream, limits });
  }
  const lf = text.indexOf('\n');
  if (lf === -1) return drop({ reason: 'no start line', offset: 0, rule: 'RFC 3261 7' });
  const index = octets[lf - 1] === 0x0d ? indexHeaders(text, octets, lf + 1, limits.headerLinesMax) : undefined;
  if (index === undefined || (index instanceof ScanFailure && index.cause === 'loneLineFeed')) {
    return parseMessage(withCrlf(text), { stream: isStream, limits });
  }
  return parseParts(received, lf - 1, index);
}

/** Reads a message of a stream whose lines are known already; `octets` are those of the text, and perhaps more behind it. */
export function parseIndexed(index: HeaderIndex, octets: Uint8Array, limits: Limits): ParseResult {
  const { text } = index;
  return parseParts({ text, octets, isStream: true, limits }, text.indexOf('\n') - 1, index);
}

function parseParts(received: Received, eol: number, index: HeaderIndex | ScanFailure): ParseResult {
  const isResponse = hasAt(received.octets, 0, SIP);
  return isResponse ? parseResponse(received, eol, index) : parseRequest(received, eol, index);
}

function parseRequest(received: Received, eol: number, scan: HeaderIndex | ScanFailure): ParseResult {
  const { text, octets } = received;
  // SIP-01: Method SP Request-URI SP SIP-Version, each space exactly one.
  const methodEnd = skip(TOKEN, octets, 0, eol);
  const uriStart = methodEnd + 1;
  let uriEnd = methodEnd === 0 || octets[methodEnd] !== 0x20 ? -1 : scanUri(octets, uriStart, eol);
  let fault: Fault | undefined;
  if (uriEnd !== eol - 8 || octets[uriEnd] !== 0x20 || !hasAt(octets, uriEnd + 1, SIP_2_0)) {
    fault = requestLineFault(received, methodEnd, uriEnd, eol);
    if (fault.status === undefined) return drop(fault);
    uriEnd = Math.max(uriStart, text.lastIndexOf(' ', trimEnd(octets, 0, eol) - 1));
  } else if (uriSpans.form === 'sip' && uriSpans.headersStart !== -1) {
    fault = badRequest('headers in the Request-URI', uriSpans.headersStart, 'RFC 3261 19.1.1');
  }
  const isForeign = uriSpans.form === 'other' && !hasAt(octets, uriStart, URN);
  const method = text.slice(0, methodEnd);
  const requestUri = text.slice(uriStart, uriEnd);
  const { index, fault: worst } =
    fault === undefined ? checked(received, scan, method) : { index: indexOf(scan), fault };
  fault = worst;
  if (fault === undefined && isForeign) {
    fault = { reason: 'unsupported URI scheme', offset: uriStart, status: 416, rule: 'RFC 3261 8.2.2.1' };
  }
  if (fault === undefined) return new SipRequest(index, method, requestUri, checkedTopVia());
  const request = new SipRequest(index, method, requestUri);
  return new SipParseError(fault.reason, fault.offset, fault.status, fault.rule, request);
}

/** Why the line is not a request line; `uriEnd` is negative when there is no method or no URI where it should be. */
function requestLineFault({ text, octets }: Received, methodEnd: number, uriEnd: number, eol: number): Fault {
  const lineEnd = trimEnd(octets, 0, eol);
  const versionStart = text.lastIndexOf(' ', lineEnd - 1) + 1;
  const version = text.slice(versionStart, lineEnd);
  if (!hasAt(octets, versionStart, SIP))
    return { reason: 'no SIP message', offset: 0, status: undefined, rule: 'RFC 3261 7.1' };
  if (methodEnd === 0 || octets[methodEnd] !== 0x20) return badRequest('malformed method', methodEnd, 'SIP-01');
  if (lineEnd !== eol) return badRequest('space after the SIP version', lineEnd, 'SIP-01');
  if (/^SIP\/\d+\.\d+$/i.test(version) && version.toUpperCase() !== 'SIP/2.0') {
    return { reason: 'unsupported SIP version', offset: versionStart, status: 505, rule: 'SIP-01' };
  }
  return badRequest('malformed Request-URI', uriEnd < 0 ? ~uriEnd : uriEnd, 'RFC 3261 7.1');
}

function parseResponse(received: Received, eol: number, scan: HeaderIndex | ScanFailure): ParseResult {
  const { text, octets } = received;
  const status = eol >= 12 && hasAt(octets, 0, SIP_2_0) && octets[7] === 0x20 ? decimal(octets, 8, 11, 699) : -1;
  if (status < 100 || octets[11] !== 0x20) return drop({ reason: 'malformed status line', offset: 0, rule: 'SIP-01' });
  const { index, fault } = checked(received, scan, undefined);
  return fault === undefined ? new SipResponse(index, status, text.slice(12, eol), checkedTopVia()) : drop(fault);
}

/** The verdict on size and headers, and the index of the message without what follows its body. */
function checked(
  { text, octets, isStream, limits }: Received,
  scan: HeaderIndex | ScanFailure,
  method: string | undefined,
): { index: HeaderIndex; fault: Fault | undefined } {
  const index = indexOf(scan);
  if (text.length > limits.messageOctetsMax) {
    const fault = { reason: 'message too large', offset: limits.messageOctetsMax, status: 513, rule: 'SIP-11' };
    return { index, fault };
  }
  if (scan instanceof ScanFailure) return { index, fault: faultOfScan(scan) };
  const end = checkHeaders(index, octets, method, isStream, limits);
  if (typeof end !== 'number') return { index, fault: end };
  return { index: end < text.length ? index.cutAt(end) : index, fault: undefined }; // RFC 3261 18.3
}

function indexOf(scan: HeaderIndex | ScanFailure): HeaderIndex {
  return scan instanceof ScanFailure ? scan.index : scan;
}

function badRequest(reason: string, offset: number, rule: string): Fault {
  return { reason, offset, status: 400, rule };
}

function drop({ reason, offset, rule }: Pick<Fault, 'reason' | 'offset' | 'rule'>): SipParseError {
  return new SipParseError(reason, offset, undefined, rule, undefined);
}

function faultOfScan({ cause, offset }: ScanFailure): Fault {
  if (cause === 'tooManyLines') return { reason: 'too many header lines', offset, status: 513, rule: 'SIP-11' };
  if (cause === 'malformed') return badRequest('malformed header line', offset, 'RFC 3261 7.3');
  return badRequest('no empty line after the headers', offset, 'RFC 3261 7');
}

function skipLineEnds(octets: Uint8Array): number {
  let pos = 0;
  while (pos < octets.length && (octets[pos] === 0x0d || octets[pos] === 0x0a)) pos++;
  return pos;
}

/** The text with every line end up to the empty line as CRLF (SIP-23); the body is left alone. */
export function withCrlf(text: string): string {
  let normal = '';
  let from = 0;
  for (let lf = text.indexOf('\n'); lf !== -1; lf = text.indexOf('\n', from)) {
    const end = lf > from && text.charCodeAt(lf - 1) === 0x0d ? lf - 1 : lf;
    const isEmpty = end === from;
    normal += `${text.slice(from, end)}\r\n`;
    from = lf + 1;
    if (isEmpty) break;
  }
  return normal + text.slice(from);
}
