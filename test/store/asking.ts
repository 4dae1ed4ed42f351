/** A store's callbacks as promises. */
import type { StoredSubscription, SubscriberStore, SubscriptionState } from '../../src/ims/hss/store.js';
import type { Subscriber } from '../../src/ims/subscription/subscriber.js';

type Answer<T> = (value: T, error?: string) => void;

function answered<T>(ask: (answer: Answer<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let times = 0;
    ask((value, error) => {
      if (++times > 1) throw new Error('answered twice');
      if (error === undefined) resolve(value);
      else reject(new Error(error));
    });
  });
}

function done(ask: (answer: (error?: string) => void) => void): Promise<undefined> {
  return answered<undefined>((answer) => ask((error) => answer(undefined, error)));
}

export class Asking {
  constructor(readonly store: SubscriberStore) {}

  byPrivate(identity: string): Promise<StoredSubscription | undefined> {
    return answered((answer) => this.store.byPrivate(identity, answer));
  }

  byPublic(identity: string): Promise<StoredSubscription | undefined> {
    return answered((answer) => this.store.byPublic(identity, answer));
  }

  save(key: string, state: SubscriptionState | undefined): Promise<undefined> {
    return done((answer) => this.store.save(key, state, answer));
  }

  put(...subscribers: readonly Subscriber[]): Promise<undefined> {
    return done((answer) => this.store.put(subscribers, answer));
  }

  remove(...privateIdentities: readonly string[]): Promise<undefined> {
    return done((answer) => this.store.remove(privateIdentities, answer));
  }

  list(options: { readonly after?: string; readonly limit: number }): Promise<readonly StoredSubscription[]> {
    return answered((answer) => this.store.list(options, answer));
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.store.close(resolve));
  }
}
