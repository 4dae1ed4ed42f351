/**
 * A hierarchical timing wheel after Varghese and Lauck ("Hashed and hierarchical timing wheels", scheme 7): four wheels
 * of 256 slots, with a tick of the least one, 256 of the next, and so on. Setting and cancelling take constant time; timers
 * are list nodes themselves. Counts ticks only: what a tick is, and waiting for it, is the caller's.
 */

const SLOT_BITS = 8;
const SLOT_COUNT = 1 << SLOT_BITS;
const SLOT_MASK = SLOT_COUNT - 1;
const LEVEL_COUNT = 4;
/** Ticks that one slot of a level stands for. */
const SLOT_TICKS = [1, 2 ** 8, 2 ** 16, 2 ** 24] as const;
const HORIZON_TICKS = 2 ** 32;

/** A node of a ring; a slot is one, too. It links to itself when it is alone. */
class Node {
  previous: Node = this;
  next: Node = this;
}

export class WheelTimer extends Node {
  constructor(
    public dueTick: number,
    public callback: (argument: unknown) => void,
    public argument: unknown,
  ) {
    super();
  }

  cancel(): void {
    unlink(this);
    this.release();
  }

  release(): void {
    this.callback = released;
    this.argument = undefined;
  }
}

/** What a cancelled timer holds, so that nothing of its owner is kept. */
const released = (): void => undefined;

export class TimerWheel {
  /** All timers due at or before this tick have fired. */
  currentTick: number;
  readonly #slots: Node[] = Array.from({ length: LEVEL_COUNT * SLOT_COUNT }, () => new Node());
  /** A bit for each slot that may have timers; cleared when the slot is found empty. */
  readonly #occupied = new Int32Array((LEVEL_COUNT * SLOT_COUNT) / 32);

  constructor(currentTick: number) {
    this.currentTick = currentTick;
  }

  /** A new timer; a due tick that is over is the next one. */
  add(dueTick: number, callback: (argument: unknown) => void, argument?: unknown): WheelTimer {
    const timer = new WheelTimer(dueTick > this.currentTick ? dueTick : this.currentTick + 1, callback, argument);
    const slot = this.#slots[this.#slotFor(timer.dueTick)]!;
    link(timer, slot.previous, slot);
    return timer;
  }

  /** The next tick at which `advance` has something to do (fire, or move timers to a finer level); undefined when empty. */
  nextTick(): number | undefined {
    if (this.#hasTimers(this.currentTick & SLOT_MASK)) return this.currentTick;
    let next: number | undefined;
    for (let level = 0; level < LEVEL_COUNT; level++) {
      const ticks = SLOT_TICKS[level]!;
      const position = Math.floor(this.currentTick / ticks);
      const distance = this.#distanceToOccupied(level, position);
      if (distance === undefined) continue;
      const tick = (position + distance) * ticks;
      if (next === undefined || tick < next) next = tick;
    }
    return next;
  }

  /** Fires everything due up to `tick`, in order of due tick, then of setting. What a callback throws ends it; call again to go on. */
  advance(tick: number): void {
    for (;;) {
      const next = this.nextTick();
      if (next === undefined || next > tick) break;
      this.currentTick = next;
      this.#cascade();
      this.#fireSlot();
    }
    if (tick > this.currentTick) this.currentTick = tick;
  }

  /** Fires what is due at the current tick. */
  #fireSlot(): void {
    const slot = this.#slots[this.currentTick & SLOT_MASK]!;
    while (slot.next !== slot) {
      const timer = slot.next as WheelTimer;
      unlink(timer);
      const { callback, argument } = timer;
      timer.release();
      callback(argument);
    }
  }

  /**
   * Moves the timers of slots that the current tick has reached to finer levels. They go before what is there: a timer on
   * a coarser level was set earlier than any on a finer one that is due at the same tick.
   */
  #cascade(): void {
    for (let level = 1; level < LEVEL_COUNT; level++) {
      if (this.currentTick % SLOT_TICKS[level]! !== 0) return;
      const slot = this.#slots[this.#slotAt(level, this.currentTick)]!;
      // Collected first: a timer beyond the horizon may come back to the same slot.
      const timers: WheelTimer[] = [];
      for (let node = slot.previous; node !== slot; node = node.previous) timers.push(node as WheelTimer);
      for (const timer of timers) {
        unlink(timer);
        const target = this.#slots[this.#slotFor(timer.dueTick)]!;
        link(timer, target, target.next);
      }
    }
  }

  /** The slot for a due tick as seen from now; marks it as occupied. */
  #slotFor(dueTick: number): number {
    const delta = dueTick - this.currentTick;
    let level = 0;
    while (level < LEVEL_COUNT - 1 && delta >= SLOT_TICKS[level + 1]!) level++;
    // Beyond the horizon: as far as the wheel goes, and on from there.
    const slot = this.#slotAt(level, delta < HORIZON_TICKS ? dueTick : this.currentTick + HORIZON_TICKS - 1);
    this.#occupied[slot >> 5]! |= 1 << (slot & 31);
    return slot;
  }

  /** Bit operations see a tick modulo 2^32, which is all that four levels use. */
  #slotAt(level: number, tick: number): number {
    return level * SLOT_COUNT + ((tick >>> (level * SLOT_BITS)) & SLOT_MASK);
  }

  #hasTimers(slot: number): boolean {
    const node = this.#slots[slot]!;
    return node.next !== node;
  }

  /** Slots from `position` of a level to the next one with timers, 1 … 256. */
  #distanceToOccupied(level: number, position: number): number | undefined {
    for (let distance = 1; distance <= SLOT_COUNT; distance++) {
      const slot = level * SLOT_COUNT + ((position + distance) & SLOT_MASK);
      const word = this.#occupied[slot >> 5]!;
      if (word === 0) {
        // Nothing in the rest of these 32 slots.
        distance += 31 - (slot & 31);
      } else if ((word & (1 << (slot & 31))) !== 0) {
        if (this.#hasTimers(slot)) return distance;
        this.#occupied[slot >> 5] = word & ~(1 << (slot & 31));
      }
    }
    return undefined;
  }
}

function link(node: Node, previous: Node, next: Node): void {
  node.previous = previous;
  node.next = next;
  previous.next = node;
  next.previous = node;
}

function unlink(node: Node): void {
  node.previous.next = node.next;
  node.next.previous = node.previous;
  node.previous = node;
  node.next = node;
}
