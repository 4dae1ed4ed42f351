/**
 * Octets to messages. The start line is split at its spaces, the header lines are indexed, and what every element needs is
 * checked (RFC 3261 16.3: what is not needed stays unread). Any octets yield a message or an error; nothing is thrown.
 */
import { decimal, hasAt, skip, TOKEN, trimEnd } from './characters.js';
import { checkHeaders, type Fault } from './check.js';
import { type HeaderIndex, indexHeaders, ScanFailure } from './header-index.js';
import { defaultLimits, type Limits } from './limits.js';
import { SipRequest, SipResponse } from './message.js';
import { SipParseError } from './parse-error.js';
import { scanUri, uriSpans } from './uri-scan.js';

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
  const text = typeof bytes === 'string' ? bytes : bytes.toString('latin1');
  const limits = options?.limits === undefined ? defaultLimits : { ...defaultLimits, ...options.limits };
  return parseText(text, options?.stream === true, limits);
}

function parseText(received: string, isStream: boolean, limits: Limits): ParseResult {
  const start = skipLineEnds(received); // RFC 3261 7.5
  const text = start === 0 ? received : received.slice(start);
  const lf = text.indexOf('\n');
  if (lf === -1) return drop({ reason: 'no start line', offset: 0, rule: 'RFC 3261 7' });
  const index = text.charCodeAt(lf - 1) === 0x0d ? indexHeaders(text, lf + 1, limits.headerLinesMax) : undefined;
  if (index === undefined || (index instanceof ScanFailure && index.cause === 'loneLineFeed')) {
    return parseText(withCrlf(text), isStream, limits);
  }
  if (hasAt(text, 0, 'sip/')) return parseResponse(text, lf - 1, index, isStream, limits);
  return parseRequest(text, lf - 1, index, isStream, limits);
}

function parseRequest(
  text: string,
  eol: number,
  scan: HeaderIndex | ScanFailure,
  isStream: boolean,
  limits: Limits,
): ParseResult {
  const versionEnd = trimEnd(text, 0, eol);
  const versionStart = startOfVersion(text, versionEnd);
  if (!hasAt(text, versionStart, 'sip/')) return drop({ reason: 'no SIP message', offset: 0, rule: 'RFC 3261 7.1' });
  const methodEnd = skip(TOKEN, text, 0, versionStart);
  let fault = requestLineFault(text, methodEnd, versionStart, versionEnd, eol);
  const isRoutable = uriSpans.form !== 'other' || hasAt(text, methodEnd + 1, 'urn:');
  const method = text.slice(0, methodEnd);
  const requestUri = text.slice(methodEnd + 1, Math.max(methodEnd + 1, versionStart - 1));
  let index = scan instanceof ScanFailure ? scan.index : scan;
  if (fault === undefined) {
    const checked = faultOfSize(text, limits) ?? faultOfScan(scan) ?? checkHeaders(index, method, isStream, limits);
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
function startOfVersion(text: string, end: number): number {
  if (text.charCodeAt(end - 8) === 0x20 && hasAt(text, end - 7, 'sip/2.0')) return end - 7;
  return text.lastIndexOf(' ', end - 1) + 1;
}

/** SIP-01: Method SP Request-URI SP SIP-Version, each space exactly one. */
function requestLineFault(
  text: string,
  methodEnd: number,
  versionStart: number,
  versionEnd: number,
  eol: number,
): Fault | undefined {
  const rule = 'SIP-01';
  if (methodEnd === 0 || text.charCodeAt(methodEnd) !== 0x20)
    return { reason: 'malformed method', offset: methodEnd, status: 400, rule };
  if (versionEnd !== eol) return { reason: 'space after the SIP version', offset: versionEnd, status: 400, rule };
  if (versionEnd - versionStart !== 7 || !hasAt(text, versionStart, 'sip/2.0')) {
    const isVersion = /^SIP\/\d+\.\d+$/i.test(text.slice(versionStart, versionEnd));
    if (isVersion) return { reason: 'unsupported SIP version', offset: versionStart, status: 505, rule };
    return { reason: 'malformed SIP version', offset: versionStart, status: 400, rule };
  }
  const offset = scanUri(text, methodEnd + 1, versionStart - 1);
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
  eol: number,
  scan: HeaderIndex | ScanFailure,
  isStream: boolean,
  limits: Limits,
): ParseResult {
  const status = hasAt(text, 0, 'sip/2.0 ') ? decimal(text, 8, 11, 699) : -1;
  if (status < 100 || text.charCodeAt(11) !== 0x20)
    return drop({ reason: 'malformed status line', offset: 0, rule: 'SIP-01' });
  const index = scan instanceof ScanFailure ? scan.index : scan;
  const checked = faultOfSize(text, limits) ?? faultOfScan(scan) ?? checkHeaders(index, undefined, isStream, limits);
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

function skipLineEnds(text: string): number {
  let pos = 0;
  for (let code = text.charCodeAt(0); code === 0x0d || code === 0x0a; code = text.charCodeAt(pos)) pos++;
  return pos;
}

/** The text with every line end up to the empty line as CRLF (SIP-23); the body is left alone. */
function withCrlf(text: string): string {
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
