/** What is bound, by port. Most hosts have one socket of a kind, which needs no map of its own. */
export class PortTable<T> {
  #port = -1;
  #first: T | undefined;
  #others: Map<number, T> | undefined;

  has(port: number): boolean {
    return this.get(port) !== undefined;
  }

  get(port: number): T | undefined {
    return port === this.#port ? this.#first : this.#others?.get(port);
  }

  set(port: number, bound: T): void {
    if (this.#first === undefined || port === this.#port) {
      this.#port = port;
      this.#first = bound;
      this.#others?.delete(port);
    } else {
      this.#others ??= new Map();
      this.#others.set(port, bound);
    }
  }

  delete(port: number): void {
    if (port === this.#port) {
      this.#port = -1;
      this.#first = undefined;
    } else this.#others?.delete(port);
  }

  /** In no order that means anything, as they are now. */
  all(): readonly T[] {
    const others = [...(this.#others?.values() ?? [])];
    return this.#first === undefined ? others : [this.#first, ...others];
  }
}
