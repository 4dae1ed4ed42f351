import type { SubscriberStore } from '../ims/hss/store.js';

/**
 * Who opens a store: the HSS, which is alone in that; a tool, which may change subscribers beside it; an editor and a reader,
 * who want one that is there already.
 */
export type StoreUser = 'hss' | 'tool' | 'editor' | 'reader';

/** A store that outlives its process. */
export interface DurableStore extends SubscriberStore {
  /** As it was opened: `lmdb:subscribers.lmdb`. */
  readonly address: string;
  /** What `setFilling` was given last. */
  filling(): Promise<Filling | undefined>;
  /** Rejects where it cannot be kept. */
  setFilling(filling: Filling): Promise<void>;
}

/** How far a subscriber file has filled a store: one that was broken off is filled again, and one that is emptied later is not. */
export type Filling = 'begun' | 'done';
