/** HSS: subscribers, authentication vectors and registration state behind Cx. TS 29.228 §6; AuC of TS 33.102 6.3. */
import type { DeregistrationReasonCode } from '../../diameter/index.js';
import type { Chassis, NetworkFunction } from '../../node/index.js';
import type { Subscriber } from '../subscription/subscriber.js';
import type { HssConfig } from './config.js';
import { CxProcedures } from './cx-procedures.js';
import { OperatorOrders } from './operator-orders.js';
import type { ProfileChange } from './profile-change.js';
import { Provisioning } from './provisioning.js';
import type { NotificationOutcome } from './s-cscf-notifications.js';
import { ShProcedures } from './sh-procedures.js';
import type { Done, SubscriberStore } from './store.js';
import { Subscriptions } from './subscriptions.js';

/** Whom the operator de-registers, and why (TS 29.229 6.3.17). */
export interface DeregistrationOrder {
  readonly privateIdentity: string;
  readonly reason: DeregistrationReasonCode;
  /** Only the sets of these; all of the private identity where absent. */
  readonly publicIdentities?: readonly string[];
}

export interface HssFunction extends NetworkFunction {
  /** Network-initiated de-registration (TS 29.228 §6.1.3); `done` once, when each S-CSCF has answered. */
  deregister(order: DeregistrationOrder, done: (outcome: NotificationOutcome) => void): void;
  /**
   * Changes the profile of a subscriber, and tells the S-CSCF that serves it (TS 29.228 §6.2); `done` once, when it has
   * answered, or at once where none does: then the next SAA has it.
   */
  pushProfile(change: ProfileChange, done: (outcome: NotificationOutcome) => void): void;
  /**
   * Adds or replaces subscribers, by private identity. S-CSCFs that serve them are told: PPR, or RTR where the default
   * identity of a set is another one. `done` once, when the store has them, or with why it has not.
   */
  put(subscribers: readonly Subscriber[], done: Done): void;
  /** Whom it has at this moment. */
  readonly store: Pick<SubscriberStore, 'byPrivate' | 'byPublic'>;
  /** Removes subscribers; those that are registered are de-registered (RTR PERMANENT_TERMINATION). */
  remove(privateIdentities: readonly string[], done: Done): void;
}

export function hss(chassis: Chassis, config: HssConfig): HssFunction {
  const { store, services = new Map(), sh } = config;
  const subscriptions = new Subscriptions(chassis, store);
  const { notifications } = new CxProcedures(chassis, subscriptions);
  const orders = new OperatorOrders(chassis, subscriptions, notifications, services);
  if (sh !== undefined) {
    new ShProcedures(chassis, subscriptions, sh, ({ terminations, profiles }) => {
      orders.terminate(terminations, () => undefined);
      for (const each of profiles) orders.push(each.privateIdentity, [each], () => undefined);
    });
  }
  const provisioning = new Provisioning(chassis, subscriptions, orders);
  return {
    procedures: [],
    activeCount: 0,
    store,
    get counts() {
      return { subscriptions: subscriptions.machineCount };
    },
    inspect: () => ({ machines: { subscription: subscriptions.machineCount }, assigned: subscriptions.claims() }),
    deregister: (order, done) => orders.deregister(order, done),
    pushProfile: (change, done) => orders.pushProfile(change, done),
    put: (subscribers, done) => provisioning.put(subscribers, done),
    remove: (privateIdentities, done) => provisioning.remove(privateIdentities, done),
    close: () => {
      provisioning.close();
      notifications.close();
      subscriptions.close();
    },
  };
}
