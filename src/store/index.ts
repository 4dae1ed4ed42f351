export { AskedStore, StoreFailure } from './asked-store.js';
export type { DurableStore, StoreUser } from './durable-store.js';
export { addressProblem, openStore } from './open-store.js';
export { shownAddress } from './shown-address.js';
export { StoreError } from './store-error.js';
