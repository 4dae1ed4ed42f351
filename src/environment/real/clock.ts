import type { Clock, Timer } from '../index.js';
import { Lateness } from './lateness.js';
import { TimerWheel } from './timer-wheel.js';

/** Where timers are later than this, what has arrived goes first, and between two looks at it the wheel turns no further than this. */
const LATE_MS = 20;
/** Timers of 0 ms in one turn: what they send has to be read, some thirty datagrams a socket, before there is more of it. */
const IMMEDIATES_MAX = 8;
/** Of those that have fired, so many are kept until they are let go together. */
const FIRED_MAX = 1_024;
/** So late at most are timers kept where more arrives than the process can take up: what they clean up must not grow for ever. */
const HELD_MS_MAX = 60_000;
/** The longest wait that the operating system's timer takes. */
const WAIT_MS_MAX = 2 ** 31 - 1;

/**
 * The operating system's clock. Timers sit in a wheel with a tick of 1 ms, and one timer of the operating system waits for
 * the next of them. A timer fires at its time or up to about 1 ms later, never before. Where the process is late, what waits
 * in sockets is taken up first: an answer that has come must not be asked for again, which would make it later still. So the
 * wheel turns more slowly as long as more arrives than the process keeps up with (some thirty datagrams of each socket for
 * each `LATE_MS`) or timers of 0 ms bring it about, up to `HELD_MS_MAX`; with nothing left to take up it goes on to the present at
 * once.
 */
export class RealClock implements Clock {
  /** Time of tick 0: ticks stay small integers for weeks. */
  readonly #origin = Math.floor(read());
  readonly #wheel = new TimerWheel(0);
  /** Timers of 0 ms, which wait for no tick; those before `#nextImmediate` have fired. */
  #immediates: ImmediateTimer[] = [];
  #nextImmediate = 0;
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
  readonly #lateness = new Lateness();

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
    return this.#lateness.take();
  }

  /** How late a timer was at most that waited or fired between two times, ms. */
  lateMsBetween(from: number, to: number): number {
    return this.#lateness.between(from, to);
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
  }

  #setImmediate(timer: ImmediateTimer): Timer {
    if (this.#stopped) return timer;
    this.#immediates.push(timer);
    this.#awaitImmediates();
    return timer;
  }

  #awaitImmediates(): void {
    if (this.#immediate !== undefined) return;
    this.#immediate = setImmediate(() => this.#fireImmediates());
    if (!this.#keepsAlive) this.#immediate.unref();
  }

  #fireImmediates(): void {
    this.#immediate = undefined;
    const end = Math.min(this.#immediates.length, this.#nextImmediate + IMMEDIATES_MAX);
    this.beginTurn();
    try {
      while (this.#nextImmediate < end && !this.#stopped) this.#immediates[this.#nextImmediate++]!.fire();
    } finally {
      this.endTurn();
      this.#forgetFired();
      // Too many for one turn, set within it, or a callback has thrown: the next turn goes on with them.
      if (this.#immediates.length > 0 && !this.#stopped) this.#awaitImmediates();
    }
  }

  /** Not after each turn: of a crowd's timers each turn fires few. */
  #forgetFired(): void {
    if (this.#nextImmediate < this.#immediates.length && this.#nextImmediate < FIRED_MAX) return;
    this.#immediates.splice(0, this.#nextImmediate);
    this.#nextImmediate = 0;
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
    const present = this.#presentTick();
    if (present - this.#waitsFor > LATE_MS) this.#letIn(this.#waitsFor);
    else this.#fireDue(present);
  }

  /** The event loop looks at its timers before its sockets, and at immediates after them. */
  #letIn(fromTick: number): void {
    if (this.#stopped) return;
    this.#waitsFor = fromTick;
    const before = this.#turnCount;
    this.#letsIn = setImmediate(() => {
      const present = this.#presentTick();
      this.#fireDue(present, this.#turnCount === before ? present : heldTick(fromTick, present));
    });
    if (!this.#keepsAlive) this.#letsIn.unref();
  }

  #presentTick(): number {
    return Math.floor(read() - this.#origin);
  }

  #fireDue(present: number, untilTick = present): void {
    const due = this.#wheel.nextTick();
    const now = read();
    if (due !== undefined && due <= untilTick) this.#lateness.note(now, now - this.#origin - due);
    this.beginTurn();
    this.#firing = true;
    try {
      this.#wheel.advance(untilTick);
    } finally {
      this.#firing = false;
      this.endTurn();
      if (untilTick < present) this.#letIn(untilTick);
      else this.#waitForNext();
    }
  }

  #waitForNext(): void {
    this.#waitsFor = Number.POSITIVE_INFINITY;
    const next = this.#wheel.nextTick();
    if (next !== undefined) this.#waitFor(next);
  }
}

/** How far the wheel turns from a tick while more arrives; ms, like the present. */
export function heldTick(fromTick: number, present: number): number {
  return Math.min(Math.max(fromTick + LATE_MS, present - HELD_MS_MAX), present);
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
