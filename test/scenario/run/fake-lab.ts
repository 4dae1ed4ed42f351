/** A lab without a network: messages, states and causes come when a test says so. */

import type { Endpoint, PacketFault } from '../../../src/environment/index.js';
import { createSimulation } from '../../../src/environment/simulated/index.js';
import type { Fault } from '../../../src/faults/fault.js';
import type { FaultControl, IdleStrikes } from '../../../src/faults/index.js';
import type { StartFailure } from '../../../src/node/node.js';
import type { Scenario, Step } from '../../../src/scenario/model.js';
import { dialledIdentity } from '../../../src/scenario/run/dialled-identity.js';
import { RunObserver } from '../../../src/scenario/run/observer.js';
import type { ScenarioLab } from '../../../src/scenario/run/scenario-lab.js';
import { ScenarioRun, type ScenarioRunOptions } from '../../../src/scenario/run/scenario-run.js';
import type { StepResult, Verdict } from '../../../src/scenario/run/verdict.js';
import type { Lab } from '../../../src/topology/lab.js';
import { loadLab } from '../../../src/topology/load.js';
import { TraceCollector } from '../../../src/trace/collector.js';
import { NodeTable } from '../../../src/trace/node-table.js';
import { TestFolder, topologyText } from '../../topology/files.js';
import { sipMessage } from '../../trace/sample-run.js';
import { type Behaviour, FakeUe } from './fake-ue.js';

const ADDRESSES: Readonly<Record<string, Endpoint>> = {
  pcscf1: { address: '127.0.9.1', port: 5060 },
  icscf1: { address: '127.0.9.2', port: 5060 },
  scscf1: { address: '127.0.9.3', port: 5060 },
  hss1: { address: '127.0.9.4', port: 3868 },
  ue1: { address: '127.0.9.11', port: 5060 },
  ue2: { address: '127.0.9.12', port: 5060 },
};

export class FakeFaults implements FaultControl {
  readonly faults: Fault[] = [];
  readonly done: string[] = [];
  readonly counts = new Map<string, number>();
  readonly idles = new Map<string, IdleStrikes>();
  refuses: string | undefined;

  add(fault: Fault): void {
    this.faults.push(fault);
  }
  remove(name: string): boolean {
    const index = this.faults.findIndex((fault) => fault.name === name);
    if (index >= 0) this.faults.splice(index, 1);
    return index >= 0;
  }
  struck(name: string): number {
    return this.counts.get(name) ?? 0;
  }
  idle(name: string): IdleStrikes | undefined {
    return this.idles.get(name);
  }
  cut(one: readonly string[], other: readonly string[]): void {
    this.done.push(`cut ${one}|${other}`);
  }
  isCut(): boolean {
    return false;
  }

  heal(one: readonly string[], other: readonly string[]): void {
    this.done.push(`heal ${one}|${other}`);
  }
  inject(from: string, to: Endpoint, protocol: 'udp' | 'tcp', bytes: Buffer): string | undefined {
    this.done.push(`inject ${from} ${to.address}:${to.port} ${protocol} ${bytes.toString('latin1')}`);
    return this.refuses;
  }
  crash(name: string): void {
    this.done.push(`crash ${name}`);
  }
  stepClock(name: string, byMs: number): void {
    this.done.push(`step-clock ${name} ${byMs}`);
  }
}

export type FakeRunOptions = Partial<ScenarioRunOptions> & { readonly scenario?: Partial<Scenario> };

export class FakeLab implements ScenarioLab {
  readonly simulation = createSimulation({ seed: 1 });
  readonly observer = new RunObserver();
  readonly collector: TraceCollector;
  readonly faults = new FakeFaults();
  readonly lab: Lab;
  readonly done: string[] = [];
  readonly progress: StepResult[] = [];
  readonly ues = new Map<string, FakeUe>();
  breaches: readonly string[] = [];
  /** What nodes keep. */
  readonly keeps = new Map<string, Record<string, number>>();
  /** Whether nodes stop and start; one that does not is waited for in vain. */
  startFailure: StartFailure | undefined;
  stopsNodes = true;
  setLink: ScenarioLab['setLink'] = (between, change) => {
    this.done.push(`link ${between.join('-')} ${JSON.stringify(change)}`);
  };

  constructor(behaviours: Readonly<Record<string, Behaviour>> = { ue1: {}, ue2: {} }) {
    const folder = new TestFolder();
    this.lab = loadLab(folder.write('t.yaml', topologyText()));
    folder.remove();
    const nodes = new NodeTable(
      Object.entries(ADDRESSES).map(([name, { address }]) => ({ name, addresses: [address] })),
    );
    this.collector = new TraceCollector({ nodes, listeners: [this.observer.listener] });
    for (const [name, behaviour] of Object.entries(behaviours)) this.#addUe(name, behaviour);
  }

  #addUe(name: string, behaviour: Behaviour): void {
    const identity = dialledIdentity(name, this.lab)!;
    const byIdentity = (target: string) => [...this.ues.values()].find((ue) => ue.publicIdentity === target);
    const onRegister = () => this.sip(name, 'pcscf1', `REGISTER sip:${this.lab.home} SIP/2.0`, '1 REGISTER');
    this.ues.set(name, new FakeUe(name, identity, behaviour, this.simulation.clock, byIdentity, onRegister));
  }

  ue(name: string): FakeUe | undefined {
    return this.ues.get(name);
  }
  startNode(name: string, tell: (failure?: StartFailure) => void): void {
    this.done.push(`start ${name}`);
    this.simulation.clock.setTimer(5, () => tell(this.startFailure));
  }
  stopNode(name: string, tell: () => void): void {
    this.done.push(`stop ${name}`);
    if (this.stopsNodes) this.simulation.clock.setTimer(5, tell);
  }
  crashNode(name: string): void {
    this.done.push(`crash ${name}`);
  }
  changeSetting(node: string, key: string, value: unknown): string | undefined {
    this.done.push(`set ${node} ${key} ${JSON.stringify(value)}`);
    return key === 'call.answer' ? undefined : `there is no key '${key}'`;
  }
  networkDeregister(
    node: string,
    { ue, reason, comeBack }: { ue: string; reason: string; comeBack: boolean | undefined },
    tell: (outcome: { success: boolean; reason: string }) => void,
  ): void {
    this.done.push(`network-deregister ${node} ${ue} ${comeBack ?? reason}`);
    const success = reason === 'permanent-termination';
    this.simulation.clock.setTimer(5, () => tell({ success, reason: success ? 'done' : 'scscf1 answered 5012' }));
  }
  reauthenticate(scscf: string, { ue, withinMs }: { ue: string; withinMs: number }): string | undefined {
    this.done.push(`reauthenticate ${scscf} ${ue} ${withinMs}`);
    return ue === 'ue1' ? undefined : `${ue} is not registered there`;
  }
  changeProfile(
    hss: string,
    { ue, bar, unbar, services }: Parameters<ScenarioLab['changeProfile']>[1],
    tell: (outcome: { success: boolean; reason: string }) => void,
  ): void {
    this.done.push(`change-profile ${hss} ${ue} ${bar}|${unbar}|${services}`);
    const success = ue === 'ue1';
    this.simulation.clock.setTimer(5, () => tell({ success, reason: success ? 'done' : 'scscf1 answered 5009' }));
  }
  originate(): string | undefined {
    return 'nothing is sent here';
  }

  askData(as: string, _: Parameters<ScenarioLab['askData']>[1], lost: () => void): string | undefined {
    this.done.push(`ask data ${as}`);
    if (as === 'as1') this.simulation.clock.setTimer(5, lost);
    return as === 'as1' ? undefined : `${as} does not speak Sh`;
  }
  counts(node: string): Readonly<Record<string, number>> | undefined {
    return this.keeps.get(node);
  }
  invariantBreaches(): readonly string[] {
    return this.breaches;
  }

  /** `ms` after the beginning. */
  at(ms: number, work: () => void): void {
    this.simulation.clock.setTimer(ms, work);
  }

  packet(from: string, to: string, bytes: Buffer, fault?: PacketFault, protocol: 'udp' | 'tcp' = 'udp'): void {
    const time = this.simulation.clock.now();
    const ends = { from: ADDRESSES[from]!, to: ADDRESSES[to]! };
    this.collector.tap({ time, protocol, ...ends, kind: 'data', bytes, fault });
  }

  sip(from: string, to: string, startLine: string, cseq: string, fault?: PacketFault): void {
    this.packet(from, to, sipMessage(startLine, cseq), fault);
  }

  /** A machine moves. */
  state(node: string, machine: string, from: string, to: string, actor = 'a1'): void {
    this.collector.write({
      kind: 'transition',
      time: this.simulation.clock.now(),
      node,
      actor,
      machine,
      event: from === '' ? 'create' : 'sip.request',
      from: from === '' ? to : from,
      to,
      effects: [],
      context: undefined,
    });
  }

  cause(node: string, text: string, clause?: string): void {
    const time = this.simulation.clock.now();
    this.collector.write({ kind: 'note', time, node, what: 'cause.mac', text, clause });
  }

  /** Runs the steps to their end. */
  run(steps: readonly Step[], options: FakeRunOptions = {}): Verdict {
    let verdict: Verdict | undefined;
    this.begin(steps, options, (result) => {
      verdict = result;
    });
    this.simulation.run({ until: () => verdict !== undefined });
    if (verdict === undefined) throw new Error('the scenario hangs');
    return verdict;
  }

  begin(
    steps: readonly Step[],
    { scenario, ...options }: FakeRunOptions,
    done: (verdict: Verdict) => void,
  ): ScenarioRun {
    const whole: Scenario = {
      name: 's',
      description: undefined,
      proves: [],
      topology: undefined,
      overrides: [],
      environments: ['simulated'],
      seeds: [1],
      faults: [],
      steps,
      checks: [],
      exceptions: {},
      verdict: { passed: true, sentence: undefined },
      timeoutMs: 600_000,
      ...scenario,
    };
    const run = new ScenarioRun(whole, this, {
      clock: this.simulation.clock,
      trace: this.collector,
      observer: this.observer,
      onStep: (result) => this.progress.push(result),
      ...options,
    });
    run.start(done);
    return run;
  }
}
