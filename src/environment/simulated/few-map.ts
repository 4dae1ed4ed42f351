/** A map that mostly has one entry (the socket of a kind at a host, its only link), which takes no table of its own. */
export class FewMap<K extends string | number, V> {
  #key: K | undefined;
  #first: V | undefined;
  #others: Map<K, V> | undefined;

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  get(key: K): V | undefined {
    return key === this.#key ? this.#first : this.#others?.get(key);
  }

  set(key: K, value: V): void {
    if (this.#key === undefined || key === this.#key) {
      this.#key = key;
      this.#first = value;
      this.#others?.delete(key);
    } else {
      this.#others ??= new Map();
      this.#others.set(key, value);
    }
  }

  delete(key: K): void {
    if (key === this.#key) {
      this.#key = undefined;
      this.#first = undefined;
    } else this.#others?.delete(key);
  }

  /** As they are now, in no order that means anything. */
  values(): readonly V[] {
    const others = [...(this.#others?.values() ?? [])];
    return this.#key === undefined ? others : [this.#first as V, ...others];
  }
}
