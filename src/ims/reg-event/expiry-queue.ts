export interface Expiring {
  /** ms */
  readonly expiresAt: number;
  /** The queue's own; -1 while it is in none. */
  queueIndex: number;
}

/** Things that end, the next one first: a binary heap whose entries know their place, so that one can leave early. */
export class ExpiryQueue<T extends Expiring> {
  readonly #heap: T[] = [];

  get first(): T | undefined {
    return this.#heap[0];
  }

  get length(): number {
    return this.#heap.length;
  }

  /** Puts it in, or where it belongs now. */
  put(entry: T): void {
    if (entry.queueIndex === -1) {
      entry.queueIndex = this.#heap.length;
      this.#heap.push(entry);
    }
    this.#settle(entry);
  }

  /** Without effect where it is not in. */
  remove(entry: T): void {
    const at = entry.queueIndex;
    if (at === -1) return;
    const last = this.#heap.pop()!;
    entry.queueIndex = -1;
    if (last === entry) return;
    this.#heap[at] = last;
    last.queueIndex = at;
    this.#settle(last);
  }

  /** Moves it towards the root while it ends before its parent, else away from it while one below ends before. */
  #settle(entry: T): void {
    const heap = this.#heap;
    for (let at = entry.queueIndex; at > 0; at = entry.queueIndex) {
      const parent = heap[(at - 1) >> 1]!;
      if (parent.expiresAt <= entry.expiresAt) break;
      this.#swap(entry, parent);
    }
    for (;;) {
      const left = 2 * entry.queueIndex + 1;
      const [one, other] = [heap[left], heap[left + 1]];
      const least = other !== undefined && other.expiresAt < one!.expiresAt ? other : one;
      if (least === undefined || least.expiresAt >= entry.expiresAt) return;
      this.#swap(entry, least);
    }
  }

  #swap(one: T, other: T): void {
    const at = one.queueIndex;
    one.queueIndex = other.queueIndex;
    other.queueIndex = at;
    this.#heap[one.queueIndex] = one;
    this.#heap[at] = other;
  }
}
