/** Which server transaction a request belongs to. SIP-30 / RFC 3261 17.2.3. */
import type { SipRequest } from '../message/index.js';
import { hasCookie } from './branch.js';

/**
 * The key under which a request's transaction is kept. `method` is the one of the transaction that is looked for: the
 * request's own, INVITE for an ACK, and for a CANCEL the method of what it cancels. Before a key is kept it is to be
 * `detached`: as it comes it holds slices of the request (a Map hashes a text of parts without joining them).
 */
export function serverKey(request: SipRequest, method: string): string {
  const via = request.topVia;
  if (hasCookie(via.branch)) return `${via.branch} ${via.host} ${via.port ?? ''} ${method}`;
  return rfc2543Key(request, method);
}

/**
 * Without cookie, or with nothing behind it: what RFC 2543 lets be compared. The To tag stays out: an ACK bears that
 * of the response, and no other request that is equal in all the rest differs in it.
 */
function rfc2543Key(request: SipRequest, method: string): string {
  const { callId, cseq, fromTag, requestUri, topVia } = request;
  return `2543 ${callId} ${cseq.sequence} ${fromTag ?? ''} ${requestUri} ${topVia.text} ${method}`;
}
