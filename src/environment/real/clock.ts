import type { Clock, Timer } from '../index.js';
import { TimerWheel } from './timer-wheel.js';

/** Later than this, what has arrived meanwhile goes first. */
const LATE_MS = 20;
/** How often, as long as something arrives: each time some thirty datagrams of each socket. */
const LATE_ROUNDS_MAX = 16;
/** The longest wait that the operating system's timer takes. */
const WAIT_MS_MAX = 2 ** 31 - 1;

/**
 * The operating system's clock. Timers sit in a wheel with a tick of 1 ms, and one timer of the operating system waits for
 * the next of them. A timer fires at its time or up to about 1 ms later, never before. Where the process is late, what waits
 * in sockets is taken up first: an answer that has come must not be asked for again, which would make it later still.
 */
export class RealClock implements Clock {
  /** Time of tick 0: ticks stay small integers for weeks. */
  readonly #origin = Math.floor(read());
  readonly #wheel = new TimerWheel(0);
  /** Timers of 0 ms, which wait for no tick. */
  #immediates: ImmediateTimer[] = [];
  #immediate: NodeJS.Immediate | undefined;
  #wait: NodeJS.Timeout | undefined;
  #waitsFor = Number.POSITIVE_INFINITY;
  #keepsAlive = true;
  #stopped = false;
  #firing = false;
  /** Time within a turn: read at most once. */
  #turnTime: number | undefined;
  #inTurn = false;
  /** Turns so far. */
  #turnCount = 0;
  #letsIn: NodeJS.Immediate | undefined;
  #lateMsMax = 0;

  now(): number {
    if (!this.#inTurn) return read();
    this.#turnTime ??= read();
    return this.#turnTime;
  }

  setTimer<Argument>(delayMs: number, callback: (argument: Argument) => void, argument?: Argument): Timer {
    const called = callback as (argument: unknown) => void;
    if (!(delayMs > 0)) return this.#setImmediate(new ImmediateTimer(called, argument));
    const timer = this.#wheel.add(Math.ceil(this.now() - this.#origin + delayMs), called, argument);
    if (timer.dueTick < this.#waitsFor && !this.#firing) this.#waitFor(timer.dueTick);
    return timer;
  }

  /** A callback from the operating system starts: until `endTurn` the time stands still. */
  beginTurn(): void {
    this.#inTurn = true;
    this.#turnTime = undefined;
    this.#turnCount += 1;
  }

  endTurn(): void {
    this.#inTurn = false;
  }

  /** How late a timer has fired at most since this was asked before, ms. */
  takeLateMs(): number {
    const lateMs = this.#lateMsMax;
    this.#lateMsMax = 0;
    return lateMs;
  }

  /** From now on pending timers do not keep the process alive. */
  unref(): void {
    this.#keepsAlive = false;
    this.#wait?.unref();
    this.#immediate?.unref();
  }

  /** No timer fires any more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#wait);
    clearImmediate(this.#immediate);
    clearImmediate(this.#letsIn);
    this.#immediates = [];
  }

  #setImmediate(timer: ImmediateTimer): Timer {
    if (this.#stopped) return timer;
    this.#immediates.push(timer);
    if (this.#immediate === undefined) {
      this.#immediate = setImmediate(() => this.#fireImmediates());
      if (!this.#keepsAlive) this.#immediate.unref();
    }
    return timer;
  }

  #fireImmediates(): void {
    this.#immediate = undefined;
    const timers = this.#immediates;
    this.#immediates = [];
    let fired = 0;
    this.beginTurn();
    try {
      while (fired < timers.length) timers[fired++]!.fire();
    } finally {
      this.endTurn();
      // Only when a callback has thrown: the others still get their turn.
      for (const timer of timers.slice(fired)) this.#setImmediate(timer);
    }
  }

  #waitFor(tick: number): void {
    clearTimeout(this.#wait);
    if (this.#stopped) return;
    this.#waitsFor = tick;
    const waitMs = Math.min(Math.max(1, Math.ceil(this.#origin + tick - read())), WAIT_MS_MAX);
    this.#wait = setTimeout(() => this.#wake(), waitMs);
    if (!this.#keepsAlive) this.#wait.unref();
  }

  #wake(): void {
    const lateMs = read() - this.#origin - this.#waitsFor;
    if (lateMs > LATE_MS) this.#letIn(LATE_ROUNDS_MAX);
    else this.#fireDue();
  }

  /** The event loop looks at its timers before its sockets, and at immediates after them. */
  #letIn(roundsLeft: number): void {
    const before = this.#turnCount;
    this.#letsIn = setImmediate(() => {
      if (roundsLeft > 0 && this.#turnCount !== before) this.#letIn(roundsLeft - 1);
      else this.#fireDue();
    });
    if (!this.#keepsAlive) this.#letsIn.unref();
  }

  #fireDue(): void {
    this.#lateMsMax = Math.max(this.#lateMsMax, read() - this.#origin - this.#waitsFor);
    this.beginTurn();
    this.#firing = true;
    try {
      this.#wheel.advance(Math.floor(this.now() - this.#origin));
    } finally {
      this.#firing = false;
      this.endTurn();
      this.#waitsFor = Number.POSITIVE_INFINITY;
      const next = this.#wheel.nextTick();
      if (next !== undefined) this.#waitFor(next);
    }
  }
}

/** Monotonic: the wall clock as of the start of the process, and the time since. */
function read(): number {
  return performance.timeOrigin + performance.now();
}

class ImmediateTimer implements Timer {
  #callback: ((argument: unknown) => void) | undefined;
  #argument: unknown;

  constructor(callback: (argument: unknown) => void, argument: unknown) {
    this.#callback = callback;
    this.#argument = argument;
  }

  fire(): void {
    const callback = this.#callback;
    const argument = this.#argument;
    this.cancel();
    callback?.(argument);
  }

  cancel(): void {
    this.#callback = undefined;
    this.#argument = undefined;
  }
}
