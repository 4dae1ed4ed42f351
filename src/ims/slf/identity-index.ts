/** Which HSS has an identity, of either kind. */
import { identityKey } from '../identity/index.js';
import { isWildcarded, matchesWildcard } from '../subscription/matching-identity.js';
import { identitiesOf } from '../subscription/subscriber.js';
import type { SubscriberDatabase } from './config.js';

/** Origin-Hosts of those that have it: of an identity one, unless subscribers are provisioned twice. */
type Hosts = readonly string[];

export class IdentityIndex {
  readonly #byPrivate = new Map<string, Hosts>();
  readonly #byPublic = new Map<string, Hosts>();
  readonly #wildcards = new Map<string, Hosts>();

  constructor(databases: readonly SubscriberDatabase[]) {
    for (const { originHost, subscribers } of databases) {
      // One array for all that are there alone: most are.
      const alone: Hosts = [originHost];
      for (const subscriber of subscribers) {
        note(this.#byPrivate, subscriber.privateIdentity, alone);
        for (const identity of identitiesOf(subscriber)) {
          note(isWildcarded(identity) ? this.#wildcards : this.#byPublic, identity.uri, alone);
        }
      }
    }
  }

  byPrivate(privateIdentity: string): Hosts | undefined {
    return this.#byPrivate.get(privateIdentity);
  }

  /** REG-83: a distinct identity wins over a wildcard whose range it is in. */
  byPublic(publicIdentity: string): Hosts | undefined {
    const key = identityKey(publicIdentity);
    const distinct = this.#byPublic.get(key);
    if (distinct !== undefined) return distinct;
    for (const [wildcard, hosts] of this.#wildcards) if (matchesWildcard(wildcard, key)) return hosts;
    return undefined;
  }
}

function note(table: Map<string, Hosts>, identity: string, alone: Hosts): void {
  const known = table.get(identity);
  if (known === undefined) table.set(identity, alone);
  else if (!known.includes(alone[0]!)) table.set(identity, [...known, ...alone]);
}
