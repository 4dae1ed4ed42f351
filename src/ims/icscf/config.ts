import type { ListenPoint, Resolver, TlsSettings } from '../../sip/index.js';
import type { DiameterConfig } from '../diameter-config.js';

/** An S-CSCF that the I-CSCF may choose (REG-60). */
export interface ServingCandidate {
  /** SIP URI as stored in the HSS as Server-Name. */
  readonly serverName: string;
  /** Operator-local capability ids that it has, whether listed as mandatory or optional in its own configuration. */
  readonly capabilities: readonly number[];
}

/** What an I-CSCF is given (TS 24.229 §5.3). */
export interface IcscfConfig {
  readonly listen: readonly ListenPoint[];
  readonly resolve: Resolver;
  readonly homeDomain: string;
  /** Addresses of nodes that may say what a UE has proved (TS 24.229 §4.4); absent: everybody may. */
  readonly trustedAddresses?: ReadonlySet<string>;
  readonly diameter: DiameterConfig;
  readonly servingCandidates: readonly ServingCandidate[];
  /** Needed where there is a `tls` listen point. */
  readonly tls?: TlsSettings | undefined;
  readonly datagramSizeMax: number | undefined;
  /** SIP-62: requests without a final answer, from where new ones get 503. */
  readonly requestsMax?: number | undefined;
}
