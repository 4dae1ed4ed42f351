/** What may still matter, by key: the longest quiet is forgotten first, so that a long run does not grow. */
import { type Linked, LinkedList } from '../linked-list.js';

export interface RecentOptions<TValue> {
  /** Quiet for longer than this is forgotten. */
  readonly quietMs: number;
  /** At most so many are kept, however short their quiet. */
  readonly countMax: number;
  /** A last look: it can still be found. `quiet` is absent at the end. */
  forgotten(value: TValue, quiet?: { readonly quietMs: number; readonly now: number }): void;
}

interface Entry<TValue> extends Linked<Entry<TValue>> {
  readonly key: string;
  readonly value: TValue;
  /** Of the last look-up that made or used it. */
  time: number;
}

export class Recent<TValue> {
  readonly #entries = new Map<string, Entry<TValue>>();
  /** In order of last use. */
  readonly #order = new LinkedList<Entry<TValue>>();

  constructor(private readonly options: RecentOptions<TValue>) {}

  get size(): number {
    return this.#entries.size;
  }

  peek(key: string): TValue | undefined {
    return this.#entries.get(key)?.value;
  }

  /** Whether one more would put out what has been used less than this ago. */
  isCrowded(now: number, quietMs: number): boolean {
    const quietest = this.#order.first;
    return quietest !== undefined && this.#entries.size >= this.options.countMax && now - quietest.time < quietMs;
  }

  /** Finds or makes, and counts as use. */
  use(key: string, now: number, make: () => TValue): TValue {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { key, value: make(), time: now, before: undefined, after: undefined };
      this.#entries.set(key, entry);
      this.#order.append(entry);
    } else {
      entry.time = now;
      this.#order.move(entry);
    }
    this.#forget(now);
    return entry.value;
  }

  /** Forgets everything. */
  clear(): void {
    for (const { value } of this.#order.items()) this.options.forgotten(value);
    this.#entries.clear();
    this.#order.clear();
  }

  #forget(now: number): void {
    const before = now - this.options.quietMs;
    for (let entry = this.#order.first; entry !== undefined; entry = this.#order.first) {
      if (entry.time >= before && this.#entries.size <= this.options.countMax) return;
      this.options.forgotten(entry.value, { quietMs: now - entry.time, now });
      this.#entries.delete(entry.key);
      this.#order.remove(entry);
    }
  }
}
