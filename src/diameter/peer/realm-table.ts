/** The realm routing table of an agent (RFC 6733 2.7). */
import { sameHost } from './local-node.js';

export interface RealmRoute {
  /** `*`: any, for realms that have no row of their own. */
  readonly realm: string;
  /** Application-Id; any where absent. */
  readonly application: number | undefined;
  /** Origin-Hosts, the preferred one first. */
  readonly servers: readonly string[];
}

const anyRealm = '*';

/**
 * Where a request for a realm goes: the row that names the realm wins over `*`, and one that names the application over one
 * for all. Undefined: the realm is not served (3003).
 */
export function serversOf(
  routes: readonly RealmRoute[],
  realm: string,
  application: number,
): readonly string[] | undefined {
  let best: RealmRoute | undefined;
  let bestRank = 0;
  for (const route of routes) {
    const ofRealm = sameHost(route.realm, realm);
    if (!ofRealm && route.realm !== anyRealm) continue;
    if (route.application !== undefined && route.application !== application) continue;
    const rank = (ofRealm ? 2 : 0) + (route.application === undefined ? 1 : 2);
    if (rank > bestRank) {
      best = route;
      bestRank = rank;
    }
  }
  return best?.servers;
}
