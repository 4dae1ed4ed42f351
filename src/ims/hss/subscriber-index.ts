/** The subscribers of an HSS, found by either kind of identity. */
import { canonicalIdentity } from '../identity/index.js';
import { isWildcarded, matchesWildcard, matchingIdentity } from '../subscription/matching-identity.js';
import { identitiesOf, type PublicIdentity, type Subscriber } from '../subscription/subscriber.js';

/** Whose an identity is. */
export interface Found {
  readonly subscriber: Subscriber;
  readonly identity: PublicIdentity;
}

export class SubscriberIndex {
  readonly #byPrivate = new Map<string, Subscriber>();
  /** By what the profile has; of an identity that several share, one of them. */
  readonly #byPublic = new Map<string, Subscriber>();
  readonly #wildcards = new Map<string, Subscriber>();
  /** By the name of the IMS subscription, where one has a name. */
  readonly #subscriptions = new Map<string, Subscriber[]>();

  constructor(subscribers: readonly Subscriber[]) {
    for (const subscriber of subscribers) {
      this.#add(subscriber);
      const { subscription } = subscriber;
      if (subscription === undefined) continue;
      const members = this.#subscriptions.get(subscription);
      if (members === undefined) this.#subscriptions.set(subscription, [subscriber]);
      else members.push(subscriber);
    }
  }

  byPrivate(privateIdentity: string): Subscriber | undefined {
    return this.#byPrivate.get(privateIdentity);
  }

  /** REG-83: a distinct identity wins over a wildcard whose range it is in. */
  byPublic(publicIdentity: string): Found | undefined {
    const canonical = canonicalIdentity(publicIdentity) ?? publicIdentity;
    let subscriber = this.#byPublic.get(canonical);
    if (subscriber === undefined && this.#wildcards.size > 0) {
      for (const [wildcard, owner] of this.#wildcards) {
        if (!matchesWildcard(wildcard, canonical)) continue;
        subscriber = owner;
        break;
      }
    }
    return subscriber && this.ofSubscriber(subscriber, canonical);
  }

  /** The identity as one of that subscriber's. */
  ofSubscriber(subscriber: Subscriber, publicIdentity: string): Found | undefined {
    const identities = identitiesOf(subscriber);
    const identity =
      identities.find(({ uri }) => uri === publicIdentity) ?? matchingIdentity(identities, publicIdentity);
    return identity && { subscriber, identity };
  }

  /** Everybody of the subscriber's IMS subscription. */
  membersOf(subscriber: Subscriber): readonly Subscriber[] {
    const { subscription } = subscriber;
    return subscription === undefined ? [subscriber] : (this.#subscriptions.get(subscription) ?? [subscriber]);
  }

  /** Puts a changed subscriber in the place of what it was. */
  replace(before: Subscriber, after: Subscriber): void {
    for (const { uri } of identitiesOf(before)) {
      if (this.#byPublic.get(uri) === before) this.#byPublic.delete(uri);
      if (this.#wildcards.get(uri) === before) this.#wildcards.delete(uri);
    }
    this.#add(after);
    const members = after.subscription === undefined ? undefined : this.#subscriptions.get(after.subscription);
    members?.splice(members.indexOf(before), 1, after);
  }

  #add(subscriber: Subscriber): void {
    this.#byPrivate.set(subscriber.privateIdentity, subscriber);
    for (const identity of identitiesOf(subscriber)) {
      this.#byPublic.set(identity.uri, subscriber);
      if (isWildcarded(identity)) this.#wildcards.set(identity.uri, subscriber);
    }
  }
}
