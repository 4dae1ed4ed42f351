import type { Endpoint } from '../../environment/index.js';
import { buildResponse, type Headers, parseMessage, type SipRequest } from '../../sip/index.js';
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
    ...(reason !== undefined && { reason }),
    toTag: status > 100 ? toTag : undefined,
    headers: Object.entries(headers).map(([name, value]): Headers[number] => [name, String(value)]),
  });
  return Buffer.from(response.text, 'latin1');
}

function readRequest(bytes: Buffer): SipRequest | undefined {
  const parsed = parseMessage(bytes);
  const request = parsed.kind === 'error' ? parsed.message : parsed;
  return request?.kind === 'request' ? request : undefined;
}
