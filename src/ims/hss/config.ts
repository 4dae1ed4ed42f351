import type { Endpoint } from '../../environment/index.js';
import type { DiameterConfig } from '../diameter-config.js';
import type { Services } from './profile-change.js';
import type { ShSettings } from './sh-procedures.js';
import type { SubscriberStore } from './store.js';

/** What an HSS is given (TS 29.228). */
export interface HssConfig {
  readonly listen: readonly Endpoint[];
  readonly diameter: DiameterConfig;
  /** Its subscribers and what has happened to them. Whoever has made it closes it. */
  readonly store: SubscriberStore;
  /** Those that a changed profile may name. */
  readonly services?: Services;
  /** Without it the HSS does not speak Sh. */
  readonly sh?: ShSettings;
}
