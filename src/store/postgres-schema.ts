/** The tables of a PostgreSQL store. They are made where they are not there; several may try at once. */
import type { ClientBase } from 'pg';
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

/** Throws StoreError where the tables are those of another format. */
export async function prepareSchema(client: ClientBase, address: string): Promise<void> {
  await client.query('BEGIN');
  await client.query('SELECT pg_advisory_xact_lock($1)', [lockKeys.schema]);
  await client.query(statements);
  const { rows } = await client.query<{ version: number }>('SELECT version FROM imslab_format');
  const found = rows[0]?.version;
  if (found === undefined) await client.query('INSERT INTO imslab_format VALUES ($1)', [formatVersion]);
  await client.query('COMMIT');
  if (found !== undefined && found !== formatVersion) {
    const mend = 'export its subscribers with the imslab that wrote it, and import them here';
    throw new StoreError(address, `has format ${found}, and this imslab knows ${formatVersion}`, mend);
  }
}
