/** Which states the machines of a run went through. */
import type { TransitionRecord } from '../../environment/index.js';
import { type Link, MoveOrder } from './move-order.js';

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

/** An instance in its two orders: among all, and among those of its node. */
interface Place {
  readonly ofAll: Link<GrowingPath>;
  readonly ofNode: Link<GrowingPath>;
}

/** Instances of one node: one lab may have thousands, and who waits for a state asks at every change. */
interface NodeStates {
  readonly order: MoveOrder<GrowingPath>;
  /** By machine, then actor. */
  readonly places: Map<string, Map<string, Place>>;
}

export class StateLog {
  readonly #order = new MoveOrder<GrowingPath>();
  readonly #nodes = new Map<string, NodeStates>();
  #count = 0;

  add({ node, machine, actor, from, to, event, time }: TransitionRecord): void {
    const { order, places } = this.#node(node);
    let actors = places.get(machine);
    if (actors === undefined) {
      actors = new Map();
      places.set(machine, actors);
    }
    let place = actors.get(actor);
    if (place === undefined) {
      const path: GrowingPath = { node, machine, actor, states: [] };
      place = { ofAll: this.#order.append(path), ofNode: order.append(path) };
      actors.set(actor, place);
    } else {
      if (from === to && event !== 'create') return;
      this.#order.move(place.ofAll);
      order.move(place.ofNode);
    }
    const path = place.ofAll.value;
    path.states.push({ position: this.#count, time, state: to });
    this.#count += 1;
    if (path.states.length > STATES_MAX) path.states = path.states.slice(STATES_MAX / 2);
    if (this.#order.size > INSTANCES_MAX) this.#forget(this.#order.first!.value);
  }

  /** Position of the next entry. */
  get end(): number {
    return this.#count;
  }

  /** Of one node, the one that moved last at the end. */
  of(node: string): readonly MachinePath[] {
    return this.#nodes.get(node)?.order.values() ?? [];
  }

  /** The node is gone, and its instances with it. */
  forget(node: string): void {
    for (const { machine, actor } of this.of(node)) {
      this.#order.remove(this.#nodes.get(node)!.places.get(machine)!.get(actor)!.ofAll);
    }
    this.#nodes.delete(node);
  }

  #forget({ node, machine, actor }: GrowingPath): void {
    const { order, places } = this.#nodes.get(node)!;
    const actors = places.get(machine)!;
    const { ofAll, ofNode } = actors.get(actor)!;
    this.#order.remove(ofAll);
    order.remove(ofNode);
    actors.delete(actor);
  }

  #node(name: string): NodeStates {
    let states = this.#nodes.get(name);
    if (states === undefined) {
      states = { order: new MoveOrder(), places: new Map() };
      this.#nodes.set(name, states);
    }
    return states;
  }
}

/** A parent's name stands for all of its states. */
export function isIn(state: string, wanted: string): boolean {
  return state === wanted || state.startsWith(`${wanted}.`);
}
