/**
 * Subscription locator function: which of several HSSs has a user (Dx, Dh). TS 29.228 §6.4; TS 29.328 §6.5; TS 23.228 §5.8.1.
 */
import {
  experimentalResultCodes,
  type RoutingAvps,
  type RoutingDecision,
  sameHost,
  vendor3gpp,
} from '../../diameter/index.js';
import type { Chassis, NetworkFunction } from '../../node/index.js';
import { redirectTo } from '../diameter-config.js';
import type { SlfConfig } from './config.js';
import { type Located, locatePrivate, locatePublic } from './location.js';

/** DIAMETER_ERROR_USER_UNKNOWN (TS 29.229 6.2.2.1). */
const userUnknown = 5001;
/** DIAMETER_UNABLE_TO_COMPLY (RFC 6733 7.1.5). */
const unableToComply = 5012;

export function slf(chassis: Chassis, { mode, databases, redirect }: SlfConfig): NetworkFunction {
  const locate = ({ publicIdentity, userName, destinationHost }: RoutingAvps, located: Located): void => {
    // It is known already where the user is: TS 29.228 §6.4.
    const named = databases.find(({ originHost }) => sameHost(originHost, destinationHost ?? ''));
    const byUserName: Located = (hosts, error) => {
      if (hosts.length > 0 || error !== undefined || userName === undefined) located(hosts, error);
      else locatePrivate(databases, userName, located);
    };
    if (named !== undefined) located([named.originHost]);
    else if (publicIdentity === undefined) byUserName([]);
    else locatePublic(databases, publicIdentity, byUserName);
  };
  const decide = (request: RoutingAvps, hosts: readonly string[], error: string | undefined): RoutingDecision => {
    const whom = request.publicIdentity ?? request.userName ?? 'nobody';
    if (hosts.length === 0 && error !== undefined) {
      return {
        kind: 'answer',
        failure: { resultCode: unableToComply, reason: `who has ${whom} is not known: ${error}` },
      };
    }
    if (hosts.length === 0) {
      const reason = `no HSS has ${whom} (${experimentalResultCodes[userUnknown]})`;
      return { kind: 'answer', failure: { resultCode: userUnknown, vendor: vendor3gpp, reason } };
    }
    return mode === 'proxy' ? { kind: 'forward', hosts } : redirectTo(hosts, redirect);
  };
  chassis.diameter.actAs({
    mode,
    decide: (request, decided) => locate(request, (hosts, error) => decided(decide(request, hosts, error))),
    explain: ({ resultCode, reason = '' }, clause) => {
      chassis.explain({ what: 'cause.notLocated', text: `answered ${resultCode}: ${reason}`, clause });
    },
  });
  return { procedures: [], activeCount: 0, counts: {}, inspect: () => ({ machines: {} }), close: () => {} };
}
