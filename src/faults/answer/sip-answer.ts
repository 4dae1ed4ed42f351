import type { Endpoint } from '../../environment/index.js';
import { buildResponse, encodeUtf8, type Headers, parseMessage, type SipRequest, unquote } from '../../sip/index.js';
import { markedVia } from '../../sip/transport/via-route.js';
import type { FaultAction } from '../fault.js';

type AnswerAction = Extract<FaultAction, { do: 'answer' }>;

/**
 * The response of the receiver of a request that came from `from` (RFC 3261 8.2.6). Undefined: the octets are no request, or
 * one that has no response.
 */
export function answerSip(
  bytes: Buffer,
  from: Endpoint,
  { status, reason, headers = {} }: AnswerAction,
  toTag: string,
): Buffer | undefined {
  const request = readRequest(bytes);
  if (request === undefined || request.method === 'ACK' || status === undefined) return undefined;
  const via = markedVia(request.topVia, from.address, from.port);
  const received = via === undefined ? request : request.edit().replaceFirst('Via', via).message();
  const response = buildResponse(received, status, {
    // RFC 3261 7: the text of a message is UTF-8.
    ...(reason !== undefined && { reason: encodeUtf8(reason) }),
    toTag: status > 100 ? toTag : undefined,
    headers: Object.entries(headers).map(([name, value]) => headerOf(name, value)),
  });
  return Buffer.from(response.text, 'latin1');
}

/** The name may stand in quotes, as in paths. */
function headerOf(name: string, value: string | number): Headers[number] {
  return [unquote(name), encodeUtf8(String(value))];
}

function readRequest(bytes: Buffer): SipRequest | undefined {
  const parsed = parseMessage(bytes);
  const request = parsed.kind === 'error' ? parsed.message : parsed;
  return request?.kind === 'request' ? request : undefined;
}
