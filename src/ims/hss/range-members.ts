/** The members of a range that the store has not made yet: nothing has happened to them. */
import type { Subscriber } from '../subscription/subscriber.js';
import type { SubscriberRange } from '../subscription/subscriber-range.js';

export class RangeMembers {
  /** Places of those that have an entry of their own, or had one and are gone. */
  readonly #taken = new Set<number>();

  constructor(private readonly range: SubscriberRange) {}

  /** Once each: from then on the store has it. */
  take(identity: string): Subscriber | undefined {
    const place = this.range.placeOf(identity);
    if (place === undefined || this.#taken.has(place)) return undefined;
    this.#taken.add(place);
    return this.range.at(place);
  }

  /** In the order of their private identities, those behind `after`. */
  *behind(after: string | undefined): Generator<Subscriber> {
    for (let place = after === undefined ? 0 : this.#placeBehind(after); place < this.range.count; place++) {
      if (!this.#taken.has(place)) yield this.range.at(place);
    }
  }

  #placeBehind(after: string): number {
    let low = 0;
    let high = this.range.count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.range.privateIdentityAt(middle) > after) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
