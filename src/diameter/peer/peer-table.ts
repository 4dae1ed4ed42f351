/** The peers of a node and the way to a destination (RFC 6733 2.7, 6.1). */
import { isOffered } from './capabilities.js';
import { sameHost } from './local-node.js';
import type { Peer } from './peer.js';

export interface Destination {
  readonly destinationHost?: string | undefined;
  readonly destinationRealm: string;
}

/** In the order of use: a peer on trial or under suspicion is better than none. */
const serviceOrder = ['okay', 'reopen', 'suspect'];

export class PeerTable {
  readonly #peers: Peer[] = [];

  get all(): readonly Peer[] {
    return this.#peers;
  }

  add(peer: Peer): void {
    this.#peers.push(peer);
  }

  remove(peer: Peer): void {
    const index = this.#peers.indexOf(peer);
    if (index >= 0) this.#peers.splice(index, 1);
  }

  byHost(originHost: string): Peer | undefined {
    return this.#peers.find((peer) => sameHost(peer.originHost, originHost));
  }

  /**
   * The open peer for a destination other than `except`: the named host itself, else a peer of the realm, else any
   * that has the application, which may be an agent. Among equals the one that was named first.
   */
  route(applicationId: number, destination: Destination, except: Peer | undefined): Peer | undefined {
    let best: Peer | undefined;
    let bestRank = Number.POSITIVE_INFINITY;
    for (const peer of this.#peers) {
      if (peer === except || !peer.isAvailable || !isOffered(peer.applications, applicationId)) continue;
      const rank = 3 * rankOf(peer, destination) + serviceOrder.indexOf(peer.watchdogState);
      if (rank < bestRank) {
        best = peer;
        bestRank = rank;
      }
    }
    return best;
  }
}

function rankOf(peer: Peer, { destinationHost, destinationRealm }: Destination): number {
  if (destinationHost !== undefined && sameHost(peer.originHost, destinationHost)) return 0;
  return sameHost(peer.originRealm, destinationRealm) ? 1 : 2;
}
