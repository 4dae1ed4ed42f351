/** A range of subscribers in memory: like its lines in everything but the room that it takes. */
import fc from 'fast-check';
import { MemoryStore } from '../../src/ims/hss/index.js';
import type { StoredSubscription } from '../../src/ims/hss/store.js';
import { distinctIdentity, identitiesOf, type Subscriber } from '../../src/ims/subscription/subscriber.js';
import { everySubscriber, isSameRange } from '../../src/ims/subscription/subscriber-range.js';
import { AskedStore } from '../../src/store/index.js';
import { Source } from '../../src/topology/source.js';
import { openSubscriberYaml, toSubscribers } from '../../src/topology/subscriber-file.js';
import type { SubscriberSet } from '../../src/topology/subscribers.js';
import { home, registeredState } from './subscribers.js';

const keys = `k: ${'0f'.repeat(16)}, opc: ${'1f'.repeat(16)}`;

function load(...lines: readonly string[]): SubscriberSet {
  const text = `defaults: { ${keys} }\nsubscribers:\n${lines.map((line) => `  - { ${line} }\n`).join('')}`;
  return toSubscribers(openSubscriberYaml(Source.parse(text, 'people.yaml'), 'people.yaml', home));
}

const plain = 'imsi: "001010000000001", msisdn: "+15550100001", count: 1000';
const pattern =
  'imsi: "001020000000001", count: 1000, identities: ["sip:user{number}@h.example", "tel:+1777{imsi}"], private-identity: "p{imsi}@h.example"';

function plainOf(stored: StoredSubscription | undefined) {
  return stored && { key: stored.key, members: stored.members, state: stored.state };
}

describe('a large count', () => {
  const set = load(plain, pattern);
  const all = [...everySubscriber(set)];

  it('stands for its lines, each found by its IMSI and by what it has', () => {
    expect(set.subscribers).toEqual([]);
    expect(all).toHaveLength(2_000);
    expect(all[999]!.imsi).toBe('001010000001000');
    expect(identitiesOf(all[999]!).map(({ uri }) => uri)).toContain('tel:+15550101000');
    for (const [index, { imsi, privateIdentity, ...rest }] of all.entries()) {
      const range = set.ranges[Math.floor(index / 1_000)]!;
      expect(range.placeOfImsi(imsi)).toBe(index % 1_000);
      const names = [privateIdentity, ...identitiesOf(rest).map(({ uri }) => uri)];
      expect(names.map((each) => range.placeOf(each))).toEqual(names.map(() => index % 1_000));
    }
    for (const stranger of ['001010000001001@h', `sip:001010000000001@other`, 'tel:+15550101001', '', '5550100001']) {
      expect(set.ranges.map((range) => range.placeOf(stranger))).toEqual([undefined, undefined]);
    }
    expect(isSameRange(load(plain).ranges[0]!, set.ranges[0]!)).toBe(true);
    expect(isSameRange(load(plain.replace('1000', '1001')).ranges[0]!, set.ranges[0]!)).toBe(false);
  });

  it('has nothing that another line has, wherever that stands', () => {
    const line = 'imsi: "001010000000500", msisdn: "+15559"';
    expect(() => load(plain, line)).toThrow("'001010000000500' belongs to the subscriber at people.yaml:3");
    expect(() => load(line, plain)).toThrow('has identities that the subscriber at people.yaml:3');
    expect(() => load(plain, 'imsi: "001010000002000", msisdn: "+15550100900", count: 1000')).toThrow(
      'has identities that the subscriber at people.yaml:3',
    );
    expect(() => load(plain, 'imsi: "999999999999001", msisdn: "+15559990000", count: 1000')).toThrow(
      '1000 is more than the IMSIs that follow 999999999999001',
    );
  });

  it('in the memory store is what its lines are, whatever is asked, put, removed and listed', async () => {
    const member = fc.integer({ min: 0, max: 1_999 }).map((place) => all[place]!);
    const changed = (subscriber: Subscriber): Subscriber => ({
      ...subscriber,
      implicitSets: [
        {
          serviceProfiles: [
            { publicIdentities: [distinctIdentity(`sip:new-${subscriber.imsi}@h`)], filterCriteria: [] },
          ],
        },
      ],
    });
    const step = fc.oneof(
      fc.record({ kind: fc.constant('private' as const), member }),
      fc.record({ kind: fc.constant('public' as const), member }),
      fc.record({ kind: fc.constant('put' as const), member }),
      fc.record({ kind: fc.constant('take' as const), member, from: member }),
      fc.record({ kind: fc.constant('remove' as const), member }),
      fc.record({ kind: fc.constant('save' as const), member }),
      fc.record({ kind: fc.constant('list' as const), member }),
    );
    type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
    const run = async (store: AskedStore, each: Step): Promise<unknown> => {
      const { privateIdentity } = each.member;
      const uri = identitiesOf(each.member).at(-1)!.uri;
      switch (each.kind) {
        case 'private':
          return plainOf(await store.byPrivate(privateIdentity));
        case 'public':
          return plainOf(await store.byPublic(uri));
        case 'put':
          return store.put([changed(each.member)]);
        case 'take':
          // What another one may have.
          return store
            .put([{ ...each.member, implicitSets: each.from.implicitSets }])
            .catch((error: Error) => error.message);
        case 'remove':
          return store.remove([privateIdentity]);
        case 'save': {
          const stored = await store.byPrivate(privateIdentity);
          return stored && store.save(stored.key, registeredState(each.member, 32n));
        }
        case 'list':
          return (await store.page({ after: privateIdentity, limit: 7 })).map(plainOf);
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const ranges = new AskedStore(new MemoryStore([], set.ranges));
        const lines = new AskedStore(new MemoryStore(all));
        for (const each of steps) expect(await run(ranges, each)).toEqual(await run(lines, each));
        expect((await ranges.page({ limit: 40 })).map(plainOf)).toEqual((await lines.page({ limit: 40 })).map(plainOf));
      }),
      { numRuns: 40 },
    );
  });

  it('of a million is loaded, listed from anywhere and asked of at once', async () => {
    const million = load('imsi: "001010000000001", msisdn: "+15550000001", count: 1000000');
    const store = new AskedStore(new MemoryStore(million.subscribers, million.ranges));
    const last = await store.byPublic('tel:+15551000000');
    expect(last?.members.map(({ imsi }) => imsi)).toEqual(['001010001000000']);
    const page = await store.page({ after: `001010000999998@${home}`, limit: 10 });
    expect(page.map(({ key }) => key)).toEqual([`001010000999999@${home}`, `001010001000000@${home}`]);
  });
});
