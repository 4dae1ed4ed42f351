/** What a record-routing proxy takes for a request within a dialog: CALL-01, TS 24.229 §5.2.6.3, §5.2.6.4. */
import { inDialogRequest, type SipResponse } from '../../../src/sip/index.js';
import { type HandCall, HandCallee, HandServer, HandUe } from '../hand-ue.js';
import { numberOf, startNetwork } from '../network.js';

/** Two UEs in a call. */
function talking() {
  const network = startNetwork();
  const caller = new HandUe(network, 1);
  const callee = new HandUe(network, 2);
  expect([caller.registerAka().status, callee.registerAka().status]).toEqual([200, 200]);
  const answering = new HandCallee(callee, (called) => called.accept());
  const call = caller.invite(`tel:${numberOf(2)}`);
  expect(call.awaitStatus(200)).toBe(true);
  call.ack();
  network.runUntil(() => answering.isAcknowledged);
  return { network, caller, callee, call };
}

/** A request over the route set of the call, and what comes back. */
function send(
  from: HandUe,
  { dialog, ue }: HandCall,
  method: string,
  changes: Partial<NonNullable<HandCall['dialog']>>,
) {
  const request = inDialogRequest({ ...dialog!, ...changes }, method, { headers: [['Contact', `<${from.contact}>`]] });
  return (): SipResponse => from.finalOf(from.send(request, ue.sip.nextHop(request)));
}

describe('a request with the token of a leg and a To tag', () => {
  it.each([
    ['another Call-ID', { callId: 'other' }],
    ['another From tag', { localTag: 'other' }],
    ['another To tag', { remoteTag: 'other' }],
  ])('CALL-01: a BYE with %s gets 481, and the session goes on', (_what, changes) => {
    const { network, caller, call, callee } = talking();
    expect(send(caller, call, 'BYE', changes)().status).toBe(481);
    expect(callee.received('BYE')).toHaveLength(0);
    expect(network.nodes.get('pcscf1')!.counts.sessions).toBe(2);
    expect(call.request('INFO').status).toBe(200);
    expect(call.request('BYE').status).toBe(200);
    expect(network.nodes.get('pcscf1')!.counts.sessions).toBe(0);
  });

  it('REG-26: it comes from an address where no UE is registered: 403, and nobody hears of it', () => {
    const { network, call, callee } = talking();
    const stranger = new HandUe(network, 3);
    expect(send(stranger, call, 'BYE', {})().status).toBe(403);
    expect(callee.received('BYE')).toHaveLength(0);
    expect(call.request('BYE').status).toBe(200);
  });

  it('CALL-01: its sender names another way: it goes the recorded one', () => {
    const { network, caller, call, callee } = talking();
    const elsewhere = new HandServer(network, 'ue3', 200);
    const [first] = call.dialog!.routeSet;
    const routeSet = [first!, `<${elsewhere.contact};lr>`];
    expect(send(caller, call, 'INFO', { routeSet })().status).toBe(200);
    expect(elsewhere.requests).toHaveLength(0);
    expect(callee.received('INFO')).toHaveLength(1);
  });
});
