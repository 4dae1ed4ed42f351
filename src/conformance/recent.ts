/** What may still matter, by key: the longest quiet is forgotten first, so that a long run does not grow. */

export interface RecentOptions<TValue> {
  /** Quiet for longer than this is forgotten. */
  readonly quietMs: number;
  /** At most so many are kept, however short their quiet. */
  readonly countMax: number;
  /** A last look: it can still be found. `quiet` is absent at the end. */
  forgotten(value: TValue, quiet?: { readonly quietMs: number; readonly now: number }): void;
}

interface Entry<TValue> {
  readonly key: string;
  readonly value: TValue;
  /** Of the last look-up that made or used it. */
  time: number;
  /** Its neighbours in order of last use. */
  before: Entry<TValue> | undefined;
  after: Entry<TValue> | undefined;
}

export class Recent<TValue> {
  readonly #entries = new Map<string, Entry<TValue>>();
  /** Linked: a map whose entries move to its end has as many holes before its first as it has entries. */
  #quietest: Entry<TValue> | undefined;
  #latest: Entry<TValue> | undefined;

  constructor(private readonly options: RecentOptions<TValue>) {}

  get size(): number {
    return this.#entries.size;
  }

  peek(key: string): TValue | undefined {
    return this.#entries.get(key)?.value;
  }

  /** Whether one more would put out what has been used less than this ago. */
  isCrowded(now: number, quietMs: number): boolean {
    const quietest = this.#quietest;
    return quietest !== undefined && this.#entries.size >= this.options.countMax && now - quietest.time < quietMs;
  }

  /** Finds or makes, and counts as use. */
  use(key: string, now: number, make: () => TValue): TValue {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { key, value: make(), time: now, before: undefined, after: undefined };
      this.#entries.set(key, entry);
    } else {
      this.#unlink(entry);
      entry.time = now;
    }
    this.#append(entry);
    this.#forget(now);
    return entry.value;
  }

  /** Forgets everything. */
  clear(): void {
    for (let entry = this.#quietest; entry !== undefined; entry = entry.after) this.options.forgotten(entry.value);
    this.#entries.clear();
    this.#quietest = undefined;
    this.#latest = undefined;
  }

  #forget(now: number): void {
    const before = now - this.options.quietMs;
    for (let entry = this.#quietest; entry !== undefined; entry = this.#quietest) {
      if (entry.time >= before && this.#entries.size <= this.options.countMax) return;
      this.options.forgotten(entry.value, { quietMs: now - entry.time, now });
      this.#entries.delete(entry.key);
      this.#unlink(entry);
    }
  }

  #append(entry: Entry<TValue>): void {
    entry.before = this.#latest;
    if (this.#latest === undefined) this.#quietest = entry;
    else this.#latest.after = entry;
    this.#latest = entry;
  }

  #unlink(entry: Entry<TValue>): void {
    const { before, after } = entry;
    if (before === undefined) this.#quietest = after;
    else before.after = after;
    if (after === undefined) this.#latest = before;
    else after.before = before;
    entry.before = undefined;
    entry.after = undefined;
  }
}
