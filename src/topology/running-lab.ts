/** The nodes of a lab, started and stopped in the order in which they need one another. */
import type { Clock } from '../environment/index.js';
import type { UeNode } from '../ims/ue/ue.js';
import type { LifecycleState, NetworkNode, StartFailure } from '../node/node.js';
import { type BuildOptions, buildCoreNode, buildUe } from './build.js';
import type { Lab, RunNode } from './lab.js';

/** Each role after those that it connects to. */
const START_ORDER: readonly RunNode['role'][] = ['hss', 's-cscf', 'i-cscf', 'p-cscf', 'ue'];

/** How long nodes get to reach their peers before the lab is used as it is: a peer may be down on purpose. */
const READY_MAX_MS = 3_000;
/** Nodes drain by themselves; one that does not is left behind. */
const STOP_MAX_MS = 10_000;

export interface RunningLabOptions extends BuildOptions {
  readonly clock: Clock;
  /** Names of the nodes to run; all where absent. */
  readonly only?: readonly string[] | undefined;
}

export class RunningLab {
  readonly #nodes = new Map<string, NetworkNode>();
  readonly #ues = new Map<string, UeNode>();
  /** In the order of starting. */
  readonly #plan: readonly RunNode[];
  /** Called at each change of a node's state. A start may still wait when a stop begins. */
  readonly #waiting = new Set<() => void>();

  constructor(
    readonly lab: Lab,
    private readonly options: RunningLabOptions,
  ) {
    const { only } = options;
    this.#plan = lab.nodes
      .filter((node): node is RunNode => !node.external && (only === undefined || only.includes(node.name)))
      .sort((a, b) => START_ORDER.indexOf(a.role) - START_ORDER.indexOf(b.role));
  }

  node(name: string): NetworkNode | undefined {
    return this.#nodes.get(name);
  }

  ue(name: string): UeNode | undefined {
    return this.#ues.get(name);
  }

  get ues(): readonly UeNode[] {
    return [...this.#ues.values()];
  }

  /** Live machine instances of all nodes. */
  get instanceCount(): number {
    return [...this.#nodes.values()].reduce((sum, node) => sum + node.instanceCount, 0);
  }

  /**
   * Starts one node after the other, then waits until all serve, for at most three seconds. `done` once, with the
   * first failure; what runs by then is left running, for `stop`.
   */
  start(done: (failure: StartFailure | undefined) => void): void {
    const startNext = (index: number): void => {
      const planned = this.#plan[index];
      if (planned === undefined) this.#awaitServing(() => done(undefined));
      else this.#startOne(planned, (failure) => (failure === undefined ? startNext(index + 1) : done(failure)));
    };
    startNext(0);
  }

  /** Starts a node again, as new. */
  startNode(name: string, done: (failure: StartFailure | undefined) => void): void {
    const planned = this.#plan.find((node) => node.name === name);
    if (planned === undefined) throw new Error(`${name} is not run here`);
    this.#startOne(planned, (failure) =>
      failure === undefined ? this.#awaitServing(() => done(undefined)) : done(failure),
    );
  }

  stopNode(name: string, done: () => void): void {
    const node = this.#nodes.get(name);
    this.#stopAll(node === undefined ? [] : [node], done);
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
      const names = this.#plan.filter((node) => node.role === role).map(({ name }) => name);
      const nodes = names.flatMap((name) => this.#nodes.get(name) ?? []);
      this.#stopAll(nodes, () => stopNext(index + 1));
    };
    stopNext(0);
  }

  /** `onStarted` once the node has left `starting`. */
  #startOne(planned: RunNode, onStarted: (failure: StartFailure | undefined) => void): void {
    const node = this.#build(planned);
    let waiting = true;
    const onChange = (state: LifecycleState): void => {
      for (const look of this.#waiting) look();
      if (!waiting || state === 'starting') return;
      waiting = false;
      onStarted(state === 'failed' ? node.failure : undefined);
    };
    node.start(onChange);
  }

  #build(planned: RunNode): NetworkNode {
    if (planned.role !== 'ue') {
      const node = buildCoreNode(planned, this.lab, this.options);
      this.#nodes.set(planned.name, node);
      return node;
    }
    const ue = buildUe(planned, this.lab, this.options);
    this.#nodes.set(planned.name, ue);
    this.#ues.set(planned.name, ue);
    return ue;
  }

  #awaitServing(done: () => void): void {
    const nodes = [...this.#nodes.values()];
    this.#await(
      () => !nodes.some(({ state }) => state === 'starting' || state === 'connectingPeers'),
      READY_MAX_MS,
      done,
    );
  }

  #stopAll(nodes: readonly NetworkNode[], done: () => void): void {
    const isOver = ({ state }: NetworkNode): boolean => state === 'stopped' || state === 'failed';
    for (const node of nodes) if (!isOver(node)) node.stop();
    this.#await(() => nodes.every(isOver), STOP_MAX_MS, done);
  }

  /** `done` once: when the nodes' states satisfy `condition`, or after `maxMs`. */
  #await(condition: () => boolean, maxMs: number, done: () => void): void {
    if (condition()) {
      done();
      return;
    }
    const finish = (): void => {
      this.#waiting.delete(look);
      timer.cancel();
      done();
    };
    const look = (): void => {
      if (condition()) finish();
    };
    const timer = this.options.clock.setTimer(maxMs, finish);
    this.#waiting.add(look);
  }
}
