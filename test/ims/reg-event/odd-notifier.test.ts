/** A notifier by hand, which answers each SUBSCRIBE at once and as no notifier should: RFC 6665 4.1, RFC 3680 5.1. */
import { formatRegInfo } from '../../../src/ims/reg-event/index.js';
import { pair, registration } from './reg-event-lab.js';

interface Oddity {
  /** Of the 200. */
  readonly expires?: number;
  /** Subscription-State. */
  readonly state?: string;
  /** The document of the NOTIFY with that number, from 0. */
  readonly info: (number: number) => { readonly version: number; readonly state: 'full' | 'partial' };
}

function odd({ expires = 3_600, state = 'active', info }: Oddity) {
  const { lab, scscf, ue, sent } = pair();
  const hand = lab.raw('10.0.0.4');
  let count = 0;
  scscf.intercept = (request) => {
    const { message } = request;
    if (message.method !== 'SUBSCRIBE') return false;
    const contact = ['Contact', '<sip:10.0.0.3:5060>'] as const;
    request.reply(200, { headers: [['Expires', String(expires)], contact] });
    const number = count++;
    const body = formatRegInfo({ ...info(number), registrations: [registration(`a${number}`)] });
    const lines = [
      'NOTIFY sip:10.0.0.11:5060 SIP/2.0',
      `Via: SIP/2.0/UDP 10.0.0.4:5060;branch=z9hG4bK${number}`,
      'Max-Forwards: 70',
      `From: <${message.to.uri.text}>;tag=${message.toTag ?? request.localTag}`,
      `To: ${message.header('From')}`,
      `Call-ID: ${message.callId}`,
      `CSeq: ${number + 1} NOTIFY`,
      'Event: reg',
      `Subscription-State: ${state}`,
      contact.join(': '),
      'Content-Type: application/reginfo+xml',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ];
    hand.send(lines.join('\r\n'), '10.0.0.11');
    return true;
  };
  ue.watch();
  lab.run(20_000);
  return { hand, subscribes: sent('SUBSCRIBE').length };
}

const inOrder = (number: number) => ({ version: number, state: 'full' }) as const;

it.each<[string, Oddity, number]>([
  // Half of the 30 s that stand for none.
  ['grants no time', { expires: 0, info: inOrder }, 2],
  ['says that no time is left', { state: 'active;expires=0', info: inOrder }, 2],
  ['says the full state with gaps', { info: (n) => ({ version: 3 * n, state: 'full' }) }, 1],
  // RFC 3680 5.1: one SUBSCRIBE for the full state, and no other while it has not come.
  ['says only parts', { info: (n) => ({ version: n, state: 'partial' }) }, 2],
  ['says only parts, with gaps', { info: (n) => ({ version: 3 * n, state: 'partial' }) }, 2],
  ['says a part, then the full state', { info: (n) => ({ version: n, state: n === 0 ? 'partial' : 'full' }) }, 2],
  ['wants it back at once each time', { state: 'terminated;reason=giveup;retry-after=0', info: inOrder }, 8],
])('one that %s gets no endless row of SUBSCRIBEs', (_, oddity, expected) => {
  const { subscribes, hand } = odd(oddity);
  expect(subscribes).toBe(expected);
  expect(new Set(hand.received.map((text) => text.split('\r\n', 1)[0]))).toEqual(new Set(['SIP/2.0 200 OK']));
});
