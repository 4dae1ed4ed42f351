/** What an application server is told of, by user: a notification looks at what is of its user alone. Time is an argument, ms. */
import type { SubscribedItem } from './subscribed-item.js';

export class SubscribedItems {
  readonly #byIdentity = new Map<string, Map<string, SubscribedItem>>();

  /** Takes the place of an earlier subscription to the same. */
  add(publicIdentity: string, items: readonly SubscribedItem[]): void {
    const known = this.#byIdentity.get(publicIdentity) ?? new Map<string, SubscribedItem>();
    for (const item of items) known.set(item.name, item);
    this.#byIdentity.set(publicIdentity, known);
  }

  remove(publicIdentity: string, items: readonly SubscribedItem[]): void {
    const known = this.#byIdentity.get(publicIdentity);
    for (const { name } of items) known?.delete(name);
    if (known?.size === 0) this.#byIdentity.delete(publicIdentity);
  }

  /** Those of a user that have not ended. */
  of(publicIdentity: string, now: number): readonly SubscribedItem[] {
    const items = [...(this.#byIdentity.get(publicIdentity)?.values() ?? [])];
    const ended = items.filter(({ expiryTime }) => expiryTime !== undefined && expiryTime <= now);
    this.remove(publicIdentity, ended);
    return items.filter((item) => !ended.includes(item));
  }

  /** Of all users. */
  count(now: number): number {
    let count = 0;
    for (const identity of this.#byIdentity.keys()) count += this.of(identity, now).length;
    return count;
  }
}
