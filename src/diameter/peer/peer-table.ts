/** The peers of a node and the way to a destination (RFC 6733 2.6, 6.1). */

import { relayApplicationId } from '../dictionaries/base.dictionary.js';
import { isOffered } from './capabilities.js';
import type { Connection } from './connection.js';
import { type LocalNode, sameHost } from './local-node.js';
import type { Peer } from './peer.js';

export interface Destination {
  readonly destinationHost?: string | undefined;
  readonly destinationRealm: string;
}

/** In the order of use: a peer on trial or under suspicion is better than none. */
const serviceOrder = ['okay', 'reopen', 'suspect'];

/** Further ones are taken for what they are not. */
const agentsMax = 1_000;

export class PeerTable {
  readonly #peers: Peer[] = [];
  /** They get what is for them by name, and nothing else. */
  readonly #byNameOnly = new Set<Peer>();
  /** Origin-Hosts, in lower case, of those that have brought requests of others: the way back to these. */
  readonly #agents = new Set<string>();

  get all(): readonly Peer[] {
    return this.#peers;
  }

  /** `byNameOnly`: known from a redirect, so that nothing goes there but what was sent there. */
  add(peer: Peer, byNameOnly = false): void {
    this.#peers.push(peer);
    if (byNameOnly) this.#byNameOnly.add(peer);
  }

  remove(peer: Peer): void {
    const index = this.#peers.indexOf(peer);
    if (index >= 0) this.#peers.splice(index, 1);
    this.#byNameOnly.delete(peer);
  }

  /** What came over the connection has passed other nodes (RFC 6733 6.1.9 Route-Record). */
  noteAgent(connection: Connection): void {
    const peer = this.byConnection(connection);
    if (peer !== undefined && this.#agents.size < agentsMax) this.#agents.add(peer.originHost.toLowerCase());
  }

  byHost(originHost: string): Peer | undefined {
    return this.#peers.find((peer) => sameHost(peer.originHost, originHost));
  }

  byConnection(connection: Connection): Peer | undefined {
    return this.#peers.find((peer) => peer.connection === connection);
  }

  /**
   * The open peer for a destination other than `except`: the named host itself, else a relay where a host is named that is
   * no peer, else a peer of the realm, else any that has the application, which may be an agent. Among equals the one
   * that was named first. What is for a named host goes to no other node that has come by itself and is no agent: it
   * could do nothing with it, and is not to read it.
   */
  route(applicationId: number, destination: Destination, except: Peer | undefined): Peer | undefined {
    return this.#best(applicationId, (peer) => {
      if (peer === except) return undefined;
      const rank = rankOf(peer, destination);
      if (rank > 0 && destination.destinationHost !== undefined && !this.#leadsOn(peer)) return undefined;
      return rank > 0 && this.#byNameOnly.has(peer) ? undefined : rank;
    });
  }

  /** The open one of some hosts, the first of them preferred. */
  among(hosts: readonly string[], applicationId: number, isFit: (peer: Peer) => boolean): Peer | undefined {
    return this.#best(applicationId, (peer) => {
      const rank = hosts.findIndex((host) => sameHost(host, peer.originHost));
      return rank >= 0 && isFit(peer) ? rank : undefined;
    });
  }

  /** Why no peer is there for a request: one whose connection has ended is tried again after Tc (RFC 6733 2.1). */
  absence({ environment, timers }: LocalNode): string {
    const lost = this.#peers.find(({ isAvailable, lostAt }) => !isAvailable && lostAt !== undefined);
    if (lost === undefined) return `no open peer for the destination${this.#neverMet()}`;
    const seconds = ((environment.clock.now() - lost.lostAt!) / 1000).toFixed(1);
    return `no open peer for the destination: the connection to ${lost.name} ended ${seconds} s ago, and is tried again every ${timers.reconnectMs / 1000} s (Tc)`;
  }

  #neverMet(): string {
    const { options, isAvailable } = this.#peers.find((peer) => peer.options.route !== undefined) ?? {};
    if (options?.route === undefined || isAvailable !== false) return '';
    const { address, port } = options.route.to;
    return `: no connection to ${options.name} at ${address.includes(':') ? `[${address}]` : address}:${port} has come about yet`;
  }

  /** This node is configured to send to it, or it is an agent. */
  #leadsOn({ options, applications, originHost }: Peer): boolean {
    return (
      options.route !== undefined || applications.has(relayApplicationId) || this.#agents.has(originHost.toLowerCase())
    );
  }

  /** `rank`: the lowest is best; undefined of one that is out of the question. */
  #best(applicationId: number, rank: (peer: Peer) => number | undefined): Peer | undefined {
    let best: Peer | undefined;
    let bestRank = Number.POSITIVE_INFINITY;
    for (const peer of this.#peers) {
      if (!peer.isAvailable || !isOffered(peer.applications, applicationId)) continue;
      const own = rank(peer);
      if (own === undefined) continue;
      const total = serviceOrder.length * own + serviceOrder.indexOf(peer.watchdogState);
      if (total < bestRank) {
        best = peer;
        bestRank = total;
      }
    }
    return best;
  }
}

function rankOf(peer: Peer, { destinationHost, destinationRealm }: Destination): number {
  if (destinationHost !== undefined) {
    if (sameHost(peer.originHost, destinationHost)) return 0;
    // RFC 6733 6.1.4, 6.1.6: the host is behind an agent, if anywhere.
    if (peer.applications.has(relayApplicationId)) return 1;
  }
  return sameHost(peer.originRealm, destinationRealm) ? 2 : 3;
}
