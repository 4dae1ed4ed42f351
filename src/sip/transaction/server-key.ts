/** Which server transaction a request belongs to. SIP-30 / RFC 3261 17.2.3. */
import { detached, type SipRequest } from '../message/index.js';
import { hasCookie } from './branch.js';

const SPACE = 0x20;

/**
 * The key under which a request's transaction is kept. `method` is the one of the transaction that is looked for: the
 * request's own, INVITE for an ACK, and for a CANCEL the method of what it cancels. It is a text of its own, which keeps
 * nothing of the request.
 */
export function serverKey(request: SipRequest, method: string): string {
  const via = request.topVia;
  if (!hasCookie(via.branch)) return detached(rfc2543Key(request, method));
  return spaced(via.branch, via.host, via.port === undefined ? '' : String(via.port), method);
}

let scratch = Buffer.allocUnsafeSlow(256);

/** The four with SP between them. Octet by octet: texts that are joined, hashed and then copied cost three times as much. */
function spaced(branch: string, host: string, port: string, method: string): string {
  const length = branch.length + host.length + port.length + method.length + 3;
  if (length > scratch.length) scratch = Buffer.allocUnsafeSlow(2 * length);
  let end = write(branch, 0);
  scratch[end++] = SPACE;
  end = write(host, end);
  scratch[end++] = SPACE;
  end = write(port, end);
  scratch[end++] = SPACE;
  return scratch.toString('latin1', 0, write(method, end));
}

function write(text: string, start: number): number {
  for (let at = 0; at < text.length; at++) scratch[start + at] = text.charCodeAt(at);
  return start + text.length;
}

/**
 * Without cookie, or with nothing behind it: what RFC 2543 lets be compared. The To tag stays out: an ACK bears that
 * of the response, and no other request that is equal in all the rest differs in it.
 */
function rfc2543Key(request: SipRequest, method: string): string {
  const { callId, cseq, fromTag, requestUri, topVia } = request;
  return `2543 ${callId} ${cseq.sequence} ${fromTag ?? ''} ${requestUri} ${topVia.text} ${method}`;
}
