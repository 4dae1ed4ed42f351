/** A store that answers later, in another order than it was asked (but for saves of one key), and fails where it is told. */
import type { Clock } from '../../../src/environment/index.js';
import { MemoryStore } from '../../../src/ims/hss/index.js';
import type {
  Done,
  ForeignChange,
  Found,
  OnChange,
  OwedTermination,
  StoredSubscription,
  SubscriberStore,
  SubscriptionState,
} from '../../../src/ims/hss/store.js';
import type { Subscriber } from '../../../src/ims/subscription/subscriber.js';

export interface LateStoreOptions {
  readonly clock: Clock;
  /** Of the n-th call, ms; in turn. */
  readonly delaysMs: readonly number[];
  /** Whether the n-th call fails; in turn. */
  readonly fails?: readonly boolean[];
}

export class LateStore implements SubscriberStore {
  readonly durable: MemoryStore;
  #listener: OnChange = () => undefined;
  /** What somebody else has changed, until the HSS has settled it. */
  #told: Pick<ForeignChange, 'privateIdentities' | 'before'> | undefined;
  #owed: readonly OwedTermination[] = [];
  readonly #clock: Clock;
  readonly #delaysMs: readonly number[];
  readonly #fails: readonly boolean[];
  /** When the last save of a key is done. */
  readonly #busyUntil = new Map<string, number>();
  #callCount = 0;

  constructor(subscribers: readonly Subscriber[], { clock, delaysMs, fails = [false] }: LateStoreOptions) {
    this.durable = new MemoryStore(subscribers);
    this.#clock = clock;
    this.#delaysMs = delaysMs;
    this.#fails = fails;
  }

  byPrivate(identity: string, found: Found): void {
    this.#find((answer) => this.durable.byPrivate(identity, answer), found);
  }

  byPublic(identity: string, found: Found): void {
    this.#find((answer) => this.durable.byPublic(identity, answer), found);
  }

  save(key: string, state: SubscriptionState | undefined, done: Done): void {
    const { fails, delayMs } = this.#next();
    const due = Math.max(this.#clock.now() + delayMs, this.#busyUntil.get(key) ?? 0);
    this.#busyUntil.set(key, due);
    this.#clock.setTimer(due - this.#clock.now(), () => {
      if (fails) done('the disk is full');
      else this.durable.save(key, state, done);
    });
  }

  put(subscribers: readonly Subscriber[], done: Done): void {
    this.#clock.setTimer(this.#next().delayMs, () => this.durable.put(subscribers, done));
  }

  remove(privateIdentities: readonly string[], done: Done): void {
    this.#clock.setTimer(this.#next().delayMs, () => this.durable.remove(privateIdentities, done));
  }

  list(...args: Parameters<SubscriberStore['list']>): void {
    this.durable.list(...args);
  }

  onChange(listener: OnChange): void {
    this.#listener = listener;
  }

  /** For a test that plays somebody else. */
  tell(privateIdentities: readonly string[], before: readonly StoredSubscription[]): void {
    this.#told = { privateIdentities, before };
    this.#owed = [];
    this.tellAgain();
  }

  /** As the store does at a restart of the HSS: nothing where all is settled. */
  tellAgain(): void {
    if (this.#told === undefined) return;
    this.#listener({
      ...this.#told,
      recounted: [],
      owed: this.#owed,
      owe: (terminations, done) => {
        this.#owed = [...this.#owed, ...terminations];
        this.#clock.setTimer(1, () => done());
      },
      settle: () => {
        this.#told = undefined;
      },
    });
  }

  get isSettled(): boolean {
    return this.#told === undefined;
  }

  close(done: () => void): void {
    done();
  }

  /** What is found is as it was when the question reached the store, which is old when the answer comes. */
  #find(ask: (found: Found) => void, found: Found): void {
    const { fails, delayMs } = this.#next();
    this.#clock.setTimer(Math.floor(delayMs / 2), () => {
      ask((stored) => {
        this.#clock.setTimer(Math.ceil(delayMs / 2), () => {
          if (fails) found(undefined, 'no connection');
          else found(stored);
        });
      });
    });
  }

  #next(): { readonly fails: boolean; readonly delayMs: number } {
    const at = this.#callCount++;
    return { fails: this.#fails[at % this.#fails.length]!, delayMs: this.#delaysMs[at % this.#delaysMs.length]! };
  }
}
