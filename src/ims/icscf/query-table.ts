/** The queries that an I-CSCF has under way, one a request: nothing is kept after the final response (REG-31). */
import type { AnyStateMachine, InputFrom } from 'xstate';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis, RoutedRequest } from '../../node/index.js';

/** A request in hand. */
export interface Query {
  readonly routed: RoutedRequest;
  /** The wildcard that the HSS found the identity in (REG-83). */
  wildcard: string | undefined;
  /** Its number in the table. */
  place: number;
}

export class QueryTable<TMachine extends AnyStateMachine> {
  /**
   * No Map: one that things come to and go from leaves its former tables behind, each with a reference to the next, and what was in
   * them outlives all but full garbage collections.
   */
  readonly #queries: Query[] = [];
  readonly #instances: Instance<TMachine>[] = [];
  #lastNumber = 0;

  constructor(
    private readonly chassis: Chassis,
    private readonly machine: TMachine,
    private readonly effects: EffectsOf<TMachine, Query>,
  ) {}

  get count(): number {
    return this.#instances.length;
  }

  begin(routed: RoutedRequest, input: InputFrom<TMachine>): Instance<TMachine> {
    this.#lastNumber++;
    const query: Query = { routed, wildcard: undefined, place: -1 };
    const instance = this.chassis.host.create(this.machine, {
      id: `${this.machine.id}:${this.#lastNumber}`,
      input,
      owner: query,
      effects: this.effects,
      onDone: (done) => this.#remove(done),
    });
    if (instance.done) return instance;
    query.place = this.#queries.push(query) - 1;
    this.#instances.push(instance);
    return instance;
  }

  /** The last one takes its place. */
  #remove({ place }: Query): void {
    if (place < 0) return;
    const query = this.#queries.pop()!;
    const instance = this.#instances.pop()!;
    if (place === this.#queries.length) return;
    query.place = place;
    this.#queries[place] = query;
    this.#instances[place] = instance;
  }

  /** Ends all machines, silently. */
  close(): void {
    for (const instance of [...this.#instances]) instance.stop();
  }
}
