/**
 * Timers of a host's instances. Where many live, most are transactions that share a handful of delays and hardly ever wait for their
 * end: then all of one delay stand in a row, oldest first, behind one timer of the clock.
 */
import type { Clock, Timer } from '../environment/index.js';
import type { CompiledTimer } from './compile.js';

/** With fewer instances each timer is one of the clock: a UE has a few, and rows would only cost room. */
const MANY = 32;
/** So many empty rows are kept for what comes next. */
const ROWS_MAX = 32;

/** Whose timers they are. */
export interface TimedInstance {
  expire(timer: CompiledTimer): void;
}

export class InstanceTimers {
  readonly #clock: Clock;
  readonly #inRows: boolean;
  #rows: Map<number, Row> | undefined;

  /** `inRows` false: each timer is one of the clock, so that whoever traces the run finds them in the order of their setting. */
  constructor(clock: Clock, inRows: boolean) {
    this.#clock = clock;
    this.#inRows = inRows;
  }

  /** Calls `instance.expire(timer)` once, `delayMs` from now; `instanceCount` is that of the host. */
  start(delayMs: number, instance: TimedInstance, timer: CompiledTimer, instanceCount: number): Timer {
    if (!this.#inRows || instanceCount < MANY || !(delayMs > 0)) {
      return this.#clock.setTimer(delayMs, () => instance.expire(timer));
    }
    this.#rows ??= new Map();
    let row = this.#rows.get(delayMs);
    if (row === undefined) {
      if (this.#rows.size >= ROWS_MAX) this.#dropEmpty(this.#rows);
      row = new Row(this.#clock, delayMs);
      this.#rows.set(delayMs, row);
    }
    return row.add(instance, timer);
  }

  #dropEmpty(rows: Map<number, Row>): void {
    for (const [delayMs, row] of rows) if (row.isEmpty) rows.delete(delayMs);
  }
}

/** One timer that waits in a row; a node of its list. */
class WaitingTimer implements Timer {
  previous: WaitingTimer | undefined = undefined;
  next: WaitingTimer | undefined = undefined;

  constructor(
    /** Undefined once it has fired or was cancelled. */
    public row: Row | undefined,
    readonly due: number,
    readonly instance: TimedInstance,
    readonly timer: CompiledTimer,
  ) {}

  cancel(): void {
    this.row?.cancel(this);
  }
}

/** All timers of one delay: who was set first is due first. */
class Row {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #fire = (): void => this.#advance();
  #first: WaitingTimer | undefined = undefined;
  #last: WaitingTimer | undefined = undefined;
  /** Set for the first one that there was; that one may be gone, then it fires for nobody and is set anew. */
  #timer: Timer | undefined = undefined;
  #timerDue = 0;
  #isAdvancing = false;

  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  get isEmpty(): boolean {
    return this.#first === undefined && !this.#isAdvancing;
  }

  add(instance: TimedInstance, timer: CompiledTimer): Timer {
    const now = this.#clock.now();
    const waiting = new WaitingTimer(this, now + this.#delayMs, instance, timer);
    const last = this.#last;
    this.#last = waiting;
    if (last === undefined) this.#first = waiting;
    else {
      last.next = waiting;
      waiting.previous = last;
    }
    if (this.#timer === undefined && !this.#isAdvancing) this.#await(waiting, now);
    return waiting;
  }

  cancel(waiting: WaitingTimer): void {
    this.#remove(waiting);
    if (this.#first !== undefined || this.#timer === undefined) return;
    // Time must not go on for the sake of nobody.
    this.#timer.cancel();
    this.#timer = undefined;
  }

  #remove(waiting: WaitingTimer): void {
    const { previous, next } = waiting;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    waiting.row = undefined;
    // What is over must not keep alive what came after it.
    waiting.previous = undefined;
    waiting.next = undefined;
  }

  #await({ due }: WaitingTimer, now: number): void {
    this.#timerDue = due;
    this.#timer = this.#clock.setTimer(due - now, this.#fire);
  }

  /** All that is due; what one throws leaves the others for the next time. */
  #advance(): void {
    this.#timer = undefined;
    this.#isAdvancing = true;
    const until = Math.max(this.#timerDue, this.#clock.now());
    try {
      for (let first = this.#first; first !== undefined && first.due <= until; first = this.#first) {
        this.#remove(first);
        first.instance.expire(first.timer);
      }
    } finally {
      this.#isAdvancing = false;
      if (this.#first !== undefined) this.#await(this.#first, this.#clock.now());
    }
  }
}
