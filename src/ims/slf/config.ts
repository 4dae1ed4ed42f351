import type { Endpoint } from '../../environment/index.js';
import type { DiameterConfig, RedirectConfig } from '../diameter-config.js';
import type { Subscriber } from '../subscription/subscriber.js';

/** An HSS, and whom it has. */
export interface SubscriberDatabase {
  readonly originHost: string;
  readonly subscribers: readonly Subscriber[];
}

/** What an SLF is given (TS 23.228 §5.8.1). */
export interface SlfConfig {
  readonly listen: readonly Endpoint[];
  readonly diameter: DiameterConfig;
  readonly mode: 'redirect' | 'proxy';
  readonly databases: readonly SubscriberDatabase[];
  readonly redirect: RedirectConfig;
}
