import type { AgentOptions, RoutingAvps } from '../../../src/diameter/index.js';
import type { SlfConfig } from '../../../src/ims/slf/config.js';
import { slf } from '../../../src/ims/slf/slf.js';
import type { Chassis } from '../../../src/node/index.js';

const redirect = {
  uriOf: (host: string) => (host === 'hss1.home' ? 'aaa://hss1.home:3868' : undefined),
  usage: 0,
  cacheSeconds: undefined,
};
const subscriberOf = (uri: string) => {
  const publicIdentities = [{ uri, barred: false, kind: 'distinct' }];
  return { privateIdentity: uri.slice(4), implicitSets: [{ serviceProfiles: [{ publicIdentities }] }] };
};
const databases = [
  { originHost: 'hss1.home', subscribers: [subscriberOf('sip:alice@home')] },
  { originHost: 'hss2.home', subscribers: [subscriberOf('sip:bob@home')] },
];

function decide(mode: SlfConfig['mode'], request: Partial<RoutingAvps>) {
  let agent: AgentOptions | undefined;
  const chassis = { diameter: { actAs: (options: AgentOptions) => (agent = options) } } as unknown as Chassis;
  slf(chassis, { mode, databases, redirect } as unknown as SlfConfig);
  return agent!.decide(request as RoutingAvps);
}

it('TS 29.228 6.4: by the public identity, else by the private one', () => {
  expect(decide('proxy', { publicIdentity: 'sip:bob@HOME', userName: 'alice@home' })).toEqual({
    kind: 'forward',
    hosts: ['hss2.home'],
  });
  expect(decide('proxy', { userName: 'alice@home' })).toEqual({ kind: 'forward', hosts: ['hss1.home'] });
});

it('TS 29.228 6.4, RFC 6733 4.3.1: to the HSS that the request names, in whatever case', () => {
  const hosts = decide('proxy', { destinationHost: 'HSS2.Home', publicIdentity: 'sip:alice@home' });
  expect(hosts).toEqual({ kind: 'forward', hosts: ['hss2.home'] });
  // Somebody else's name says nothing of the user.
  expect(decide('proxy', { destinationHost: 'slf.home', userName: 'alice@home' })).toMatchObject({
    hosts: ['hss1.home'],
  });
});

it('TS 29.229 6.2.2.1: 5001 for a user that no HSS has', () => {
  expect(decide('redirect', { publicIdentity: 'sip:carol@home' })).toMatchObject({
    failure: { resultCode: 5001, vendor: 10415 },
  });
});

it('RFC 6733 6.1.8, 7.1.3: redirects to where there is an address, else 3002', () => {
  expect(decide('redirect', { publicIdentity: 'sip:alice@home' })).toMatchObject({
    failure: { resultCode: 3006, redirect: { hosts: ['aaa://hss1.home:3868'] } },
  });
  expect(decide('redirect', { publicIdentity: 'sip:bob@home' })).toMatchObject({ failure: { resultCode: 3002 } });
});
