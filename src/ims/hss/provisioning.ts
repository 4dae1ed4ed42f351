/** Subscribers that come, change and go while the HSS runs, by its own hand or by others'. */
import type { Chassis } from '../../node/index.js';
import type { Subscriber } from '../subscription/subscriber.js';
import { wholeProfiles } from './due-profiles.js';
import { changeMembers } from './member-changes.js';
import type { OperatorOrders } from './operator-orders.js';
import { owedTermination } from './s-cscf-notifications.js';
import type { Done, ForeignChange, OwedTermination, StoredSubscription, SubscriptionState } from './store.js';
import type { DueTermination, Subscription } from './subscription.js';
import type { Subscriptions } from './subscriptions.js';

/** An HSS hears of what was changed while it was away before its S-CSCFs have connected: so long they have time to. */
const patienceMs = 60_000;

export class Provisioning {
  #isClosed = false;

  constructor(
    private readonly chassis: Chassis,
    private readonly subscriptions: Subscriptions,
    private readonly orders: OperatorOrders,
  ) {
    subscriptions.store.onChange?.((change) => {
      if (!this.#isClosed) this.#follow(change);
    });
  }

  /** `done` once, when the store has them and S-CSCFs are being told. */
  put(subscribers: readonly Subscriber[], done: Done): void {
    const privateIdentities = subscribers.map(({ privateIdentity }) => privateIdentity);
    this.#change(privateIdentities, (kept) => this.subscriptions.store.put(subscribers, kept), done);
  }

  remove(privateIdentities: readonly string[], done: Done): void {
    this.#change(privateIdentities, (kept) => this.subscriptions.store.remove(privateIdentities, kept), done);
  }

  close(): void {
    this.#isClosed = true;
  }

  /** What others have changed is settled when S-CSCFs have answered: until then a restart begins anew. */
  #follow(change: ForeignChange): void {
    const { privateIdentities, before, owed } = change;
    // What an end of this HSS cuts off is told by its next life.
    const delivery = new Delivery({ ...change, settle: () => this.#isClosed || change.settle() });
    const finish = (): void => {
      const left = owed.filter((each) => !delivery.hasTold(each));
      this.orders.terminateOwed(left, delivery.told(left.length), patienceMs);
      delivery.close();
    };
    const refresh = (): void => this.#refresh(privateIdentities, delivery, finish);
    oneByOne(before, (each, next) => this.#recall(each, delivery, next), refresh);
  }

  #change(privateIdentities: readonly string[], change: (done: Done) => void, done: Done): void {
    const { subscriptions } = this;
    // What an S-CSCF has is loaded first: afterwards nobody would know what it was.
    const load = (identity: string, next: () => void): void =>
      subscriptions.store.byPrivate(identity, (stored) => {
        if (isServed(stored?.state)) subscriptions.byPrivate(identity, next);
        else next();
      });
    oneByOne(privateIdentities, load, () =>
      change((error) => {
        if (error === undefined) this.#refresh(privateIdentities, new Delivery(undefined), done);
        else done(error);
      }),
    );
  }

  /** What nobody has asked of since the change is loaded as it was before: so what S-CSCFs know is known here. */
  #recall(before: StoredSubscription, delivery: Delivery, done: () => void): void {
    const { key, members, state } = before;
    const { subscriptions } = this;
    if (state !== undefined) {
      // The store has it no more; where it is loaded, that is seen by and by.
      if (subscriptions.byKey(key) === undefined && isServed(state))
        this.#end(subscriptions.departed(before), delivery);
      done();
      return;
    }
    const look = ({ privateIdentity }: Subscriber, next: () => void): void =>
      subscriptions.store.byPrivate(privateIdentity, (stored) => {
        if (stored?.key === key && isServed(stored.state)) subscriptions.recall({ ...stored, members });
        next();
      });
    oneByOne(members, look, done);
  }

  #end(subscription: Subscription, delivery: Delivery): void {
    const { terminations } = changeMembers(subscription, []);
    subscription.unload();
    delivery.note(terminations);
    this.orders.terminate(terminations, delivery.told(1), patienceMs);
  }

  /** The store has others than those that are loaded. */
  #refresh(privateIdentities: readonly string[], delivery: Delivery, done: () => void): void {
    const loaded = this.subscriptions.byMember();
    const refresh = (identity: string, next: () => void): void =>
      this.#refreshOne(identity, loaded.get(identity), delivery, next);
    oneByOne(privateIdentities, refresh, done);
  }

  #refreshOne(identity: string, before: Subscription | undefined, delivery: Delivery, done: () => void): void {
    const { subscriptions } = this;
    subscriptions.store.byPrivate(identity, (stored, error) => {
      if (error !== undefined) this.#failed(identity, error);
      const now = stored && subscriptions.byKey(stored.key);
      if (before !== undefined) {
        this.#reload(before, delivery, () => {
          // It belongs to another IMS subscription now.
          if (now === undefined || now === before) done();
          else this.#reload(now, delivery, done);
        });
      } else if (now !== undefined) this.#reload(now, delivery, done);
      else if (isServed(stored?.state)) {
        subscriptions.byPrivate(identity, (subscription) => {
          if (subscription !== undefined) {
            this.orders.push(identity, wholeProfiles(subscription), delivery.told(1), patienceMs);
          }
          done();
        });
      } else done();
    });
  }

  #reload(subscription: Subscription, delivery: Delivery, done: () => void): void {
    let members: readonly Subscriber[] = [];
    subscription.take({
      again: done,
      run: () =>
        subscription.keep(
          (kept) =>
            this.#membersOf(subscription, (found, error) => {
              members = found;
              kept(error);
            }),
          (error) => {
            if (error === undefined) this.#apply(subscription, members, delivery, done);
            else {
              this.#failed(subscription.key, error);
              done();
            }
          },
        ),
    });
  }

  /** Whoever of them is still there leads to all. */
  #membersOf({ key, members }: Subscription, found: (members: readonly Subscriber[], error?: string) => void): void {
    let stored: StoredSubscription | undefined;
    let failure: string | undefined;
    const look = ({ privateIdentity }: Subscriber, next: () => void): void => {
      if (stored !== undefined || failure !== undefined) next();
      else {
        this.subscriptions.store.byPrivate(privateIdentity, (each, error) => {
          if (each?.key === key) stored = each;
          failure = error;
          next();
        });
      }
    };
    oneByOne(members, look, () => found(stored?.members ?? [], failure));
  }

  #apply(subscription: Subscription, members: readonly Subscriber[], delivery: Delivery, done: () => void): void {
    const { terminations, profiles } = changeMembers(subscription, members);
    const tell = (): void => {
      const patience = this.subscriptions.store.inMemory ? 0 : patienceMs;
      this.orders.terminate(terminations, delivery.told(1), patience);
      for (const profile of profiles) {
        this.orders.push(profile.privateIdentity, [profile], delivery.told(1), patience);
      }
      done();
    };
    const fail = (error: string): void => {
      this.#failed(subscription.key, error);
      done();
    };
    const apply = (): void => {
      if (members.length === 0) {
        // Nothing is left to keep.
        this.subscriptions.drop(subscription);
        tell();
        return;
      }
      this.subscriptions.update(subscription, members, delivery.recounted);
      subscription.commit((error) => (error === undefined ? tell() : fail(error)));
    };
    if (terminations.length === 0) {
      apply();
      return;
    }
    // Once the user is de-registered here, nobody could say any more who has to hear of it.
    subscription.keep(
      (kept) => delivery.owe(terminations, kept),
      // Where it cannot be kept the commit will say so.
      apply,
    );
  }

  #failed(whom: string, error: string): void {
    this.chassis.explain({
      what: 'cause.storeFailed',
      text: `${whom} has changed, and S-CSCFs may not know of it: the store of ${this.chassis.name} failed: ${error}`,
      clause: 'TS 29.228 §6.2',
    });
  }
}

/** What S-CSCFs have to hear of one change, and whether they have. Of the HSS's own changes nobody keeps an account. */
class Delivery {
  readonly recounted: ReadonlySet<string>;
  readonly #noted = new Set<string>();
  #missing = 1;

  constructor(private readonly change: ForeignChange | undefined) {
    this.recounted = new Set(change?.recounted);
  }

  owe(terminations: readonly DueTermination[], done: Done): void {
    const owed = this.note(terminations);
    if (this.change === undefined) done();
    else this.change.owe(owed, done);
  }

  note(terminations: readonly DueTermination[]): readonly OwedTermination[] {
    const owed = terminations.map((due) => owedTermination(due));
    for (const each of owed) this.#noted.add(nameOf(each));
    return owed;
  }

  hasTold(owed: OwedTermination): boolean {
    return this.#noted.has(nameOf(owed));
  }

  /** Has to be called so many times. */
  told(count: number): () => void {
    this.#missing += count;
    return () => this.close();
  }

  /** One less; all has begun that will, with the last one. */
  close(): void {
    if (--this.#missing === 0) this.change?.settle();
  }
}

function nameOf({ userName, server, reason }: OwedTermination): string {
  return `${userName} ${server.host} ${reason}`;
}

/** A S-CSCF has something of it. */
function isServed(state: SubscriptionState | undefined): boolean {
  return state?.sets.some((set) => set?.context.server !== undefined) === true;
}

/** `work` on each in order, without a stack that grows where all of it is done at once. */
function oneByOne<T>(list: readonly T[], work: (each: T, next: () => void) => void, done: () => void): void {
  let at = 0;
  let isRunning = false;
  const run = (): void => {
    if (isRunning) return;
    isRunning = true;
    let isReady = true;
    while (isReady && at < list.length) {
      isReady = false;
      work(list[at++]!, () => {
        isReady = true;
        run();
      });
    }
    isRunning = false;
    if (isReady) done();
  };
  run();
}
