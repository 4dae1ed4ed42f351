/** UEs in a whole home network: P-CSCF, I-CSCF, S-CSCF and HSS as they run, with links good and bad. TS 24.229 5.1. */
import {
  type CallHandle,
  type CallOutcome,
  createUe,
  type MessageOutcome,
  type ReceivedMessage,
  type RegistrationOutcome,
  type RequestOutcome,
  type UeConfig,
  type UeNode,
} from '../../../src/ims/ue/index.js';
import { homeDomain, startNetwork, subscriber, type TestNetwork } from '../network.js';
import { usualUe } from './usual-ue.js';

function ueIn(network: TestNetwork, number: number, change: Partial<UeConfig> = {}): UeNode {
  const { privateIdentity, authentication } = subscriber(number);
  const { material, sqn } = authentication.aka!;
  const name = `ue${number}`;
  const address = network.addresses[name]!;
  const ue = createUe(
    { name, environment: network.simulation.environmentFor(name), hostMode: 'compiled' },
    {
      listen: (['udp', 'tcp'] as const).map((protocol) => ({ protocol, address, port: 5060 })),
      proxy: network.proxy,
      homeDomain,
      privateIdentity,
      publicIdentity: `sip:${privateIdentity}`,
      instanceId: `urn:gsma:imei:35622410-00000${number}-0`,
      sim: { material, sqn, delta: 1n << 28n },
      ...usualUe,
      call: {
        answer: 'accept',
        ringMs: 500,
        bearerMs: 50,
        reliableRinging: true,
        codecs: ['AMR-WB', 'AMR'],
        rtp: { address, port: 49152 },
      },
      accessNetworkInfo: '3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000101',
      datagramSizeMax: 1300,
      ...change,
    },
  );
  ue.start(() => {});
  network.runUntil(() => ue.state === 'serving');
  return ue;
}

function outcomeOf<TOutcome>(network: TestNetwork, start: (done: (outcome: TOutcome) => void) => void): TOutcome {
  let outcome: TOutcome | undefined;
  start((result) => {
    outcome = result;
  });
  network.runUntil(() => outcome !== undefined, 600_000);
  return outcome!;
}

describe('UEs in their home network', () => {
  it('register, call one another, and de-register; nothing is left, nothing went wrong', () => {
    const network = startNetwork();
    const [ue1, ue2] = [ueIn(network, 1), ueIn(network, 2)];
    for (const ue of [ue1, ue2]) {
      const outcome = outcomeOf<RegistrationOutcome>(network, (done) => ue.register(done));
      expect(outcome).toMatchObject({ success: true, status: 200 });
    }
    const ends: CallOutcome[] = [];
    for (const ue of [ue1, ue2]) ue.onIncomingCallEnded((outcome) => ends.push(outcome));
    for (const [caller, callee] of [
      [ue1, ue2],
      [ue2, ue1],
    ] as const) {
      const call = (done: (outcome: CallOutcome) => void) =>
        caller.call(callee.publicIdentity, { holdForMs: 2000 }, done);
      ends.push(outcomeOf<CallOutcome>(network, call));
    }
    expect(ends).toHaveLength(4);
    for (const { success, media } of ends) {
      expect(success).toBe(true);
      expect(media!.received).toBeGreaterThan(95);
      expect(media!.problems).toEqual([]);
    }
    for (const ue of [ue1, ue2]) {
      expect(outcomeOf<RegistrationOutcome>(network, (done) => ue.deregister(done))).toMatchObject({ success: true });
    }
    expect(network.notes.filter(({ what }) => what.startsWith('cause.'))).toEqual([]);
    network.runUntil(() => false, 400_000);
    // Lifecycle and registration.
    expect([ue1.instanceCount, ue2.instanceCount]).toEqual([2, 2]);
  });

  it.each([1, 2, 3, 4, 5, 6])('register and call over air links that lose, repeat and reorder (seed %i)', (seed) => {
    const network = startNetwork({ seed });
    const [ue1, ue2] = [ueIn(network, 1), ueIn(network, 2)];
    const { addresses, simulation } = network;
    for (const ue of ['ue1', 'ue2']) {
      const bad = { loss: 0.1, duplication: 0.1, reordering: 0.1, delayMs: 20, jitterMs: 5 };
      simulation.links.setBetween(addresses[ue]!, addresses.pcscf1!, bad);
    }
    for (const ue of [ue1, ue2]) {
      expect(outcomeOf<RegistrationOutcome>(network, (done) => ue.register(done))).toMatchObject({ success: true });
    }
    const call = (done: (outcome: CallOutcome) => void) => ue1.call(ue2.publicIdentity, { holdForMs: 1000 }, done);
    expect(outcomeOf<CallOutcome>(network, call)).toMatchObject({ success: true });
  });

  it('over IPv6', () => {
    const network = startNetwork({ ipv6: true });
    const [ue1, ue2] = [ueIn(network, 1), ueIn(network, 2)];
    for (const ue of [ue1, ue2]) outcomeOf<RegistrationOutcome>(network, (done) => ue.register(done));
    const call = (done: (outcome: CallOutcome) => void) => ue1.call(ue2.publicIdentity, { holdForMs: 1000 }, done);
    expect(outcomeOf<CallOutcome>(network, call)).toMatchObject({ success: true });
  });

  it('AKA-34: a SIM with another K refuses the challenge and says so', () => {
    const network = startNetwork();
    const { material } = subscriber(1).authentication.aka!;
    const sim = { material: { ...material, k: Buffer.alloc(16, 9) }, sqn: 0n, delta: 1n << 28n };
    const ue = ueIn(network, 1, { sim });
    const outcome = outcomeOf<RegistrationOutcome>(network, (done) => ue.register(done));
    expect(outcome).toMatchObject({
      success: false,
      reason: expect.stringMatching(
        /^ue1 refused the challenge: K or OPc differ between its SIM and the HSS: compare /,
      ),
      clause: 'TS 33.102 §6.3.3',
    });
  });

  it('AKA-33: a SIM ahead of the HSS resynchronises it', () => {
    const network = startNetwork();
    const { material } = subscriber(1).authentication.aka!;
    const sim = { material, sqn: 0x20_0000n, delta: 1n << 28n };
    const ue = ueIn(network, 1, { sim });
    const outcome = outcomeOf<RegistrationOutcome>(network, (done) => ue.register(done));
    expect(outcome).toMatchObject({ success: true, clause: 'TS 33.102 §6.3.5' });
  });
});

describe('what a scenario does with UEs in their home network', () => {
  function registered(options: Parameters<typeof startNetwork>[0] = {}) {
    const network = startNetwork(options);
    const ues = [ueIn(network, 1), ueIn(network, 2)] as const;
    for (const ue of ues) {
      expect(outcomeOf<RegistrationOutcome>(network, (done) => ue.register(done))).toMatchObject({ success: true });
    }
    return { network, ue1: ues[0], ue2: ues[1] };
  }

  function talking({ network, ue1, ue2 }: ReturnType<typeof registered>) {
    const incoming: CallHandle[] = [];
    ue2.onIncomingCall((call) => incoming.push(call));
    const outcomes: CallOutcome[] = [];
    const caller = ue1.call(ue2.publicIdentity, { holdForMs: undefined }, (outcome) => outcomes.push(outcome))!;
    network.runUntil(() => caller.state === 'talking' && incoming[0]?.state === 'talking');
    expect(caller.state).toBe('talking');
    return { caller, callee: incoming[0]!, outcomes };
  }

  it.each([false, true])('CALL-50: both ends hold and resume, and either hangs up (IPv6: %s)', (ipv6) => {
    const lab = registered({ ipv6 });
    const { network } = lab;
    const { caller, callee, outcomes } = talking(lab);
    for (const what of ['hold', 'resume'] as const) {
      for (const end of [caller, callee]) {
        expect(outcomeOf<RequestOutcome>(network, (done) => end[what](done))).toMatchObject({ success: true });
      }
    }
    expect([caller.state, callee.state]).toEqual(['talking', 'talking']);
    callee.hangUp();
    network.runUntil(() => outcomes.length > 0);
    expect(outcomes).toMatchObject([{ success: true }]);
    expect(network.causes).toEqual([]);
  });

  it('CALL-27: a call outlives its session timer, at the UEs and at the proxies', () => {
    const lab = registered();
    const { caller, callee, outcomes } = talking(lab);
    // Nothing is heard, so that an hour costs little.
    for (const end of [caller, callee]) outcomeOf<RequestOutcome>(lab.network, (done) => end.hold(done));
    lab.network.run(2_000_000);
    expect([caller.state, callee.state]).toEqual(['held', 'held']);
    expect(lab.network.nodes.get('scscf1')!.counts.sessions).toBe(2);
    caller.hangUp();
    lab.network.runUntil(() => outcomes.length > 0);
    expect(outcomes).toMatchObject([{ success: true }]);
    expect(lab.network.causes).toEqual([]);
  });

  it('CALL-64: a message goes through the core, to a registered UE only', () => {
    const { network, ue1, ue2 } = registered();
    const received: ReceivedMessage[] = [];
    ue2.onIncomingMessage((message) => received.push(message));
    const send = () => outcomeOf<MessageOutcome>(network, (done) => ue1.message(ue2.publicIdentity, 'Grüße', done));
    expect(send()).toMatchObject({ success: true, status: 200 });
    expect(received).toEqual([{ from: ue1.publicIdentity, text: 'Grüße' }]);
    const target = ue2.publicIdentity;
    outcomeOf<RegistrationOutcome>(network, (done) => ue2.deregister(done));
    const refused = outcomeOf<MessageOutcome>(network, (done) => ue1.message(target, 'Grüße', done));
    expect(refused).toMatchObject({ success: false, status: 480 });
  });

  it('TS 24.229 5.1.2A.1.6: after a crash of the S-CSCF a call gets 504, the UE registers anew by itself, and the next call succeeds', () => {
    const { network, ue1, ue2 } = registered();
    network.crash('scscf1');
    network.run(1000);
    network.restart('scscf1');
    network.runUntil(() => network.nodes.get('scscf1')!.state === 'serving', 60_000);
    const target = ue2.publicIdentity;
    const call = () => outcomeOf<CallOutcome>(network, (done) => ue1.call(target, { holdForMs: 100 }, done));
    expect(call()).toMatchObject({ success: false, status: 504 });
    network.run(5000);
    expect(network.notes.filter(({ node }) => node === 'ue1').map(({ what }) => what)).toEqual(['info.registersAnew']);
    // The callee learns of it by a request or refresh of its own.
    outcomeOf<MessageOutcome>(network, (done) => ue2.message(ue1.publicIdentity, 'are you there?', done));
    network.run(5000);
    expect(call()).toMatchObject({ success: true });
  });

  it('TS 24.229 5.1.1.4.1: after a crash of the P-CSCF an unanswered call makes the UE look, and it is registered again', () => {
    const { network, ue1, ue2 } = registered();
    network.crash('pcscf1');
    const target = ue2.publicIdentity;
    const call = () => outcomeOf<CallOutcome>(network, (done) => ue1.call(target, { holdForMs: 100 }, done));
    const first = call();
    expect(first).toMatchObject({ success: false, status: undefined });
    network.restart('pcscf1');
    network.run(400_000);
    expect(ue1.isRegistered).toBe(true);
    expect(outcomeOf<RegistrationOutcome>(network, (done) => ue2.reregister(done))).toMatchObject({ success: true });
    expect(call()).toMatchObject({ success: true });
  });

  it('REG-15: a refresh on demand, with another time', () => {
    const { network, ue1 } = registered();
    expect(outcomeOf<RegistrationOutcome>(network, (done) => ue1.reregister(done))).toMatchObject({ success: true });
    const brief = outcomeOf<RegistrationOutcome>(network, (done) => ue1.register(done, { expires: 120 }));
    expect(brief).toMatchObject({ success: true, expires: 120 });
  });
});
