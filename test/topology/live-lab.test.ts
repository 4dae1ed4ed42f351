/** A lab that runs: nodes that crash, settings that change, registrations that the network ends, invariants. */
import type { TraceRecord } from '../../src/environment/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';
import { FaultLayer } from '../../src/faults/index.js';
import type { RegistrationOutcome } from '../../src/ims/index.js';
import { readdressed, simulatedAddresses } from '../../src/topology/addresses.js';
import { findTopology } from '../../src/topology/find-file.js';
import type { Lab } from '../../src/topology/lab.js';
import { loadLab } from '../../src/topology/load.js';
import { RunningLab } from '../../src/topology/running-lab.js';
import { parseOverride } from '../../src/topology/source.js';

function scene(topology = 'volte', set: readonly string[] = []) {
  const simulation = createSimulation({ seed: 1 });
  const records: TraceRecord[] = [];
  simulation.trace = { write: (record) => records.push(record), inspecting: false, acting: undefined };
  const lab: Lab = readdressed(loadLab(findTopology(topology), set.map(parseOverride)), simulatedAddresses());
  const nameOf = ({ address }: { readonly address: string }): string =>
    lab.nodes.find(({ listen }) => listen.some((entry) => entry.address === address))?.name ?? address;
  const faults = new FaultLayer({ clock: simulation.clock, nameOf });
  const running = new RunningLab(lab, {
    clock: simulation.clock,
    environmentFor: (name) => faults.environmentFor(name, simulation.environmentFor(name)),
    hostMode: 'compiled',
  });
  /** What `work` calls back with, once it does; undefined: it has not within ten virtual minutes. */
  const awaitResult = <TValue>(work: (done: (value: TValue) => void) => void): TValue | undefined => {
    const results: TValue[] = [];
    work((value) => results.push(value));
    simulation.run({ until: () => results.length > 0, forMs: 600_000 });
    return results[0];
  };
  const start = (name: string) =>
    awaitResult<unknown>((done) => running.startNode(name, (failure) => done(failure ?? 'started')));
  const register = (name: string): RegistrationOutcome | undefined =>
    awaitResult((done) => running.ue(name)!.register(done));
  const message = (from: string, target: string) =>
    awaitResult<{ status: number | undefined }>((done) => running.ue(from)!.message(target, 'hello', done))?.status;
  const crash = (name: string): void => {
    faults.crash(name);
    running.crashNode(name);
  };
  const deregister = (ue: string, reason: Parameters<RunningLab['networkDeregister']>[1]['reason']) =>
    awaitResult<{ success: boolean; reason: string }>((done) =>
      running.networkDeregister('hss1', { ue, reason }, done),
    );
  awaitResult((done) => running.start(done));
  const wait = (forMs: number): void => {
    simulation.run({ forMs });
  };
  return { simulation, running, lab, faults, records, awaitResult, start, register, message, crash, deregister, wait };
}

const numberOf = (ue: 1 | 2): string => `tel:+1555010000${ue}`;

describe.each(['volte', 'volte-ipv6', 'volte-two-scscf'])('a crash, %s', (topology) => {
  it.each(['pcscf1', 'icscf1', 'scscf1', 'hss1', 'ue2'])('%s dies with calls and comes back as new', (name) => {
    const { running, register, start, crash, message, wait, awaitResult } = scene(topology);
    for (const ue of ['ue1', 'ue2']) expect(register(ue)?.success).toBe(true);
    running.ue('ue1')!.call(numberOf(2), { holdForMs: 600_000 }, () => {});
    wait(5_000);
    const before = running.node(name);
    crash(name);
    expect(running.node(name)).toBeUndefined();
    expect(running.invariantBreaches()).toEqual([]);
    wait(20_000);
    expect(running.invariantBreaches()).toEqual([]);
    expect(start(name)).toBe('started');
    expect(running.node(name)).not.toBe(before);
    expect(running.node(name)!.state).toBe('serving');
    wait(40_000);
    for (const ue of ['ue1', 'ue2']) expect(register(ue)?.success).toBe(true);
    expect(message('ue1', numberOf(2))).toBe(200);
    expect(running.invariantBreaches()).toEqual([]);
    // The lab still stops, and nothing of it lives on.
    expect(awaitResult((done) => running.stop(() => done('stopped')))).toBe('stopped');
    expect(running.instanceCount).toBe(0);
  });
});

describe('who waits for a node that crashes', () => {
  it('a start ends with a failure, a stop with the crash', () => {
    const { running, crash, start, awaitResult, simulation } = scene();
    crash('ue1');
    const outcomes: unknown[] = [];
    running.startNode('ue1', (failure) => outcomes.push(failure));
    crash('ue1');
    simulation.run({ forMs: 10 });
    expect(outcomes).toEqual([expect.objectContaining({ node: 'ue1', code: 'ECRASHED' })]);
    expect(start('ue1')).toBe('started');
    const began = simulation.clock.now();
    running.stopNode('icscf1', () => outcomes.push('stopped'));
    crash('icscf1');
    expect(outcomes).toHaveLength(2);
    expect(simulation.clock.now()).toBe(began);
    expect(awaitResult((done) => running.restartNode('icscf1', () => done('restarted')))).toBe('restarted');
    expect(running.node('icscf1')!.state).toBe('serving');
  });

  it('a network-initiated de-registration ends with a sentence', () => {
    const { running, crash, register } = scene();
    register('ue1');
    const outcomes: unknown[] = [];
    running.networkDeregister('hss1', { ue: 'ue1', reason: 'server-change' }, (outcome) => outcomes.push(outcome));
    crash('hss1');
    expect(outcomes).toEqual([{ success: false, reason: 'hss1 crashed before the S-CSCF had answered' }]);
  });

  it('a node that runs is not started twice', () => {
    const { running, start } = scene();
    const node = running.node('pcscf1');
    expect(start('pcscf1')).toBe('started');
    expect(running.node('pcscf1')).toBe(node);
  });
});

describe('settings', () => {
  it('call.answer and call.ring of a UE count from the next call, registration.expires from the next REGISTER', () => {
    const { running, register, wait } = scene();
    for (const ue of ['ue1', 'ue2']) register(ue);
    expect(running.changeSetting('ue2', 'call.answer', 'busy')).toBeUndefined();
    const outcomes: (number | undefined)[] = [];
    running.ue('ue1')!.call(numberOf(2), { holdForMs: 100 }, ({ status }) => outcomes.push(status));
    wait(10_000);
    expect(outcomes).toEqual([486]);
    expect(running.changeSetting('ue2', 'call', { answer: 'accept', ring: '3s' })).toBeUndefined();
    const times: (number | undefined)[] = [];
    running.ue('ue1')!.call(numberOf(2), { holdForMs: 100 }, (call) => {
      times.push(call.answeredAfterMs! - call.ringingAfterMs!);
    });
    wait(20_000);
    expect(times[0]).toBeGreaterThanOrEqual(3000);
    expect(running.changeSetting('ue1', 'registration.expires', 900)).toBeUndefined();
    expect(register('ue1')?.expires).toBe(900);
  });

  it('REG-47: the limits of an S-CSCF count for the next REGISTER; at the next start they hold', () => {
    const { running, register, awaitResult } = scene();
    expect(running.changeSetting('scscf1', 'registration.expires-max', 700)).toBeUndefined();
    expect(register('ue1')?.expires).toBe(700);
    expect(running.changeSetting('scscf1', 'registration', { 'expires-min': 50, 'expires-max': 500 })).toBeUndefined();
    awaitResult((done) => running.restartNode('scscf1', done));
    expect(register('ue2')?.expires).toBe(500);
  });

  it('a key that is read at the start says so, and holds from the next one', () => {
    const { running, awaitResult, lab } = scene();
    const text = 'nodes.pcscf1.transport.datagram-size-max: counts from the next start of pcscf1; restart the node';
    expect(running.changeSetting('pcscf1', 'transport.datagram-size-max', 'off')).toBe(text);
    awaitResult((done) => running.stopNode('pcscf1', () => done(0)));
    expect(running.changeSetting('pcscf1', 'transport.datagram-size-max', 400)).toBeUndefined();
    expect(lab.nodes[0]).toMatchObject({ name: 'pcscf1', operator: { datagramSizeMax: 1300 } });
  });

  it.each([
    [
      'ue2',
      'call.answer',
      'maybe',
      "nodes.ue2.call.answer: 'maybe' is not known here; use one of accept, busy, decline, ring",
    ],
    ['ue2', 'call.anser', 'busy', "nodes.ue2.call.anser: unknown key; did you mean 'answer'?"],
    ['ue2', 'call.ring', 2, 'nodes.ue2.call.ring: 2 is no duration; write a number and a unit: 500ms, 2s, 4min, 1h'],
    [
      'ue2',
      'imsi',
      '001010000000003',
      'nodes.ue2.imsi: is fixed while the lab runs; change it in the topology file or with --set',
    ],
    ['pcscf1', 'registration.expires-min', 5, 'nodes.pcscf1.registration: unknown key; use transport'],
    ['ue9', 'call.answer', 'busy', "there is no node 'ue9' here; did you mean 'ue1'?"],
  ] as const)('%s %s = %s', (node, key, value, problem) => {
    expect(scene().running.changeSetting(node, key, value)).toBe(problem);
  });
});

describe('network-initiated de-registration', () => {
  it('REG-74: the UE is gone for callers, and a later request of it is sent to register', () => {
    const { running, register, deregister, message } = scene();
    for (const ue of ['ue1', 'ue2']) register(ue);
    expect(deregister('ue1', 'permanent-termination')).toMatchObject({ success: true });
    expect(running.invariantBreaches()).toEqual([]);
    expect(message('ue2', numberOf(1))).toBe(480);
    expect(message('ue1', numberOf(2))).toBe(504);
    expect(register('ue1')?.success).toBe(true);
    expect(message('ue2', numberOf(1))).toBe(200);
    expect(running.invariantBreaches()).toEqual([]);
  });

  it('says what is wrong with the request', () => {
    const { deregister, running, awaitResult } = scene();
    expect(deregister('ue9', 'server-change')?.reason).toBe("there is no UE 'ue9' whose identity is known here");
    expect(deregister('ue1', 'server-change')?.reason).toContain('is not registered');
    const ask = (name: string) =>
      awaitResult<{ reason: string }>((done) =>
        running.networkDeregister(name, { ue: 'ue1', reason: 'server-change' }, done),
      );
    expect(ask('pcscf1')?.reason).toBe('pcscf1 is no HSS');
    expect(ask('scscf1')?.reason).toBe('ue1 is not registered there');
    expect(ask('nobody')?.reason).toBe('nobody is not running');
  });
});

describe('what an S-CSCF and an HSS are asked to do about a UE', () => {
  it('REG-74: an S-CSCF ends a registration, and both forget it', () => {
    const { running, register, awaitResult, wait } = scene();
    register('ue1');
    const end = (comeBack: boolean) =>
      awaitResult<{ success: boolean; reason: string }>((done) =>
        running.networkDeregister('scscf1', { ue: 'ue1', reason: 'permanent-termination', comeBack }, done),
      );
    expect(end(false)).toEqual({ success: true, reason: 'scscf1 has ended the registration of ue1' });
    wait(100);
    expect(running.counts('scscf1')).toMatchObject({ registrations: 0 });
    expect(running.counts('hss1')).toMatchObject({ subscriptions: 0 });
    expect(end(true)?.success).toBe(false);
  });

  it('REG-75: an S-CSCF has a UE authenticate again', () => {
    const { running, register, crash } = scene();
    expect(running.reauthenticate('scscf1', { ue: 'ue1', withinMs: 5_000 })).toBe('ue1 is not registered there');
    register('ue1');
    expect(running.reauthenticate('scscf1', { ue: 'ue1', withinMs: 5_000 })).toBeUndefined();
    expect(running.reauthenticate('hss1', { ue: 'ue1', withinMs: 5_000 })).toBe('hss1 is no S-CSCF');
    expect(running.reauthenticate('scscf1', { ue: 'ue9', withinMs: 5_000 })).toMatch(/there is no UE 'ue9'/);
    crash('scscf1');
    expect(running.reauthenticate('scscf1', { ue: 'ue1', withinMs: 5_000 })).toBe('scscf1 is not running');
  });

  it('TS 29.228 6.2.2: an HSS changes a profile, and its S-CSCF hears of it', () => {
    const { running, register, awaitResult, crash, records } = scene();
    const change = (name: string, order: Parameters<RunningLab['pushProfile']>[1]) =>
      awaitResult<{ success: boolean; reason: string }>((done) => running.pushProfile(name, order, done));
    register('ue1');
    expect(change('hss1', { ue: 'ue1', bar: ['tel:+15550100001'] })).toMatchObject({ success: true });
    expect(records).toContainEqual(expect.objectContaining({ node: 'hss1', what: 'info.profilePushed' }));
    expect(change('hss1', { ue: 'ue1', bar: ['tel:+15550100009'] })?.reason).toMatch(/is no identity of/);
    expect(change('hss1', { ue: 'ue1', services: ['nothing'] })?.reason).toMatch(/there is no service nothing/);
    expect(change('scscf1', { ue: 'ue1', services: [] })?.reason).toBe('scscf1 is no HSS');
    expect(change('hss1', { ue: 'ue9', services: [] })?.reason).toMatch(/there is no UE 'ue9'/);
    crash('hss1');
    expect(change('hss1', { ue: 'ue1', services: [] })?.reason).toBe('hss1 is not running');
  });

  it('nodes tell what they keep', () => {
    const { running, register, crash } = scene();
    expect(running.counts('scscf1')).toMatchObject({ registrations: 0, authentications: 0, sessions: 0 });
    expect(running.counts('ue1')).toEqual({ machines: expect.any(Number) });
    register('ue1');
    expect(running.counts('scscf1')).toMatchObject({ registrations: 1 });
    expect(running.counts('pcscf1')).toMatchObject({ registered: 1 });
    crash('scscf1');
    expect(running.counts('scscf1')).toBeUndefined();
    expect(running.counts('nobody')).toBeUndefined();
  });
});

describe('invariants', () => {
  it('hold at every step of registration, messages, expiry and de-registration', () => {
    const { simulation, running, message } = scene('volte-two-scscf', ['nodes.ue1.registration.expires=60']);
    const breaches = new Set<string>();
    const look = (): boolean => {
      for (const breach of running.invariantBreaches()) breaches.add(breach);
      return false;
    };
    for (const ue of running.ues) ue.register(() => {});
    simulation.run({ until: look, forMs: 2000 });
    running.networkDeregister('hss1', { ue: 'ue2', reason: 'server-change' }, () => {});
    simulation.run({ until: look, forMs: 2000 });
    for (const ue of running.ues) ue.deregister(() => {});
    simulation.run({ until: look, forMs: 100_000 });
    expect(message('ue1', numberOf(2))).toBeDefined();
    expect([...breaches]).toEqual([]);
  });

  it('REG-62: an S-CSCF that serves whom the HSS has not assigned to it is named, with the identity', () => {
    const { running, register, lab, records } = scene();
    register('ue1');
    const scscf = running.node('scscf1')!;
    const inspect = scscf.inspect!.bind(scscf);
    scscf.inspect = () => {
      const true_ = inspect();
      return {
        ...true_,
        served: true_.served!.map((claim) => ({
          ...claim,
          publicIdentity: claim.publicIdentity.replace('0001', '0009'),
        })),
      };
    };
    const server = `sip:scscf1.${lab.home}:5060`;
    expect(running.invariantBreaches()).toEqual(
      expect.arrayContaining([
        `scscf1 serves tel:+15550100009 as ${server}, but hss1 has it not registered`,
        'hss1 has assigned scscf1 to tel:+15550100001, which does not serve it',
      ]),
    );
    expect(records.filter(({ kind }) => kind === 'fault')).toEqual([]);
  });

  it('a queue beyond its bound, a transaction beyond its timers, a machine without an owner: node, name, numbers', () => {
    const { running } = scene();
    const icscf = running.node('icscf1')!;
    const shown = icscf.inspect!();
    icscf.inspect = () => ({
      ...shown,
      queues: [{ name: 'SIP connections', length: 11, max: 10 }],
      oldestTransaction: { actor: 'server:x', ageMs: 70_000, limitMs: 69_000 },
      machines: [{ machine: 'locationQuery', live: 2, held: 1 }],
    });
    expect(running.invariantBreaches()).toEqual([
      'icscf1: SIP connections: 11, where at most 10 may be',
      'icscf1: transaction server:x is 70 s old, its timers end it after 69 s at the latest',
      "icscf1: 2 live machines 'locationQuery', but its tables hold 1 of them",
    ]);
  });
});
