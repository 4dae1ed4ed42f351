/** Where messages go and where they come from. */
import type { Endpoint } from '../../environment/index.js';

export type SipProtocol = 'udp' | 'tcp' | 'tls';

/**
 * A socket of this element. `port` 0 asks for any free one; the endpoint then shows the real one. A `tls` point of an element
 * without a certificate listens nowhere: it stands in Via for the connections that the element opens itself (RFC 5626 4).
 */
export interface ListenPoint {
  readonly protocol: SipProtocol;
  readonly address: string;
  readonly port: number;
}

/** A next hop, or the way back to where a message came from. */
export interface Destination {
  readonly protocol: SipProtocol;
  /** Numeric. */
  readonly endpoint: Endpoint;
  /** A flow: this very connection and no other (RFC 5626 5.3). */
  readonly connectionId?: number | undefined;
  /** The socket to send from; the first one of the protocol and address family where absent. */
  readonly local?: ListenPoint | undefined;
  /** UDP: the socket that sends in the name of `local`, which Via shows (TS 33.203 7.1: from the protected client port). */
  readonly sender?: ListenPoint | undefined;
}

/** What a message that arrived says of its way: connection and own socket are known. */
export interface Source extends Destination {
  readonly local: ListenPoint;
}

/**
 * RFC 3263 without DNS (SIP-26, SIP-72): numeric hosts directly, names from the topology's table. Several = in order
 * of preference; empty = unknown. `transport` is the URI's parameter in lower case. `isQuestion`: nothing is about to be sent, so
 * the answer is all that the name stands for, by every transport, and nobody's turn passes.
 */
export type Resolver = (
  host: string,
  port: number | undefined,
  transport: string | undefined,
  isQuestion?: boolean,
) => readonly Destination[];

/** The same way from a socket that is settled. Written out: a spread with one more property costs a hidden class each time. */
export function fromSocket({ protocol, endpoint, connectionId, sender }: Destination, local: ListenPoint): Source {
  return { protocol, endpoint, connectionId, local, sender };
}

/** SIP-27 / RFC 3261 18, 19.1.2. */
export function defaultPortOf(protocol: SipProtocol): number {
  return protocol === 'tls' ? 5061 : 5060;
}

export function endpointKey(endpoint: Endpoint): string {
  return `${endpoint.address} ${endpoint.port}`;
}

/** Two numeric addresses of one family. */
export function sameFamily(one: string, other: string): boolean {
  return one.includes(':') === other.includes(':');
}

/** True for what cannot be a host name: an IPv6 address, or a text that ends in a digit as no domain does. */
export function isNumericHost(host: string): boolean {
  const last = host.charCodeAt(host.length - 1);
  return (last >= 0x30 && last <= 0x39) || host.includes(':');
}

/** The listen point with its true port. */
export function boundPoint(wanted: ListenPoint, { address, port }: Endpoint): ListenPoint {
  if (wanted.address === address && wanted.port === port) return wanted;
  return { protocol: wanted.protocol, address, port };
}
