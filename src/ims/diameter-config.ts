import { cx, type RoutingDecision } from '../diameter/index.js';
import type { Endpoint } from '../environment/index.js';
import type { FunctionSettings } from '../node/index.js';

type FunctionDiameter = NonNullable<FunctionSettings['diameter']>;

/** A node's Diameter identity and its peers. */
export interface DiameterConfig {
  readonly originHost: string;
  readonly originRealm: string;
  /** Own address, for Host-IP-Address and as the source of connections (port 0 = any). */
  readonly local: Endpoint;
  /** Peers to connect to; empty at a node that only listens. */
  readonly peers: readonly { readonly name: string; readonly originHost: string; readonly address: Endpoint }[];
  /** Origin-Hosts that may connect beside the peers; anybody where absent. */
  readonly peerHosts?: readonly string[] | undefined;
  /** The way to hosts that redirects name. */
  readonly reach?: FunctionDiameter['reach'];
  /** Tc and Tw of RFC 6733 12 and RFC 3539 3.4.1 in ms, and the time an answer is waited for. */
  readonly timers: { readonly reconnectMs: number; readonly watchdogMs: number; readonly answerMs: number };
}

/** What a redirect agent says of those to whom it sends (RFC 6733 6.12 to 6.14). */
export interface RedirectConfig {
  /** DiameterURI of a host; undefined of one that cannot be told. */
  readonly uriOf: (originHost: string) => string | undefined;
  /** Redirect-Host-Usage; 0 is DONT_CACHE. */
  readonly usage: number;
  /** Redirect-Max-Cache-Time, s. */
  readonly cacheSeconds: number | undefined;
}

/** RFC 6733 6.1.8: 3006 with the hosts that can be told; where there is none, nobody would know where to go (7.1.3). */
export function redirectTo(originHosts: readonly string[], redirect: RedirectConfig): RoutingDecision {
  const { uriOf, usage, cacheSeconds } = redirect;
  const hosts = originHosts.flatMap((host) => uriOf(host) ?? []);
  if (hosts.length === 0) {
    const reason = `no address of ${originHosts.join(', ')} is known`;
    return { kind: 'answer', failure: { resultCode: 3002, reason } };
  }
  return { kind: 'answer', failure: { resultCode: 3006, redirect: { hosts, usage, cacheSeconds } } };
}

/** The same for the chassis: a Cx speaker, unless `applications` says otherwise. */
export function diameterSettings(
  config: DiameterConfig,
  listen: readonly Endpoint[],
  applications: FunctionDiameter['applications'] = [cx],
): FunctionDiameter {
  const { originHost, originRealm, local, peers, peerHosts, timers, reach } = config;
  return {
    identity: { originHost, originRealm, addresses: [local.address], productName: 'imslab', vendorId: 0 },
    applications,
    timers,
    peerHosts,
    reach,
    listen,
    peers,
    local: { address: local.address, port: 0 },
  };
}
