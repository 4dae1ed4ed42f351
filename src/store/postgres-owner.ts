/** One HSS process owns a PostgreSQL store: it holds a lock for as long as its connection lives, and hears of changes on it. */
import type { Client, Notification } from 'pg';
import { lockKeys } from './postgres-schema.js';

export const changeChannel = 'imslab_changed';

/** How long the connection of a process that was killed a moment ago may still hold the lock. */
const lockTimeout = '3s';

export class PostgresOwner {
  #client: Client | undefined;
  #onChange: () => void = () => undefined;

  constructor(private readonly connect: () => Promise<Client>) {}

  /** Rejects with who has the store. After a lost connection the next call takes it again. */
  async own(): Promise<void> {
    if (this.#client !== undefined) return;
    const client = await this.connect();
    const lose = (): void => {
      if (this.#client === client) this.#client = undefined;
    };
    client.on('error', lose).on('end', lose);
    try {
      await client.query(`SET lock_timeout = '${lockTimeout}'`);
      await client.query('SELECT pg_advisory_lock($1)', [lockKeys.owner]);
    } catch (error) {
      const { rows } = await client.query<{ process: string }>('SELECT process FROM imslab_owner');
      await client.end();
      const { code, message } = error as { code?: string; message: string };
      throw new Error(code === '55P03' ? `belongs to the HSS of ${rows[0]?.process ?? 'another process'}` : message);
    }
    await client.query('DELETE FROM imslab_owner');
    await client.query("INSERT INTO imslab_owner VALUES ($1 || coalesce(' from ' || host(inet_client_addr()), ''))", [
      `process ${process.pid}`,
    ]);
    await client.query(`LISTEN ${changeChannel}`);
    client.on('notification', ({ channel }: Notification) => {
      if (channel === changeChannel) this.#onChange();
    });
    this.#client = client;
    // What was changed while nobody listened.
    this.#onChange();
  }

  follow(onChange: () => void): void {
    this.#onChange = onChange;
  }

  async release(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }
}
