import type { StoredSubscription, SubscriberStore, SubscriptionState } from '../ims/hss/store.js';
import type { Subscriber } from '../ims/subscription/subscriber.js';

type Answer<TValue> = (value: TValue, error?: string) => void;

function answered<TValue>(ask: (answer: Answer<TValue>) => void): Promise<TValue> {
  return new Promise((resolve, reject) => {
    ask((value, error) => {
      if (error === undefined) resolve(value);
      else reject(new StoreFailure(error));
    });
  });
}

function done(ask: (answer: (error?: string) => void) => void): Promise<void> {
  return answered<void>((answer) => ask((error) => answer(undefined, error)));
}

/** What a store has against a wish, one plain sentence. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
}

/** A store's answers as promises, for whoever has the time; they reject with StoreFailure. */
export class AskedStore {
  constructor(readonly store: SubscriberStore) {}

  byPrivate(identity: string): Promise<StoredSubscription | undefined> {
    return answered((answer) => this.store.byPrivate(identity, answer));
  }

  byPublic(identity: string): Promise<StoredSubscription | undefined> {
    return answered((answer) => this.store.byPublic(identity, answer));
  }

  save(key: string, state: SubscriptionState | undefined): Promise<void> {
    return done((answer) => this.store.save(key, state, answer));
  }

  put(subscribers: readonly Subscriber[]): Promise<void> {
    return done((answer) => this.store.put(subscribers, answer));
  }

  remove(privateIdentities: readonly string[]): Promise<void> {
    return done((answer) => this.store.remove(privateIdentities, answer));
  }

  page(options: { readonly after?: string; readonly limit: number }): Promise<readonly StoredSubscription[]> {
    return answered((answer) => this.store.list(options, answer));
  }

  /** All of them by key, so many in memory at a time. */
  async *all(pageSize = 500): AsyncGenerator<StoredSubscription> {
    let after: string | undefined;
    for (;;) {
      const page = await this.page({ ...(after !== undefined && { after }), limit: pageSize });
      yield* page;
      after = page.at(-1)?.key;
      if (page.length < pageSize) return;
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.store.close(resolve));
  }
}
