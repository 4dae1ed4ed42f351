/** Subscription locator function: which of several HSSs has a user (Dx). TS 29.228 §6.4; TS 23.228 §5.8.1. */
import { experimentalResultCodes, type RoutingAvps, type RoutingDecision, vendor3gpp } from '../../diameter/index.js';
import type { Chassis, NetworkFunction } from '../../node/index.js';
import type { SlfConfig } from './config.js';
import { IdentityIndex } from './identity-index.js';

/** DIAMETER_ERROR_USER_UNKNOWN (TS 29.229 6.2.2.1). */
const userUnknown = 5001;

export function slf(chassis: Chassis, { mode, databases, redirect }: SlfConfig): NetworkFunction {
  const index = new IdentityIndex(databases);
  const hostsOf = ({ publicIdentity, userName, destinationHost }: RoutingAvps): readonly string[] | undefined => {
    // It is known already where the user is: TS 29.228 §6.4.
    if (destinationHost !== undefined && databases.some(({ originHost }) => originHost === destinationHost)) {
      return [destinationHost];
    }
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
    if (mode === 'proxy') return { kind: 'forward', hosts };
    const { uriOf, usage, cacheSeconds } = redirect;
    const uris = hosts.flatMap((host) => uriOf(host) ?? []);
    return { kind: 'answer', failure: { resultCode: 3006, redirect: { hosts: uris, usage, cacheSeconds } } };
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
