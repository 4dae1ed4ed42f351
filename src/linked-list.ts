/**
 * Items in an order that they come to and go from anywhere. Linked: a Map or Set whose entries go and come anew leaves holes before
 * its first, and is made again and again.
 */

/** An item has its neighbours itself, so it is in one list at a time. */
export interface Linked<TItem> {
  before: TItem | undefined;
  after: TItem | undefined;
}

export class LinkedList<TItem extends Linked<TItem>> {
  #first: TItem | undefined;
  #last: TItem | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): TItem | undefined {
    return this.#first;
  }

  /** To the end: an item that is in no list. */
  append(item: TItem): void {
    item.before = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.after = item;
    this.#last = item;
    this.#size += 1;
  }

  /** To the end: an item of this list. */
  move(item: TItem): void {
    if (item === this.#last) return;
    this.remove(item);
    this.append(item);
  }

  /** An item of this list, which keeps nobody alive afterwards. */
  remove(item: TItem): void {
    const { before, after } = item;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    item.before = undefined;
    item.after = undefined;
    this.#size -= 1;
  }

  /** First to last, as they are now. */
  items(): TItem[] {
    const items: TItem[] = [];
    for (let item = this.#first; item !== undefined; item = item.after) items.push(item);
    return items;
  }

  /** Their neighbours stay as they are: for items that nobody keeps. */
  clear(): void {
    this.#first = undefined;
    this.#last = undefined;
    this.#size = 0;
  }
}
