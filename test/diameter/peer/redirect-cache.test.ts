import { RedirectCache } from '../../../src/diameter/peer/redirect-cache.js';
import type { RoutingAvps } from '../../../src/diameter/peer/routing-avps.js';

const request = (changes: Partial<RoutingAvps> = {}): RoutingAvps => ({
  application: 16777216,
  sessionId: 's1',
  originHost: 'icscf1',
  destinationHost: undefined,
  destinationRealm: 'ims.example',
  routeRecords: [],
  userName: 'alice',
  publicIdentity: undefined,
  ...changes,
});
const hosts = (host: string) => [{ host, port: 3868, transport: 'tcp' }];

describe('CX-ROUTING / RFC 6733 6.13, 6.14: the redirect cache', () => {
  it.each<[number, Partial<RoutingAvps>, Partial<RoutingAvps>]>([
    [1, { userName: 'bob' }, { sessionId: 's2' }],
    [2, { application: 1 }, { destinationRealm: 'other.example' }],
    [3, { sessionId: 's2' }, { application: 1 }],
    [4, { destinationRealm: 'other.example' }, { application: 1 }],
    [6, { sessionId: 's2' }, { userName: 'bob' }],
  ])('Redirect-Host-Usage %i is for what it says', (usage, alike, other) => {
    const cache = new RedirectCache();
    cache.store(request(), 'dra1', { hosts: hosts('hss1'), usage, cacheSeconds: 60 }, 0);
    expect(cache.find(request(alike), 'dra1', 1)).toEqual(hosts('hss1'));
    expect(cache.find(request(other), 'dra1', 1)).toBeUndefined();
  });

  it('ALL_HOST is for all that would go to the agent that said it', () => {
    const cache = new RedirectCache();
    cache.store(request(), 'dra1', { hosts: hosts('hss1'), usage: 5, cacheSeconds: 60 }, 0);
    expect(cache.find(request({ application: 1, userName: 'bob' }), 'DRA1', 1)).toEqual(hosts('hss1'));
    expect(cache.find(request(), 'dra2', 1)).toBeUndefined();
  });

  it('ends after Redirect-Max-Cache-Time, and keeps nothing without it or with DONT_CACHE', () => {
    const cache = new RedirectCache();
    cache.store(request(), 'dra1', { hosts: hosts('hss1'), usage: 6, cacheSeconds: 60 }, 1_000);
    expect(cache.find(request(), 'dra1', 60_999)).toEqual(hosts('hss1'));
    expect(cache.find(request(), 'dra1', 61_000)).toBeUndefined();
    cache.store(request(), 'dra1', { hosts: hosts('hss1'), usage: 6, cacheSeconds: undefined }, 0);
    cache.store(request(), 'dra1', { hosts: hosts('hss1'), usage: 0, cacheSeconds: 60 }, 0);
    expect(cache.size).toBe(0);
  });

  it('prefers session, user, realm and application, realm, application, host, in this order', () => {
    const cache = new RedirectCache();
    const order = [1, 6, 3, 2, 4, 5];
    for (const usage of order.toReversed()) {
      cache.store(request(), 'dra1', { hosts: hosts(`for-${usage}`), usage, cacheSeconds: 60 }, 0);
      expect(cache.find(request(), 'dra1', 1)).toEqual(hosts(`for-${usage}`));
    }
  });

  it('forgets the oldest beyond its bound', () => {
    const cache = new RedirectCache();
    for (let i = 0; i <= 10_000; i++) {
      const redirection = { hosts: hosts('hss1'), usage: 6, cacheSeconds: 60 };
      cache.store(request({ userName: `user${i}` }), 'dra1', redirection, 0);
    }
    expect(cache.size).toBe(10_000);
    expect(cache.find(request({ userName: 'user0' }), 'dra1', 1)).toBeUndefined();
    expect(cache.find(request({ userName: 'user1' }), 'dra1', 1)).toEqual(hosts('hss1'));
  });
});
