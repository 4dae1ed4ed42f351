/** Requests of one connection that wait for their answers, found by the slot number inside the Hop-by-Hop id. */

const slotBits = 12;
const slotCount = 1 << slotBits;
const slotMask = slotCount - 1;
/** Never given to a request: base protocol messages of the connection take it. */
const ownSlot = slotMask;

export class PendingRequests<T extends { hopByHop: number }> {
  readonly #slots = new Array<T | undefined>(slotCount - 1).fill(undefined);
  readonly #free = Array.from({ length: slotCount - 1 }, (_, i) => slotCount - 2 - i);
  #serial: number;

  /** RFC 6733 3: unique among what is outstanding on the connection, from a random start. */
  constructor(start: number) {
    this.#serial = start >>> slotBits;
  }

  get size(): number {
    return slotCount - 1 - this.#free.length;
  }

  /** Notes the item and sets its Hop-by-Hop id. False when the connection has all that it may have under way. */
  add(item: T): boolean {
    const slot = this.#free.pop();
    if (slot === undefined) return false;
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
    const item = this.#slots[hopByHop & slotMask];
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
