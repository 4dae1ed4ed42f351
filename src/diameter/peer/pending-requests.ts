/**
 * Requests of one connection: those that wait for their answers, found by the slot number inside the Hop-by-Hop id, and those of this
 * node that wait until they may leave.
 */
import { type Linked, LinkedList } from '../../linked-list.js';
import { octetsHeld, octetsHeldMin, SharedRoom } from './shared-room.js';

const slotBits = 12;
const slotCount = 1 << slotBits;
const slotMask = slotCount - 1;
/** Never given to a request: base protocol messages of the connection take it. */
const ownSlot = slotMask;
/**
 * Under way at once of this node's own. RFC 6733 has no bound: a server has one, and turns away what exceeds a peer's share of it
 * (here half of 8,192 for one peer, a tenth for eight of them). Agents hold the rest of the slots for others.
 */
const windowMax = 1_024;
/** Of this node's own that wait for the window: a storm of as many UEs, some 60 MB. */
const lineMax = 32_768;

/** Of this node's own, at one peer. */
export const ownRequestsMax = windowMax + lineMax;

interface Pending<T> extends Linked<T> {
  hopByHop: number;
  readonly bytes: Buffer;
  /** Who has asked, where an agent asks for others. */
  readonly asker?: object | undefined;
}

export class PendingRequests<T extends Pending<T>> {
  /** As long as the most that have waited at once: most connections have a handful, and a lab makes many connections. */
  readonly #slots: (T | undefined)[] = [];
  /** Of those, the ones that are free again. */
  readonly #free: number[] = [];
  /** What the askers have of it. */
  readonly #room = new SharedRoom(slotCount * octetsHeldMin);
  /** What has not been sent, in order of asking. */
  readonly #line = new LinkedList<T>();
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

  /** Whether a request of this node has to wait. */
  get isBusy(): boolean {
    return this.#line.size > 0 || this.size >= windowMax;
  }

  get hasWaiting(): boolean {
    return this.#line.size > 0;
  }

  /** False: so many wait that it would only grow old. */
  wait(item: T): boolean {
    if (this.#line.size >= lineMax) return false;
    this.#line.append(item);
    return true;
  }

  /** The next that has waited and may leave now. */
  nextToSend(): T | undefined {
    const next = this.size < windowMax ? this.#line.first : undefined;
    if (next !== undefined) this.#line.remove(next);
    return next;
  }

  /** It waits no longer: it has been given up, or goes elsewhere. */
  leave(item: T): void {
    this.#line.remove(item);
  }

  /** Those that have not been sent, in order of asking. */
  waiting(): T[] {
    return this.#line.items();
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

  /** All that were sent, oldest slot first. */
  items(): T[] {
    return this.#slots.filter((item) => item !== undefined);
  }

  #next(slot: number): number {
    this.#serial = (this.#serial + 1) >>> 0;
    return ((this.#serial << slotBits) | slot) >>> 0;
  }
}
