/** Which states the machines of a run went through. */
import type { TransitionRecord } from '../../environment/index.js';

/** Instances kept; those that were quiet for longest go first. */
const INSTANCES_MAX = 5_000;
/** They go together: the front of a map is a walk over all that has left it since it was last tidied up. */
const FORGOTTEN_AT_ONCE = 500;
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
  /** The same by node: one lab may have thousands of instances, and who waits for a state asks at every change. */
  readonly #ofNode = new Map<string, Map<string, GrowingPath>>();
  #count = 0;

  add({ node, machine, actor, from, to, event, time }: TransitionRecord): void {
    const key = `${node} ${machine} ${actor}`;
    const known = this.#paths.get(key);
    if (known !== undefined && from === to && event !== 'create') return;
    const path = known ?? { node, machine, actor, states: [] };
    path.states.push({ position: this.#count, time, state: to });
    this.#count += 1;
    if (path.states.length > STATES_MAX) path.states = path.states.slice(STATES_MAX / 2);
    this.#keep(key, path);
    if (this.#paths.size > INSTANCES_MAX) this.#forgetQuietest();
  }

  /** Position of the next entry. */
  get end(): number {
    return this.#count;
  }

  /** Of one node, the one that moved last at the end. */
  of(node: string): readonly MachinePath[] {
    return [...(this.#ofNode.get(node)?.values() ?? [])];
  }

  /** The node is gone, and its instances with it. */
  forget(node: string): void {
    for (const key of this.#ofNode.get(node)?.keys() ?? []) this.#paths.delete(key);
    this.#ofNode.delete(node);
  }

  #forgetQuietest(): void {
    let left = FORGOTTEN_AT_ONCE;
    for (const [key, { node }] of this.#paths) {
      this.#paths.delete(key);
      this.#ofNode.get(node)!.delete(key);
      left -= 1;
      if (left === 0) return;
    }
  }

  /** At the end, among those that moved last. */
  #keep(key: string, path: GrowingPath): void {
    const siblings = this.#ofNode.get(path.node) ?? new Map<string, GrowingPath>();
    this.#ofNode.set(path.node, siblings);
    for (const paths of [this.#paths, siblings]) {
      paths.delete(key);
      paths.set(key, path);
    }
  }
}

/** A parent's name stands for all of its states. */
export function isIn(state: string, wanted: string): boolean {
  return state === wanted || state.startsWith(`${wanted}.`);
}
