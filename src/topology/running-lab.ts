/** The nodes of a lab, started and stopped in the order in which they need one another. */
import type { Clock } from '../environment/index.js';
import type { OriginatingMessage, OriginationOutcome } from '../ims/as/originating-message.js';
import type { SubscriberData } from '../ims/as/subscriber-data.js';
import type { DeregistrationOrder, HssFunction, ProfileChange, TerminationOutcome } from '../ims/index.js';
import type { ScscfFunction } from '../ims/scscf/index.js';
import type { UeNode } from '../ims/ue/ue.js';
import type { LifecycleState, NetworkNode, StartFailure } from '../node/node.js';
import { suggest } from '../selection/index.js';
import { type BuildOptions, type BuiltNode, buildNode } from './build.js';
import { invariantBreaches } from './invariants.js';
import type { Lab, RunNode } from './lab.js';
import { changedSetting } from './settings.js';

/** Each role after those that it connects to. */
const START_ORDER: readonly RunNode['role'][] = ['hss', 'slf', 'dra', 'as', 's-cscf', 'i-cscf', 'p-cscf', 'ue'];

/** How long nodes get to reach their peers before the lab is used as it is: a peer may be down on purpose. */
const READY_MAX_MS = 3_000;
/** Nodes drain by themselves; one that does not is left behind. */
const STOP_MAX_MS = 10_000;

export interface RunningLabOptions extends BuildOptions {
  readonly clock: Clock;
  /** Names of the nodes to run; all where absent. */
  readonly only?: readonly string[] | undefined;
}

/** Reason-Code (TS 29.229 6.3.17) as scenarios write it. */
const terminationReasons = {
  'permanent-termination': 'PERMANENT_TERMINATION',
  'new-server-assigned': 'NEW_SERVER_ASSIGNED',
  'server-change': 'SERVER_CHANGE',
  'remove-s-cscf': 'REMOVE_S-CSCF',
} as const satisfies Record<string, DeregistrationOrder['reason']>;

export interface NetworkDeregistration {
  /** Name of the UE's node. */
  readonly ue: string;
  /** Of an HSS. */
  readonly reason: keyof typeof terminationReasons;
  /** Of an S-CSCF: whether the UE is told to register again; it is not where absent. */
  readonly comeBack?: boolean | undefined;
}

export interface ProfilePush extends Omit<ProfileChange, 'privateIdentity'> {
  /** Name of the UE's node. */
  readonly ue: string;
}

export class RunningLab {
  /** Those that were started and have not crashed. */
  readonly #built = new Map<string, BuiltNode>();
  /** By name, in the order of starting; with the settings for the next start. */
  readonly #plan: ReadonlyMap<string, { node: RunNode }>;
  /** Called at each change of a node's state. A start may still wait when a stop begins. */
  readonly #waiting = new Set<() => void>();
  /** Who waits for something that a node does, and must hear if it crashes. */
  readonly #dependents = new Map<string, Set<() => void>>();

  constructor(
    readonly lab: Lab,
    private readonly options: RunningLabOptions,
  ) {
    const { only } = options;
    const planned = lab.nodes
      .filter((node): node is RunNode => !node.external && (only === undefined || only.includes(node.name)))
      .sort((a, b) => START_ORDER.indexOf(a.role) - START_ORDER.indexOf(b.role));
    this.#plan = new Map(planned.map((node) => [node.name, { node }]));
  }

  /** Undefined before its first start and after a crash. */
  node(name: string): NetworkNode | undefined {
    return this.#built.get(name)?.node;
  }

  /** After a restart it is another object. */
  ue(name: string): UeNode | undefined {
    return this.#built.get(name)?.ue;
  }

  /** Undefined where no such HSS runs. */
  hss(name: string): HssFunction | undefined {
    return this.#built.get(name)?.hss;
  }

  get ues(): readonly UeNode[] {
    return [...this.#built.values()].flatMap(({ ue }) => ue ?? []);
  }

  /** Live machine instances of all nodes. */
  get instanceCount(): number {
    return this.#nodes.reduce((sum, node) => sum + node.instanceCount, 0);
  }

  get #databaseCount(): number {
    return this.lab.nodes.filter(({ role }) => role === 'hss').length;
  }

  /** What is not as it must be between the nodes at this moment; one sentence each. */
  invariantBreaches(): readonly string[] {
    return invariantBreaches(this.#nodes, this.#databaseCount);
  }

  /**
   * Starts one node after the other, then waits until all serve, for at most three seconds. `done` once, with the
   * first failure; what runs by then is left running, for `stop`.
   */
  start(done: (failure: StartFailure | undefined) => void): void {
    const names = [...this.#plan.keys()];
    const startNext = (index: number): void => {
      const name = names[index];
      if (name === undefined) this.#awaitServing(() => done(undefined));
      else this.#startOne(name, (failure) => (failure === undefined ? startNext(index + 1) : done(failure)));
    };
    startNext(0);
  }

  /** Starts a node again, as new; one that runs is left as it is. */
  startNode(name: string, done: (failure: StartFailure | undefined) => void): void {
    if (!this.#plan.has(name)) throw new Error(`${name} is not run here`);
    const node = this.node(name);
    if (node?.state === 'draining') this.restartNode(name, done);
    else if (node !== undefined && isAlive(node)) this.#awaitServing(() => done(undefined));
    else {
      this.#startOne(name, (failure) =>
        failure === undefined ? this.#awaitServing(() => done(undefined)) : done(failure),
      );
    }
  }

  stopNode(name: string, done: () => void): void {
    const node = this.node(name);
    this.#stopAll(node === undefined ? [] : [node], done);
  }

  restartNode(name: string, done: (failure: StartFailure | undefined) => void): void {
    this.stopNode(name, () => this.startNode(name, done));
  }

  /**
   * Forgets a node whose environment has been killed. Its object never does anything again: nobody may wait for it, and
   * `startNode` makes another one.
   */
  crashNode(name: string): void {
    if (!this.#built.delete(name)) return;
    const dependents = [...(this.#dependents.get(name) ?? [])];
    this.#dependents.delete(name);
    for (const lose of dependents) lose();
    for (const look of [...this.#waiting]) look();
  }

  /**
   * Changes a key of a node as it stands in the topology file, `call.answer`, `registration.expires-min`; also for its
   * next start. Returns why nothing has changed, or why it counts from the next start only.
   */
  changeSetting(name: string, key: string, value: unknown): string | undefined {
    const planned = this.#plan.get(name);
    if (planned === undefined) return `there is no node '${name}' here; ${suggest(name, [...this.#plan.keys()])}`;
    const changed = changedSetting(planned.node, key, value);
    if (typeof changed === 'string') return changed;
    planned.node = changed.node;
    const built = this.#built.get(name);
    if (built === undefined || !isAlive(built.node)) return undefined;
    if (changed.live) built.reconfigure?.(changed.node);
    return changed.live ? undefined : `nodes.${name}.${key}: counts from the next start of ${name}; restart the node`;
  }

  /**
   * An HSS (TS 29.228 §6.1.3) or an S-CSCF (TS 24.229 §5.4.1.5) ends the registration of a UE. `done` once; `reason` is one
   * plain sentence.
   */
  networkDeregister(
    name: string,
    { ue, reason, comeBack = false }: NetworkDeregistration,
    done: (outcome: TerminationOutcome) => void,
  ): void {
    if (this.#built.get(name)?.scscf === undefined) {
      this.#atHss(name, ue, done, (hss, privateIdentity, finish) =>
        hss.deregister({ privateIdentity, reason: terminationReasons[reason] }, finish),
      );
      return;
    }
    const end = comeBack ? 'deactivated' : 'rejected';
    const why = this.#atScscf(name, ue, (scscf, privateIdentity) => scscf.deregister(privateIdentity, end));
    done({ success: why === undefined, reason: why ?? `${name} has ended the registration of ${ue}` });
  }

  /** TS 24.229 §5.4.1.6: an S-CSCF has a UE authenticate within a time, ms. Returns why it cannot. */
  reauthenticate(
    name: string,
    { ue, withinMs }: { readonly ue: string; readonly withinMs: number },
  ): string | undefined {
    return this.#atScscf(name, ue, (scscf, privateIdentity) => scscf.reauthenticate(privateIdentity, withinMs));
  }

  /** TS 29.228 §6.2: the HSS changes the profile of a UE's subscriber. `done` once; `reason` is one plain sentence. */
  pushProfile(name: string, { ue, ...change }: ProfilePush, done: (outcome: TerminationOutcome) => void): void {
    this.#atHss(name, ue, done, (hss, privateIdentity, finish) =>
      hss.pushProfile({ privateIdentity, ...change }, finish),
    );
  }

  /** Runs `ask` at an application server that speaks Sh; if it crashes before `finish`, `lost` is called. Returns why it cannot be. */
  askData(
    name: string,
    ask: (data: SubscriberData, finish: (work: () => void) => void) => void,
    lost: () => void,
  ): string | undefined {
    const built = this.#running(name);
    if (built === undefined) return `${name} is not running`;
    const data = built.as?.subscriberData;
    if (data === undefined) return `${name} does not speak Sh; give it diameter: { hss: hss1 }`;
    const finish = this.#once<() => void>(name, (work) => work(), lost);
    ask(data, finish);
    return undefined;
  }

  /** An application server sends a MESSAGE for a user; `done` once, with what it was answered. Returns why it cannot be. */
  originate(
    name: string,
    message: Omit<OriginatingMessage, 'servingNode'>,
    done: (outcome: OriginationOutcome) => void,
  ): string | undefined {
    const built = this.#running(name);
    if (built?.as === undefined) return `${name} is ${built === undefined ? 'not running' : 'no application server'}`;
    const lost = (): void => done({ status: undefined, reason: `${name} crashed before the answer came` });
    built.as.originate(message, this.#once(name, done, lost));
    return undefined;
  }

  /** How many of each thing a node keeps, and of live `machines`; undefined of one that does not run. */
  counts(name: string): Readonly<Record<string, number>> | undefined {
    const node = this.#running(name)?.node;
    return node && { machines: node.instanceCount, ...node.counts };
  }

  /** Runs `work` at an HSS that lives, for a UE whose identity is known; `done` says why it cannot be. */
  #atHss(
    name: string,
    ue: string,
    done: (outcome: TerminationOutcome) => void,
    work: (hss: HssFunction, privateIdentity: string, finish: (outcome: TerminationOutcome) => void) => void,
  ): void {
    const built = this.#running(name);
    const privateIdentity = this.#privateIdentityOf(ue);
    const refuse = (text: string): void => done({ success: false, reason: text });
    if (built === undefined) refuse(`${name} is not running`);
    else if (built.hss === undefined) refuse(`${name} is no HSS`);
    else if (privateIdentity === undefined) refuse(unknownUe(ue));
    else {
      const finish = this.#once(name, done, () => refuse(`${name} crashed before the S-CSCF had answered`));
      work(built.hss, privateIdentity, finish);
    }
  }

  /** The same at an S-CSCF, where `work` is false of a UE that is not registered. Returns why it cannot be. */
  #atScscf(
    name: string,
    ue: string,
    work: (scscf: ScscfFunction, privateIdentity: string) => boolean,
  ): string | undefined {
    const built = this.#running(name);
    const privateIdentity = this.#privateIdentityOf(ue);
    if (built === undefined) return `${name} is not running`;
    if (built.scscf === undefined) return `${name} is no S-CSCF`;
    if (privateIdentity === undefined) return unknownUe(ue);
    return work(built.scscf, privateIdentity) ? undefined : `${ue} is not registered there`;
  }

  #running(name: string): BuiltNode | undefined {
    const built = this.#built.get(name);
    return built !== undefined && isAlive(built.node) ? built : undefined;
  }

  /** Of a UE's node. */
  #privateIdentityOf(ue: string): string | undefined {
    const node = this.#plan.get(ue)?.node ?? this.lab.nodes.find((candidate) => candidate.name === ue);
    return node?.role === 'ue' && !node.external ? node.privateIdentity : undefined;
  }

  /** UEs first, the HSS last: each role drains while those that it needs are still there. */
  stop(done: () => void): void {
    const roles = START_ORDER.toReversed();
    const stopNext = (index: number): void => {
      const role = roles[index];
      if (role === undefined) {
        done();
        return;
      }
      const names = [...this.#plan.values()].filter(({ node }) => node.role === role).map(({ node }) => node.name);
      const nodes = names.flatMap((name) => this.node(name) ?? []);
      this.#stopAll(nodes, () => stopNext(index + 1));
    };
    stopNext(0);
  }

  get #nodes(): readonly NetworkNode[] {
    return [...this.#built.values()].map(({ node }) => node);
  }

  /** `onStarted` once the node has left `starting`, or has crashed in it. */
  #startOne(name: string, onStarted: (failure: StartFailure | undefined) => void): void {
    const planned = this.#plan.get(name)!.node;
    const built = buildNode(planned, this.lab, { ...this.options, hssNamed: (hss) => this.#built.get(hss)?.hss });
    const { node } = built;
    this.#built.set(name, built);
    const finish = this.#once(name, onStarted, () =>
      onStarted({ node: name, wanted: name, code: 'ECRASHED', message: 'it crashed while it started' }),
    );
    let waiting = true;
    node.start((state: LifecycleState) => {
      for (const look of [...this.#waiting]) look();
      if (!waiting || state === 'starting') return;
      waiting = false;
      finish(state === 'failed' ? node.failure : undefined);
    });
  }

  /** `work` for a callback that node `name` owes: if it crashes first, `lost` is called in its place. */
  #once<TValue>(name: string, work: (value: TValue) => void, lost: () => void): (value: TValue) => void {
    const dependents = this.#dependents.get(name) ?? new Set();
    this.#dependents.set(name, dependents);
    dependents.add(lost);
    return (value) => {
      if (dependents.delete(lost)) work(value);
    };
  }

  #awaitServing(done: () => void): void {
    this.#awaitEach(
      this.#nodes,
      ({ state }) => state !== 'starting' && state !== 'connectingPeers',
      READY_MAX_MS,
      done,
    );
  }

  #stopAll(nodes: readonly NetworkNode[], done: () => void): void {
    for (const node of nodes) if (isAlive(node)) node.stop();
    this.#awaitEach(nodes, (node) => !isAlive(node), STOP_MAX_MS, done);
  }

  /** `done` once: when each node has satisfied `condition` or has crashed, or after `maxMs`. */
  #awaitEach(
    nodes: readonly NetworkNode[],
    condition: (node: NetworkNode) => boolean,
    maxMs: number,
    done: () => void,
  ): void {
    const missing = new Set(nodes);
    const isOver = (): boolean => {
      // The first one that is not there yet ends the look: thousands of nodes change their states one by one.
      for (const node of missing) {
        if (this.node(node.name) === node && !condition(node)) return false;
        missing.delete(node);
      }
      return true;
    };
    if (isOver()) {
      done();
      return;
    }
    const finish = (): void => {
      this.#waiting.delete(look);
      timer.cancel();
      done();
    };
    const look = (): void => {
      if (isOver()) finish();
    };
    const timer = this.options.clock.setTimer(maxMs, finish);
    this.#waiting.add(look);
  }
}

function unknownUe(ue: string): string {
  return `there is no UE '${ue}' whose identity is known here`;
}

function isAlive({ state }: NetworkNode): boolean {
  return state !== 'stopped' && state !== 'failed';
}
