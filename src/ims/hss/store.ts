/**
 * Where an HSS keeps its subscribers, and what has happened to each. Everything here is plain data. A store answers at
 * once (memory) or later (disk, network); whoever asks is ready for both.
 */
import type { DeregistrationReasonCode, ScscfRestorationInfo } from '../../diameter/index.js';
import type { Subscriber } from '../subscription/subscriber.js';
import type { SequenceNumbers } from './sequence-numbers.js';
import type { ShState } from './sh-state.js';
import type { AssignedServer, SubscriptionContext } from './subscription.machine.js';

/** One implicit registration set: where its machine is, and what belongs to it besides. */
export interface SetState {
  /** Name of the machine's state. */
  readonly state: string;
  readonly context: SubscriptionContext;
  /** When the assignment was last confirmed, ms of the node's clock. */
  readonly assignedAt: number;
  /** What S-CSCFs have left here, by private identity (TS 23.380 4.3). */
  readonly restoration: ReadonlyMap<string, ScscfRestorationInfo> | undefined;
}

/** What has happened to one IMS subscription. */
export interface SubscriptionState {
  /** Of whom it has none, that of the subscriber's data counts. */
  readonly sqn: SequenceNumbers;
  /** By position; `undefined` where nothing is known of the set. */
  readonly sets: readonly (SetState | undefined)[];
  readonly sh: ShState | undefined;
}

export interface StoredSubscription {
  /** See `subscriptionKey`. */
  readonly key: string;
  /** Everybody of the IMS subscription; at least one, in the order in which they were put first. */
  readonly members: readonly Subscriber[];
  /** `undefined`: nothing has happened yet. */
  readonly state: SubscriptionState | undefined;
}

/** `error`: one plain sentence; then nothing was found. */
export type Found = (stored: StoredSubscription | undefined, error?: string) => void;

/** `error`: one plain sentence; then nothing was kept. */
export type Done = (error?: string) => void;

/** A RTR that no S-CSCF has answered yet. */
export interface OwedTermination {
  readonly userName: string;
  readonly associatedIdentities: readonly string[];
  readonly publicIdentities: readonly string[];
  readonly server: AssignedServer;
  readonly reason: DeregistrationReasonCode;
}

/** Subscribers that others than this process have put or removed. The store has it until it is settled, over restarts too. */
export interface ForeignChange {
  readonly privateIdentities: readonly string[];
  /**
   * Of the subscriptions that something is known of, what their members were when the HSS heard of them last. Those that are
   * gone have their state, which is nowhere else any more; the others' is in the store.
   */
  readonly before: readonly StoredSubscription[];
  /** Whose SQN begins anew from the data, even where that is what it was before. */
  readonly recounted: readonly string[];
  /** What an earlier life of this HSS has kept with `owe`. */
  readonly owed: readonly OwedTermination[];
  /** Before the state that they follow from is changed: `done` when it is durable. */
  owe(terminations: readonly OwedTermination[], done: Done): void;
  /** S-CSCFs have heard of all of it. */
  settle(): void;
}

export type OnChange = (change: ForeignChange) => void;

export interface SubscriberStore {
  /** It ends with the process: nothing is won where loaded subscriptions that something is known of leave the HSS. */
  readonly inMemory?: true;
  /** The key of the subscription with that private identity, where the store answers at once: what is loaded needs no more. */
  keyOf?(privateIdentity: string): string | undefined;
  /** `found` runs once, at once where the store answers at once. */
  byPrivate(identity: string, found: Found): void;
  /** `identity` in its canonical form. REG-83: a distinct identity wins over a wildcard whose range it is in. */
  byPublic(identity: string, found: Found): void;
  /** Keeps the state; `done` once, when it is durable. Saves of one key keep their order. */
  save(key: string, state: SubscriptionState | undefined, done: Done): void;
  /**
   * Adds or replaces, by private identity. What has happened to a subscription stays; but where the keys or the SQN of a
   * subscriber's data are others than before, its SQN begins anew from the data.
   */
  put(subscribers: readonly Subscriber[], done: Done): void;
  /** The state of a subscription goes with its last member. */
  remove(privateIdentities: readonly string[], done: Done): void;
  /** Ordered by key, those behind `after`. */
  list(
    options: { readonly after?: string; readonly limit: number },
    found: (page: readonly StoredSubscription[], error?: string) => void,
  ): void;
  /** Tells of subscribers that others than this process have put or removed; absent where nobody can. */
  onChange?(listener: OnChange): void;
  close(done: () => void): void;
}

/** What the IMS subscription of a subscriber is known by. No private identity has white space in it. */
export function subscriptionKey({
  privateIdentity,
  subscription,
}: Pick<Subscriber, 'privateIdentity' | 'subscription'>): string {
  return subscription === undefined ? privateIdentity : `subscription ${subscription}`;
}
