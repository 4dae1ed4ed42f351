/** Subscription locator function: which of several HSSs has a user (Dx). TS 29.228 §6.4; TS 23.228 §5.8.1. */
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
import { IdentityIndex } from './identity-index.js';

/** DIAMETER_ERROR_USER_UNKNOWN (TS 29.229 6.2.2.1). */
const userUnknown = 5001;

export function slf(chassis: Chassis, { mode, databases, redirect }: SlfConfig): NetworkFunction {
  const index = new IdentityIndex(databases);
  const hostsOf = ({ publicIdentity, userName, destinationHost }: RoutingAvps): readonly string[] | undefined => {
    // It is known already where the user is: TS 29.228 §6.4.
    const named = databases.find(({ originHost }) => sameHost(originHost, destinationHost ?? ''));
    if (named !== undefined) return [named.originHost];
    const ofUser = publicIdentity === undefined ? undefined : index.byPublic(publicIdentity);
    return ofUser ?? (userName === undefined ? undefined : index.byPrivate(userName));
  };
  const decide = (request: RoutingAvps): RoutingDecision => {
    const hosts = hostsOf(request);
    if (hosts === undefined) {
      const whom = request.publicIdentity ?? request.userName ?? 'nobody';
      const reason = `no HSS has ${whom} (${experimentalResultCodes[userUnknown]})`;
      return { kind: 'answer', failure: { resultCode: userUnknown, vendor: vendor3gpp, reason } };
    }
    return mode === 'proxy' ? { kind: 'forward', hosts } : redirectTo(hosts, redirect);
  };
  chassis.diameter.actAs({
    mode,
    decide,
    explain: ({ resultCode, reason = '' }, clause) => {
      chassis.explain({ what: 'cause.notLocated', text: `answered ${resultCode}: ${reason}`, clause });
    },
  });
  return { procedures: [], activeCount: 0, counts: {}, inspect: () => ({ machines: {} }), close: () => {} };
}
