/** Requests of one connection that wait for their answers, found by the slot number inside the Hop-by-Hop id. */

const slotBits = 12;
const slotCount = 1 << slotBits;
const slotMask = slotCount - 1;
/** Never given to a request: base protocol messages of the connection take it. */
const ownSlot = slotMask;

export class PendingRequests<T extends { hopByHop: number }> {
  /** As long as the most that have waited at once: most connections have a handful, and a lab makes many connections. */
  readonly #slots: (T | undefined)[] = [];
  /** Of those, the ones that are free again. */
  readonly #free: number[] = [];
  #serial: number;

  /** RFC 6733 3: unique among what is outstanding on the connection, from a random start. */
  constructor(start: number) {
    this.#serial = start >>> slotBits;
  }

  get size(): number {
    return this.#slots.length - this.#free.length;
  }

  /** Notes the item and sets its Hop-by-Hop id. False when the connection has all that it may have under way. */
  add(item: T): boolean {
    const slot = this.#free.pop() ?? this.#slots.length;
    if (slot === ownSlot) return false;
    item.hopByHop = this.#next(slot);
    this.#slots[slot] = item;
    return true;
  }

  /** A Hop-by-Hop id for CER, DWR, DPR. */
  nextOwn(): number {
    return this.#next(ownSlot);
  }

  /** What waits under the id; undefined where nothing does. */
  find(hopByHop: number): T | undefined {
    const slot = hopByHop & slotMask;
    const item = slot < this.#slots.length ? this.#slots[slot] : undefined;
    return item?.hopByHop === hopByHop ? item : undefined;
  }

  take(item: T): void {
    const slot = item.hopByHop & slotMask;
    if (this.#slots[slot] !== item) return;
    this.#slots[slot] = undefined;
    this.#free.push(slot);
  }

  /** All of them, oldest slot first. */
  items(): T[] {
    return this.#slots.filter((item) => item !== undefined);
  }

  #next(slot: number): number {
    this.#serial = (this.#serial + 1) >>> 0;
    return ((this.#serial << slotBits) | slot) >>> 0;
  }
}
