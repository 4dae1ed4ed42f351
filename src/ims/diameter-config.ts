import { cx } from '../diameter/index.js';
import type { Endpoint } from '../environment/index.js';
import type { FunctionSettings } from '../node/index.js';

/** A node's Diameter identity and its peers. */
export interface DiameterConfig {
  readonly originHost: string;
  readonly originRealm: string;
  /** Own address, for Host-IP-Address and as the source of connections (port 0 = any). */
  readonly local: Endpoint;
  /** Peers to connect to; empty at a node that only listens. */
  readonly peers: readonly { readonly name: string; readonly originHost: string; readonly address: Endpoint }[];
  /** Tc and Tw of RFC 6733 12 and RFC 3539 3.4.1 in ms, and the time an answer is waited for. */
  readonly timers: { readonly reconnectMs: number; readonly watchdogMs: number; readonly answerMs: number };
}

/** The same for the chassis: a Cx speaker. */
export function diameterSettings(
  config: DiameterConfig,
  listen: readonly Endpoint[],
): NonNullable<FunctionSettings['diameter']> {
  const { originHost, originRealm, local, peers, timers } = config;
  return {
    identity: { originHost, originRealm, addresses: [local.address], productName: 'imslab', vendorId: 0 },
    applications: [cx],
    timers,
    listen,
    peers,
    local: { address: local.address, port: 0 },
  };
}
