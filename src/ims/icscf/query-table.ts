/** The queries that an I-CSCF has under way, one a request: nothing is kept after the final response (REG-31). */
import type { AnyStateMachine, InputFrom } from 'xstate';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis, RoutedRequest } from '../../node/index.js';

/** A request in hand. */
export interface Query {
  readonly routed: RoutedRequest;
  /** The wildcard that the HSS found the identity in (REG-83). */
  wildcard: string | undefined;
}

export class QueryTable<TMachine extends AnyStateMachine> {
  readonly #instances = new Map<Query, Instance<TMachine>>();
  #lastNumber = 0;

  constructor(
    private readonly chassis: Chassis,
    private readonly machine: TMachine,
    private readonly effects: EffectsOf<TMachine, Query>,
  ) {}

  get count(): number {
    return this.#instances.size;
  }

  begin(routed: RoutedRequest, input: InputFrom<TMachine>): Instance<TMachine> {
    this.#lastNumber++;
    const query: Query = { routed, wildcard: undefined };
    const instance = this.chassis.host.create(this.machine, {
      id: `${this.machine.id}:${this.#lastNumber}`,
      input,
      owner: query,
      effects: this.effects,
      onDone: (done) => this.#instances.delete(done),
    });
    if (!instance.done) this.#instances.set(query, instance);
    return instance;
  }

  /** Ends all machines, silently. */
  close(): void {
    for (const instance of [...this.#instances.values()]) instance.stop();
  }
}
