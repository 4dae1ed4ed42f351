/** Plays cases on workers that stay alive. Whatever a case does, it ends within its bound and the next one is played. */
import type { Clock, Timer } from '../environment/index.js';
import type { CaseOrder, CaseOutcome } from './case.js';
import type { CaseThread, Refusal, StartThread, ThreadMessage } from './case-thread.js';
import { crash } from './refusal.js';

export interface CasePoolOptions {
  readonly clock: Clock;
  readonly startThread: StartThread;
  /** How many at once. */
  readonly size: number;
}

/** What became of an order; `durationMs` of the wall clock, without the wait for a worker. */
export interface Played {
  readonly outcome: CaseOutcome | Endless | Refusal;
  readonly durationMs: number;
}

export interface Endless {
  readonly end: 'endless';
}

interface Job {
  readonly order: CaseOrder;
  readonly boundMs: number;
  readonly done: (played: Played | undefined) => void;
}

interface Seat {
  thread: CaseThread;
  isReady: boolean;
  job: Job | undefined;
  startedAt: number;
  timer: Timer | undefined;
}

/** For a lab that is interrupted: its nodes stop in order and its files are completed. */
const INTERRUPTED_BOUND_MS = 5_000;
/** A worker that does not come up so often in a row will not come up at all. */
const FAILED_STARTS_MAX = 3;

export class CasePool {
  readonly #seats: Seat[] = [];
  readonly #waiting: Job[] = [];
  #failedStarts = 0;
  #isClosed = false;

  constructor(private readonly options: CasePoolOptions) {}

  /** `undefined` when the pool was closed before the case ended. */
  play(order: CaseOrder, boundMs: number): Promise<Played | undefined> {
    return new Promise((done) => {
      this.#waiting.push({ order, boundMs, done });
      this.#next();
    });
  }

  /** Nothing more is begun; cases that are under way end in order, with what there is, or without a result after a bound. */
  interrupt(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const job of this.#waiting.splice(0)) job.done(undefined);
    for (const seat of [...this.#seats]) {
      if (seat.job === undefined) this.#replace(seat);
      else this.#interrupt(seat);
    }
  }

  #interrupt(seat: Seat): void {
    seat.timer?.cancel();
    seat.timer = this.options.clock.setTimer(INTERRUPTED_BOUND_MS, () => {
      const { job } = seat;
      seat.job = undefined;
      this.#replace(seat);
      job?.done(undefined);
    });
    seat.thread.interrupt();
  }

  /** Ends every worker at once; cases that were under way end without a result. */
  close(): void {
    this.#isClosed = true;
    const jobs = [...this.#seats.map(({ job }) => job), ...this.#waiting];
    for (const seat of this.#seats) this.#leave(seat);
    this.#seats.length = 0;
    for (const job of jobs) job?.done(undefined);
  }

  #next(): void {
    if (this.#isClosed) {
      for (const job of this.#waiting.splice(0)) job.done(undefined);
      return;
    }
    for (const seat of this.#seats) {
      if (seat.isReady && seat.job === undefined) this.#begin(seat);
    }
    while (this.#seats.length < Math.min(this.options.size, this.#wanted())) this.#seats.push(this.#open());
  }

  /** No more workers than there is work. */
  #wanted(): number {
    return this.#waiting.length + this.#seats.filter(({ job }) => job !== undefined).length;
  }

  #open(): Seat {
    const seat: Seat = { thread: undefined as never, isReady: false, job: undefined, startedAt: 0, timer: undefined };
    seat.thread = this.options.startThread({
      onMessage: (message) => this.#heard(seat, message),
      onGone: (why) => this.#gone(seat, why),
    });
    return seat;
  }

  #begin(seat: Seat): void {
    const job = this.#waiting.shift();
    if (job === undefined) return;
    const { clock } = this.options;
    seat.job = job;
    seat.startedAt = clock.now();
    seat.timer = clock.setTimer(job.boundMs, () => this.#endless(seat));
    seat.thread.play(job.order);
  }

  #heard(seat: Seat, message: ThreadMessage): void {
    if (message.kind === 'ready') {
      this.#failedStarts = 0;
      seat.isReady = true;
      this.#next();
      return;
    }
    this.#finish(seat, message.kind === 'played' ? message.outcome : message.refusal);
  }

  #endless(seat: Seat): void {
    this.#replace(seat);
    this.#finish(seat, { end: 'endless' });
  }

  #gone(seat: Seat, why: Error): void {
    if (!seat.isReady) this.#failedStarts += 1;
    this.#replace(seat);
    if (seat.job !== undefined) {
      this.#finish(seat, crash(why));
      return;
    }
    if (this.#failedStarts >= FAILED_STARTS_MAX) {
      const refusal = { ...crash(why), sentence: `no worker could be started: ${why.message}` };
      for (const { done } of this.#waiting.splice(0)) done({ outcome: refusal, durationMs: 0 });
    }
    this.#next();
  }

  #replace(seat: Seat): void {
    this.#leave(seat);
    const at = this.#seats.indexOf(seat);
    if (at >= 0) this.#seats.splice(at, 1);
  }

  #leave(seat: Seat): void {
    seat.timer?.cancel();
    seat.thread.end();
  }

  #finish(seat: Seat, outcome: Played['outcome']): void {
    const { job } = seat;
    if (job === undefined) return;
    seat.job = undefined;
    seat.timer?.cancel();
    job.done({ outcome, durationMs: this.options.clock.now() - seat.startedAt });
    this.#next();
  }
}
