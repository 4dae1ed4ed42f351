/** Whom a Cx request names: the identities in it, found in the store, before anything is checked or decided. */
import { canonicalIdentity } from '../identity/index.js';
import type { Subscriber } from '../subscription/subscriber.js';
import { type OwnedIdentity, ofSubscriber, type Subscription } from './subscription.js';
import type { Subscriptions } from './subscriptions.js';

const noOthers: ReadonlyMap<string, OwnedIdentity | undefined> = new Map();

/** What the checks of a request may ask. Identities as they stand in it. */
export class NamedIdentities {
  constructor(
    /** That of the private identity, or else of the first public one; what the request changes is in it. */
    readonly subscription: Subscription | undefined,
    /** Public identities that it does not have just so, by canonical form: whose they are. */
    private readonly others: ReadonlyMap<string, OwnedIdentity | undefined> = noOthers,
  ) {}

  byPrivate(privateIdentity: string): Subscriber | undefined {
    return this.subscription?.member(privateIdentity);
  }

  /** REG-83: a distinct identity wins over a wildcard whose range it is in. */
  byPublic(publicIdentity: string): OwnedIdentity | undefined {
    const exact = this.subscription?.exact(publicIdentity);
    if (exact !== undefined) return exact;
    const uri = canonical(publicIdentity);
    return this.subscription?.exact(uri) ?? this.others.get(uri);
  }
}

/**
 * `use` runs once, in the turn of the request's subscription, or without one where nobody is known by its identities.
 * `error`: the store failed.
 */
export function findNamed(
  subscriptions: Subscriptions,
  privateIdentity: string | undefined,
  publicIdentities: readonly string[],
  use: (named: NamedIdentities, error?: string) => void,
): void {
  const [first] = publicIdentities;
  const found = (subscription: Subscription | undefined, error?: string): void => {
    if (subscription === undefined) {
      use(new NamedIdentities(undefined), error);
      return;
    }
    if (privateIdentity !== undefined && !publicIdentities.some((uri) => isStrange(subscription, uri))) {
      use(new NamedIdentities(subscription));
      return;
    }
    // The store has found it by the first one, be it by a wildcard.
    const known = privateIdentity === undefined ? [canonical(first!)] : [];
    const strange = publicIdentities.filter((uri) => isStrange(subscription, uri)).map(canonical);
    const unknown = strange.filter((uri) => !known.includes(uri));
    if (unknown.length === 0) {
      use(new NamedIdentities(subscription, ownedIn(subscription, known, noOwners)));
      return;
    }
    let owners = noOwners;
    subscription.keep(
      (done) =>
        findOwners(subscriptions, unknown, (all, failure) => {
          owners = all;
          done(failure);
        }),
      (failure) => use(new NamedIdentities(subscription, ownedIn(subscription, strange, owners)), failure),
    );
  };
  if (privateIdentity !== undefined) subscriptions.byPrivate(privateIdentity, found);
  else if (first !== undefined) subscriptions.byPublic(first, found);
  else found(undefined);
}

function isStrange(subscription: Subscription, uri: string): boolean {
  return subscription.exact(uri) === undefined && subscription.exact(canonical(uri)) === undefined;
}

type Owners = ReadonlyMap<string, Subscription | undefined>;
const noOwners: Owners = new Map();

function findOwners(
  subscriptions: Subscriptions,
  uris: readonly string[],
  done: (owners: Owners, error?: string) => void,
): void {
  const owners = new Map<string, Subscription | undefined>();
  let missing = uris.length;
  let failure: string | undefined;
  for (const uri of uris) {
    subscriptions.ownerOf(uri, (owner, error) => {
      owners.set(uri, owner);
      failure ??= error;
      if (--missing === 0) done(owners, failure);
    });
  }
}

/** `owners`: of those that are not the subscription's own. */
function ownedIn(
  own: Subscription,
  uris: readonly string[],
  owners: Owners,
): ReadonlyMap<string, OwnedIdentity | undefined> {
  if (uris.length === 0) return noOthers;
  return new Map(
    uris.map((uri) => {
      const owner = owners.has(uri) ? owners.get(uri) : own;
      return [uri, (owner?.key === own.key ? own : owner)?.owned(uri)];
    }),
  );
}

/** The identity as one of that subscriber's. */
export function ownIdentity(subscriber: Subscriber, publicIdentity: string): OwnedIdentity | undefined {
  return ofSubscriber(subscriber, canonical(publicIdentity));
}

function canonical(uri: string): string {
  return canonicalIdentity(uri) ?? uri;
}
