/** What an operator does to a subscriber while the HSS runs, and what S-CSCFs hear of it (TS 29.228 §6.1.3, §6.2). */
import type { Chassis } from '../../node/index.js';
import type { Subscriber } from '../subscription/subscriber.js';
import { commonSets, succeeding } from './common-sets.js';
import { orderedProfiles } from './due-profiles.js';
import type { DeregistrationOrder } from './hss.js';
import { ownIdentity } from './named-identities.js';
import { changedMembers, changesDefault, type ProfileChange, type Services } from './profile-change.js';
import {
  type DueProfile,
  gathered,
  type NotificationOutcome,
  type ScscfNotifications,
} from './s-cscf-notifications.js';
import type { OwedTermination } from './store.js';
import type { DueTermination, Subscription } from './subscription.js';
import type { Subscriptions } from './subscriptions.js';

type Outcome = (outcome: NotificationOutcome) => void;

export class OperatorOrders {
  constructor(
    private readonly chassis: Chassis,
    private readonly subscriptions: Subscriptions,
    private readonly notifications: ScscfNotifications,
    private readonly services: Services,
  ) {}

  deregister(order: DeregistrationOrder, done: Outcome): void {
    const { privateIdentity, reason, publicIdentities } = order;
    this.#find(privateIdentity, done, (subscription, subscriber) => {
      const identities = publicIdentities?.map((uri) => ownIdentity(subscriber, uri)?.identity);
      if (identities?.includes(undefined)) {
        done({ success: false, reason: `${privateIdentity} does not have all of ${publicIdentities!.join(', ')}` });
        return;
      }
      const own = subscription.setsOf(privateIdentity);
      const sets =
        identities === undefined
          ? own
          : own.filter((set) => identities.some((each) => subscription.setOf(each!) === set));
      const due = subscription.deregister(sets, reason, privateIdentity);
      if (due.length === 0) done({ success: false, reason: `${privateIdentity} is not registered` });
      else {
        subscription.commit((error) => {
          if (error === undefined) this.notifications.terminateAll(due, done);
          else done(this.#storeFailed(error));
        });
      }
    });
  }

  pushProfile(change: ProfileChange, done: Outcome): void {
    const { privateIdentity } = change;
    this.#find(privateIdentity, done, (subscription, before) => {
      const members = changedMembers(subscription.members, before, change, this.services);
      if (typeof members === 'string') {
        done({ success: false, reason: members });
        return;
      }
      const common = commonSets(members);
      const sets = subscription.setsOf(privateIdentity);
      const changedDefault = sets.find(
        (set) => set.state === 'registered' && changesDefault(set.data, succeeding(set.data, common)),
      );
      if (changedDefault !== undefined) {
        // TS 29.228 §6.2.2.1
        const reason = `PPR cannot change the default identity of a set that is registered (${privateIdentity}): de-register the user`;
        done({ success: false, reason });
        return;
      }
      const due = orderedProfiles(change, sets, common, subscription.sh);
      const changed = members.filter((member) => !subscription.members.includes(member));
      subscription.keep(
        (kept) => this.subscriptions.store.put(changed, kept),
        (error) => {
          if (error !== undefined) {
            done(this.#storeFailed(error));
            return;
          }
          this.subscriptions.update(subscription, members);
          this.push(privateIdentity, due, done);
        },
      );
    });
  }

  #find(
    privateIdentity: string,
    done: Outcome,
    use: (subscription: Subscription, subscriber: Subscriber) => void,
  ): void {
    this.subscriptions.byPrivate(privateIdentity, (subscription, error) => {
      const subscriber = subscription?.member(privateIdentity);
      if (error !== undefined) done(this.#storeFailed(error));
      else if (subscription === undefined || subscriber === undefined) {
        done({ success: false, reason: `${this.chassis.name} has no subscriber ${privateIdentity}` });
      } else use(subscription, subscriber);
    });
  }

  /** PPRs; `done` once. `patienceMs`: how long S-CSCFs that are not connected are waited for. */
  push(privateIdentity: string, due: readonly DueProfile[], done: Outcome, patienceMs = 0): void {
    if (due.length === 0) {
      done({
        success: true,
        reason: `no S-CSCF has to be told: ${privateIdentity} is not registered, or nothing has changed`,
      });
      return;
    }
    const onTooMuch = (): void => this.deregister({ privateIdentity, reason: 'SERVER_CHANGE' }, () => undefined);
    const together = gathered(due.length, done);
    for (const each of due) this.notifications.push(each, onTooMuch, together, patienceMs);
  }

  /** RTRs; what becomes of them is explained. `done` once; `patienceMs` as with `push`. */
  terminate(due: readonly DueTermination[], done: () => void, patienceMs = 0): void {
    if (due.length === 0) done();
    else this.notifications.terminateAll(due, done, patienceMs);
  }

  /** RTRs that were due in an earlier life of this HSS. `done` once for each. */
  terminateOwed(owed: readonly OwedTermination[], done: () => void, patienceMs: number): void {
    for (const each of owed) this.notifications.terminateOwed(each, done, patienceMs);
  }

  #storeFailed(error: string): NotificationOutcome {
    return { success: false, reason: `the store of ${this.chassis.name} failed: ${error}` };
  }
}
