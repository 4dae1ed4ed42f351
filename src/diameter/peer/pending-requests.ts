/** Requests of one connection that wait for their answers, found by the slot number inside the Hop-by-Hop id. */
import { octetsHeld, octetsHeldMin, SharedRoom } from './shared-room.js';

const slotBits = 12;
const slotCount = 1 << slotBits;
const slotMask = slotCount - 1;
/** Never given to a request: base protocol messages of the connection take it. */
const ownSlot = slotMask;

interface Pending {
  hopByHop: number;
  readonly bytes: Buffer;
  /** Who has asked, where an agent asks for others. */
  readonly asker?: object | undefined;
}

export class PendingRequests<T extends Pending> {
  /** As long as the most that have waited at once: most connections have a handful, and a lab makes many connections. */
  readonly #slots: (T | undefined)[] = [];
  /** Of those, the ones that are free again. */
  readonly #free: number[] = [];
  /** What the askers have of it. */
  readonly #room = new SharedRoom(slotCount * octetsHeldMin);
  #serial: number;

  /** RFC 6733 3: unique among what is outstanding on the connection, from a random start. */
  constructor(start: number) {
    this.#serial = start >>> slotBits;
  }

  get size(): number {
    return this.#slots.length - this.#free.length;
  }

  /**
   * Notes the item and sets its Hop-by-Hop id. False when the connection has all that it may have under way, or so much of
   * it is this asker's that nothing would be left for others.
   */
  add(item: T): boolean {
    const { asker } = item;
    if (asker !== undefined && !this.#room.take(asker, octetsHeld(item.bytes))) return false;
    const slot = this.#free.pop() ?? this.#slots.length;
    if (slot === ownSlot) {
      if (asker !== undefined) this.#room.giveBack(asker, octetsHeld(item.bytes));
      return false;
    }
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
    if (item.asker !== undefined) this.#room.giveBack(item.asker, octetsHeld(item.bytes));
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
