/** Diameter routing agent: relay, proxy or redirect agent between CSCFs and HSSs. RFC 6733 2.7, 2.8, 6.1. */
import { type RoutingAvps, type RoutingDecision, serversOf } from '../../diameter/index.js';
import type { Chassis, NetworkFunction } from '../../node/index.js';
import { redirectTo } from '../diameter-config.js';
import type { DraConfig } from './config.js';

export function dra(chassis: Chassis, { mode, routes, redirect }: DraConfig): NetworkFunction {
  const decide = (request: RoutingAvps): RoutingDecision => {
    const { destinationRealm = '', destinationHost, application } = request;
    const servers = serversOf(routes, destinationRealm, application);
    if (servers === undefined) {
      // RFC 6733 6.1.6, 7.1.3
      return { kind: 'answer', failure: { resultCode: 3003, reason: `nobody here serves ${destinationRealm}` } };
    }
    if (mode !== 'redirect') return { kind: 'forward', hosts: servers };
    const isNamed = destinationHost !== undefined && redirect.uriOf(destinationHost) !== undefined;
    return redirectTo(isNamed ? [destinationHost] : servers, redirect);
  };
  chassis.diameter.actAs({
    mode,
    decide: (request, decided) => decided(decide(request)),
    explain: ({ resultCode, reason = '' }, clause) => {
      chassis.explain({ what: 'cause.notRouted', text: `answered ${resultCode}: ${reason}`, clause });
    },
  });
  return { procedures: [], activeCount: 0, counts: {}, inspect: () => ({ machines: {} }), close: () => {} };
}
