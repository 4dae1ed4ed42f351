import { cx, sh } from '../../diameter/index.js';
import { FunctionNode, type NodeOptions } from '../../node/index.js';
import { diameterSettings } from '../diameter-config.js';
import type { HssConfig } from './config.js';
import { type HssFunction, hss } from './hss.js';

export type { HssConfig } from './config.js';
export type { DeregistrationOrder, HssFunction } from './hss.js';
export { MemoryStore } from './memory-store.js';
export type { ProfileChange, Services } from './profile-change.js';
export type { NotificationOutcome as TerminationOutcome } from './s-cscf-notifications.js';
export type { ShPermissions } from './sh-permissions.js';
export type { ShSettings } from './sh-procedures.js';
export {
  type Done,
  type Found,
  type SetState,
  type StoredSubscription,
  type SubscriberStore,
  type SubscriptionState,
  subscriptionKey,
} from './store.js';

export function createHss(options: NodeOptions, config: HssConfig): FunctionNode<HssFunction> {
  const applications = config.sh === undefined ? [cx] : [cx, sh];
  const diameter = diameterSettings(config.diameter, config.listen, applications);
  return new FunctionNode(options, { diameter }, (chassis) => hss(chassis, config));
}
