/** The two requests that a client transaction makes of its INVITE. Both stay on its hop, with its branch. */
import { buildRequest, type SipRequest, type SipResponse } from '../message/index.js';

type Header = readonly [name: string, value: string];

/** A response's branch names one hop only, so the request to the next hop has nothing left to count down. */
const MAX_FORWARDS: Header = ['Max-Forwards', '70'];

/** ACK for a response of 300 to 699. SIP-35 / RFC 3261 17.1.1.3. */
export function ackForFailure(invite: SipRequest, response: SipResponse): SipRequest {
  const to = response.header('To') ?? invite.header('To')!;
  return hopRequest('ACK', invite, to, []);
}

/** SIP-36 / RFC 3261 9.1: To is the INVITE's, without a tag even where a provisional response had one. */
export function cancelOf(invite: SipRequest, headers: readonly Header[]): SipRequest {
  return hopRequest('CANCEL', invite, invite.header('To')!, headers);
}

function hopRequest(method: string, invite: SipRequest, to: string, headers: readonly Header[]): SipRequest {
  return buildRequest({
    method,
    requestUri: invite.requestUri,
    headers: [
      ['Via', invite.topVia.text],
      ...invite.headers('Route').map((value): Header => ['Route', value]),
      MAX_FORWARDS,
      ['From', invite.header('From')!],
      ['To', to],
      ['Call-ID', invite.callId],
      ['CSeq', `${invite.cseq.sequence} ${method}`],
      ...headers,
    ],
  });
}
