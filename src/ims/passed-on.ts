/** What a node of the network says of a final response that it only passes on, where the next hop may be somebody else's. */
import type { Cause } from '../node/index.js';
import type { SipResponse } from '../sip/index.js';

interface Meaning {
  readonly text: string;
  readonly clause: string;
}

const meanings: Readonly<Record<number, Meaning>> = {
  408: {
    text: 'so a node behind it was silent, and nobody passes a 408 to REGISTER on: look at the hop after it',
    clause: 'RFC 4320 4.2',
  },
  482: { text: 'so the request has gone in a circle: look at its Via and at the routes there', clause: 'RFC 5393 4.2' },
  483: {
    text: 'so its Max-Forwards is used up: look at its Via for nodes that send it to one another',
    clause: 'RFC 3261 21.4.21',
  },
  503: {
    text: 'so it is overloaded, stopping, or does not reach its own next hop: look at its load and its log',
    clause: 'RFC 3261 16.7 step 6, 21.5.4',
  },
  513: {
    text: 'so the request is longer than it takes: compare the length in the capture with its limit',
    clause: 'RFC 3261 21.5.7',
  },
};

/** @param who `the I-CSCF of ims.…`. Undefined where the response speaks for itself. */
export function passedOnCause(who: string, response: SipResponse): Cause | undefined {
  const { status, reason } = response;
  const meaning = meanings[status];
  if (meaning === undefined) return undefined;
  const after = response.header('Retry-After');
  const wanted = after === undefined ? '' : ` with Retry-After ${after}`;
  return {
    what: 'cause.nextHopRefused',
    text: `${who} answered REGISTER with ${status} ${reason}${wanted}, ${meaning.text}`,
    clause: meaning.clause,
  };
}
