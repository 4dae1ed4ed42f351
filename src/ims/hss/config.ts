import type { Endpoint } from '../../environment/index.js';
import type { DiameterConfig } from '../diameter-config.js';
import type { Subscriber } from '../subscription/subscriber.js';
import type { Services } from './profile-change.js';

/** What an HSS is given (TS 29.228). */
export interface HssConfig {
  readonly listen: readonly Endpoint[];
  readonly diameter: DiameterConfig;
  readonly subscribers: readonly Subscriber[];
  /** Those that a changed profile may name. */
  readonly services?: Services;
}
