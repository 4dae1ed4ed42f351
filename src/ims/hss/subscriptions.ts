/** The IMS subscriptions that an HSS has loaded from its store: those that something was asked of lately. */
import type { Chassis, RegistrationClaim } from '../../node/index.js';
import { canonicalIdentity } from '../identity/index.js';
import { identitiesOf, type Subscriber } from '../subscription/subscriber.js';
import type { SqnTime } from './authentication-centre.js';
import type { Done, Found, StoredSubscription, SubscriberStore, SubscriptionState } from './store.js';
import { Subscription, type SubscriptionOwner } from './subscription.js';

/** `error`: the store failed, one plain sentence. Without either there is no such identity. */
export type Use = (subscription: Subscription | undefined, error?: string) => void;

/** More than a day's registrations of a busy HSS want at once. */
const defaultLoadedMax = 100_000;

/** How many are looked at for one to unload. */
const looksMax = 8;

/** A question to the store that has no answer yet. */
interface Search {
  /** Keys of what was unloaded meanwhile: the answer may be older. */
  unloaded: Set<string> | undefined;
  readonly waiting: Use[];
}

export class Subscriptions implements SubscriptionOwner {
  machineCount = 0;
  onKept: SubscriptionOwner['onKept'] = () => undefined;
  onProvisioned: SubscriptionOwner['onProvisioned'] = () => undefined;
  readonly sqnTime: SqnTime;
  readonly #loaded = new Map<string, Subscription>();
  /** By private and by distinct public identities; empty where the store has them in memory itself. */
  readonly #byIdentity = new Map<string, Subscription>();
  /** By what is asked. */
  readonly #searches = new Map<string, Search>();

  constructor(
    readonly chassis: Chassis,
    readonly store: SubscriberStore,
    private readonly loadedMax = defaultLoadedMax,
  ) {
    const { clock } = chassis.environment;
    this.sqnTime = { since: clock.now(), now: () => clock.now() };
  }

  /**
   * `use` runs once, in the subscription's turn: at once where the store answers at once and nobody else is at it. Those
   * who name a subscription alike get their turns in order.
   */
  byPrivate(privateIdentity: string, use: Use): void {
    const loaded = this.#loadedOf(privateIdentity);
    if (loaded === undefined) {
      this.#search(
        `private ${privateIdentity}`,
        (found) => this.store.byPrivate(privateIdentity, found),
        (subscription, error) => this.#use(subscription, error, use, () => this.byPrivate(privateIdentity, use)),
      );
    } else this.#use(loaded, undefined, use, () => this.byPrivate(privateIdentity, use));
  }

  /** REG-83: a distinct identity wins over a wildcard whose range it is in. */
  byPublic(publicIdentity: string, use: Use): void {
    const uri = canonicalIdentity(publicIdentity) ?? publicIdentity;
    const loaded = this.#byIdentity.get(uri);
    if (loaded === undefined) {
      this.#search(
        `public ${uri}`,
        (found) => this.store.byPublic(uri, found),
        (subscription, error) => this.#use(subscription, error, use, () => this.byPublic(uri, use)),
      );
    } else this.#use(loaded, undefined, use, () => this.byPublic(uri, use));
  }

  /** The same without a turn: only who has the identity may be asked. `uri` in its canonical form. */
  ownerOf(uri: string, found: Use): void {
    const loaded = this.#byIdentity.get(uri);
    if (loaded === undefined) this.#search(`public ${uri}`, (answer) => this.store.byPublic(uri, answer), found);
    else found(loaded);
  }

  #loadedOf(privateIdentity: string): Subscription | undefined {
    const { store } = this;
    if (store.keyOf === undefined) return this.#byIdentity.get(privateIdentity);
    const key = store.keyOf(privateIdentity);
    return key === undefined ? undefined : this.#loaded.get(key);
  }

  byKey(key: string): Subscription | undefined {
    return this.#loaded.get(key);
  }

  /** Those that are loaded, by the private identities of their members. */
  byMember(): ReadonlyMap<string, Subscription> {
    const members = new Map<string, Subscription>();
    for (const subscription of this.#loaded.values()) {
      for (const { privateIdentity } of subscription.members) members.set(privateIdentity, subscription);
    }
    return members;
  }

  /** As S-CSCFs know it, unless it is loaded already. */
  recall(stored: StoredSubscription): void {
    if (!this.#loaded.has(stored.key)) this.#load(stored);
  }

  /** One that the store has no more: for what is to be told of its end. */
  departed(stored: StoredSubscription): Subscription {
    return new Subscription(this, stored);
  }

  /** Within a turn: the members that the store has now. `recounted`: whose SQN begins anew from the data. */
  update(subscription: Subscription, members: readonly Subscriber[], recounted?: ReadonlySet<string>): void {
    const before = subscription.members;
    this.#unindex(subscription);
    subscription.update(members, recounted);
    this.#index(subscription);
    this.onProvisioned(subscription, before);
  }

  /** Within a turn: it has no members any more. */
  drop(subscription: Subscription): void {
    this.#forget(subscription);
    subscription.unload();
  }

  /** The registered identities of all that are loaded. */
  claims(): readonly RegistrationClaim[] {
    return [...this.#loaded.values()].flatMap(({ sets }) => sets.flatMap((set) => set.claims()));
  }

  /** For a subscription's commit. */
  save(subscription: Subscription, state: SubscriptionState | undefined, done: Done): void {
    this.store.save(subscription.key, state, (error) => {
      if (error !== undefined) this.#forget(subscription);
      done(error);
    });
  }

  close(): void {
    for (const subscription of this.#loaded.values()) for (const set of subscription.sets) set.close();
    this.#loaded.clear();
    this.#byIdentity.clear();
  }

  #use(subscription: Subscription | undefined, error: string | undefined, use: Use, again: () => void): void {
    if (subscription === undefined) use(undefined, error);
    else subscription.take({ run: use, again });
  }

  /** Who asks for the same identity meanwhile waits for the same answer, in order. */
  #search(what: string, ask: (found: Found) => void, found: Use): void {
    const running = this.#searches.size === 0 ? undefined : this.#searches.get(what);
    if (running !== undefined) {
      running.waiting.push(found);
      return;
    }
    if (this.store.inMemory) {
      ask((stored, error) => found(stored && (this.#loaded.get(stored.key) ?? this.#load(stored)), error));
      return;
    }
    const search: Search = { unloaded: undefined, waiting: [found] };
    this.#searches.set(what, search);
    const look = (): void =>
      ask((stored, error) => {
        if (stored !== undefined && search.unloaded?.has(stored.key) && !this.#loaded.has(stored.key)) {
          search.unloaded.clear();
          look();
          return;
        }
        this.#searches.delete(what);
        const subscription = stored && (this.#loaded.get(stored.key) ?? this.#load(stored));
        for (const each of search.waiting) each(subscription, error);
      });
    look();
  }

  #load(stored: StoredSubscription): Subscription {
    if (this.#loaded.size >= this.loadedMax) this.#makeRoom();
    const subscription = new Subscription(this, stored);
    this.#loaded.set(stored.key, subscription);
    this.#index(subscription);
    return subscription;
  }

  /** Those go that were not used for longest, nearly; none where all that are looked at are at work. */
  #makeRoom(): void {
    let looks = 0;
    for (const subscription of this.#loaded.values()) {
      if (this.#loaded.size < this.loadedMax || ++looks > looksMax) return;
      if (!subscription.isUsed && this.#mayGo(subscription)) {
        this.#forget(subscription);
        subscription.unload();
        continue;
      }
      subscription.isUsed = false;
      this.#loaded.delete(subscription.key);
      this.#loaded.set(subscription.key, subscription);
    }
  }

  #mayGo(subscription: Subscription): boolean {
    return subscription.isIdle && (this.store.inMemory === undefined || subscription.isAtRest);
  }

  #forget(subscription: Subscription): void {
    const { key } = subscription;
    this.#loaded.delete(key);
    for (const search of this.#searches.values()) {
      search.unloaded ??= new Set();
      search.unloaded.add(key);
    }
    this.#unindex(subscription);
  }

  #index(subscription: Subscription): void {
    if (this.store.inMemory) return;
    for (const identity of identitiesIn(subscription)) this.#byIdentity.set(identity, subscription);
  }

  #unindex(subscription: Subscription): void {
    if (this.store.inMemory) return;
    for (const identity of identitiesIn(subscription)) this.#byIdentity.delete(identity);
  }
}

function identitiesIn({ members }: Subscription): readonly string[] {
  return members.flatMap((member) => [
    member.privateIdentity,
    ...identitiesOf(member).flatMap(({ kind, uri }) => (kind === 'wildcarded' || kind === 'wildcardedPsi' ? [] : uri)),
  ]);
}
