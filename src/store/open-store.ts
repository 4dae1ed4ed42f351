/** The store that an address names. Each kind's package is loaded when it is wanted. */
import type { Clock } from '../environment/index.js';
import type { DurableStore, StoreUser } from './durable-store.js';
import { StoreError } from './store-error.js';

type Open = (address: string, user: StoreUser, clock: Clock | undefined) => Promise<DurableStore>;

const openPostgres: Open = async (...all) => (await import('./postgres-store.js')).openPostgresStore(...all);

const kinds: Readonly<Record<string, Open>> = {
  lmdb: async (address, user) => (await import('./lmdb-store.js')).openLmdbStore(address.slice('lmdb:'.length), user),
  postgres: openPostgres,
  postgresql: openPostgres,
};

/** What is wrong with the address itself; undefined where nothing is. */
export function addressProblem(address: string): { readonly what: string; readonly mend: string } | undefined {
  const colon = address.indexOf(':');
  const isKnown = colon > 0 && Object.hasOwn(kinds, address.slice(0, colon)) && address.length > colon + 1;
  if (isKnown) return undefined;
  return { what: 'is no store', mend: 'write lmdb:FOLDER or postgres://user@host/database' };
}

/**
 * @param address `lmdb:FOLDER`, or `postgres://user@host/database`
 * @param clock of an HSS: a server that was away is asked again by it
 * Throws StoreError where the store cannot be used.
 */
export function openStore(address: string, user: StoreUser, clock?: Clock): Promise<DurableStore> {
  const problem = addressProblem(address);
  if (problem !== undefined) return Promise.reject(new StoreError(address, problem.what, problem.mend));
  return kinds[address.slice(0, address.indexOf(':'))]!(address, user, clock);
}
