/** Which states the machines of a run went through. */
import type { TransitionRecord } from '../../environment/index.js';

/** Instances kept; those that were quiet for longest go first. */
const INSTANCES_MAX = 5_000;
/** States kept of one instance. */
const STATES_MAX = 60;

export interface StateEntry {
  /** 0, 1, 2 … over all instances. */
  readonly position: number;
  readonly time: number;
  /** `registered`; `registering.awaitingResponse` of nested states. */
  readonly state: string;
}

export interface MachinePath {
  readonly node: string;
  readonly machine: string;
  readonly actor: string;
  /** In order; the last is where it is. Never empty. */
  readonly states: readonly StateEntry[];
}

interface GrowingPath extends MachinePath {
  states: StateEntry[];
}

export class StateLog {
  readonly #paths = new Map<string, GrowingPath>();
  #count = 0;

  add({ node, machine, actor, from, to, event, time }: TransitionRecord): void {
    const key = `${node} ${machine} ${actor}`;
    const known = this.#paths.get(key);
    if (known !== undefined && from === to && event !== 'create') return;
    const path = known ?? { node, machine, actor, states: [] };
    path.states.push({ position: this.#count, time, state: to });
    this.#count += 1;
    if (path.states.length > STATES_MAX) path.states = path.states.slice(STATES_MAX / 2);
    this.#paths.delete(key); // to its place among those that moved last
    this.#paths.set(key, path);
    if (this.#paths.size <= INSTANCES_MAX) return;
    const [quietest] = this.#paths.keys();
    this.#paths.delete(quietest!);
  }

  /** Position of the next entry. */
  get end(): number {
    return this.#count;
  }

  /** Of one node, the one that moved last at the end. */
  of(node: string): readonly MachinePath[] {
    return [...this.#paths.values()].filter((path) => path.node === node);
  }

  /** The node is gone, and its instances with it. */
  forget(node: string): void {
    for (const [key, path] of this.#paths) if (path.node === node) this.#paths.delete(key);
  }
}

/** A parent's name stands for all of its states. */
export function isIn(state: string, wanted: string): boolean {
  return state === wanted || state.startsWith(`${wanted}.`);
}
