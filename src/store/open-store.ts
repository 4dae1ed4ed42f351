/** The store that an address names. Each kind's package is loaded when it is wanted. */
import type { DurableStore, StoreUser } from './durable-store.js';
import { StoreError } from './store-error.js';

const kinds: Readonly<Record<string, (rest: string, address: string, user: StoreUser) => Promise<DurableStore>>> = {
  lmdb: async (path, _, user) => (await import('./lmdb-store.js')).openLmdbStore(path, user),
  postgres: async (_, address, user) => (await import('./postgres-store.js')).openPostgresStore(address, user),
  postgresql: async (_, address, user) => (await import('./postgres-store.js')).openPostgresStore(address, user),
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
 * Throws StoreError where the store cannot be used.
 */
export function openStore(address: string, user: StoreUser): Promise<DurableStore> {
  const problem = addressProblem(address);
  if (problem !== undefined) return Promise.reject(new StoreError(address, problem.what, problem.mend));
  const colon = address.indexOf(':');
  return kinds[address.slice(0, colon)]!(address.slice(colon + 1), address, user);
}
