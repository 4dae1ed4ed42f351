/** What the final response to an INVITE means, and what to check. TS 24.229 5.1.3, 5.3.2, 5.4.3; RFC 3261 21. */
import type { SipResponse } from '../../sip/index.js';
import { type Advice, answerText, type Failure } from './failure.js';

const advices: ReadonlyMap<number, Advice> = new Map([
  [
    403,
    {
      text: 'check that the caller is registered, that its identity is not barred, and that it calls over the Service-Route it was given',
      clause: 'TS 24.229 §5.2.6.3',
    },
  ],
  [404, { text: 'no subscriber has the identity that was called, or it is barred', clause: 'TS 24.229 §5.3.2.1' }],
  [407, { text: 'it challenges calls, which this UE does not answer', clause: 'TS 24.229 §5.4.3.6' }],
  [408, { text: 'a node on the way, or the callee, was silent', clause: 'RFC 3261 §21.4.9' }],
  [
    420,
    {
      text: 'a node lacks an option that the call requires; see Unsupported in the trace',
      clause: 'RFC 3261 §8.2.2.3',
    },
  ],
  [480, { text: 'the callee is not registered, or nobody answered there', clause: 'TS 24.229 §5.4.3.3' }],
  [481, { text: 'the other side does not know the dialog', clause: 'RFC 3261 §12.2.2' }],
  [482, { text: 'the request came back to a node that it had passed', clause: 'RFC 5393' }],
  [483, { text: 'too many hops: nodes send the call to one another', clause: 'RFC 3261 §16.3' }],
  [486, { text: 'the callee is busy', clause: 'RFC 3261 §21.4.24' }],
  [487, { text: 'the caller gave up before an answer came', clause: 'RFC 3261 §9.2' }],
  [488, { text: 'caller and callee have no codec in common', clause: 'RFC 3261 §21.4.26' }],
  [
    500,
    { text: 'a node failed while it handled the call: see the last one in the ladder', clause: 'RFC 3261 §21.5.1' },
  ],
  [503, { text: 'a node is overloaded, or its next hop is not reachable', clause: 'RFC 3261 §21.5.4' }],
  [
    504,
    { text: 'a node on the way was not reachable, or a response was never acknowledged', clause: 'RFC 3261 §21.5.5' },
  ],
  [580, { text: 'the resources that the call needs did not come', clause: 'RFC 3312 §8' }],
  [600, { text: 'the callee is busy everywhere', clause: 'RFC 3261 §21.6.1' }],
  [603, { text: 'the callee declined', clause: 'RFC 3261 §21.6.2' }],
  [604, { text: 'the identity that was called exists nowhere', clause: 'RFC 3261 §21.6.3' }],
]);

export function callFailure(response: SipResponse): Failure {
  const { status } = response;
  const advice = advices.get(status);
  return { status, text: answerText(response, advice), clause: advice?.clause ?? 'RFC 3261 §21' };
}

/** Why a callee did not come to talk, by the status that it gave. */
const refusals: ReadonlyMap<number, string> = new Map([
  [480, 'nobody answered'],
  [486, 'it was busy'],
  [487, 'the caller gave up'],
  [488, 'the offer has no codec that it speaks'],
  [504, 'the caller never acknowledged a reliable response'],
  [580, 'the resources did not come in time'],
  [603, 'the user declined'],
]);

export function refusalText(status: number): string {
  return refusals.get(status) ?? `it refused with ${status}`;
}
