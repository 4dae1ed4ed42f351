/**
 * Values in the order in which they moved last. Linked: in a map whose entries move to its end the front is a walk over the
 * holes that they have left.
 */

export interface Link<TValue> {
  readonly value: TValue;
  before: Link<TValue> | undefined;
  after: Link<TValue> | undefined;
}

export class MoveOrder<TValue> {
  #first: Link<TValue> | undefined;
  #last: Link<TValue> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** What has been quiet for longest. */
  get first(): Link<TValue> | undefined {
    return this.#first;
  }

  append(value: TValue): Link<TValue> {
    const link: Link<TValue> = { value, before: undefined, after: undefined };
    this.#put(link);
    return link;
  }

  /** To the end. */
  move(link: Link<TValue>): void {
    if (link === this.#last) return;
    this.remove(link);
    this.#put(link);
  }

  remove(link: Link<TValue>): void {
    const { before, after } = link;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    link.before = undefined;
    link.after = undefined;
    this.#size -= 1;
  }

  values(): TValue[] {
    const values: TValue[] = [];
    for (let link = this.#first; link !== undefined; link = link.after) values.push(link.value);
    return values;
  }

  #put(link: Link<TValue>): void {
    link.before = this.#last;
    if (this.#last === undefined) this.#first = link;
    else this.#last.after = link;
    this.#last = link;
    this.#size += 1;
  }
}
