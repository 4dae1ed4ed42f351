/** Subscribers and their states in memory: whatever an HSS has is gone when its process ends. Answers at once. */
import { isWildcarded, matchesWildcard } from '../subscription/matching-identity.js';
import { identitiesOf, type Subscriber } from '../subscription/subscriber.js';
import {
  type Done,
  type Found,
  type StoredSubscription,
  type SubscriberStore,
  type SubscriptionState,
  subscriptionKey,
} from './store.js';

export class MemoryStore implements SubscriberStore {
  readonly inMemory = true;
  readonly #byPrivate = new Map<string, Subscriber>();
  /** By what the profile has; of an identity that several share, one of them. */
  readonly #byPublic = new Map<string, Subscriber>();
  readonly #wildcards = new Map<string, Subscriber>();
  /** By key, where the IMS subscription has a name. */
  readonly #members = new Map<string, Subscriber[]>();
  readonly #states = new Map<string, SubscriptionState>();

  constructor(subscribers: readonly Subscriber[]) {
    this.put(subscribers, () => undefined);
  }

  byPrivate(identity: string, found: Found): void {
    found(this.#storedOf(this.#byPrivate.get(identity)));
  }

  byPublic(identity: string, found: Found): void {
    found(this.#storedOf(this.#byPublic.get(identity) ?? this.#wildcardOwner(identity)));
  }

  save(key: string, state: SubscriptionState | undefined, done: Done): void {
    if (state === undefined) this.#states.delete(key);
    else this.#states.set(key, state);
    done();
  }

  put(subscribers: readonly Subscriber[], done: Done): void {
    for (const subscriber of subscribers) {
      const before = this.#byPrivate.get(subscriber.privateIdentity);
      if (before !== undefined) this.#take(before);
      this.#add(subscriber);
    }
    done();
  }

  remove(privateIdentities: readonly string[], done: Done): void {
    for (const identity of privateIdentities) {
      const subscriber = this.#byPrivate.get(identity);
      if (subscriber !== undefined) this.#take(subscriber);
    }
    done();
  }

  list(
    { after, limit }: { readonly after?: string; readonly limit: number },
    found: (page: readonly StoredSubscription[], error?: string) => void,
  ): void {
    const keys = [...new Set([...this.#byPrivate.values()].map(subscriptionKey))].sort();
    const from = after === undefined ? 0 : keys.findIndex((key) => key > after);
    const page = from < 0 ? [] : keys.slice(from, from + limit);
    found(page.map((key) => this.#stored(key)));
  }

  close(done: () => void): void {
    done();
  }

  #storedOf(subscriber: Subscriber | undefined): StoredSubscription | undefined {
    return subscriber && this.#stored(subscriptionKey(subscriber));
  }

  #stored(key: string): StoredSubscription {
    const members = this.#members.get(key) ?? [this.#byPrivate.get(key)!];
    return { key, members, state: this.#states.get(key) };
  }

  #wildcardOwner(identity: string): Subscriber | undefined {
    for (const [wildcard, owner] of this.#wildcards) if (matchesWildcard(wildcard, identity)) return owner;
    return undefined;
  }

  #add(subscriber: Subscriber): void {
    this.#byPrivate.set(subscriber.privateIdentity, subscriber);
    for (const identity of identitiesOf(subscriber)) {
      this.#byPublic.set(identity.uri, subscriber);
      if (isWildcarded(identity)) this.#wildcards.set(identity.uri, subscriber);
    }
    if (subscriber.subscription === undefined) return;
    const key = subscriptionKey(subscriber);
    const members = this.#members.get(key);
    if (members === undefined) this.#members.set(key, [subscriber]);
    else members.push(subscriber);
  }

  #take(subscriber: Subscriber): void {
    this.#byPrivate.delete(subscriber.privateIdentity);
    for (const { uri } of identitiesOf(subscriber)) {
      if (this.#byPublic.get(uri) === subscriber) this.#byPublic.delete(uri);
      if (this.#wildcards.get(uri) === subscriber) this.#wildcards.delete(uri);
    }
    const members = this.#members.get(subscriptionKey(subscriber));
    members?.splice(members.indexOf(subscriber), 1);
  }
}
