/** P-CSCF: whether a NAT stands between it and a UE. TS 33.203 Annex M; TS 24.229 Annex F; RFC 3581 4; AKA-56. */
import { canonicalIpv6, type ServerRequest, type SipRequest } from '../../sip/index.js';

/**
 * The UE writes into Via where it listens, and the packet says where it comes from. A host name in Via says nothing, and
 * neither does another port: over TCP it always differs.
 */
export function isBehindNat(
  { topVia: { host } }: SipRequest,
  { endpoint: { address } }: ServerRequest['source'],
): boolean {
  if (host === address) return false;
  if (!host.includes(':')) return /^\d+\.\d+\.\d+\.\d+$/.test(host);
  return canonicalIpv6(host) !== canonicalIpv6(address);
}
