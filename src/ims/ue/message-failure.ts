/** What a refused MESSAGE means, and what to check. RFC 3428 7; TS 24.229 5.1.2A, 5.4.3; RFC 3261 21. */
import type { SipResponse } from '../../sip/index.js';
import { type Advice, answerText, type Failure } from './failure.js';

const advices: ReadonlyMap<number, Advice> = new Map([
  [
    403,
    {
      text: 'check that the sender is registered, and that its identity is not barred',
      clause: 'TS 24.229 §5.2.6.3',
    },
  ],
  [404, { text: 'no subscriber has the identity that was addressed, or it is barred', clause: 'TS 24.229 §5.3.2.1' }],
  [405, { text: 'the UE that was addressed takes no messages', clause: 'RFC 3261 §21.4.6' }],
  [408, { text: 'a node on the way, or the UE that was addressed, was silent', clause: 'RFC 3261 §21.4.9' }],
  [413, { text: 'it is too long for a pager message', clause: 'RFC 3428 §8' }],
  [415, { text: 'the UE that was addressed does not read plain text', clause: 'RFC 3428 §7' }],
  [480, { text: 'the UE that was addressed is not registered', clause: 'TS 24.229 §5.4.3.3' }],
  [482, { text: 'the request came back to a node that it had passed', clause: 'RFC 5393' }],
  [486, { text: 'the UE that was addressed does not take it now', clause: 'RFC 3261 §21.4.24' }],
  [
    500,
    { text: 'a node failed while it handled the message: see the last one in the ladder', clause: 'RFC 3261 §21.5.1' },
  ],
  [503, { text: 'a node is overloaded, or its next hop is not reachable', clause: 'RFC 3261 §21.5.4' }],
  [504, { text: 'a node on the way was not reachable, or has lost the registration', clause: 'RFC 3261 §21.5.5' }],
  [603, { text: 'the UE that was addressed declined', clause: 'RFC 3261 §21.6.2' }],
]);

export function messageFailure(response: SipResponse): Failure {
  const { status } = response;
  const advice = advices.get(status);
  return { status, text: answerText(response, advice), clause: advice?.clause ?? 'RFC 3261 §21' };
}
