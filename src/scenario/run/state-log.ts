/** Which states the machines of a run went through. */
import type { TransitionRecord } from '../../environment/index.js';
import { type Linked, LinkedList } from '../../linked-list.js';

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

interface Turn extends Linked<Turn> {
  readonly path: GrowingPath;
}

/** An instance in its two orders: among all, and among those of its node. */
interface Place {
  readonly ofAll: Turn;
  readonly ofNode: Turn;
}

/** Instances of one node: one lab may have thousands, and who waits for a state asks at every change. */
interface NodeStates {
  /** The one that has been quiet for longest first. */
  readonly order: LinkedList<Turn>;
  /** By machine, then actor. */
  readonly places: Map<string, Map<string, Place>>;
}

export class StateLog {
  readonly #order = new LinkedList<Turn>();
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
      place = { ofAll: turnOf(path), ofNode: turnOf(path) };
      this.#order.append(place.ofAll);
      order.append(place.ofNode);
      actors.set(actor, place);
    } else {
      if (from === to && event !== 'create') return;
      this.#order.move(place.ofAll);
      order.move(place.ofNode);
    }
    const { path } = place.ofAll;
    path.states.push({ position: this.#count, time, state: to });
    this.#count += 1;
    if (path.states.length > STATES_MAX) path.states = path.states.slice(STATES_MAX / 2);
    if (this.#order.size > INSTANCES_MAX) this.#forget(this.#order.first!.path);
  }

  /** Position of the next entry. */
  get end(): number {
    return this.#count;
  }

  /** Of one node, the one that moved last at the end. */
  of(node: string): readonly MachinePath[] {
    const turns = this.#nodes.get(node)?.order.items() ?? [];
    return turns.map(({ path }) => path);
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
      states = { order: new LinkedList(), places: new Map() };
      this.#nodes.set(name, states);
    }
    return states;
  }
}

function turnOf(path: GrowingPath): Turn {
  return { path, before: undefined, after: undefined };
}

/** A parent's name stands for all of its states. */
export function isIn(state: string, wanted: string): boolean {
  return state === wanted || state.startsWith(`${wanted}.`);
}
