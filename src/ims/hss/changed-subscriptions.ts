/** What putting or removing subscribers changes in a store: the same for every kind of store. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { identitiesOf, type Subscriber } from '../subscription/subscriber.js';
import { withoutSqn } from './sequence-numbers.js';
import { type SubscriptionState, subscriptionKey } from './store.js';

/** What a store has now of everything that the change touches. */
export interface Present {
  /** The subscription whose member the private identity is. */
  keyOf(privateIdentity: string): string | undefined;
  members(key: string): readonly Subscriber[];
  /** The subscription that has the public identity. */
  ownerOf(uri: string): string | undefined;
}

export interface ChangedSubscription {
  readonly key: string;
  readonly before: readonly Subscriber[];
  /** None: the subscription is gone. */
  readonly members: readonly Subscriber[];
  /** Public identities that are new here, and those that are no longer. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Private identities whose sequence number is to be that of their data, whatever has been. */
  readonly sqnSet: readonly string[];
}

/** What is to be done, or why not: one plain sentence. */
export function provisioning(
  put: readonly Subscriber[],
  remove: readonly string[],
  present: Present,
): readonly ChangedSubscription[] | string {
  const draft = new Draft(present);
  for (const privateIdentity of remove) draft.remove(privateIdentity);
  for (const subscriber of put) draft.put(subscriber);
  return draft.result();
}

class Draft {
  readonly #members = new Map<string, Subscriber[]>();
  readonly #keys = new Map<string, string | undefined>();
  readonly #sqnSet = new Map<string, string[]>();

  constructor(private readonly present: Present) {}

  remove(privateIdentity: string): void {
    const key = this.#keyOf(privateIdentity);
    if (key === undefined) return;
    const members = this.#touched(key);
    const at = members.findIndex((member) => member.privateIdentity === privateIdentity);
    if (at >= 0) members.splice(at, 1);
    this.#keys.set(privateIdentity, undefined);
  }

  put(subscriber: Subscriber): void {
    const { privateIdentity } = subscriber;
    const key = subscriptionKey(subscriber);
    const oldKey = this.#keyOf(privateIdentity);
    if (oldKey !== undefined && oldKey !== key) this.remove(privateIdentity);
    const members = this.#touched(key);
    const at = members.findIndex((member) => member.privateIdentity === privateIdentity);
    if (at < 0) members.push(subscriber);
    else {
      if (hasOtherSqn(members[at]!, subscriber)) append(this.#sqnSet, key, privateIdentity);
      members[at] = subscriber;
    }
    this.#keys.set(privateIdentity, key);
  }

  result(): readonly ChangedSubscription[] | string {
    const changes = [...this.#members].map(([key, members]): ChangedSubscription => {
      const before = this.present.members(key);
      const had = urisOf(before);
      const has = urisOf(members);
      return {
        key,
        before,
        members,
        added: [...has].filter((uri) => !had.has(uri)),
        removed: [...had].filter((uri) => !has.has(uri)),
        sqnSet: this.#sqnSet.get(key) ?? [],
      };
    });
    return this.#conflict(changes) ?? changes;
  }

  /** A public identity belongs to one subscription. */
  #conflict(changes: readonly ChangedSubscription[]): string | undefined {
    const released = new Set(changes.flatMap(({ removed }) => removed));
    const taken = new Map<string, string>();
    for (const { key, added } of changes) {
      for (const uri of added) {
        const owner = taken.get(uri) ?? (released.has(uri) ? undefined : this.present.ownerOf(uri));
        if (owner !== undefined && owner !== key) return `${uri} belongs to ${owner} already`;
        taken.set(uri, key);
      }
    }
    return undefined;
  }

  #keyOf(privateIdentity: string): string | undefined {
    return this.#keys.has(privateIdentity) ? this.#keys.get(privateIdentity) : this.present.keyOf(privateIdentity);
  }

  #touched(key: string): Subscriber[] {
    let members = this.#members.get(key);
    if (members === undefined) {
      members = [...this.present.members(key)];
      this.#members.set(key, members);
    }
    return members;
  }
}

/** The operator has set it, or it is another card: a file that says what it said before changes nothing of what was counted. */
function hasOtherSqn(before: Subscriber, after: Subscriber): boolean {
  const old = before.authentication.aka;
  const aka = after.authentication.aka;
  return aka?.sqn !== old?.sqn || !isDeepStrictEqual(aka?.material, old?.material);
}

function append(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function urisOf(members: readonly Subscriber[]): ReadonlySet<string> {
  return new Set(members.flatMap((member) => identitiesOf(member).map(({ uri }) => uri)));
}

/** The state without the sequence numbers that the data sets anew. */
export function withSqnOfData(
  state: SubscriptionState | undefined,
  privateIdentities: readonly string[],
): SubscriptionState | undefined {
  if (state === undefined || privateIdentities.length === 0) return state;
  return { ...state, sqn: privateIdentities.reduce(withoutSqn, state.sqn) };
}
