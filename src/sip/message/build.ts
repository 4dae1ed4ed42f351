/** New messages. The builders trust their caller: they index what they wrote and check nothing. */
import { placesIn } from './header-index.js';
import { headerLine, oneLine } from './header-line.js';
import { SipRequest, SipResponse } from './message.js';
import { reasonPhrase } from './reason-phrases.js';

export type Headers = readonly (readonly [name: string, value: string])[];

export interface RequestParts {
  readonly method: string;
  readonly requestUri: string;
  /** In the order in which they shall stand; without Content-Type and Content-Length. */
  readonly headers: Headers;
  /** Latin1 octets. */
  readonly body?: string;
  readonly contentType?: string;
}

export interface ResponseParts {
  readonly reason?: string;
  /** Added to To when the request's To has none. */
  readonly toTag?: string | undefined;
  /** In addition to those copied from the request. */
  readonly headers?: Headers;
  readonly body?: string;
  readonly contentType?: string;
}

/** A request with Content-Length as its last header. */
export function buildRequest({ method, requestUri, headers, body = '', contentType }: RequestParts): SipRequest {
  const startLine = `${method} ${requestUri} SIP/2.0\r\n`;
  const text = startLine + headerLines(headers) + bodyLines(contentType, body);
  return new SipRequest(placesIn(text, startLine.length), method, requestUri);
}

/** Methods whose requests may open a dialog (RFC 3261 12.1, RFC 3515, RFC 6665). */
const dialogMethods = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'NOTIFY']);

/**
 * A response with Via, From, To, Call-ID and CSeq of the request (RFC 3261 8.2.6.2), Timestamp in a 100 (8.2.6.1), and
 * Record-Route in 101 to 299 to a request that may open a dialog (12.1.1).
 */
export function buildResponse(request: SipRequest, status: number, parts: ResponseParts = {}): SipResponse {
  const { toTag, headers = [], body = '', contentType } = parts;
  const reason = oneLine(parts.reason ?? reasonPhrase(status));
  const startLine = `SIP/2.0 ${status} ${reason}\r\n`;
  let text = startLine + copied(request, 'Via');
  if (status > 100 && status < 300 && dialogMethods.has(request.method)) text += copied(request, 'Record-Route');
  text += copied(request, 'From');
  const to = request.header('To');
  if (to !== undefined && toTag !== undefined && request.toTag === undefined)
    text += headerLine('To', `${to};tag=${toTag}`);
  else text += copied(request, 'To');
  text += copied(request, 'Call-ID') + copied(request, 'CSeq');
  if (status === 100) text += copied(request, 'Timestamp');
  text += headerLines(headers) + bodyLines(contentType, body);
  return new SipResponse(placesIn(text, startLine.length), status, reason);
}

function copied(request: SipRequest, name: string): string {
  let lines = '';
  for (const value of request.headers(name)) lines += headerLine(name, value);
  return lines;
}

function headerLines(headers: Headers): string {
  let lines = '';
  for (const [name, value] of headers) lines += headerLine(name, value);
  return lines;
}

function bodyLines(contentType: string | undefined, body: string): string {
  const type = contentType === undefined ? '' : headerLine('Content-Type', contentType);
  return `${type}Content-Length: ${body.length}\r\n\r\n${body}`;
}
