/** New messages. The builders trust their caller and check nothing. A text is put together when somebody wants it: mostly it gets a Via before. */
import { EditedLines, type NewLine, newLine } from './edited-lines.js';
import type { HeaderLines } from './header-index.js';
import { oneLine } from './header-line.js';
import { CALL_ID, CONTENT_LENGTH, CSEQ, canonicalName, FROM, headerId, RECORD_ROUTE, TO, VIA } from './header-names.js';
import { SipRequest, SipResponse } from './message.js';
import { reasonPhrase } from './reason-phrases.js';

const CONTENT_TYPE = headerId('Content-Type');

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
  const lines: NewLine[] = [];
  addLines(lines, headers);
  addBodyLines(lines, contentType, body);
  return new SipRequest(EditedLines.new(`${method} ${requestUri} SIP/2.0\r\n`, lines, body), method, requestUri);
}

/** Methods whose requests may open a dialog (RFC 3261 12.1, RFC 3515, RFC 6665). */
const dialogMethods = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'NOTIFY']);

/**
 * A response with Via, From, To, Call-ID and CSeq of the request (RFC 3261 8.2.6.2), Timestamp in a 100 (8.2.6.1), and
 * Record-Route in 101 to 299 to a request that may open a dialog (12.1.1).
 */
export function buildResponse(request: SipRequest, status: number, parts: ResponseParts = {}): SipResponse {
  const { toTag, headers = [], body = '', contentType } = parts;
  const { index } = request;
  const reason = oneLine(parts.reason ?? reasonPhrase(status));
  const lines: NewLine[] = [];
  copyLines(lines, index, VIA);
  if (status > 100 && status < 300 && dialogMethods.has(request.method)) copyLines(lines, index, RECORD_ROUTE);
  copyLines(lines, index, FROM);
  const to = index.find(TO, '', 0);
  if (to !== -1 && toTag !== undefined && request.toTag === undefined)
    lines.push(newLine(TO, 'To', `${index.value(to)};tag=${toTag}`));
  else copyLines(lines, index, TO);
  copyLines(lines, index, CALL_ID);
  copyLines(lines, index, CSEQ);
  if (status === 100) copyLines(lines, index, headerId('Timestamp'));
  addLines(lines, headers);
  addBodyLines(lines, contentType, body);
  return new SipResponse(EditedLines.new(`SIP/2.0 ${status} ${reason}\r\n`, lines, body), status, reason);
}

function copyLines(lines: NewLine[], from: HeaderLines, id: number): void {
  const name = canonicalName('', id);
  for (let line = from.find(id, '', 0); line !== -1; line = from.find(id, '', line + 1))
    lines.push(newLine(id, name, from.value(line)));
}

function addLines(lines: NewLine[], headers: Headers): void {
  for (const [name, value] of headers) {
    const id = headerId(name);
    lines.push(newLine(id, canonicalName(name, id), value));
  }
}

function addBodyLines(lines: NewLine[], contentType: string | undefined, body: string): void {
  if (contentType !== undefined) lines.push(newLine(CONTENT_TYPE, 'Content-Type', contentType));
  lines.push({ id: CONTENT_LENGTH, name: 'Content-Length', value: String(body.length) });
}
