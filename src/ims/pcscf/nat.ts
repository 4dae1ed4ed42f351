/** P-CSCF: whether a NAT stands between it and a UE. TS 33.203 Annex M; TS 24.229 Annex F; RFC 3581 4; AKA-56. */
import type { Cause } from '../../node/index.js';
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

/** Of a first registration over UDP: what will keep the UE from being reached, unless it keeps its mapping open itself. */
export function shortLivedMapping(
  { message, source }: ServerRequest,
  keepAlive: number | undefined,
): Cause | undefined {
  const isKept = keepAlive !== undefined && message.topVia.parameters.get('keep') === true; // RFC 6223 4.4
  if (source.protocol !== 'udp' || isKept || !isBehindNat(message, source)) return undefined;
  return {
    what: 'info.natWithoutKeepAlive',
    text:
      `the UE of ${message.to.uri.text} is behind a NAT (it writes ${message.topVia.host} into Via, and sends from ` +
      `${source.endpoint.address}) and has agreed to no keep-alives: once the NAT has forgotten its mapping nobody reaches it until ` +
      'it sends again; set access.keep-alive here and registration.keep-alive at the UE',
    clause: 'TS 24.229 Annex F, RFC 6223 4.4',
  };
}
