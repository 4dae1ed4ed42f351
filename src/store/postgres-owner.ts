/**
 * One HSS process owns a PostgreSQL store: it holds a lock for as long as its connection lives, saves and hears of changes on
 * it. So nothing that a lost connection has left at the server can come after what is saved on the next one.
 */
import type { Client, Notification } from 'pg';
import type { Clock, Timer } from '../environment/index.js';
import { lockKeys } from './postgres-schema.js';

export const changeChannel = 'imslab_changed';

/** How long the connection of a process that was killed a moment ago may still hold the lock. */
const lockTimeout = '3s';

/** How soon a lost connection is made anew, and how often that is tried. */
const retryMs = 2_000;

export class PostgresOwner {
  #client: Client | undefined;
  #taking: Promise<Client> | undefined;
  /** The text by which others know this owner; once it has owned the store. */
  #name: string | undefined;
  #isReleased = false;
  #retry: Timer | undefined;
  /** Another HSS has had the store meanwhile: what this one believes to know may be wrong, for good. */
  #foreign: Error | undefined;
  #onChange: () => void = () => undefined;

  /** `clock`: a lost connection is made anew at once, and not only when there is something to save. */
  constructor(
    private readonly connect: () => Promise<Client>,
    private readonly clock: Clock | undefined,
  ) {}

  /** The connection that owns the store. Rejects with who has it. After a lost connection the next call takes it again. */
  own(): Promise<Client> {
    if (this.#foreign !== undefined) return Promise.reject(this.#foreign);
    if (this.#client !== undefined) return Promise.resolve(this.#client);
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
    });
    return this.#taking;
  }

  /** Throws where another HSS has had the store meanwhile. */
  assertUnchanged(): void {
    if (this.#foreign !== undefined) throw this.#foreign;
  }

  follow(onChange: () => void): void {
    this.#onChange = onChange;
  }

  /** A connection that gives no answer: what it was asked may still happen, yet not after what the next one is asked. */
  drop(client: Client): void {
    this.#lose(client);
    void client.end();
  }

  async release(): Promise<void> {
    this.#isReleased = true;
    this.#retry?.cancel();
    await this.#taking?.catch(() => undefined);
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    // A server that does not answer does not close a connection either: `end` cuts it where this is still open.
    await client.query('SELECT pg_advisory_unlock($1)', [lockKeys.owner]).catch(() => undefined);
    await client.end();
  }

  async #take(): Promise<Client> {
    const client = await this.connect();
    client.on('error', () => undefined);
    try {
      await lock(client);
      await this.#enter(client);
    } catch (error) {
      void client.end();
      throw error;
    }
    client.on('notification', ({ channel }: Notification) => {
      if (channel === changeChannel) this.#onChange();
    });
    const lose = (): void => this.#lose(client);
    client.on('error', lose).on('end', lose);
    this.#client = client;
    // What was changed while nobody listened.
    this.#onChange();
    return client;
  }

  /** Whoever has had it meanwhile has changed what this HSS believes to know. */
  async #enter(client: Client): Promise<void> {
    const before = await ownerIn(client);
    if (this.#name !== undefined && before !== this.#name) {
      this.#foreign = new Error(`the store has belonged to the HSS of ${before} meanwhile; start this one anew`);
      throw this.#foreign;
    }
    await client.query('DELETE FROM imslab_owner');
    const { rows } = await client.query<{ process: string }>(
      "INSERT INTO imslab_owner VALUES ($1 || coalesce(' from ' || host(inet_client_addr()), '')) RETURNING process",
      [`process ${process.pid}`],
    );
    this.#name = rows[0]!.process;
    await client.query(`LISTEN ${changeChannel}`);
  }

  #lose(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#retake();
  }

  #retake(): void {
    if (this.#isReleased || this.#foreign !== undefined) return;
    this.#retry = this.clock?.setTimer(retryMs, () => {
      this.own().catch(() => this.#retake());
    });
  }
}

async function lock(client: Client): Promise<void> {
  await client.query(`SET lock_timeout = '${lockTimeout}'`);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lockKeys.owner]);
  } catch (error) {
    if ((error as { code?: string }).code !== '55P03') throw error;
    throw new Error(`belongs to the HSS of ${await ownerIn(client)}`);
  }
}

async function ownerIn(client: Client): Promise<string> {
  const { rows } = await client.query<{ process: string }>('SELECT process FROM imslab_owner');
  return rows[0]?.process ?? 'another process';
}
