/** What may still matter, by key: the longest quiet is forgotten first, so that a long run does not grow. */

export interface RecentOptions<TValue> {
  /** Quiet for longer than this is forgotten. */
  readonly quietMs: number;
  /** At most so many are kept, however short their quiet. */
  readonly countMax: number;
  /** A last look: it can still be found. */
  forgotten(value: TValue): void;
}

interface Entry<TValue> {
  readonly value: TValue;
  /** Of the last look-up that made or used it. */
  time: number;
}

export class Recent<TValue> {
  /** In order of last use. */
  readonly #entries = new Map<string, Entry<TValue>>();

  constructor(private readonly options: RecentOptions<TValue>) {}

  get size(): number {
    return this.#entries.size;
  }

  peek(key: string): TValue | undefined {
    return this.#entries.get(key)?.value;
  }

  /** Finds or makes, and counts as use. */
  use(key: string, now: number, make: () => TValue): TValue {
    let entry = this.#entries.get(key);
    if (entry === undefined) entry = { value: make(), time: now };
    else {
      this.#entries.delete(key);
      entry.time = now;
    }
    this.#entries.set(key, entry);
    this.#forget(now - this.options.quietMs);
    return entry.value;
  }

  /** Forgets everything. */
  clear(): void {
    for (const { value } of this.#entries.values()) this.options.forgotten(value);
    this.#entries.clear();
  }

  #forget(before: number): void {
    for (const [key, { value, time }] of this.#entries) {
      if (time >= before && this.#entries.size <= this.options.countMax) return;
      this.options.forgotten(value);
      this.#entries.delete(key);
    }
  }
}
