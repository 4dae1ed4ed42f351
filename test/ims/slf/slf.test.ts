import type { AgentOptions, RoutingAvps, RoutingDecision } from '../../../src/diameter/index.js';
import { MemoryStore } from '../../../src/ims/hss/index.js';
import type { SlfConfig, SubscriberDatabase } from '../../../src/ims/slf/config.js';
import { slf } from '../../../src/ims/slf/slf.js';
import type { PublicIdentity, Subscriber } from '../../../src/ims/subscription/subscriber.js';
import type { Chassis } from '../../../src/node/index.js';

const redirect = {
  uriOf: (host: string) => (host === 'hss1.home' ? 'aaa://hss1.home:3868' : undefined),
  usage: 0,
  cacheSeconds: undefined,
};

function subscriber(privateIdentity: string, ...identities: readonly (string | Partial<PublicIdentity>)[]): Subscriber {
  const publicIdentities = identities.map((each) => ({
    barred: false,
    kind: 'distinct',
    ...(typeof each === 'string' ? { uri: each } : each),
  }));
  return { privateIdentity, implicitSets: [{ serviceProfiles: [{ publicIdentities }] }] } as unknown as Subscriber;
}

let hss1: MemoryStore;
let hss2: MemoryStore;
let databases: SubscriberDatabase[];
const database = (originHost: string, store: MemoryStore): SubscriberDatabase => ({
  originHost,
  byPrivate: (identity, found) => store.byPrivate(identity, found),
  byPublic: (identity, found) => store.byPublic(identity, found),
});
beforeEach(() => {
  hss1 = new MemoryStore([
    subscriber('alice@home', 'sip:alice@home', 'tel:+15550100001'),
    subscriber('shared@home', 'sip:both@home'),
    subscriber('all@home', { uri: 'sip:room-!.*!@home', kind: 'wildcardedPsi' }),
  ]);
  hss2 = new MemoryStore([
    subscriber('bob@home', 'sip:bob@home'),
    subscriber('shared@home', 'sip:both@home'),
    subscriber('room@home', 'sip:room-7@home'),
  ]);
  databases = [database('hss1.home', hss1), database('hss2.home', hss2)];
});

/** Undefined until it is decided. */
function deciding(mode: SlfConfig['mode'], request: Partial<RoutingAvps>): () => RoutingDecision | undefined {
  let agent: AgentOptions | undefined;
  const chassis = { diameter: { actAs: (options: AgentOptions) => (agent = options) } } as unknown as Chassis;
  slf(chassis, { mode, databases, redirect } as unknown as SlfConfig);
  const decisions: RoutingDecision[] = [];
  agent!.decide(request as RoutingAvps, (decision) => decisions.push(decision));
  return () => {
    expect(decisions.length).toBeLessThanOrEqual(1);
    return decisions[0];
  };
}

const decide = (mode: SlfConfig['mode'], request: Partial<RoutingAvps>) => deciding(mode, request)();

it.each([
  ['a SIP URI, in whatever case of its host', { publicIdentity: 'sip:bob@HOME' }, ['hss2.home']],
  ['a tel URI, with its visual separators', { publicIdentity: 'tel:+1-555-010-0001' }, ['hss1.home']],
  ['an identity that both have', { publicIdentity: 'sip:both@home' }, ['hss1.home', 'hss2.home']],
  ['one in the range of a wildcard', { publicIdentity: 'sip:room-8@home' }, ['hss1.home']],
  ['REG-83: a distinct one before the wildcard of another HSS', { publicIdentity: 'sip:room-7@home' }, ['hss2.home']],
  ['a private identity', { userName: 'alice@home' }, ['hss1.home']],
  ['the public one before the private one', { publicIdentity: 'sip:bob@home', userName: 'alice@home' }, ['hss2.home']],
  [
    'the private one where nobody has the public',
    { publicIdentity: 'sip:x@home', userName: 'bob@home' },
    ['hss2.home'],
  ],
])('TS 29.228 6.4, TS 23.228 5.8.1: by %s', (_, request, hosts) => {
  expect(decide('proxy', request)).toEqual({ kind: 'forward', hosts });
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
  expect(decide('redirect', { publicIdentity: 'sip:carol@home', userName: 'carol@home' })).toMatchObject({
    failure: { resultCode: 5001, vendor: 10415 },
  });
});

it('RFC 6733 6.1.8, 7.1.3: redirects to where there is an address, else 3002', () => {
  expect(decide('redirect', { publicIdentity: 'sip:alice@home' })).toMatchObject({
    failure: { resultCode: 3006, redirect: { hosts: ['aaa://hss1.home:3868'] } },
  });
  expect(decide('redirect', { publicIdentity: 'sip:bob@home' })).toMatchObject({ failure: { resultCode: 3002 } });
});

it('TS 23.228 5.8.1: who is added, moved or removed while it runs is found where it is now', () => {
  const carol = () => decide('proxy', { publicIdentity: 'sip:carol@home' });
  expect(carol()).toMatchObject({ failure: { resultCode: 5001 } });
  hss1.put([subscriber('carol@home', 'sip:carol@home')], () => undefined);
  expect(carol()).toEqual({ kind: 'forward', hosts: ['hss1.home'] });
  hss1.remove(['carol@home'], () => undefined);
  hss2.put([subscriber('carol@home', 'sip:carol@home')], () => undefined);
  expect(carol()).toEqual({ kind: 'forward', hosts: ['hss2.home'] });
});

describe('stores that answer later', () => {
  let answers: ((members: readonly Subscriber[] | undefined, error?: string) => void)[];
  beforeEach(() => {
    answers = [];
    const later: SubscriberDatabase['byPublic'] = (_, found) => {
      answers.push((members, error) => found(members && { members }, error));
    };
    databases = ['hss1.home', 'hss2.home'].map((originHost) => ({ originHost, byPublic: later, byPrivate: later }));
  });

  it('TS 23.228 5.8.1: it is decided when all have answered, in whatever order', () => {
    const decision = deciding('proxy', { publicIdentity: 'sip:bob@home' });
    answers[1]!([subscriber('bob@home', 'sip:bob@home')]);
    expect(decision()).toBeUndefined();
    answers[0]!(undefined);
    expect(decision()).toEqual({ kind: 'forward', hosts: ['hss2.home'] });
  });

  it('RFC 6733 7.1.5: 5012 where one could not be asked and no other has the user; else it does not matter', () => {
    const unknown = deciding('proxy', { publicIdentity: 'sip:bob@home' });
    answers[0]!(undefined, 'the disk is full');
    answers[1]!(undefined);
    expect(unknown()).toMatchObject({ failure: { resultCode: 5012 } });
    answers.length = 0;
    const known = deciding('proxy', { publicIdentity: 'sip:bob@home' });
    answers[0]!(undefined, 'the disk is full');
    answers[1]!([subscriber('bob@home', 'sip:bob@home')]);
    expect(known()).toEqual({ kind: 'forward', hosts: ['hss2.home'] });
  });
});
