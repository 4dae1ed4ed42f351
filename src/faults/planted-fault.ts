import { type CompiledPattern, compilePattern, type SeenMessage } from '../selection/index.js';
import type { Fault, FieldChanges } from './fault.js';
import type { IdleStrikes } from './fault-control.js';

/** What became of the messages that the faults of one name were to strike. */
export class StrikeTally {
  struckCount = 0;
  #idleCount = 0;
  #why: string | undefined;
  /** Fields of the change in force that a message has had. */
  #found = new Set<string>();
  /** And those that a message has not had. */
  #missed = new Set<string>();
  /** The last of those messages. */
  #missedIn = '';

  get idle(): IdleStrikes | undefined {
    const missed = [...this.#missed].filter((path) => !this.#found.has(path));
    const count = this.#idleCount;
    if (missed.length > 0) {
      const why = `changed ${[...this.#found].join(', ')}, but found no ${missed.join(', ')} in ${this.#missedIn}`;
      return { count, why, missed };
    }
    return this.#why === undefined ? undefined : { count, why: this.#why };
  }

  /** A fault of this name comes into force: of another change other fields are told. */
  begin(): void {
    this.#found = new Set();
    this.#missed = new Set();
  }

  noteIdle(why: string): void {
    this.#idleCount++;
    this.#why = why;
  }

  /** What a change has done to one message. @param title as patterns write it */
  noteFields(set: FieldChanges, missed: readonly string[], title: string): void {
    for (const path of Object.keys(set)) (missed.includes(path) ? this.#missed : this.#found).add(path);
    if (missed.length === 0) return;
    this.#idleCount++;
    this.#missedIn = title;
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
    tally.begin();
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
