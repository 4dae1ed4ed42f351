import type { AlgorithmPair } from '../../ipsec/index.js';
import type { ListenPoint, Resolver, TlsSettings } from '../../sip/index.js';

/** The security agreement with UEs (RFC 3329, TS 33.203 §7). */
export interface SecurityConfig {
  /**
   * `none`: UEs use IMS AKA without security associations. `ipsec-3gpp`: they must offer an agreement; those that use SIP
   * Digest or GIBA need none.
   */
  readonly mechanism: 'none' | 'ipsec-3gpp';
  /** Of these the first that the UE offers is taken (REG-23). */
  readonly algorithms: readonly AlgorithmPair[];
  /** The same for all UEs (AKA-55). */
  readonly clientPort: number;
  readonly serverPort: number;
}

/** What a P-CSCF is given (TS 24.229 §5.2). */
export interface PcscfConfig {
  readonly listen: readonly ListenPoint[];
  readonly resolve: Resolver;
  /** Sent as P-Visited-Network-ID and in orig-ioi (REG-20): the network that this P-CSCF belongs to. */
  readonly networkIdentifier: string;
  /** The home domain of the network that the P-CSCF knows the I-CSCFs of (TS 23.003 13.2). */
  readonly homeDomain: string;
  /** Addresses of nodes that have authenticated the user themselves: an MSC server (REG-21, TS 29.292). */
  readonly trusted?: readonly string[] | undefined;
  /** Absent: `none`. */
  readonly security?: SecurityConfig | undefined;
  /** Watch the registration of each user at the S-CSCF (REG-27). */
  readonly subscribe?: boolean | undefined;
  /** Recommended to UEs that offer to keep their flow alive (RFC 6223), seconds; absent: nothing is. */
  readonly keepAlive?: number | undefined;
  /** Needed where there is a `tls` listen point. */
  readonly tls?: TlsSettings | undefined;
  /** SIP-20; undefined switches the rule off. */
  readonly datagramSizeMax: number | undefined;
  /** SIP-62: requests without a final answer, from where new ones get 503. */
  readonly requestsMax?: number | undefined;
}

/** TS 33.203 Annex O: whether UEs can come over TLS. */
export function offersTls({ listen }: PcscfConfig): boolean {
  return listen.some(({ protocol }) => protocol === 'tls');
}
