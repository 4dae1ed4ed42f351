import type { ListenPoint, Resolver } from '../../sip/index.js';
import type { DiameterConfig } from '../diameter-config.js';

/** What an S-CSCF is given (TS 24.229 §5.4). */
export interface ScscfConfig {
  readonly listen: readonly ListenPoint[];
  readonly resolve: Resolver;
  readonly homeDomain: string;
  /** Own SIP URI, stored in the HSS as Server-Name. */
  readonly serverName: string;
  readonly diameter: DiameterConfig;
  /** Read whenever a REGISTER is judged. */
  readonly registration: {
    /** REG-47, seconds. */
    readonly expiresMin: number;
    readonly expiresMax: number;
    readonly expiresDefault: number;
    /** reg-await-auth, TS 24.229 7.8: 4 min. */
    readonly awaitAuthMs: number;
  };
  readonly datagramSizeMax: number | undefined;
}
