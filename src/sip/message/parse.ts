/**
 * Octets to messages. The start line is split at its spaces, the header lines are indexed, and what every element needs is
 * checked (RFC 3261 16.3: what is not needed stays unread). Any octets yield a message or an error; nothing is thrown.
 */
import { decimal, hasAt, octetsOfName, skip, TOKEN, trimEnd } from './characters.js';
import { checkHeaders, type Fault } from './check.js';
import { type HeaderIndex, indexHeaders, ScanFailure } from './header-index.js';
import { defaultLimits, type Limits } from './limits.js';
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

/**
 * Reads one message (a datagram, or what `StreamFramer` cut out of a stream). A string is latin1. Octets beyond
 * Content-Length are cut off.
 */
export function parseMessage(bytes: Buffer | string, options?: ParseOptions): ParseResult {
  const limits = options?.limits === undefined ? defaultLimits : { ...defaultLimits, ...options.limits };
  const isStream = options?.stream === true;
  if (typeof bytes === 'string') return parseText(bytes, Buffer.from(bytes, 'latin1'), isStream, limits);
  return parseText(bytes.toString('latin1'), bytes, isStream, limits);
}

/** `octets` are those of the text: the scanners read them, values are sliced from the text. */
function parseText(text: string, octets: Buffer, isStream: boolean, limits: Limits): ParseResult {
  const start = skipLineEnds(octets);
  // RFC 3261 7.5: line ends before the start line.
  if (start !== 0) return parseText(text.slice(start), octets.subarray(start), isStream, limits);
  const lf = text.indexOf('\n');
  if (lf === -1) return drop({ reason: 'no start line', offset: 0, rule: 'RFC 3261 7' });
  const index = octets[lf - 1] === 0x0d ? indexHeaders(text, octets, lf + 1, limits.headerLinesMax) : undefined;
  if (index === undefined || (index instanceof ScanFailure && index.cause === 'loneLineFeed')) {
    return parseMessage(withCrlf(text), { stream: isStream, limits });
  }
  if (hasAt(octets, 0, SIP)) return parseResponse(text, octets, lf - 1, index, isStream, limits);
  return parseRequest(text, octets, lf - 1, index, isStream, limits);
}

function parseRequest(
  text: string,
  octets: Buffer,
  eol: number,
  scan: HeaderIndex | ScanFailure,
  isStream: boolean,
  limits: Limits,
): ParseResult {
  const versionEnd = trimEnd(octets, 0, eol);
  const versionStart = startOfVersion(octets, versionEnd);
  if (!hasAt(octets, versionStart, SIP)) return drop({ reason: 'no SIP message', offset: 0, rule: 'RFC 3261 7.1' });
  const methodEnd = skip(TOKEN, octets, 0, versionStart);
  let fault = requestLineFault(text, octets, methodEnd, versionStart, versionEnd, eol);
  const isRoutable = uriSpans.form !== 'other' || hasAt(octets, methodEnd + 1, URN);
  const method = text.slice(0, methodEnd);
  const requestUri = text.slice(methodEnd + 1, Math.max(methodEnd + 1, versionStart - 1));
  let index = scan instanceof ScanFailure ? scan.index : scan;
  if (fault === undefined) {
    const checked =
      faultOfSize(text, limits) ?? faultOfScan(scan) ?? checkHeaders(index, octets, method, isStream, limits);
    if (typeof checked !== 'number') fault = checked;
    else if (checked < text.length) index = index.cutAt(checked); // RFC 3261 18.3
  }
  if (fault === undefined && !isRoutable) {
    fault = { reason: 'unsupported URI scheme', offset: methodEnd + 1, status: 416, rule: 'RFC 3261 8.2.2.1' };
  }
  const request = new SipRequest(index, method, requestUri);
  if (fault === undefined) return request;
  return new SipParseError(fault.reason, fault.offset, fault.status, fault.rule, request);
}

/** Where the last word of the line begins. */
function startOfVersion(octets: Buffer, end: number): number {
  let start = end;
  while (start > 0 && octets[start - 1] !== 0x20) start--;
  return start;
}

/** SIP-01: Method SP Request-URI SP SIP-Version, each space exactly one. */
function requestLineFault(
  text: string,
  octets: Buffer,
  methodEnd: number,
  versionStart: number,
  versionEnd: number,
  eol: number,
): Fault | undefined {
  const rule = 'SIP-01';
  if (methodEnd === 0 || octets[methodEnd] !== 0x20)
    return { reason: 'malformed method', offset: methodEnd, status: 400, rule };
  if (versionEnd !== eol) return { reason: 'space after the SIP version', offset: versionEnd, status: 400, rule };
  if (versionEnd - versionStart !== 7 || !hasAt(octets, versionStart, SIP_2_0)) {
    const isVersion = /^SIP\/\d+\.\d+$/i.test(text.slice(versionStart, versionEnd));
    if (isVersion) return { reason: 'unsupported SIP version', offset: versionStart, status: 505, rule };
    return { reason: 'malformed SIP version', offset: versionStart, status: 400, rule };
  }
  const offset = scanUri(octets, methodEnd + 1, versionStart - 1);
  if (offset !== -1) return { reason: 'malformed Request-URI', offset, status: 400, rule: 'RFC 3261 7.1' };
  if (uriSpans.form === 'sip' && uriSpans.headersStart !== -1) {
    return {
      reason: 'headers in the Request-URI',
      offset: uriSpans.headersStart,
      status: 400,
      rule: 'RFC 3261 19.1.1',
    };
  }
  return undefined;
}

function parseResponse(
  text: string,
  octets: Buffer,
  eol: number,
  scan: HeaderIndex | ScanFailure,
  isStream: boolean,
  limits: Limits,
): ParseResult {
  const status = eol >= 12 && hasAt(octets, 0, SIP_2_0) && octets[7] === 0x20 ? decimal(octets, 8, 11, 699) : -1;
  if (status < 100 || octets[11] !== 0x20) return drop({ reason: 'malformed status line', offset: 0, rule: 'SIP-01' });
  const index = scan instanceof ScanFailure ? scan.index : scan;
  const checked =
    faultOfSize(text, limits) ?? faultOfScan(scan) ?? checkHeaders(index, octets, undefined, isStream, limits);
  if (typeof checked !== 'number') return drop(checked);
  return new SipResponse(checked < text.length ? index.cutAt(checked) : index, status, text.slice(12, eol));
}

function drop({ reason, offset, rule }: Pick<Fault, 'reason' | 'offset' | 'rule'>): SipParseError {
  return new SipParseError(reason, offset, undefined, rule, undefined);
}

function faultOfSize(text: string, limits: Limits): Fault | undefined {
  if (text.length <= limits.messageOctetsMax) return undefined;
  return { reason: 'message too large', offset: limits.messageOctetsMax, status: 513, rule: 'SIP-11' };
}

function faultOfScan(scan: HeaderIndex | ScanFailure): Fault | undefined {
  if (!(scan instanceof ScanFailure)) return undefined;
  const { offset } = scan;
  if (scan.cause === 'tooManyLines') return { reason: 'too many header lines', offset, status: 513, rule: 'SIP-11' };
  if (scan.cause === 'malformed') return { reason: 'malformed header line', offset, status: 400, rule: 'RFC 3261 7.3' };
  return { reason: 'no empty line after the headers', offset, status: 400, rule: 'RFC 3261 7' };
}

function skipLineEnds(octets: Buffer): number {
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
