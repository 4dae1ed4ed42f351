import type { Clock, Timer } from '../../src/environment/index.js';

interface Entry {
  readonly due: number;
  readonly sequence: number;
  readonly callback: () => void;
}

/** Virtual time for tests: timers fire in order of due time, then of setting, only inside `advance`. */
export class TestClock implements Clock {
  private time = 0;
  private sequence = 0;
  private entries: Entry[] = [];

  now(): number {
    return this.time;
  }

  setTimer<Argument>(delayMs: number, callback: (argument: Argument) => void, argument?: Argument): Timer {
    const entry = { due: this.time + delayMs, sequence: this.sequence++, callback: () => callback(argument!) };
    this.entries.push(entry);
    this.entries.sort((a, b) => a.due - b.due || a.sequence - b.sequence);
    return { cancel: () => this.remove(entry) };
  }

  /** Due times of the running timers, in the order in which they will fire. */
  get pending(): readonly number[] {
    return this.entries.map(({ due }) => due);
  }

  /** Goes on by `ms`, firing what becomes due, also what is set meanwhile. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (let next = this.entries[0]; next !== undefined && next.due <= end; next = this.entries[0]) {
      this.remove(next);
      this.time = next.due;
      next.callback();
    }
    this.time = end;
  }

  private remove(entry: Entry): void {
    this.entries = this.entries.filter((other) => other !== entry);
  }
}
