/** A node's clock: it may jump ahead, and it ends with the node. */
import type { Clock, Timer } from '../environment/index.js';

const nothing = (): void => undefined;
const deadTimer: Timer = { cancel: nothing };

export class NodeClock implements Clock {
  readonly #inner: Clock;
  #aheadMs = 0;
  #isDead = false;
  /** Ring of the running timers in order of setting; this is its head. */
  readonly #running: NodeTimer;

  constructor(inner: Clock) {
    this.#inner = inner;
    this.#running = new NodeTimer(0, nothing, undefined);
  }

  now(): number {
    return this.#aheadMs === 0 ? this.#inner.now() : this.#inner.now() + this.#aheadMs;
  }

  setTimer<Argument>(delayMs: number, callback: (argument: Argument) => void, argument?: Argument): Timer {
    if (this.#isDead) return deadTimer;
    const due = delayMs > 0 ? this.#inner.now() + delayMs : 0;
    const timer = new NodeTimer(due, callback as (argument: unknown) => void, argument);
    timer.insertBefore(this.#running);
    timer.inner = this.#inner.setTimer(delayMs, fire, timer);
    return timer;
  }

  /** Ahead by so much; what is due by then fires in order as soon as what runs now has ended. */
  step(byMs: number): void {
    if (!(byMs > 0)) return;
    this.#aheadMs += byMs;
    const now = this.#inner.now();
    const timers = this.#runningTimers().sort((a, b) => a.due - b.due);
    for (const timer of timers) {
      if (timer.due === 0) continue; // it waits for nothing but its turn
      timer.inner!.cancel();
      timer.due -= byMs;
      timer.inner = this.#inner.setTimer(Math.max(0, timer.due - now), fire, timer);
    }
  }

  /** No timer fires any more. */
  end(): void {
    this.#isDead = true;
    for (const timer of this.#runningTimers()) timer.cancel();
  }

  #runningTimers(): NodeTimer[] {
    const timers: NodeTimer[] = [];
    for (let timer = this.#running.next; timer !== this.#running; timer = timer.next) timers.push(timer);
    return timers;
  }
}

/** Knows its neighbours, so that it comes and goes without a search. */
class NodeTimer implements Timer {
  inner: Timer | undefined = undefined;
  next: NodeTimer = this;
  #previous: NodeTimer = this;

  constructor(
    /** By the environment's clock; 0 = at once. */
    public due: number,
    private readonly callback: (argument: unknown) => void,
    private readonly argument: unknown,
  ) {}

  fire(): void {
    this.#leave();
    this.callback(this.argument);
  }

  insertBefore(other: NodeTimer): void {
    this.next = other;
    this.#previous = other.#previous;
    other.#previous.next = this;
    other.#previous = this;
  }

  cancel(): void {
    this.#leave();
    this.inner?.cancel();
  }

  #leave(): void {
    this.#previous.next = this.next;
    this.next.#previous = this.#previous;
    this.next = this;
    this.#previous = this;
  }
}

function fire(timer: NodeTimer): void {
  timer.fire();
}
