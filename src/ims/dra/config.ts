import type { RealmRoute } from '../../diameter/index.js';
import type { Endpoint } from '../../environment/index.js';
import type { DiameterConfig, RedirectConfig } from '../diameter-config.js';

/** What a Diameter agent is given (RFC 6733 2.7, 2.8). */
export interface DraConfig {
  /** For peers that connect to it. */
  readonly listen: readonly Endpoint[];
  readonly diameter: DiameterConfig;
  readonly mode: 'relay' | 'proxy' | 'redirect';
  readonly routes: readonly RealmRoute[];
  readonly redirect: RedirectConfig;
}
