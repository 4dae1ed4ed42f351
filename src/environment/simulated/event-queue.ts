import type { Clock, Timer } from '../index.js';

/** Something that happens at a virtual time. */
export abstract class ScheduledEvent {
  /** @internal Those of the queue. */
  due = 0;
  sequence = 0;
  lane: Lane | undefined = undefined;
  before: ScheduledEvent | undefined = undefined;
  after: ScheduledEvent | undefined = undefined;

  abstract fire(): void;
}

/** Lanes that have become empty are kept for the next event of their delay while there are no more than so many. */
const LANES_KEPT_MAX = 64;

/**
 * The one queue of a simulation: timers and messages, ordered by (due, order of scheduling). Events with one delay become due in
 * the order in which they were scheduled, so they wait in a lane of their own, which they enter and leave without a search. Delays are
 * few (a link's, the timers of a protocol): the heap holds the lanes. It also is the virtual time: `now` moves only when
 * an event is taken.
 */
export class EventQueue {
  /** Virtual time in milliseconds since the Unix epoch. Never goes back. */
  now: number;
  /** Events that are still to happen. */
  size = 0;
  readonly #lanes = new Map<number, Lane>();
  /** 4-ary, of those with events, by their first. */
  readonly #heap: Lane[] = [];
  #nextSequence = 0;

  constructor(now: number) {
    this.now = now;
  }

  /** `due` lies at or after `now`; events with the same `due` happen in the order of scheduling. */
  schedule(due: number, event: ScheduledEvent): void {
    const delay = due - this.now;
    let lane = this.#lanes.get(delay);
    if (lane === undefined) {
      lane = new Lane(delay);
      this.#lanes.set(delay, lane);
    }
    event.due = due;
    event.sequence = this.#nextSequence++;
    this.size++;
    const { last } = lane;
    event.lane = lane;
    event.before = last;
    lane.last = event;
    if (last !== undefined) last.after = event;
    else {
      lane.first = event;
      this.#siftUp(this.#heap.length, lane);
    }
  }

  /** Without effect on what is not scheduled. */
  cancel(event: ScheduledEvent): void {
    const { lane, before, after } = event;
    if (lane === undefined) return;
    this.size--;
    // Nothing leads from it to events that are newer: they would live as long as somebody holds it.
    event.lane = event.before = event.after = undefined;
    if (after === undefined) lane.last = before;
    else after.before = before;
    if (before !== undefined) {
      before.after = after;
      return;
    }
    lane.first = after;
    if (after !== undefined) this.#siftDown(lane.position, lane);
    else this.#remove(lane);
  }

  /** When the next event is due, or undefined when there is none. */
  nextDue(): number | undefined {
    return this.#heap[0]?.first?.due;
  }

  /** Takes the next event and sets `now` to its time. */
  take(): ScheduledEvent | undefined {
    const event = this.#heap[0]?.first;
    if (event === undefined) return undefined;
    this.cancel(event);
    this.now = event.due;
    return event;
  }

  /** Has an empty lane out of the heap. */
  #remove(lane: Lane): void {
    const { position } = lane;
    const moved = this.#heap.pop()!;
    if (this.#lanes.size > LANES_KEPT_MAX) this.#lanes.delete(lane.delay);
    if (moved === lane) return;
    this.#siftUp(position, moved);
    this.#siftDown(moved.position, moved);
  }

  #siftUp(from: number, lane: Lane): void {
    const heap = this.#heap;
    let position = from;
    while (position > 0) {
      const parent = heap[(position - 1) >> 2]!;
      if (!isEarlier(lane, parent)) break;
      this.#place(position, parent);
      position = (position - 1) >> 2;
    }
    this.#place(position, lane);
  }

  #siftDown(from: number, lane: Lane): void {
    const heap = this.#heap;
    const { length } = heap;
    let position = from;
    for (;;) {
      let least = position * 4 + 1;
      if (least >= length) break;
      const end = Math.min(least + 4, length);
      for (let child = least + 1; child < end; child++) if (isEarlier(heap[child]!, heap[least]!)) least = child;
      if (isEarlier(lane, heap[least]!)) break;
      this.#place(position, heap[least]!);
      position = least;
    }
    this.#place(position, lane);
  }

  #place(position: number, lane: Lane): void {
    this.#heap[position] = lane;
    lane.position = position;
  }
}

/** The events of one delay, the earliest first. */
class Lane {
  first: ScheduledEvent | undefined = undefined;
  last: ScheduledEvent | undefined = undefined;
  /** In the heap, while there are events. */
  position = 0;

  constructor(
    /** Milliseconds from scheduling to due. */
    readonly delay: number,
  ) {}
}

/** Of lanes with events. */
function isEarlier(one: Lane, other: Lane): boolean {
  const { due, sequence } = one.first!;
  const than = other.first!;
  return due < than.due || (due === than.due && sequence < than.sequence);
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
