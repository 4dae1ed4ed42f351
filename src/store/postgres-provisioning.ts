/** Putting and removing subscribers of a PostgreSQL store, in one transaction. */
import type { PoolClient } from 'pg';
import {
  type ChangedSubscription,
  type Present,
  provisioning,
  withSqnOfData,
} from '../ims/hss/changed-subscriptions.js';
import { subscriptionKey } from '../ims/hss/store.js';
import { isWildcarded } from '../ims/subscription/matching-identity.js';
import { identitiesOf, type Subscriber } from '../ims/subscription/subscriber.js';
import { encodeChange } from './change-entry.js';
import { decodeState, encodeMembers, encodeState, KnownCriteria } from './encoding.js';
import { changeChannel } from './postgres-owner.js';
import { lockKeys } from './postgres-schema.js';

export interface WantedChange {
  readonly put: readonly Subscriber[];
  readonly remove: readonly string[];
  /** Whether the HSS has to be told; it knows what it does itself. */
  readonly tells: boolean;
}

type ReadMembers = (text: string) => Promise<readonly Subscriber[]>;

/** What cannot be done as one plain sentence; rejects where the database fails, and leaves the transaction open. */
export async function changeSubscribers(
  client: PoolClient,
  wanted: WantedChange,
  readMembers: ReadMembers,
): Promise<string | undefined> {
  await client.query('BEGIN');
  // Readers go on; who changes waits.
  await client.query('LOCK TABLE imslab_public IN SHARE ROW EXCLUSIVE MODE');
  const changes = provisioning(wanted.put, wanted.remove, await presentOf(client, wanted, readMembers));
  if (typeof changes !== 'string') await write(client, changes, wanted.tells);
  await client.query(typeof changes === 'string' ? 'ROLLBACK' : 'COMMIT');
  return typeof changes === 'string' ? changes : undefined;
}

async function presentOf(
  client: PoolClient,
  { put, remove }: WantedChange,
  readMembers: ReadMembers,
): Promise<Present> {
  const privates = [...put.map(({ privateIdentity }) => privateIdentity), ...remove];
  const keyOf = await pairs(client, 'SELECT identity, key FROM imslab_private WHERE identity = ANY($1)', privates);
  const keys = [...new Set([...keyOf.values(), ...put.map(subscriptionKey)])];
  const { rows } = await client.query<{ key: string; members: string }>(
    'SELECT key, members FROM imslab_subscription WHERE key = ANY($1)',
    [keys],
  );
  const members = new Map<string, readonly Subscriber[]>();
  for (const row of rows) members.set(row.key, await readMembers(row.members));
  const uris = put.flatMap((subscriber) => identitiesOf(subscriber).map(({ uri }) => uri));
  const owners = await pairs(client, 'SELECT identity, key FROM imslab_public WHERE identity = ANY($1)', uris);
  return {
    keyOf: (identity) => keyOf.get(identity),
    members: (key) => members.get(key) ?? [],
    ownerOf: (uri) => owners.get(uri),
  };
}

async function pairs(client: PoolClient, query: string, identities: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await client.query<{ identity: string; key: string }>(query, [identities]);
  return new Map(rows.map(({ identity, key }) => [identity, key]));
}

async function write(client: PoolClient, changes: readonly ChangedSubscription[], tells: boolean): Promise<void> {
  if (tells) await tell(client, changes);
  const keys = changes.map(({ key }) => key);
  const gone = changes.filter(({ members }) => members.length === 0).map(({ key }) => key);
  const kept = changes.filter(({ members }) => members.length > 0);
  await client.query('DELETE FROM imslab_private WHERE key = ANY($1)', [keys]);
  await client.query(
    'DELETE FROM imslab_public USING unnest($1::text[], $2::text[]) AS old (identity, key) WHERE imslab_public.identity = old.identity AND imslab_public.key = old.key',
    [changes.flatMap(({ removed }) => removed), changes.flatMap(({ key, removed }) => removed.map(() => key))],
  );
  await client.query('DELETE FROM imslab_subscription WHERE key = ANY($1)', [gone]);
  const lists = new Map<string, string>();
  const criteria = new KnownCriteria(
    () => undefined,
    (name, text) => void lists.set(name, text),
  );
  await client.query(
    'INSERT INTO imslab_subscription (key, members) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT (key) DO UPDATE SET members = excluded.members',
    [kept.map(({ key }) => key), kept.map(({ members }) => encodeMembers(members, criteria))],
  );
  await client.query(
    'INSERT INTO imslab_criteria SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING',
    [[...lists.keys()], [...lists.values()]],
  );
  await client.query('INSERT INTO imslab_private SELECT * FROM unnest($1::text[], $2::text[])', [
    kept.flatMap(({ members }) => members.map(({ privateIdentity }) => privateIdentity)),
    kept.flatMap(({ key, members }) => members.map(() => key)),
  ]);
  await client.query('INSERT INTO imslab_public SELECT * FROM unnest($1::text[], $2::text[], $3::boolean[])', [
    kept.flatMap(({ added }) => added),
    kept.flatMap(({ key, added }) => added.map(() => key)),
    kept.flatMap(({ members, added }) => {
      const wildcards = new Set(
        members.flatMap((each) => identitiesOf(each).filter(isWildcarded)).map(({ uri }) => uri),
      );
      return added.map((uri) => wildcards.has(uri));
    }),
  ]);
  await setSqn(client, kept);
}

/** Where the data sets the sequence number anew, the one that was counted goes. */
async function setSqn(client: PoolClient, changes: readonly ChangedSubscription[]): Promise<void> {
  for (const { key, sqnSet } of changes) {
    if (sqnSet.length === 0) continue;
    const { rows } = await client.query<{ state: string | null }>(
      'SELECT state FROM imslab_subscription WHERE key = $1 FOR UPDATE',
      [key],
    );
    const state = rows[0]?.state ?? undefined;
    if (state === undefined) continue;
    const text = encodeState(withSqnOfData(decodeState(state), sqnSet)!);
    await client.query('UPDATE imslab_subscription SET state = $2 WHERE key = $1', [key, text]);
  }
}

/** Nobody has to hear of a subscriber that is new; one with a state may be registered, and one without be loaded. */
async function tell(client: PoolClient, changes: readonly ChangedSubscription[]): Promise<void> {
  const changed = changes.filter(({ before }) => before.length > 0);
  if (changed.length === 0) return;
  const { rows } = await client.query<{ key: string; members: string; state: string | null }>(
    `SELECT key, members, state FROM imslab_subscription WHERE key = ANY($1) AND (state IS NOT NULL OR EXISTS (
      SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
      WHERE locktype = 'advisory' AND objid = $2 AND granted AND datname = current_database()))`,
    [changed.map(({ key }) => key), lockKeys.owner],
  );
  const keys = new Set(rows.map(({ key }) => key));
  const told = changed.filter(({ key }) => keys.has(key));
  if (told.length === 0) return;
  const members = told.flatMap(({ before, members: after }) => [...before, ...after]);
  const gone = new Set(told.filter(({ members: after }) => after.length === 0).map(({ key }) => key));
  const text = encodeChange({
    privateIdentities: [...new Set(members.map(({ privateIdentity }) => privateIdentity))],
    before: rows.flatMap(({ state, ...row }) =>
      state === null ? [] : { ...row, state: gone.has(row.key) ? state : undefined },
    ),
    recounted: told.flatMap(({ sqnSet }) => sqnSet),
  });
  await client.query('INSERT INTO imslab_change (identities) VALUES ($1)', [text]);
  await client.query(`NOTIFY ${changeChannel}`);
}
