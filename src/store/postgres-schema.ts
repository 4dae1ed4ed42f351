/** The tables of a PostgreSQL store. They are made where they are not there; several may try at once. */
import type { ClientBase } from 'pg';
import type { StoreUser } from './durable-store.js';
import { formatVersion } from './encoding.js';
import { StoreError } from './store-error.js';

/** Advisory locks of this project: whoever makes the tables, and the HSS that owns the store. */
export const lockKeys = { schema: 0x696d_7301, owner: 0x696d_7302 } as const;

/** Keys sort by octets, as they do in every other store. */
const statements = `
  CREATE TABLE IF NOT EXISTS imslab_format (version integer NOT NULL);
  CREATE TABLE IF NOT EXISTS imslab_subscription (
    key text COLLATE "C" PRIMARY KEY, members text NOT NULL, state text
  );
  CREATE TABLE IF NOT EXISTS imslab_private (identity text PRIMARY KEY, key text NOT NULL);
  CREATE TABLE IF NOT EXISTS imslab_public (identity text PRIMARY KEY, key text NOT NULL, wildcard boolean NOT NULL);
  CREATE INDEX IF NOT EXISTS imslab_private_key ON imslab_private (key);
  CREATE INDEX IF NOT EXISTS imslab_wildcard ON imslab_public (identity) WHERE wildcard;
  CREATE TABLE IF NOT EXISTS imslab_criteria (name text PRIMARY KEY, list text NOT NULL);
  CREATE TABLE IF NOT EXISTS imslab_change (number bigserial PRIMARY KEY, identities text NOT NULL);
  CREATE TABLE IF NOT EXISTS imslab_owner (process text NOT NULL);
  CREATE TABLE IF NOT EXISTS imslab_filling (number integer PRIMARY KEY, state text NOT NULL);
`;

/** Throws StoreError where the tables are those of another format, or not there for one who only uses them. */
export async function prepareSchema(client: ClientBase, address: string, user: StoreUser): Promise<void> {
  const found = user === 'hss' || user === 'tool' ? await makeTables(client) : await readVersion(client, address);
  if (found !== undefined && found !== formatVersion) {
    const mend = 'export its subscribers with the imslab that wrote it, and import them here';
    throw new StoreError(address, `has format ${found}, and this imslab knows ${formatVersion}`, mend);
  }
}

async function makeTables(client: ClientBase): Promise<number | undefined> {
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock($1)', [lockKeys.schema]);
  await client.query(statements);
  const { rows } = await client.query<{ version: number }>('SELECT version FROM imslab_format');
  const found = rows[0]?.version;
  if (found === undefined) await client.query('INSERT INTO imslab_format VALUES ($1)', [formatVersion]);
  await client.query('COMMIT');
  return found;
}

/** A slip in the address must not look like an empty store. */
async function readVersion(client: ClientBase, address: string): Promise<number | undefined> {
  const { rows: tables } = await client.query<{ found: string | null }>("SELECT to_regclass('imslab_format') AS found");
  if (tables[0]?.found == null) {
    const mend = 'check the address, import subscribers into it, or start its HSS once';
    throw new StoreError(address, 'has no subscribers of imslab', mend);
  }
  const { rows } = await client.query<{ version: number }>('SELECT version FROM imslab_format');
  return rows[0]?.version;
}
