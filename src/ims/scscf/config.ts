import type { ListenPoint, Resolver, TlsSettings } from '../../sip/index.js';
import type { DiameterConfig } from '../diameter-config.js';
import type { InitialFilterCriterion } from '../subscription/filter-criteria.js';
import type { ReauthenticationPolicy } from './reauthentication.js';

/** What an S-CSCF is given (TS 24.229 §5.4). */
export interface ScscfConfig {
  readonly listen: readonly ListenPoint[];
  readonly resolve: Resolver;
  readonly homeDomain: string;
  /** Addresses of nodes that may say what a UE has proved (TS 24.229 §4.4); absent: everybody may. */
  readonly trustedAddresses?: ReadonlySet<string>;
  /** Own SIP URI, stored in the HSS as Server-Name. */
  readonly serverName: string;
  readonly diameter: DiameterConfig;
  /** It leaves contacts at the HSS, and has them back after a restart (TS 23.380 4). */
  readonly restoration?: boolean;
  /** Criteria that it has already, by SharedIFCSetID (SiFC, TS 29.229 7.1.1); absent: it asks for all of them. */
  readonly sharedCriteria?: ReadonlyMap<number, readonly InitialFilterCriterion[]> | undefined;
  /** The longest user data that it takes, octets; without limit where absent. */
  readonly userDataMax?: number | undefined;
  /** Read whenever a REGISTER is judged. */
  readonly registration: {
    /** REG-47, seconds. */
    readonly expiresMin: number;
    readonly expiresMax: number;
    readonly expiresDefault: number;
    /** reg-await-auth, TS 24.229 7.8: 4 min. */
    readonly awaitAuthMs: number;
    /** Flows that a UE, which is a private identity with an instance, may have at once (REG-48, RFC 5626). */
    readonly contactsMax: number;
  };
  /** Read whenever a REGISTER is judged. */
  readonly authentication: {
    /** The digest of IMS AKA where the P-CSCF does not decide (AKA-31, AKA-32). */
    readonly aka: 'AKAv1-MD5' | 'AKAv2-MD5';
    /** Qualities of protection that an AKA challenge offers; empty: none (RFC 2617 3.2.1). */
    readonly qop: readonly ('auth' | 'auth-int')[];
    /** SIP-Number-Auth-Items of MAR, 1 to 5: vectors that are left are used later without asking. */
    readonly vectors: number;
    /** When a protected REGISTER of a registered user is challenged (REG-44). */
    readonly reauthenticate: ReauthenticationPolicy;
    /** How often a UE may answer wrongly before 403; with AKA only a MAC failure is challenged anew (REG section 8). */
    readonly attemptsMax: number;
    /** How long the nonce of a SIP Digest challenge is taken, ms. */
    readonly nonceLifetimeMs: number;
    /** Whether the 200 after AKA proves the network (AKA-36); after SIP Digest it always does. */
    readonly authenticationInfo: boolean;
  };
  /** What this network can do, as it stands in Feature-Caps behind `*;` (RFC 6809, TS 24.229 §7.9A); told with each 200. */
  readonly featureCaps?: readonly string[] | undefined;
  /** Needed where there is a `tls` listen point. */
  readonly tls?: TlsSettings | undefined;
  readonly datagramSizeMax: number | undefined;
  /** SIP-62: requests without a final answer, from where new ones get 503. */
  readonly requestsMax?: number | undefined;
}
