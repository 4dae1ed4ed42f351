/** A lab in the simulated network, driven by a test, and what conformance finds in it. */
import { type ConformanceResult, ConformanceRun, type LabFacts } from '../../src/conformance/index.js';
import type { TraceRecord } from '../../src/environment/index.js';
import type { CallOutcome, RegistrationOutcome, UeNode } from '../../src/ims/ue/ue.js';
import { IpsecLayer } from '../../src/ipsec/index.js';
import { simulatedWorld, type World } from '../../src/lab/world.js';
import { findTopology } from '../../src/topology/find-file.js';
import type { Lab } from '../../src/topology/lab.js';
import { loadLab } from '../../src/topology/load.js';
import { RunningLab } from '../../src/topology/running-lab.js';
import { parseOverride } from '../../src/topology/source.js';
import { NodeTable, TraceCollector } from '../../src/trace/index.js';

/** What a test does with the lab. */
export class Driver {
  constructor(
    readonly lab: Lab,
    readonly running: RunningLab,
    private readonly world: World,
  ) {}

  ue(name: string): UeNode {
    const ue = this.running.ue(name);
    if (ue === undefined) throw new Error(`no UE ${name}`);
    return ue;
  }

  register(...names: readonly string[]): Promise<readonly RegistrationOutcome[]> {
    return this.all(names.map((name) => (done) => this.ue(name).register(done)));
  }

  deregister(...names: readonly string[]): Promise<readonly RegistrationOutcome[]> {
    return this.all(names.map((name) => (done) => this.ue(name).deregister(done)));
  }

  call(from: string, to: string, holdForMs = 200): Promise<CallOutcome> {
    const target = this.ue(to).publicIdentity;
    return this.world.perform((done) => this.ue(from).call(target, { holdForMs }, done));
  }

  stopNode(name: string): Promise<void> {
    return this.world.perform((done) => this.running.stopNode(name, () => done(undefined)));
  }

  startNode(name: string): Promise<void> {
    return this.world.perform((done) => this.running.startNode(name, () => done(undefined)));
  }

  wait(ms: number): Promise<void> {
    return this.world.perform((done) => {
      this.world.clock.setTimer(ms, () => done(undefined));
    });
  }

  all<TValue>(works: readonly ((done: (value: TValue) => void) => void)[]): Promise<readonly TValue[]> {
    const values: TValue[] = [];
    return this.world.perform((done) => {
      for (const work of works) {
        work((value) => {
          values.push(value);
          if (values.length === works.length) done(values);
        });
      }
    });
  }
}

export interface SimulationOptions {
  readonly topology?: string;
  /** `key=value`, as on the command line. */
  readonly set?: readonly string[];
  readonly seed?: number;
}

export interface Simulated extends ConformanceResult {
  readonly facts: LabFacts;
  readonly records: readonly TraceRecord[];
}

export async function simulate(
  drive: (driver: Driver) => Promise<void>,
  { topology = 'volte', set = [], seed = 7 }: SimulationOptions = {},
): Promise<Simulated> {
  const { world, lab } = simulatedWorld(loadLab(findTopology(topology), set.map(parseOverride)), seed);
  const nodes = new NodeTable(
    lab.nodes.map(({ name, listen }) => ({ name, addresses: listen.map(({ address }) => address) })),
  );
  const facts = factsOf(lab);
  const conformance = new ConformanceRun(facts);
  const records: TraceRecord[] = [];
  const collector = new TraceCollector({
    nodes,
    listeners: [conformance.listener, (record) => records.push(record)],
  });
  const ipsec = new IpsecLayer({ onInstalled: () => {} });
  world.attach(collector, ipsec.before(collector.tap));
  const running = new RunningLab(lab, {
    clock: world.clock,
    environmentFor: (name) => ipsec.environmentFor(name, world.environmentFor(name)),
    hostMode: 'compiled',
  });
  const failure = await world.perform<object | undefined>((done) => running.start(done));
  if (failure !== undefined) throw new Error(JSON.stringify(failure));
  await drive(new Driver(lab, running, world));
  await world.perform<undefined>((done) => running.stop(() => done(undefined)));
  return { facts, records, ...conformance.finish() };
}

export function factsOf({ home, nodes }: Lab): LabFacts {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return {
    home,
    roleOf: (name) => {
      const role = byName.get(name)?.role;
      return role === 'dra' || role === 'slf' ? undefined : role;
    },
    isExternal: (name) => byName.get(name)?.external ?? true,
  };
}
