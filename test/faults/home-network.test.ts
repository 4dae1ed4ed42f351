/** The VoLTE lab with faults planted in it, as scenarios plant them, in both environments. */
import { resolve } from 'node:path';
import type { MessageRecord, TraceRecord } from '../../src/environment/index.js';
import { type Fault, type FaultAction, FaultLayer } from '../../src/faults/index.js';
import type { CallOutcome, RegistrationOutcome } from '../../src/ims/ue/ue.js';
import { PortNames } from '../../src/lab/port-names.js';
import { realWorld, simulatedWorld, type World } from '../../src/lab/world.js';
import { compilePattern, readField } from '../../src/selection/index.js';
import { hostPort } from '../../src/sip/index.js';
import { readdressed } from '../../src/topology/addresses.js';
import { isUe, type Lab } from '../../src/topology/lab.js';
import { loadLab } from '../../src/topology/load.js';
import { RunningLab } from '../../src/topology/running-lab.js';
import { NodeTable, TraceCollector } from '../../src/trace/index.js';
import { hasIpv6 } from './fault-lab.js';

/** At addresses and ports of this test's own: other runs on this machine have those of the file. */
function apart(lab: Lab): Lab {
  const moved = readdressed(lab, (node) => ({
    ...node,
    listen: node.listen.map((entry) =>
      entry.address === '::1'
        ? { ...entry, port: entry.port + 2_000 }
        : { ...entry, address: entry.address.replace('127.0.1.', '127.0.78.') },
    ),
  }));
  return {
    ...moved,
    nodes: moved.nodes.map((node) => (isUe(node) ? { ...node, rtpPort: node.rtpPort + 4_000 } : node)),
  };
}

class HomeNetwork {
  readonly records: TraceRecord[] = [];
  readonly layer: FaultLayer;
  readonly #world: World;
  readonly #running: RunningLab;
  readonly #lab: Lab;
  readonly #planted: string[] = [];

  constructor(kind: 'simulated' | 'real', topology = 'volte', withLayer = true) {
    const written = apart(loadLab(resolve(__dirname, `../../topologies/${topology}.yaml`)));
    const { world, lab } = kind === 'simulated' ? simulatedWorld(written, 1) : realWorld(written, () => undefined);
    this.#world = world;
    this.#lab = lab;
    const table = new NodeTable(
      lab.nodes.map(({ name, listen }) => ({
        name,
        addresses: listen.map(({ address, port }) => (address === '::1' ? hostPort(address, port) : address)),
      })),
    );
    const portNames = new PortNames(table);
    const collector = new TraceCollector({ nodes: table, listeners: [(record) => this.records.push(record)] });
    this.layer = new FaultLayer({ clock: world.clock, nameOf: (endpoint) => table.nameOf(endpoint) });
    const tap = portNames.before(collector.tap);
    world.attach(collector, withLayer ? this.layer.before(tap) : tap);
    this.#running = new RunningLab(lab, {
      clock: world.clock,
      environmentFor: (name) => {
        const inner = portNames.watch(name, world.environmentFor(name));
        return withLayer ? this.layer.environmentFor(name, inner) : inner;
      },
      hostMode: 'compiled',
    });
  }

  async start(): Promise<void> {
    expect(await this.#world.perform((done) => this.#running.start(done))).toBeUndefined();
  }

  crash(name: string): void {
    this.layer.crash(name);
    this.#running.crashNode(name);
  }

  startNode(name: string): Promise<unknown> {
    return this.#world.perform<unknown>((done) => this.#running.startNode(name, done));
  }

  async stop(): Promise<void> {
    for (const name of this.#planted) this.layer.remove(name);
    await this.#world.perform<undefined>((done) => this.#running.stop(() => done(undefined)));
    await this.#world.close();
  }

  plant(message: string, action: FaultAction, more: Partial<Fault> & { from?: string; to?: string } = {}): void {
    const { from, to, ...fault } = more;
    const pattern = { message, from: from === undefined ? undefined : [from], to: to === undefined ? undefined : [to] };
    const name = fault.name ?? `${action.do} ${message}`;
    this.#planted.push(name);
    this.layer.add({ pattern, nth: [1], action, ...fault, name });
  }

  register(ue: string): Promise<RegistrationOutcome> {
    return this.#world.perform((done) => this.#running.ue(ue)!.register(done));
  }

  call(from: string, to: string): Promise<CallOutcome> {
    const target = this.#running.ue(to)!.publicIdentity;
    return this.#world.perform((done) => this.#running.ue(from)!.call(target, { holdForMs: 50 }, done));
  }

  wait(ms: number): Promise<unknown> {
    return this.#world.perform<unknown>((done) => this.#world.clock.setTimer(ms, () => done(undefined)));
  }

  after(ms: number, work: () => void): void {
    this.#world.clock.setTimer(ms, work);
  }

  /** Messages of the run that fit, `dropped` ones too. */
  messages(message: string, from: string, to: string): readonly MessageRecord[] {
    const pattern = compilePattern({ message, from: [from], to: [to] });
    return this.records.filter(
      (record): record is MessageRecord => record.kind === 'message' && pattern.matches(record),
    );
  }

  /** What was seen on the wire, in order. */
  get wire(): readonly string[] {
    return this.records.flatMap((record) =>
      record.kind === 'message'
        ? `${record.time} ${record.fromNode} ${record.toNode} ${record.bytes.toString('latin1')}`
        : [],
    );
  }

  get notes(): readonly string[] {
    return this.records.flatMap((record) =>
      record.kind === 'note' && record.what.startsWith('fault.') ? record.text : [],
    );
  }

  get names(): readonly string[] {
    return this.#lab.nodes.map(({ name }) => name);
  }
}

const worlds = [
  { kind: 'simulated', topology: 'volte' },
  { kind: 'simulated', topology: 'volte-ipv6' },
  { kind: 'real', topology: 'volte' },
  ...(hasIpv6 ? [{ kind: 'real', topology: 'volte-ipv6' } as const] : []),
] as const;

describe.each(worlds)('$topology, $kind', ({ kind, topology }) => {
  let network: HomeNetwork;

  beforeEach(async () => {
    network = new HomeNetwork(kind, topology);
    await network.start();
  });
  afterEach(() => network.stop());

  it('SIP-32 / RFC 3261 17.1.2.2: the 200 to REGISTER is lost once: the UE sends it again and gets it', async () => {
    network.plant('200 REGISTER', { do: 'drop' }, { from: 'pcscf1', to: 'ue1', name: 'drop the 200' });
    expect(await network.register('ue1')).toMatchObject({ success: true });
    const [lost, came, ...others] = network.messages('200 REGISTER', 'pcscf1', 'ue1');
    expect(others).toEqual([]);
    expect(lost!.fault).toEqual({ name: 'drop the 200', effect: 'dropped' });
    expect(came!.fault).toBeUndefined();
    expect(came!.bytes).toEqual(lost!.bytes);
    expect(network.layer.struck('drop the 200')).toBe(1);
    expect(network.notes).toEqual(['fault: dropped 200 REGISTER (drop the 200)']);
  });

  it('TS 29.228 6.1.1: UAR answered 5001: the registration fails with 403', async () => {
    network.plant('UAR', { do: 'answer', result: 5001 });
    expect(await network.register('ue1')).toMatchObject({ success: false, status: 403 });
    const [answer] = network.messages('UAA 5001', 'hss1', 'icscf1');
    expect(answer!.fault).toMatchObject({ effect: 'answered' });
    expect(readField(answer!, 'Origin-Host')[0]).toMatch(/^hss1\./);
    expect(network.messages('UAR', 'icscf1', 'hss1')[0]!.fault).toMatchObject({ effect: 'dropped' });
    expect(await network.register('ue1')).toMatchObject({ success: true });
  });

  it('RFC 3310: a corrupted AUTN: the UE finds that the MAC is wrong', async () => {
    network.plant(
      '401 REGISTER',
      { do: 'corrupt', field: 'WWW-Authenticate.nonce.autn', bit: 127 },
      { to: 'ue1', nth: 'every' },
    );
    expect(await network.register('ue1')).toMatchObject({ success: false });
    expect(network.messages('401 REGISTER', 'pcscf1', 'ue1')[0]!.fault).toMatchObject({ effect: 'changed' });
    expect(network.records.some((record) => record.kind === 'note' && record.what.startsWith('cause.'))).toBe(true);
  });

  it('RFC 3261 16.7: INVITE answered 486 in place of the I-CSCF: the call fails with it', async () => {
    await network.register('ue1');
    await network.register('ue2');
    network.plant('INVITE', { do: 'answer', status: 486, headers: { 'Retry-After': 5 } }, { to: 'icscf1' });
    expect(await network.call('ue1', 'ue2')).toMatchObject({ success: false, status: 486 });
    const [answer] = network
      .messages('486 INVITE', 'ue1', 'pcscf1')
      .concat(network.messages('486 INVITE', 'pcscf1', 'ue1'));
    expect(readField(answer!, 'Retry-After')).toEqual(['5']);
  });

  it('RFC 3261 17: every datagram of SIP twice: registrations and a call go well', async () => {
    // Over TCP a repeated request is a new one (RFC 3261 17.2.2: Timer J is 0 there).
    for (const [from, to] of [
      ['ue1', 'pcscf1'],
      ['pcscf1', 'ue1'],
      ['ue2', 'pcscf1'],
      ['pcscf1', 'ue2'],
    ] as const) {
      network.plant('SIP', { do: 'duplicate', afterMs: 3 }, { nth: 'every', from, to, name: `${from} to ${to}` });
    }
    expect(await network.register('ue1')).toMatchObject({ success: true });
    expect(await network.register('ue2')).toMatchObject({ success: true });
    expect(await network.call('ue1', 'ue2')).toMatchObject({ success: true });
    expect(network.layer.struck('ue1 to pcscf1')).toBeGreaterThan(5);
  });

  it('a crashed HSS: registration fails at once, its peers hear of it', async () => {
    network.crash('hss1');
    expect(await network.register('ue1')).toMatchObject({ success: false });
    expect(network.notes).toEqual(['fault: hss1 crashed']);
  });

  it('RFC 3261 17.1.2.2: a cut between UE and P-CSCF is bridged by retransmissions', async () => {
    network.layer.cut(['ue1'], ['pcscf1']);
    network.after(300, () => network.layer.heal(['pcscf1'], ['ue1']));
    expect(await network.register('ue1')).toMatchObject({ success: true });
    expect(network.messages('REGISTER', 'ue1', 'pcscf1')[0]!.fault).toMatchObject({ effect: 'dropped' });
  });
});

describe('simulated', () => {
  it('the layer changes nothing where nothing is planted: the same octets at the same times', async () => {
    const runs: (readonly string[])[] = [];
    for (const withLayer of [false, true]) {
      const network = new HomeNetwork('simulated', 'volte', withLayer);
      await network.start();
      await network.register('ue1');
      await network.register('ue2');
      await network.call('ue1', 'ue2');
      await network.stop();
      runs.push(network.wire);
    }
    expect(runs[0]!.length).toBeGreaterThan(80);
    expect(runs[1]).toEqual(runs[0]);
  });

  it('with faults, one seed gives one run', async () => {
    const runs: (readonly string[])[] = [];
    for (let run = 0; run < 2; run++) {
      const network = new HomeNetwork('simulated');
      network.plant('REGISTER', { do: 'corrupt', field: 'Call-ID' }, { from: 'ue1' });
      network.plant('INVITE', { do: 'answer', status: 480 }, { to: 'icscf1' });
      await network.start();
      await network.register('ue1');
      await network.register('ue2');
      await network.call('ue1', 'ue2');
      await network.stop();
      runs.push(network.wire);
    }
    expect(runs[1]).toEqual(runs[0]);
  });

  it('TS 24.229 5.1.1.4.1: a clock that jumps over most of the registration makes the UE refresh it at once', async () => {
    const network = new HomeNetwork('simulated');
    await network.start();
    const { expires } = await network.register('ue1');
    const before = network.messages('REGISTER', 'ue1', 'pcscf1').length;
    await network.wait(10_000);
    expect(network.messages('REGISTER', 'ue1', 'pcscf1')).toHaveLength(before);
    network.layer.stepClock('ue1', (expires! - 60) * 1000);
    await network.wait(5_000);
    expect(network.messages('REGISTER', 'ue1', 'pcscf1').length).toBeGreaterThan(before);
    await network.stop();
  });

  it('a crashed HSS that runs again has its peers back and serves', async () => {
    const network = new HomeNetwork('simulated');
    await network.start();
    network.crash('hss1');
    expect(await network.register('ue1')).toMatchObject({ success: false });
    await network.startNode('hss1');
    await network.wait(60_000);
    expect(await network.register('ue1')).toMatchObject({ success: true });
    await network.stop();
  });

  it('RFC 6733 6.2.1: a MAA that comes too late is of no use: the S-CSCF has answered 504 by then', async () => {
    const network = new HomeNetwork('simulated');
    await network.start();
    network.plant('MAA', { do: 'delay', byMs: 60_000 });
    expect(await network.register('ue1')).toMatchObject({ success: false, status: 504 });
    await network.wait(90_000);
    const answers = network.messages('MAA', 'hss1', 'scscf1').map(({ fault }) => fault?.effect);
    expect(answers).toEqual([undefined, 'delayed']); // the UE has tried again by itself in between
    await network.stop();
  });
});
