/**
 * Subscribers in an LMDB folder. Reads answer at once; a save is done when LMDB has synced it to the disk (commits of one turn of
 * the event loop are one commit, off this thread). Others may change subscribers meanwhile: see folder-changes.ts.
 */
import { mkdirSync, statSync } from 'node:fs';
import type { Database, RootDatabase } from 'lmdb';
import {
  type ChangedSubscription,
  type Present,
  provisioning,
  withSqnOfData,
} from '../ims/hss/changed-subscriptions.js';
import type { Done, Found, OnChange, StoredSubscription, SubscriptionState } from '../ims/hss/store.js';
import { isWildcarded, matchesWildcard } from '../ims/subscription/matching-identity.js';
import { identitiesOf, type Subscriber } from '../ims/subscription/subscriber.js';
import type { ChangedText } from './change-entry.js';
import type { DurableStore, Filling, StoreUser } from './durable-store.js';
import { decodeMembers, decodeState, encodeMembers, encodeState, formatVersion, KnownCriteria } from './encoding.js';
import { FolderChanges } from './folder-changes.js';
import { damageOf, hasData } from './lmdb-data-file.js';
import { explainFailure } from './lmdb-failure.js';
import { type OwnerLock, ownerOf, takeOwnership } from './owner-lock.js';
import { StoreError } from './store-error.js';

const mendDamage = 'put a copy of the folder in its place, or move it away and import the subscribers anew';

/** Text by text. */
type Table = Database<string, string>;

interface Tables {
  /** Subscription → its members. */
  readonly members: Table;
  /** Subscription → its state. */
  readonly states: Table;
  /** Private identity → subscription, where the two are not the same. */
  readonly privates: Table;
  /** Public identity → subscription. */
  readonly publics: Table;
  /** Those of `publics` that are wildcards. */
  readonly wildcards: Table;
  /** Name → list of filter criteria. */
  readonly criteria: Table;
}

/** Throws StoreError where the folder cannot be used, or another HSS has it. */
export async function openLmdbStore(folder: string, user: StoreUser): Promise<DurableStore> {
  const address = `lmdb:${folder}`;
  const { open } = await loadLmdb(address);
  prepareFolder(folder, user, address);
  const lock = user === 'hss' ? own(folder, address) : undefined;
  try {
    const root = open<string, string>({
      path: folder,
      noSubdir: false,
      // The promise of a write is kept when it is on the disk.
      overlappingSync: false,
      // Its batches have a promise of their own that nobody could handle where a commit fails; one turn is one commit without it too.
      eventTurnBatching: false,
      encoding: 'string',
    });
    await checkVersion(root, address);
    return new LmdbStore(address, folder, root, lock);
  } catch (error) {
    lock?.release();
    if (error instanceof StoreError) throw error;
    const why = await new Promise<string>((resolve) => explainFailure(error as Error, resolve));
    throw new StoreError(
      address,
      `cannot be opened, ${why}`,
      'check the folder, its files, and that the disk has room',
    );
  }
}

async function loadLmdb(address: string): Promise<typeof import('lmdb')> {
  try {
    return await import('lmdb');
  } catch (error) {
    const [why] = (error as Error).message.split('\n');
    throw new StoreError(
      address,
      `needs the package lmdb, which is not there (${why})`,
      'install it: npm install lmdb',
    );
  }
}

function prepareFolder(folder: string, user: StoreUser, address: string): void {
  try {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found !== undefined && !found.isDirectory()) {
      throw new StoreError(address, 'is a file', 'name a folder, which is made where there is none');
    }
    const isThere = found !== undefined && hasData(folder);
    // A slip in the path must not look like an empty store.
    if (!isThere && (user === 'reader' || user === 'editor')) {
      const what = found === undefined ? 'is not there' : 'has no subscribers of imslab';
      throw new StoreError(address, what, 'check the path, import subscribers into it, or start its HSS once');
    }
    const damage = isThere ? damageOf(folder) : undefined;
    if (damage !== undefined) {
      throw new StoreError(address, `cannot be read, ${damage}`, mendDamage);
    }
    // It has the keys of SIMs.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(address, `cannot be used, ${(error as Error).message}`, 'name a folder that you may write');
  }
}

function own(folder: string, address: string): OwnerLock {
  const lock = ownership(folder, address);
  if ('release' in lock) return lock;
  const mend = 'end it first, or give this HSS a store of its own';
  throw new StoreError(address, `belongs to the HSS of process ${lock.pid}`, mend);
}

function ownership(folder: string, address: string): ReturnType<typeof takeOwnership> {
  try {
    return takeOwnership(folder);
  } catch (error) {
    throw new StoreError(
      address,
      `cannot be taken by an HSS, ${(error as Error).message}`,
      'let this user write in the folder, and see that the disk has room',
    );
  }
}

async function checkVersion(root: RootDatabase<string, string>, address: string): Promise<void> {
  const found = root.get('format');
  const [first] = root.getKeys({ limit: 1 });
  if (found === undefined && first !== undefined) {
    throw new StoreError(address, 'has data of something else than imslab', 'name another folder');
  }
  if (found === undefined) await root.put('format', String(formatVersion));
  else if (found !== String(formatVersion)) {
    const mend = 'export its subscribers with the imslab that wrote it, and import them here';
    throw new StoreError(address, `has format ${found}, and this imslab knows ${formatVersion}`, mend);
  }
}

class LmdbStore implements DurableStore {
  readonly #tables: Tables;
  readonly #criteria: KnownCriteria;
  readonly #changes: FolderChanges;
  /** Lists that are not kept yet. */
  readonly #newCriteria = new Map<string, string>();

  constructor(
    readonly address: string,
    private readonly folder: string,
    private readonly root: RootDatabase<string, string>,
    private readonly lock: OwnerLock | undefined,
  ) {
    const table = (name: string): Table => root.openDB<string, string>({ name, encoding: 'string' });
    this.#tables = {
      members: table('members'),
      states: table('states'),
      privates: table('privates'),
      publics: table('publics'),
      wildcards: table('wildcards'),
      criteria: table('criteria'),
    };
    this.#criteria = new KnownCriteria(
      (name) => this.#tables.criteria.get(name),
      (name, text) => void this.#newCriteria.set(name, text),
    );
    this.#changes = new FolderChanges(folder, root);
  }

  byPrivate(identity: string, found: Found): void {
    this.#answer(found, () => (isKey(identity) ? this.#stored(this.#keyOf(identity)) : undefined));
  }

  byPublic(identity: string, found: Found): void {
    this.#answer(found, () =>
      this.#stored((isKey(identity) ? this.#tables.publics.get(identity) : undefined) ?? this.#wildcardOwner(identity)),
    );
  }

  save(key: string, state: SubscriptionState | undefined, done: Done): void {
    const { states } = this.#tables;
    const kept = state === undefined ? states.remove(key) : states.put(key, encodeState(state));
    void kept.then(
      () => done(),
      (error: Error) => explainFailure(error, done),
    );
  }

  put(subscribers: readonly Subscriber[], done: Done): void {
    this.#change(subscribers, [], done);
  }

  remove(privateIdentities: readonly string[], done: Done): void {
    this.#change([], privateIdentities, done);
  }

  list(
    { after, limit }: { readonly after?: string; readonly limit: number },
    found: (page: readonly StoredSubscription[], error?: string) => void,
  ): void {
    const page: StoredSubscription[] = [];
    try {
      const range = this.#tables.members.getRange({ ...(after !== undefined && { start: after }), limit: limit + 1 });
      for (const { key, value } of range) {
        if (key !== after && page.length < limit) page.push(this.#decoded(key, value));
      }
    } catch (error) {
      found([], (error as Error).message);
      return;
    }
    found(page);
  }

  onChange(listener: OnChange): void {
    this.#changes.follow(({ change, owe, settle }) => {
      const before = change.before.map(({ key, members, state }) => ({
        key,
        members: decodeMembers(members, this.#criteria),
        state: state === undefined ? undefined : decodeState(state),
      }));
      listener({ ...change, before, owe, settle });
    });
  }

  filling(): Promise<Filling | undefined> {
    return Promise.resolve(this.root.get('filling') as Filling | undefined);
  }

  setFilling(filling: Filling): Promise<void> {
    return new Promise((resolve, reject) => {
      this.root.put('filling', filling).then(
        () => resolve(),
        (error: Error) => explainFailure(error, (why) => reject(new Error(why))),
      );
    });
  }

  close(done: () => void): void {
    this.#changes.close();
    const finish = (): void => {
      this.lock?.release();
      done();
    };
    void this.root.close().then(finish, finish);
  }

  #answer(found: Found, read: () => StoredSubscription | undefined): void {
    let stored: StoredSubscription | undefined;
    try {
      stored = read();
    } catch (error) {
      found(undefined, (error as Error).message);
      return;
    }
    found(stored);
  }

  #keyOf(privateIdentity: string): string | undefined {
    const { privates, members } = this.#tables;
    return privates.get(privateIdentity) ?? (members.doesExist(privateIdentity) ? privateIdentity : undefined);
  }

  #wildcardOwner(identity: string): string | undefined {
    for (const { key, value } of this.#tables.wildcards.getRange({})) {
      if (matchesWildcard(key, identity)) return value;
    }
    return undefined;
  }

  #stored(key: string | undefined): StoredSubscription | undefined {
    const text = key === undefined ? undefined : this.#tables.members.get(key);
    return key === undefined || text === undefined ? undefined : this.#decoded(key, text);
  }

  #decoded(key: string, text: string): StoredSubscription {
    try {
      return { key, members: decodeMembers(text, this.#criteria), state: this.#stateOf(key) };
    } catch (error) {
      throw new Error(`what ${this.address} has of ${key} is damaged (${(error as Error).message}); ${mendDamage}`);
    }
  }

  #stateOf(key: string): SubscriptionState | undefined {
    const text = this.#tables.states.get(key);
    return text === undefined ? undefined : decodeState(text);
  }

  /** In one transaction: what it rests on cannot change meanwhile, and it is there as a whole or not at all. */
  #change(put: readonly Subscriber[], remove: readonly string[], done: Done): void {
    // The HSS knows what it does itself.
    const tells = this.lock === undefined;
    const fresh: string[] = [];
    const work = (): string | boolean => {
      const changes = provisioning(put, remove, this.#present());
      if (typeof changes === 'string') return changes;
      const served = tells && ownerOf(this.folder) !== undefined;
      const told = changes.filter((change) => tells && this.#concerns(change, served));
      const before = told.flatMap((change) => this.#textBefore(change));
      for (const change of changes) this.#write(change);
      for (const [name, text] of this.#newCriteria) {
        void this.#tables.criteria.put(name, text);
        fresh.push(name);
      }
      if (told.length > 0) {
        const recounted = told.flatMap(({ sqnSet }) => sqnSet);
        this.#changes.add({ privateIdentities: told.flatMap(privateIdentitiesOf), before, recounted });
      }
      return told.length > 0;
    };
    void this.root.transaction(work).then(
      (outcome) => {
        for (const name of fresh) this.#newCriteria.delete(name);
        const unheard = outcome === true ? this.#changes.ring() : undefined;
        done(typeof outcome === 'string' ? outcome : unheard);
      },
      (error: Error) => explainFailure(error, done),
    );
  }

  /** Nobody has to hear of a subscriber that is new; one with a state may be registered, and one without be loaded. */
  #concerns({ key, before }: ChangedSubscription, served: boolean): boolean {
    return before.length > 0 && (served || this.#tables.states.doesExist(key));
  }

  /** None where nothing is known of it. */
  #textBefore({ key, members: after }: ChangedSubscription): readonly ChangedText[] {
    const { members, states } = this.#tables;
    const state = states.get(key);
    if (state === undefined) return [];
    return [{ key, members: members.get(key)!, state: after.length === 0 ? state : undefined }];
  }

  #present(): Present {
    return {
      keyOf: (identity) => this.#keyOf(identity),
      members: (key) => {
        const text = this.#tables.members.get(key);
        return text === undefined ? [] : decodeMembers(text, this.#criteria);
      },
      ownerOf: (uri) => this.#tables.publics.get(uri),
    };
  }

  /** Within a transaction writes take place at once. */
  #write({ key, before, members, added, removed, sqnSet }: ChangedSubscription): void {
    const { members: table, states, privates, publics, wildcards } = this.#tables;
    const wildcarded = wildcardsOf(members);
    for (const uri of removed) {
      // Within this change it may have gone to another subscription already.
      if (publics.get(uri) === key) void publics.remove(uri);
      if (wildcards.get(uri) === key) void wildcards.remove(uri);
    }
    for (const uri of added) {
      void publics.put(uri, key);
      if (wildcarded.has(uri)) void wildcards.put(uri, key);
    }
    for (const { privateIdentity } of before) {
      if (privates.get(privateIdentity) === key) void privates.remove(privateIdentity);
    }
    if (members.length === 0) {
      void table.remove(key);
      void states.remove(key);
      return;
    }
    for (const { privateIdentity } of members) {
      if (privateIdentity !== key) void privates.put(privateIdentity, key);
    }
    void table.put(key, encodeMembers(members, this.#criteria));
    // A save may have come after its subscription had gone.
    if (before.length === 0) void states.remove(key);
    const state = sqnSet.length === 0 ? undefined : this.#stateOf(key);
    if (state !== undefined) void states.put(key, encodeState(withSqnOfData(state, sqnSet)!));
  }
}

/** What a peer asks for may be of any length. */
function isKey(identity: string): boolean {
  return identity !== '' && Buffer.byteLength(identity) <= keyMax;
}

/** Octets of a key (LMDB, with pages of 4,096). */
const keyMax = 1_978;

function privateIdentitiesOf({ before, members }: ChangedSubscription): readonly string[] {
  return [...new Set([...before, ...members].map(({ privateIdentity }) => privateIdentity))];
}

function wildcardsOf(members: readonly Subscriber[]): ReadonlySet<string> {
  return new Set(members.flatMap((member) => identitiesOf(member).filter(isWildcarded)).map(({ uri }) => uri));
}
