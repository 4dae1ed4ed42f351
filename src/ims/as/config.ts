import type { ListenPoint, Resolver } from '../../sip/index.js';
import type { DiameterConfig } from '../diameter-config.js';

/** What an application server is given (TS 23.218, TS 24.229 §5.7). */
export interface AsConfig {
  readonly listen: readonly ListenPoint[];
  readonly resolve: Resolver;
  /** Own SIP URI: what filter criteria name, and what stands in P-Asserted-Identity of its requests. */
  readonly serverName: string;
  /** Whether it watches the registrations of the users that it is told of (CALL-83). */
  readonly subscribes: boolean;
  /** Towards the HSS; without it the AS does not speak Sh. */
  readonly diameter: DiameterConfig | undefined;
  readonly datagramSizeMax: number | undefined;
}
