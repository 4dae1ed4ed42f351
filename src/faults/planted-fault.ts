import { type CompiledPattern, compilePattern, type SeenMessage } from '../selection/index.js';
import type { Fault } from './fault.js';
import type { IdleStrikes } from './fault-control.js';

/** What became of the messages that the faults of one name were to strike. */
export class StrikeTally {
  struckCount = 0;
  idle: IdleStrikes | undefined;

  noteIdle(why: string): void {
    this.idle = { count: (this.idle?.count ?? 0) + 1, why };
  }
}

/** A fault in force: which message it is at. */
export class PlantedFault {
  readonly #pattern: CompiledPattern;
  /** Messages that matched so far. */
  #seenCount = 0;

  /** Throws PatternError. */
  constructor(
    readonly fault: Fault,
    readonly tally: StrikeTally,
  ) {
    this.#pattern = compilePattern(fault.pattern);
  }

  /** Whether messages of that sender can match at all. */
  concerns(sender: string): boolean {
    const { from } = this.fault.pattern;
    return from === undefined || from.includes(sender);
  }

  /** Counts the message when it matches; another fault has struck it. */
  passOver(seen: SeenMessage): void {
    if (this.#pattern.matches(seen)) this.#seenCount++;
  }

  /** Counts the message when it matches; true: it is one of those to strike. What becomes of it goes to the tally. */
  strikes(seen: SeenMessage): boolean {
    if (!this.#pattern.matches(seen)) return false;
    this.#seenCount++;
    const { nth } = this.fault;
    return nth === 'every' || nth.includes(this.#seenCount);
  }
}
