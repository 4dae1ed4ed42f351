import type { Performing } from './instance-parts.js';
import type { Tracer } from './tracer.js';

/**
 * Effects that were decided and are not yet performed, of all instances. Deciding is pure and never nests;
 * performing may feed other instances, whose effects then lie on top of this stack.
 */
export class PendingEffects {
  private readonly indexes: number[] = [];
  private readonly params: unknown[] = [];
  /** How many are pending; what lies above is free for use. */
  count = 0;

  push(index: number, params: unknown): void {
    this.indexes[this.count] = index;
    this.params[this.count] = params;
    this.count++;
  }

  /** Performs all from `first` on, in order, and drops them. */
  perform(first: number, { performers, owner, instance }: Performing): void {
    const end = this.count;
    for (let i = first; i < end; i++) performers[this.indexes[i]!]!(this.take(i), owner, instance);
    this.count = first;
  }

  performTraced(first: number, performing: Performing, tracer: Tracer): void {
    const end = this.count;
    const outer = tracer.enter(performing);
    try {
      for (let i = first; i < end; i++) {
        const index = this.indexes[i]!;
        const params = this.take(i);
        tracer.effect(performing, performing.machine.effects[index]!, params);
        performing.performers[index]!(params, performing.owner, performing.instance);
      }
    } finally {
      tracer.leave(outer);
    }
    this.count = first;
  }

  /** Forgets all from `first` on: what was to cause them has failed. */
  drop(first: number): void {
    this.count = first;
  }

  names(first: number, effects: readonly string[]): readonly string[] {
    return this.indexes.slice(first, this.count).map((index) => effects[index]!);
  }

  private take(i: number): unknown {
    const params = this.params[i];
    this.params[i] = undefined;
    return params;
  }
}
