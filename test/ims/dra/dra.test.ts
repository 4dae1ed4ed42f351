import type { AgentOptions, RoutingAvps, RoutingDecision } from '../../../src/diameter/index.js';
import type { DraConfig } from '../../../src/ims/dra/config.js';
import { dra } from '../../../src/ims/dra/dra.js';
import type { Chassis } from '../../../src/node/index.js';

const uris: Readonly<Record<string, string>> = { hss1: 'aaa://hss1:3868', hss2: 'aaa://hss2:3868' };
const routes = [{ realm: 'home.example', application: undefined, servers: ['hss1', 'hss9'] }];
const redirect = { uriOf: (host: string) => uris[host], usage: 1, cacheSeconds: 60 };

function decide(mode: DraConfig['mode'], request: Partial<RoutingAvps>, servers = routes[0]!.servers) {
  let agent: AgentOptions | undefined;
  const chassis = { diameter: { actAs: (options: AgentOptions) => (agent = options) } } as unknown as Chassis;
  dra(chassis, { mode, redirect, routes: [{ ...routes[0]!, servers }] } as unknown as DraConfig);
  let decision: RoutingDecision | undefined;
  agent!.decide({ application: 16777216, routeRecords: [], ...request } as unknown as RoutingAvps, (decided) => {
    decision = decided;
  });
  return decision;
}

describe('a redirect agent', () => {
  it('RFC 6733 6.1.8: names the servers of the realm that have an address', () => {
    expect(decide('redirect', { destinationRealm: 'home.example' })).toEqual({
      kind: 'answer',
      failure: { resultCode: 3006, redirect: { hosts: ['aaa://hss1:3868'], usage: 1, cacheSeconds: 60 } },
    });
  });

  it('RFC 6733 6.1.8: names the host that the request is for, where it knows it', () => {
    const named = (destinationHost: string) =>
      decide('redirect', { destinationRealm: 'home.example', destinationHost });
    expect(named('hss2')).toMatchObject({ failure: { redirect: { hosts: ['aaa://hss2:3868'] } } });
    expect(named('hss8')).toMatchObject({ failure: { redirect: { hosts: ['aaa://hss1:3868'] } } });
  });

  it('RFC 6733 7.1.3: 3002 and no redirect to nowhere', () => {
    expect(decide('redirect', { destinationRealm: 'home.example' }, ['hss9'])).toEqual({
      kind: 'answer',
      failure: { resultCode: 3002, reason: 'no address of hss9 is known' },
    });
  });
});

it('RFC 6733 6.1.6, 7.1.3: a relay forwards to the servers of the realm, and refuses others with 3003', () => {
  expect(decide('relay', { destinationRealm: 'HOME.example' })).toEqual({ kind: 'forward', hosts: ['hss1', 'hss9'] });
  expect(decide('relay', { destinationRealm: 'other.example' })).toMatchObject({ failure: { resultCode: 3003 } });
});
