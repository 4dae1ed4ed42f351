import { type CompiledPattern, compilePattern, type SeenMessage } from '../selection/index.js';
import type { Fault } from './fault.js';

/** A fault in force: which message it is at. */
export class PlantedFault {
  readonly #pattern: CompiledPattern;
  /** Messages that matched so far. */
  #seenCount = 0;
  /** Times that it struck. */
  strikeCount = 0;

  /** Throws PatternError. */
  constructor(
    readonly fault: Fault,
    strikeCount: number,
  ) {
    this.#pattern = compilePattern(fault.pattern);
    this.strikeCount = strikeCount;
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

  /** Counts the message when it matches; true: it is one of those to strike. */
  strikes(seen: SeenMessage): boolean {
    if (!this.#pattern.matches(seen)) return false;
    this.#seenCount++;
    const { nth } = this.fault;
    if (nth !== 'every' && !nth.includes(this.#seenCount)) return false;
    this.strikeCount++;
    return true;
  }
}
