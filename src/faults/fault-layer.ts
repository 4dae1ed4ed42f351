/** Faults between the nodes and their network, in both environments alike. */
import type { Clock, Endpoint, Environment, PacketTap, TransportProtocol } from '../environment/index.js';
import { PatternError } from '../selection/index.js';
import { checkFault } from './check-fault.js';
import type { Fault } from './fault.js';
import type { FaultControl, IdleStrikes } from './fault-control.js';
import { FaultyNode } from './faulty-node.js';
import { injectOctets } from './inject.js';
import { Interception } from './interception.js';
import { PlantedFault, StrikeTally } from './planted-fault.js';

interface FaultLayerOptions {
  /** The environment's, by which faults wait. */
  readonly clock: Clock;
  /** The node that has the endpoint, else its address. */
  readonly nameOf: (endpoint: Endpoint) => string;
}

export class FaultLayer implements FaultControl {
  readonly #interception: Interception;
  readonly #nodes = new Map<string, FaultyNode>();
  /** By the name of the fault. */
  readonly #tallies = new Map<string, StrikeTally>();

  constructor({ clock, nameOf }: FaultLayerOptions) {
    this.#interception = new Interception(clock, nameOf, () => this.#watch());
  }

  /** The environment that a node lives in: a new one each time it is built; that of its life before is over. */
  environmentFor(name: string, inner: Environment): Environment {
    const node = new FaultyNode(this.#interception, name, inner, (other) => this.#nodes.has(other));
    this.#nodes.set(name, node);
    this.#watch();
    return node.environment;
  }

  /** The tap for the network: what it sees says which fault it has met. */
  before(tap: PacketTap): PacketTap {
    return this.#interception.marks.before(tap);
  }

  add(fault: Fault): void {
    const problem = checkFault(fault);
    if (problem !== undefined) throw new PatternError(problem.key, problem.what, problem.mend);
    this.remove(fault.name);
    const tally = this.#tallies.get(fault.name) ?? new StrikeTally();
    this.#tallies.set(fault.name, tally);
    const planted = new PlantedFault(fault, tally);
    this.#interception.planted = [...this.#interception.planted, planted];
    this.#watch();
  }

  remove(name: string): boolean {
    const { planted } = this.#interception;
    const found = planted.find(({ fault }) => fault.name === name);
    if (found === undefined) return false;
    this.#interception.planted = planted.filter((each) => each !== found);
    this.#watch();
    return true;
  }

  struck(name: string): number {
    return this.#tallies.get(name)?.struckCount ?? 0;
  }

  idle(name: string): IdleStrikes | undefined {
    return this.#tallies.get(name)?.idle;
  }

  cut(one: readonly string[], other: readonly string[]): void {
    this.#interception.cuts.cut(one, other);
    this.#watch();
    this.#noteLinks('cut', one, other);
  }

  isCut(one: string, other: string): boolean {
    return this.#interception.cuts.between(one, other);
  }

  heal(one: readonly string[], other: readonly string[]): void {
    this.#interception.cuts.heal(one, other);
    this.#watch();
    this.#noteLinks('healed', one, other);
    for (const node of this.#nodes.values()) node.resume();
  }

  inject(from: string, to: Endpoint, protocol: TransportProtocol, bytes: Buffer): string | undefined {
    const node = this.#nodes.get(from);
    if (node === undefined || node.isDead) return `${from} does not run`;
    return injectOctets(node, to, protocol, bytes);
  }

  crash(name: string): void {
    const node = this.#nodes.get(name);
    if (node === undefined || node.isDead) return;
    node.note('fault.crashed', `fault: ${name} crashed`);
    node.end();
  }

  stepClock(name: string, byMs: number): void {
    const node = this.#nodes.get(name);
    if (node === undefined || node.isDead) return;
    node.note('fault.clockStepped', `fault: the clock of ${name} jumped ahead by ${byMs} ms`);
    node.clock.step(byMs);
  }

  /** What nobody asks for costs nothing: nodes look at messages only while something may happen to them. */
  #watch(): void {
    const { planted, cuts, isHolding, marks, nameOf } = this.#interception;
    for (const node of this.#nodes.values()) {
      const mayStrike = planted.some((each) => each.concerns(node.name));
      node.watchesSending = mayStrike || isHolding || !cuts.isEmpty;
      node.watchesArrivals = planted.length > 0 || isHolding || !cuts.isEmpty;
    }
    const isQuiet = planted.length === 0 && !isHolding && cuts.isEmpty;
    const isOurs = (endpoint: Endpoint): boolean => this.#nodes.has(nameOf(endpoint));
    marks.watchArrivals(isQuiet ? undefined : ({ from, to }) => !isOurs(from) && isOurs(to));
  }

  #noteLinks(done: 'cut' | 'healed', one: readonly string[], other: readonly string[]): void {
    const between = other.length === 0 ? `all links of ${one.join(', ')}` : `${one.join(', ')} – ${other.join(', ')}`;
    const node = one.flatMap((name) => this.#nodes.get(name) ?? [])[0] ?? [...this.#nodes.values()][0];
    node?.note(`fault.${done}`, `fault: ${done} ${between}`);
  }
}
