import type { Clock, Timer } from '../index.js';

/** Something that happens at a virtual time. */
export abstract class ScheduledEvent {
  /** A cancelled event stays in the queue and is passed over: it neither happens nor moves time. */
  cancelled = false;
  abstract fire(): void;
}

/** Cancelled events are swept out when there are at least so many, and more than live ones. */
const SWEEP_COUNT_MIN = 1024;

/**
 * The one queue of a simulation: timers and messages, ordered by (due, order of scheduling). A 4-ary heap over typed
 * arrays, so that comparing touches no objects. It also is the virtual time: `now` moves only when an event is taken.
 */
export class EventQueue {
  /** Virtual time in milliseconds since the Unix epoch. */
  now: number;
  #due = new Float64Array(256);
  #sequence = new Float64Array(256);
  readonly #events: ScheduledEvent[] = [];
  #nextSequence = 0;
  #cancelledCount = 0;

  constructor(now: number) {
    this.now = now;
  }

  /** Events that are still to happen. */
  get size(): number {
    return this.#events.length - this.#cancelledCount;
  }

  /** `due` lies at or after `now`; events with the same `due` happen in the order of scheduling. */
  schedule(due: number, event: ScheduledEvent): void {
    const position = this.#events.length;
    if (position === this.#due.length) this.#grow();
    this.#events.push(event);
    this.#siftUp(position, due, this.#nextSequence++, event);
  }

  cancel(event: ScheduledEvent): void {
    event.cancelled = true;
    this.#cancelledCount++;
    if (this.#cancelledCount >= SWEEP_COUNT_MIN && this.#cancelledCount > this.#events.length / 2) this.#sweep();
  }

  /** When the next event is due, or undefined when there is none. */
  nextDue(): number | undefined {
    while (this.#events.length > 0 && this.#events[0]!.cancelled) {
      this.#removeFirst();
      this.#cancelledCount--;
    }
    return this.#events.length > 0 ? this.#due[0] : undefined;
  }

  /** Takes the next event and sets `now` to its time. */
  take(): ScheduledEvent | undefined {
    const due = this.nextDue();
    if (due === undefined) return undefined;
    const event = this.#events[0]!;
    this.#removeFirst();
    this.now = due;
    return event;
  }

  #removeFirst(): void {
    const event = this.#events.pop()!;
    const last = this.#events.length;
    if (last > 0) this.#siftDown(0, this.#due[last]!, this.#sequence[last]!, event);
  }

  #siftUp(from: number, due: number, sequence: number, event: ScheduledEvent): void {
    const dues = this.#due;
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >> 2;
      const parentDue = dues[parent]!;
      // A newcomer has the highest sequence, so on equal times it stays below.
      if (due >= parentDue) break;
      this.#place(position, parentDue, this.#sequence[parent]!, this.#events[parent]!);
      position = parent;
    }
    this.#place(position, due, sequence, event);
  }

  #siftDown(from: number, due: number, sequence: number, event: ScheduledEvent): void {
    const dues = this.#due;
    const sequences = this.#sequence;
    const length = this.#events.length;
    let position = from;
    for (;;) {
      const first = position * 4 + 1;
      if (first >= length) break;
      const end = Math.min(first + 4, length);
      let least = first;
      let leastDue = dues[first]!;
      for (let child = first + 1; child < end; child++) {
        const childDue = dues[child]!;
        if (childDue < leastDue || (childDue === leastDue && sequences[child]! < sequences[least]!)) {
          least = child;
          leastDue = childDue;
        }
      }
      if (due < leastDue || (due === leastDue && sequence < sequences[least]!)) break;
      this.#place(position, leastDue, sequences[least]!, this.#events[least]!);
      position = least;
    }
    this.#place(position, due, sequence, event);
  }

  #place(position: number, due: number, sequence: number, event: ScheduledEvent): void {
    this.#due[position] = due;
    this.#sequence[position] = sequence;
    this.#events[position] = event;
  }

  #grow(): void {
    const due = new Float64Array(this.#due.length * 2);
    const sequence = new Float64Array(this.#due.length * 2);
    due.set(this.#due);
    sequence.set(this.#sequence);
    this.#due = due;
    this.#sequence = sequence;
  }

  /** Drops the cancelled events and restores the heap; (due, sequence) is a total order, so nothing else changes. */
  #sweep(): void {
    let kept = 0;
    for (let position = 0; position < this.#events.length; position++) {
      const event = this.#events[position]!;
      if (event.cancelled) continue;
      this.#place(kept++, this.#due[position]!, this.#sequence[position]!, event);
    }
    this.#events.length = kept;
    this.#cancelledCount = 0;
    for (let position = (kept - 2) >> 2; position >= 0; position--) {
      this.#siftDown(position, this.#due[position]!, this.#sequence[position]!, this.#events[position]!);
    }
  }
}

class SimulatedTimer extends ScheduledEvent implements Timer {
  readonly #queue: EventQueue;
  #callback: ((argument: unknown) => void) | undefined;
  #argument: unknown;

  constructor(queue: EventQueue, callback: (argument: unknown) => void, argument: unknown) {
    super();
    this.#queue = queue;
    this.#callback = callback;
    this.#argument = argument;
  }

  fire(): void {
    const callback = this.#callback!;
    const argument = this.#argument;
    this.#release();
    callback(argument);
  }

  cancel(): void {
    if (this.#callback === undefined) return;
    // What it holds is free at once, although the event waits for its time.
    this.#release();
    this.#queue.cancel(this);
  }

  #release(): void {
    this.#callback = undefined;
    this.#argument = undefined;
  }
}

/** Virtual time: stands still while a callback runs and jumps from event to event. */
export class SimulatedClock implements Clock {
  readonly #queue: EventQueue;

  constructor(queue: EventQueue) {
    this.#queue = queue;
  }

  now(): number {
    return this.#queue.now;
  }

  setTimer<Argument>(delayMs: number, callback: (argument: Argument) => void, argument?: Argument): Timer {
    const timer = new SimulatedTimer(this.#queue, callback as (argument: unknown) => void, argument);
    // A negative or NaN delay is due at once.
    this.#queue.schedule(delayMs > 0 ? this.#queue.now + delayMs : this.#queue.now, timer);
    return timer;
  }
}
