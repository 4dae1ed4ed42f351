import type { ListenPoint, Resolver } from '../../sip/index.js';

/** What a P-CSCF is given (TS 24.229 §5.2). */
export interface PcscfConfig {
  readonly listen: readonly ListenPoint[];
  readonly resolve: Resolver;
  /** Sent as P-Visited-Network-ID and in orig-ioi (REG-20): the network that this P-CSCF belongs to. */
  readonly networkIdentifier: string;
  /** Addresses of nodes that have authenticated the user themselves: an MSC server (REG-21, TS 29.292). */
  readonly trusted?: readonly string[] | undefined;
  /** SIP-20; undefined switches the rule off. */
  readonly datagramSizeMax: number | undefined;
}
