/**
 * Room that several share, none of whom is to take it from the others: nobody may hold more than is free after it. One alone
 * gets half of all, two get a third each, and who comes last still finds as much as each of those before.
 */

/** A request holds more than its octets; at the least, about. */
export const octetsHeldMin = 8 * 1024;

/** What a request takes of the room for requests. */
export function octetsHeld({ length }: Buffer): number {
  return length > octetsHeldMin ? length : octetsHeldMin;
}

/** Holders of nothing that are remembered at most. */
const restingMax = 8;

export class SharedRoom {
  #taken = 0;
  readonly #held = new Map<object | string, number>();

  constructor(private readonly total: number) {}

  get taken(): number {
    return this.#taken;
  }

  /** False: `holder` has its share. */
  take(holder: object | string, amount: number): boolean {
    const held = (this.#held.get(holder) ?? 0) + amount;
    const taken = this.#taken + amount;
    if (held > this.total - taken) return false;
    this.#held.set(holder, held);
    this.#taken = taken;
    return true;
  }

  giveBack(holder: object | string, amount: number): void {
    const held = this.#held.get(holder)! - amount;
    // A few that hold nothing stay: who asks for one thing after the other would come and go with each.
    if (held === 0 && this.#held.size > restingMax) this.#held.delete(holder);
    else this.#held.set(holder, held);
    this.#taken -= amount;
  }
}
