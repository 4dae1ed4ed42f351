import { MemoryStore } from '../../src/ims/hss/index.js';
import { storeContract } from './store-contract.js';

describe('the memory store', () => {
  storeContract(() => Promise.resolve(new MemoryStore()));
});
