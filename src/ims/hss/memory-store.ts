/** Subscribers and their states in memory: whatever an HSS has is gone when its process ends. Answers at once. */
import { isDeepStrictEqual } from 'node:util';
import { isWildcarded, matchesWildcard } from '../subscription/matching-identity.js';
import { identitiesOf, type Subscriber } from '../subscription/subscriber.js';
import type { SubscriberRange } from '../subscription/subscriber-range.js';
import { type Present, provisioning } from './changed-subscriptions.js';
import { RangeMembers } from './range-members.js';
import { withoutSqn } from './sequence-numbers.js';
import {
  type Done,
  type Found,
  type StoredSubscription,
  type SubscriberStore,
  type SubscriptionState,
  subscriptionKey,
} from './store.js';
import { type SubscriberRecord, SubscriberRecords } from './subscriber-records.js';

/** A subscriber that was put, itself or as a record. */
interface Entry {
  readonly privateIdentity: string;
  readonly key: string;
  readonly content: Subscriber | SubscriberRecord;
}

export class MemoryStore implements SubscriberStore {
  readonly inMemory = true;
  readonly #records = new SubscriberRecords();
  readonly #byPrivate = new Map<string, Entry>();
  /** By what the profile has; of an identity that several share, one of them. */
  readonly #byPublic = new Map<string, Entry>();
  readonly #wildcards = new Map<string, Entry>();
  /** By key, where the IMS subscription has a name. */
  readonly #members = new Map<string, readonly Entry[]>();
  /** Those of whom nobody has asked have no entry. */
  readonly #ranges: readonly RangeMembers[];
  readonly #states = new Map<string, SubscriptionState>();
  /** Ordered; made when somebody lists them. */
  #keys: readonly string[] | undefined;

  /** A list is kept as it is, since somebody has it anyway; of what is made one by one, short records. */
  constructor(subscribers: Iterable<Subscriber> = [], ranges: readonly SubscriberRange[] = []) {
    const areHeld = Array.isArray(subscribers);
    for (const subscriber of subscribers) this.#put(subscriber, areHeld);
    this.#ranges = ranges.map((range) => new RangeMembers(range));
  }

  keyOf(privateIdentity: string): string | undefined {
    return this.#privateOwner(privateIdentity)?.key;
  }

  byPrivate(identity: string, found: Found): void {
    found(this.#storedOf(this.#privateOwner(identity)));
  }

  byPublic(identity: string, found: Found): void {
    found(this.#storedOf(this.#publicOwner(identity) ?? this.#wildcardOwner(identity)));
  }

  save(key: string, state: SubscriptionState | undefined, done: Done): void {
    if (state === undefined) this.#states.delete(key);
    else this.#states.set(key, state);
    done();
  }

  put(subscribers: readonly Subscriber[], done: Done): void {
    const changes = provisioning(subscribers, [], this.#present());
    if (typeof changes === 'string') {
      done(changes);
      return;
    }
    for (const subscriber of subscribers) this.#put(subscriber);
    done();
  }

  remove(privateIdentities: readonly string[], done: Done): void {
    for (const identity of privateIdentities) {
      const entry = this.#privateOwner(identity);
      if (entry === undefined) continue;
      this.#take(entry);
      if (this.#entriesOf(entry.key).length === 0) this.#states.delete(entry.key);
      else this.#forgetSqn(entry);
    }
    done();
  }

  list(
    { after, limit }: { readonly after?: string; readonly limit: number },
    found: (page: readonly StoredSubscription[], error?: string) => void,
  ): void {
    this.#keys ??= [...new Set(Array.from(this.#byPrivate.values(), ({ key }) => key))].sort();
    const keys = this.#keys;
    const from = after === undefined ? 0 : placeBehind(keys, after);
    const page = keys.slice(from, from + limit).map((key) => this.#stored(key));
    for (const range of this.#ranges) page.push(...firstOf(range.behind(after), limit).map(untouched));
    if (this.#ranges.length > 0) page.sort((one, other) => (one.key < other.key ? -1 : 1));
    found(page.slice(0, limit));
  }

  close(done: () => void): void {
    done();
  }

  #present(): Present {
    return {
      keyOf: (privateIdentity) => this.keyOf(privateIdentity),
      members: (key) => this.#stored(key).members,
      ownerOf: (uri) => this.#publicOwner(uri)?.key,
    };
  }

  #storedOf(entry: Entry | undefined): StoredSubscription | undefined {
    return entry && this.#stored(entry.key);
  }

  #stored(key: string): StoredSubscription {
    return new StoredEntries(key, this.#entriesOf(key), this.#states.get(key), this.#records);
  }

  #entriesOf(key: string): readonly Entry[] {
    const named = this.#members.get(key);
    if (named !== undefined) return named;
    const entry = this.#byPrivate.get(key);
    return entry === undefined ? [] : [entry];
  }

  #privateOwner(identity: string): Entry | undefined {
    return this.#byPrivate.get(identity) ?? (this.#enter(identity) ? this.#byPrivate.get(identity) : undefined);
  }

  #publicOwner(identity: string): Entry | undefined {
    return this.#byPublic.get(identity) ?? (this.#enter(identity) ? this.#byPublic.get(identity) : undefined);
  }

  /** Gives an entry to the member of a range that has the identity. */
  #enter(identity: string): boolean {
    for (const range of this.#ranges) {
      const member = range.take(identity);
      if (member === undefined) continue;
      this.#put(member);
      return true;
    }
    return false;
  }

  #wildcardOwner(identity: string): Entry | undefined {
    for (const [wildcard, owner] of this.#wildcards) if (matchesWildcard(wildcard, identity)) return owner;
    return undefined;
  }

  #put(subscriber: Subscriber, isHeld = false): void {
    const own = isHeld ? (text: string): string => text : inOnePiece;
    const privateIdentity = own(subscriber.privateIdentity);
    const key = subscriber.subscription === undefined ? privateIdentity : subscriptionKey(subscriber);
    const content = isHeld ? subscriber : this.#records.write(subscriber);
    const entry: Entry = { privateIdentity, key, content };
    const before = this.#byPrivate.get(privateIdentity);
    if (before !== undefined) {
      if (before.key !== key || hasOtherSequence(this.#read(before), subscriber)) this.#forgetSqn(before);
      this.#take(before, before.key === key ? entry : undefined);
    }
    // A save may have come after its subscription had gone.
    if (this.#states.size > 0 && before?.key !== key && this.#entriesOf(key).length === 0) this.#states.delete(key);
    this.#keys = undefined;
    this.#byPrivate.set(privateIdentity, entry);
    for (const identity of identitiesOf(subscriber)) {
      this.#byPublic.set(own(identity.uri), entry);
      if (isWildcarded(identity)) this.#wildcards.set(identity.uri, entry);
    }
    if (subscriber.subscription === undefined || before?.key === key) return;
    this.#members.set(key, [...(this.#members.get(key) ?? []), entry]);
  }

  /** `instead`: takes its place among the members of the subscription. */
  #take(entry: Entry, instead?: Entry): void {
    this.#keys = undefined;
    const { key } = entry;
    this.#byPrivate.delete(entry.privateIdentity);
    const members = this.#members.get(key)?.flatMap((each) => (each === entry ? (instead ?? []) : each));
    if (members?.length === 0) this.#members.delete(key);
    else if (members !== undefined) this.#members.set(key, members);
    for (const { uri } of identitiesOf(this.#read(entry))) {
      if (this.#wildcards.get(uri) === entry) this.#wildcards.delete(uri);
      if (this.#byPublic.get(uri) !== entry) continue;
      const other = members?.findLast((each) => each !== instead && this.#has(each, uri));
      if (other === undefined) this.#byPublic.delete(uri);
      else this.#byPublic.set(uri, other);
    }
  }

  #read(entry: Entry): Subscriber {
    return subscriberOf(entry, this.#records);
  }

  #has(entry: Entry, uri: string): boolean {
    return identitiesOf(this.#read(entry)).some((identity) => identity.uri === uri);
  }

  #forgetSqn({ key, privateIdentity }: Entry): void {
    const state = this.#states.get(key);
    if (state !== undefined) this.#states.set(key, { ...state, sqn: withoutSqn(state.sqn, privateIdentity) });
  }
}

/** Members that are not asked for are not made. A class: an accessor of an object literal is defined anew with each. */
class StoredEntries implements StoredSubscription {
  #members: readonly Subscriber[] | undefined;
  readonly #entries: readonly Entry[];
  readonly #records: SubscriberRecords;

  constructor(
    readonly key: string,
    entries: readonly Entry[],
    readonly state: SubscriptionState | undefined,
    records: SubscriberRecords,
  ) {
    this.#entries = entries;
    this.#records = records;
  }

  get members(): readonly Subscriber[] {
    this.#members ??= this.#entries.map((entry) => subscriberOf(entry, this.#records));
    return this.#members;
  }
}

function subscriberOf({ content }: Entry, records: SubscriberRecords): Subscriber {
  return 'shape' in content ? records.read(content) : content;
}

function untouched(member: Subscriber): StoredSubscription {
  return { key: member.privateIdentity, members: [member], state: undefined };
}

function firstOf<T>(all: Generator<T>, count: number): T[] {
  const first: T[] = [];
  for (const each of all) if (first.push(each) === count) break;
  return first;
}

/** A text that was put together takes the room of its parts too, and one that was cut out that of the whole. */
function inOnePiece(text: string): string {
  return Buffer.from(text).toString();
}

function hasOtherSequence(before: Subscriber, after: Subscriber): boolean {
  const sequenceOf = ({ authentication: { aka } }: Subscriber): unknown => aka && [aka.material, aka.sqn];
  return !isDeepStrictEqual(sequenceOf(before), sequenceOf(after));
}

/** Where the keys behind `after` begin. */
function placeBehind(keys: readonly string[], after: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
