import type { Endpoint } from '../../environment/index.js';
import type { DiameterConfig, RedirectConfig } from '../diameter-config.js';
import type { Subscriber } from '../subscription/subscriber.js';

/** Those who share a subscription; undefined where there is no such identity. `error`: it could not be asked. */
export type Found = (stored: { readonly members: readonly Subscriber[] } | undefined, error?: string) => void;

/** An HSS, and whom it has at this moment. `found` runs once, at once or later. */
export interface SubscriberDatabase {
  readonly originHost: string;
  byPrivate(privateIdentity: string, found: Found): void;
  /** In canonical form. REG-83: a distinct identity wins over a wildcard whose range it is in. */
  byPublic(publicIdentity: string, found: Found): void;
}

/** What an SLF is given (TS 23.228 §5.8.1). */
export interface SlfConfig {
  readonly listen: readonly Endpoint[];
  readonly diameter: DiameterConfig;
  readonly mode: 'redirect' | 'proxy';
  readonly databases: readonly SubscriberDatabase[];
  readonly redirect: RedirectConfig;
}
