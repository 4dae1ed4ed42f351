/** UEs in a whole home network: P-CSCF, I-CSCF, S-CSCF and HSS as they run, with links good and bad. TS 24.229 5.1. */
import {
  type CallOutcome,
  createUe,
  type RegistrationOutcome,
  type UeConfig,
  type UeNode,
} from '../../../src/ims/ue/index.js';
import { homeDomain, startNetwork, subscriber, type TestNetwork } from '../network.js';

function ueIn(network: TestNetwork, number: number, change: Partial<UeConfig> = {}): UeNode {
  const { privateIdentity, authentication } = subscriber(number);
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
      sim: { k: authentication.k, opc: authentication.opc, sqn: authentication.sqn, delta: 1n << 28n },
      registration: { expires: 600_000 },
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
    const { authentication } = subscriber(1);
    const sim = { k: Buffer.alloc(16, 9), opc: authentication.opc, sqn: 0n, delta: 1n << 28n };
    const ue = ueIn(network, 1, { sim });
    const outcome = outcomeOf<RegistrationOutcome>(network, (done) => ue.register(done));
    expect(outcome).toMatchObject({
      success: false,
      reason: 'ue1 refused the challenge: K or OPc differ between its SIM and the HSS',
      clause: 'TS 33.102 §6.3.3',
    });
  });

  it('AKA-33: a SIM ahead of the HSS resynchronises it', () => {
    const network = startNetwork();
    const { authentication } = subscriber(1);
    const sim = { k: authentication.k, opc: authentication.opc, sqn: 0x20_0000n, delta: 1n << 28n };
    const ue = ueIn(network, 1, { sim });
    const outcome = outcomeOf<RegistrationOutcome>(network, (done) => ue.register(done));
    expect(outcome).toMatchObject({ success: true, clause: 'TS 33.102 §6.3.5' });
  });
});
