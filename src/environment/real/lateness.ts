/** When timers fired late, and how late: the machine had other work, or more came than the process could take up. */

/** Nobody tells less from the usual. */
const NOTED_MS = 20;
/** What is late within so long is one stretch. */
const STRETCH_MS = 1_000;
/** Some hours of a machine that is always late; the oldest go first. */
const STRETCHES_MAX = 10_000;

interface Stretch {
  /** When the first of its timers was due, and when the last one fired. */
  readonly from: number;
  readonly firstFired: number;
  until: number;
  lateMs: number;
}

export class Lateness {
  readonly #stretches: Stretch[] = [];
  #sinceTaken = 0;

  /** A timer fires now, so much after its time. */
  note(now: number, lateMs: number): void {
    this.#sinceTaken = Math.max(this.#sinceTaken, lateMs);
    if (lateMs <= NOTED_MS) return;
    const last = this.#stretches.at(-1);
    if (last !== undefined && now - last.firstFired < STRETCH_MS) {
      last.until = now;
      last.lateMs = Math.max(last.lateMs, lateMs);
      return;
    }
    if (this.#stretches.length === STRETCHES_MAX) this.#stretches.shift();
    this.#stretches.push({ from: now - lateMs, firstFired: now, until: now, lateMs });
  }

  /** How late a timer was at most since this was asked before, ms. */
  take(): number {
    const lateMs = this.#sinceTaken;
    this.#sinceTaken = 0;
    return lateMs;
  }

  /** How late a timer was at most that waited or fired between two times, ms; 0 where none was 20 ms late. */
  between(from: number, to: number): number {
    let most = 0;
    for (let index = this.#stretches.length - 1; index >= 0; index--) {
      const stretch = this.#stretches[index]!;
      if (stretch.until < from) break;
      if (stretch.from <= to) most = Math.max(most, stretch.lateMs);
    }
    return most;
  }
}
