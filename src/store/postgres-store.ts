/**
 * Subscribers in a PostgreSQL database. Saves gather while one statement is under way, and go together in the next: a save is
 * done when its commit is. Who changes subscribers does so in one transaction, one after the other.
 */
import pg from 'pg';
import type { Clock } from '../environment/index.js';
import type { Done, ForeignChange, Found, OnChange, StoredSubscription, SubscriptionState } from '../ims/hss/store.js';
import { matchesWildcard } from '../ims/subscription/matching-identity.js';
import type { Subscriber } from '../ims/subscription/subscriber.js';
import { decodeChanges, withOwed } from './change-entry.js';
import type { DurableStore, Filling, StoreUser } from './durable-store.js';
import { decodeMembers, decodeState, encodeState, KnownCriteria } from './encoding.js';
import { failureToOpen, isSilence, reasonOf } from './postgres-failure.js';
import { PostgresOwner } from './postgres-owner.js';
import { changeSubscribers } from './postgres-provisioning.js';
import { prepareSchema } from './postgres-schema.js';
import { shownAddress } from './shown-address.js';

/** Connections for reading; one more saves, one owns. */
const connectionsMax = 4;

/** A server that takes connections and says nothing more is none. Who asks an HSS on Cx waits 5 s. */
const connectionTimeoutMillis = 4_000;

/** How long an answer is waited for. Who changes subscribers beside others waits for their transactions. */
const query_timeout: Readonly<Record<StoreUser, number>> = {
  hss: 4_000,
  tool: 60_000,
  editor: 60_000,
  reader: 60_000,
};

/** Throws StoreError where the database cannot be used, or another HSS has it. `clock`: of an HSS. */
export async function openPostgresStore(address: string, user: StoreUser, clock?: Clock): Promise<DurableStore> {
  const shown = shownAddress(address);
  let store: PostgresStore | undefined;
  try {
    const settings = { connectionString: address, connectionTimeoutMillis, query_timeout: query_timeout[user] };
    await prepareDatabase(new pg.Client(settings), shown, user);
    const pool = new pg.Pool({ ...settings, max: connectionsMax, allowExitOnIdle: true });
    // A connection that is lost while nobody uses it: the pool makes another one.
    pool.on('error', () => undefined);
    store = new PostgresStore(shown, pool, user === 'hss' ? ownerOf(settings, clock) : undefined);
    await store.prepare();
    return store;
  } catch (error) {
    await store?.end();
    throw failureToOpen(shown, error);
  }
}

/** On a connection of its own: the pool leaves one open that could not be set up. */
async function prepareDatabase(client: pg.Client, shown: string, user: StoreUser): Promise<void> {
  client.on('error', () => undefined);
  try {
    await client.connect();
    await prepareSchema(client, shown, user);
  } finally {
    void client.end();
  }
}

function ownerOf(settings: pg.ClientConfig, clock: Clock | undefined): PostgresOwner {
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client(settings);
    await client.connect();
    return client;
  };
  return new PostgresOwner(connect, clock);
}

interface Row {
  readonly key: string;
  readonly members: string;
  readonly state: string | null | undefined;
}

interface ChangeRow {
  /** A 64-bit number as text. */
  readonly number: string;
  readonly identities: string;
}

interface PendingSave {
  readonly key: string;
  readonly state: string | null;
  readonly done: Done;
}

const columns = 'key, members, state FROM imslab_subscription';

const queries = {
  byPrivate: `SELECT ${columns} WHERE key = (SELECT key FROM imslab_private WHERE identity = $1)`,
  byPublic: `SELECT ${columns} WHERE key = (SELECT key FROM imslab_public WHERE identity = $1)`,
  byKey: `SELECT ${columns} WHERE key = $1`,
} as const;

class PostgresStore implements DurableStore {
  readonly #criteria: KnownCriteria;
  #saves: PendingSave[] = [];
  #saving: Promise<void> | undefined;
  #listener: OnChange | undefined;
  /** Numbers of changes that S-CSCFs are being told of. */
  readonly #inWork = new Set<string>();

  constructor(
    readonly address: string,
    private readonly pool: pg.Pool,
    private readonly owner: PostgresOwner | undefined,
  ) {
    // Lists are read beforehand, and written with the subscribers that have them.
    this.#criteria = new KnownCriteria(
      () => undefined,
      () => undefined,
    );
  }

  async prepare(): Promise<void> {
    await this.owner?.own();
    await this.#learnCriteria();
  }

  byPrivate(identity: string, found: Found): void {
    answer(this.#read('byPrivate', identity), found);
  }

  byPublic(identity: string, found: Found): void {
    const stored = async (): Promise<StoredSubscription | undefined> =>
      (await this.#read('byPublic', identity)) ?? (await this.#byWildcard(identity));
    answer(stored(), found);
  }

  save(key: string, state: SubscriptionState | undefined, done: Done): void {
    this.#saves.push({ key, state: state === undefined ? null : encodeState(state), done });
    this.#saving ??= this.#saveAll();
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
    const query = `SELECT ${columns} WHERE $1::text IS NULL OR key > $1 ORDER BY key LIMIT $2`;
    const page = this.pool
      .query<Row>(query, [after ?? null, limit])
      .then(({ rows }) => Promise.all(rows.map((row) => this.#decoded(row))));
    page.then(
      (stored) => found(stored),
      (error: Error) => found([], reasonOf(error)),
    );
  }

  onChange(listener: OnChange): void {
    this.#listener = listener;
    this.owner?.follow(() => void this.#drainChanges());
    void this.#drainChanges();
  }

  async filling(): Promise<Filling | undefined> {
    const { rows } = await this.pool.query<{ state: Filling }>('SELECT state FROM imslab_filling');
    return rows[0]?.state;
  }

  async setFilling(filling: Filling): Promise<void> {
    await this.pool.query('INSERT INTO imslab_filling VALUES (1, $1) ON CONFLICT (number) DO UPDATE SET state = $1', [
      filling,
    ]);
  }

  close(done: () => void): void {
    const end = async (): Promise<void> => {
      await this.#saving;
      await this.end();
    };
    void end().then(done, done);
  }

  async end(): Promise<void> {
    await this.owner?.release();
    await this.pool.end();
  }

  async #read(query: keyof typeof queries, identity: string): Promise<StoredSubscription | undefined> {
    this.owner?.assertUnchanged();
    const { rows } = await this.pool.query<Row>({ name: query, text: queries[query], values: [identity] });
    return rows[0] && this.#decoded(rows[0]);
  }

  async #byWildcard(identity: string): Promise<StoredSubscription | undefined> {
    const { rows } = await this.pool.query<{ identity: string; key: string }>(
      'SELECT identity, key FROM imslab_public WHERE wildcard ORDER BY identity COLLATE "C"',
    );
    const owner = rows.find((row) => matchesWildcard(row.identity, identity));
    return owner && this.#read('byKey', owner.key);
  }

  async #decoded({ key, members, state }: Row): Promise<StoredSubscription> {
    const decoded = await this.#decodedMembers(members);
    return { key, members: decoded, state: state ? decodeState(state) : undefined };
  }

  async #decodedMembers(text: string): Promise<readonly Subscriber[]> {
    try {
      return decodeMembers(text, this.#criteria);
    } catch {
      await this.#learnCriteria(); // another process has written them
      return decodeMembers(text, this.#criteria);
    }
  }

  async #learnCriteria(): Promise<void> {
    const { rows } = await this.pool.query<{ name: string; list: string }>('SELECT name, list FROM imslab_criteria');
    for (const { name, list } of rows) if (!this.#criteria.has(name)) this.#criteria.learn(name, list);
  }

  async #saveAll(): Promise<void> {
    while (this.#saves.length > 0) {
      const batch = this.#saves;
      this.#saves = [];
      const error = await this.#saveBatch(batch);
      for (const { done } of batch) done(error);
    }
    this.#saving = undefined;
  }

  /** Of several saves of one key the last one counts. */
  async #saveBatch(batch: readonly PendingSave[]): Promise<string | undefined> {
    const last = new Map(batch.map(({ key, state }) => [key, state]));
    const save = {
      name: 'save',
      text: `UPDATE imslab_subscription SET state = saved.state
        FROM unnest($1::text[], $2::text[]) AS saved (key, state) WHERE imslab_subscription.key = saved.key`,
      values: [[...last.keys()], [...last.values()]],
    };
    let owning: pg.Client | undefined;
    try {
      owning = await this.owner?.own();
      await (owning ?? this.pool).query(save);
      return undefined;
    } catch (error) {
      if (owning !== undefined && isSilence(error as Error)) this.owner?.drop(owning);
      return reasonOf(error as Error);
    }
  }

  #change(put: readonly Subscriber[], remove: readonly string[], done: Done): void {
    const change = async (): Promise<string | undefined> => {
      const client = await this.pool.connect();
      const isHss = this.owner !== undefined;
      const wanted = { put, remove, tells: !isHss };
      try {
        const conflict = await changeSubscribers(client, wanted, (text) => this.#decodedMembers(text));
        client.release();
        return conflict;
      } catch (error) {
        // Its transaction goes with the connection.
        client.release(error as Error);
        throw error;
      }
    };
    change().then(done, (error: Error) => done(reasonOf(error)));
  }

  async #drainChanges(): Promise<void> {
    try {
      const { rows } = await this.pool.query<ChangeRow>(
        'SELECT number, identities FROM imslab_change WHERE NOT number = ANY($1) ORDER BY number',
        [[...this.#inWork]],
      );
      // Two may have asked at a time.
      const entries = rows.filter(({ number }) => !this.#inWork.has(number));
      if (entries.length === 0) return;
      for (const { number } of entries) this.#inWork.add(number);
      const change = decodeChanges(entries.map(({ identities }) => identities));
      const before = await Promise.all(change.before.map((row) => this.#decoded(row)));
      this.#listener?.({ ...change, before, ...this.#account(entries) });
    } catch {
      // What was not read is told with the next change.
    }
  }

  #account(entries: readonly ChangeRow[]): Pick<ForeignChange, 'owe' | 'settle'> {
    const { number, identities } = entries.at(-1)!;
    let text = identities;
    const update = (query: string, values: readonly unknown[], done: Done): void => {
      this.pool.query(query, [...values]).then(
        () => done(),
        (error: Error) => done(reasonOf(error)),
      );
    };
    return {
      owe: (terminations, done) => {
        text = withOwed(text, terminations);
        update('UPDATE imslab_change SET identities = $2 WHERE number = $1', [number, text], done);
      },
      settle: () => {
        const numbers = entries.map((entry) => entry.number);
        update('DELETE FROM imslab_change WHERE number = ANY($1)', [numbers], (error) => {
          if (error === undefined) for (const each of numbers) this.#inWork.delete(each);
        });
      },
    };
  }
}

function answer(stored: Promise<StoredSubscription | undefined>, found: Found): void {
  stored.then(
    (value) => found(value),
    (error: Error) => found(undefined, reasonOf(error)),
  );
}
