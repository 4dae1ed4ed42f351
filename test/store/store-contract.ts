/** What every store does, whatever it is made of: one suite for all of them. */
import fc from 'fast-check';
import { sqnOf } from '../../src/ims/hss/sequence-numbers.js';
import type { ForeignChange, OwedTermination, StoredSubscription, SubscriberStore } from '../../src/ims/hss/store.js';
import { distinctIdentity, type Subscriber } from '../../src/ims/subscription/subscriber.js';
import { AskedStore, openStore } from '../../src/store/index.js';
import { subscribers } from './arbitrary-subscribers.js';
import { home, registeredState, subscriber } from './subscribers.js';

export function storeContract(open: () => Promise<SubscriberStore>): void {
  let store: AskedStore;
  beforeEach(async () => {
    store = new AskedStore(await open());
  });
  afterEach(() => store.close());

  const one = subscriber(1);
  const two = subscriber(2);

  it('finds a subscriber as it was put, by either identity', async () => {
    await store.put([one, two]);
    const stored = { key: two.privateIdentity, members: [two], state: undefined };
    expect(read(await store.byPrivate(two.privateIdentity))).toEqual(stored);
    expect(read(await store.byPublic('tel:+15552'))).toEqual(stored);
    expect(read(await store.byPublic(`sip:${two.imsi}@${home}`))).toEqual(stored);
    expect(await store.byPrivate('nobody@example')).toBeUndefined();
    expect(await store.byPublic('tel:+1')).toBeUndefined();
  });

  it('TS 29.228 6.1.1.1: an identity of any length that a peer asks for is unknown, and no failure', async () => {
    await store.put([one]);
    for (const identity of ['', 'x'.repeat(3_000), `sip:${'a'.repeat(100_000)}@${home}`]) {
      expect(await store.byPublic(identity)).toBeUndefined();
      expect(await store.byPrivate(identity)).toBeUndefined();
    }
  });

  it('gives subscribers with the same criteria one list', async () => {
    await store.put([one, two]);
    const lists = await Promise.all(
      [one, two].map(async ({ privateIdentity }) => {
        const [member] = (await store.byPrivate(privateIdentity))!.members;
        return member!.implicitSets[0]!.serviceProfiles[0]!.filterCriteria;
      }),
    );
    expect(lists[0]).toBe(lists[1]);
  });

  it('REG-83: finds a distinct identity before a wildcard, and by a wildcard what is in its range', async () => {
    const wildcard = { uri: `sip:chat-!.*!@${home}`, barred: false, kind: 'wildcardedPsi' } as const;
    const rooms = subscriber(3, { identities: [wildcard] });
    const room = subscriber(4, { identities: [distinctIdentity(`sip:chat-1@${home}`)] });
    await store.put([rooms, room]);
    expect((await store.byPublic(`sip:chat-1@${home}`))?.key).toBe(room.privateIdentity);
    expect((await store.byPublic(`sip:chat-2@${home}`))?.key).toBe(rooms.privateIdentity);
    expect(await store.byPublic(`sip:talk-2@${home}`)).toBeUndefined();
    await store.remove([rooms.privateIdentity]);
    expect(await store.byPublic(`sip:chat-2@${home}`)).toBeUndefined();
  });

  it('keeps the last of several saves, and forgets on undefined', async () => {
    await store.put([one]);
    const saves = [1n, 2n, 3n, 4n].map((sqn) => store.save(one.privateIdentity, registeredState(one, sqn)));
    await Promise.all(saves);
    expect((await store.byPrivate(one.privateIdentity))?.state).toEqual(registeredState(one, 4n));
    await store.save(one.privateIdentity, undefined);
    expect((await store.byPrivate(one.privateIdentity))?.state).toBeUndefined();
  });

  it('answers saves of one key in their order', async () => {
    await store.put([one]);
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        store.save(one.privateIdentity, registeredState(one, BigInt(at))).then(() => order.push(at)),
      ),
    );
    expect(order).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });

  it('replaces a subscriber and keeps what has happened; identities that it has no longer are free', async () => {
    await store.put([one]);
    const state = registeredState(one, 96n);
    await store.save(one.privateIdentity, state);
    const changed = subscriber(1, { identities: [distinctIdentity('tel:+1999')] });
    await store.put([changed]);
    expect(read(await store.byPublic('tel:+1999'))).toEqual({ key: one.privateIdentity, members: [changed], state });
    expect(await store.byPublic('tel:+15551')).toBeUndefined();
    await store.put([subscriber(5, { identities: [distinctIdentity('tel:+15551')] })]);
    expect((await store.byPublic('tel:+15551'))?.key).toBe(subscriber(5).privateIdentity);
  });

  it('AKA-25: begins the SQN anew where the data has another one, or another key', async () => {
    await store.put([one, two]);
    await store.save(one.privateIdentity, registeredState(one, 96n));
    await store.save(two.privateIdentity, registeredState(two, 96n));
    await store.put([subscriber(1, { sqn: 640n })]);
    const { aka } = subscriber(3).authentication;
    await store.put([{ ...two, authentication: { scheme: 'aka', aka: { ...aka!, sqn: 0n } } }]);
    for (const { privateIdentity } of [one, two]) {
      const stored = await store.byPrivate(privateIdentity);
      expect(sqnOf(stored?.state?.sqn, privateIdentity)).toBeUndefined();
      expect(stored?.state?.sets[0]?.state).toBe('registered');
    }
  });

  it('keeps the members of one IMS subscription together (TS 23.228 4.3.3.4)', async () => {
    const shared = [distinctIdentity('tel:+1777')];
    const first = subscriber(6, { subscription: 'family', identities: shared });
    const second = subscriber(7, { subscription: 'family', identities: shared });
    await store.put([first]);
    await store.put([second]);
    const family = { key: 'subscription family', members: [first, second], state: undefined };
    expect(read(await store.byPrivate(second.privateIdentity))).toEqual(family);
    expect(read(await store.byPublic('tel:+1777'))).toEqual(family);
    await store.remove([first.privateIdentity]);
    expect(await store.byPrivate(first.privateIdentity)).toBeUndefined();
    expect(read(await store.byPublic('tel:+1777'))).toEqual({ ...family, members: [second] });
    // It leaves the subscription for one of its own.
    const alone = subscriber(7, { identities: shared });
    await store.put([alone]);
    expect(read(await store.byPublic('tel:+1777'))).toEqual({
      key: alone.privateIdentity,
      members: [alone],
      state: undefined,
    });
  });

  it('refuses an identity that another subscription has, and changes nothing then', async () => {
    await store.put([one]);
    const thief = subscriber(8, { identities: [distinctIdentity('tel:+15551')] });
    await expect(store.put([two, thief])).rejects.toThrow(`tel:+15551 belongs to ${one.privateIdentity} already`);
    expect(await store.byPrivate(two.privateIdentity)).toBeUndefined();
  });

  it('removes a subscriber with its state', async () => {
    await store.put([one]);
    await store.save(one.privateIdentity, registeredState(one, 32n));
    await store.remove([one.privateIdentity, 'nobody@example']);
    expect(await store.byPrivate(one.privateIdentity)).toBeUndefined();
    await store.put([one]);
    expect((await store.byPrivate(one.privateIdentity))?.state).toBeUndefined();
  });

  it('begins a subscriber without the state that was saved after another of its name had gone', async () => {
    await store.put([one]);
    await store.remove([one.privateIdentity]);
    await store.save(one.privateIdentity, registeredState(one, 32n));
    await store.put([one]);
    expect((await store.byPrivate(one.privateIdentity))?.state).toBeUndefined();
  });

  it('keeps a text of any length', async () => {
    const displayName = 'a'.repeat(70_000);
    const wordy = subscriber(1, { identities: [{ ...distinctIdentity('tel:+15551'), displayName }] });
    await store.put([wordy]);
    expect((await store.byPrivate(wordy.privateIdentity))?.members).toEqual([wordy]);
  });

  it('gives back every field of any subscriber', async () => {
    const isKept = async (wanted: Subscriber): Promise<void> => {
      await store.put([wanted]);
      const stored = await store.byPrivate(wanted.privateIdentity);
      await store.remove([wanted.privateIdentity]);
      expect(stored?.members).toEqual([wanted]);
    };
    await fc.assert(fc.asyncProperty(subscribers, isKept), { numRuns: 60 });
  });

  it('lists by key, page by page', async () => {
    await store.put([...[5, 3, 1, 4, 2].map((number) => subscriber(number))]);
    await store.save(subscriber(2).privateIdentity, registeredState(subscriber(2), 32n));
    const first = await store.page({ limit: 2 });
    const second = await store.page({ after: first[1]!.key, limit: 2 });
    const third = await store.page({ after: second[1]!.key, limit: 2 });
    expect([...first, ...second, ...third].map(({ key }) => key)).toEqual(
      [1, 2, 3, 4, 5].map((number) => subscriber(number).privateIdentity),
    );
    expect(sqnOf(first[1]!.state?.sqn, subscriber(2).privateIdentity)).toBe(32n);
    expect(await store.page({ after: third[0]!.key, limit: 2 })).toEqual([]);
  });
}

/** What a store that several processes open tells of. `newAddress`: of one that is empty. */
export function changesContract(newAddress: () => string): void {
  const one = subscriber(1);
  const two = subscriber(2);
  const whoIs = ({ key, members, state }: StoredSubscription) => ({ key, members, state });
  const begun = async () => {
    const address = newAddress();
    const hss = new AskedStore(await openStore(address, 'hss'));
    await hss.put([one, two]);
    await hss.save(one.privateIdentity, registeredState(one, 32n));
    await hss.close();
    const tool = new AskedStore(await openStore(address, 'tool'));
    return {
      address,
      tool,
      heard: async () => {
        await tool.close();
        const later = new AskedStore(await openStore(address, 'hss'));
        const told = await new Promise<readonly [readonly string[], readonly StoredSubscription[]]>((resolve) => {
          later.store.onChange!(({ privateIdentities, before }) => resolve([privateIdentities, before.map(whoIs)]));
        });
        return { told, later };
      },
    };
  };

  it('TS 29.228 §6.1.3.1: hands whom a tool has removed to the HSS as it was, with its state', async () => {
    const { tool, heard } = await begun();
    await tool.remove([one.privateIdentity, two.privateIdentity]);
    const { told, later } = await heard();
    const gone = { key: one.privateIdentity, members: [one], state: registeredState(one, 32n) };
    expect(told).toEqual([[one.privateIdentity], [gone]]);
    expect(await later.byPrivate(one.privateIdentity)).toBeUndefined();
    await later.close();
  });

  it('of several changes tells how a subscription was before the first', async () => {
    const { tool, heard } = await begun();
    await tool.put([subscriber(1, { identities: [distinctIdentity('tel:+1999')] })]);
    await tool.put([subscriber(1, { identities: [distinctIdentity('tel:+1998')] })]);
    await tool.remove([one.privateIdentity]);
    await tool.put([subscriber(1, { identities: [distinctIdentity('tel:+1997')] })]);
    const { told, later } = await heard();
    const gone = { key: one.privateIdentity, members: [one], state: registeredState(one, 32n) };
    expect(told).toEqual([[one.privateIdentity], [gone]]);
    expect((await later.byPrivate(one.privateIdentity))?.state).toBeUndefined();
    await later.close();
  });

  it('TS 29.228 §6.1.3.1, §6.2: has what is owed to S-CSCFs until it is settled, over restarts', async () => {
    const { address, tool, heard } = await begun();
    await tool.put([subscriber(1, { identities: [distinctIdentity('tel:+1999')] })]);
    const { told, later } = await heard();
    const server = { name: 'sip:scscf1', host: 'scscf1', realm: 'x' };
    const owed: OwedTermination = {
      userName: one.privateIdentity,
      associatedIdentities: [],
      publicIdentities: ['sip:a'],
      server,
      reason: 'PERMANENT_TERMINATION',
    };
    await later.close();
    const again = new AskedStore(await openStore(address, 'hss'));
    const second = await new Promise<ForeignChange>((resolve) => void again.store.onChange!(resolve));
    expect([second.privateIdentities, second.before.map(whoIs), second.owed]).toEqual([...told, []]);
    await new Promise<void>((resolve) => second.owe([owed], () => resolve()));
    await again.close();
    const third = new AskedStore(await openStore(address, 'hss'));
    const change = await new Promise<ForeignChange>((resolve) => void third.store.onChange!(resolve));
    expect(change.owed).toEqual([owed]);
    change.settle();
    await third.close();
    const next = new AskedStore(await openStore(address, 'tool'));
    await next.put([subscriber(1, { identities: [distinctIdentity('tel:+1998')] })]);
    await next.close();
    // Of the change before it nothing is told any more.
    const last = new AskedStore(await openStore(address, 'hss'));
    const news = await new Promise<ForeignChange>((resolve) => void last.store.onChange!(resolve));
    const between = subscriber(1, { identities: [distinctIdentity('tel:+1999')] });
    expect([news.before.map(({ members }) => members), news.owed]).toEqual([[[between]], []]);
    await last.close();
  });

  it('AKA-25: says whose sequence number begins anew, even where the data are what they were', async () => {
    const { address, tool } = await begun();
    await tool.put([subscriber(1, { sqn: 1n }), one]);
    await tool.close();
    const later = new AskedStore(await openStore(address, 'hss'));
    expect(sqnOf((await later.byPrivate(one.privateIdentity))?.state?.sqn, one.privateIdentity)).toBeUndefined();
    const change = await new Promise<ForeignChange>((resolve) => void later.store.onChange!(resolve));
    expect(new Set(change.recounted)).toEqual(new Set([one.privateIdentity]));
    await later.close();
  });
}

/** Whether a store makes the members when they are asked for or before. */
function read(stored: StoredSubscription | undefined): StoredSubscription | undefined {
  return stored && { key: stored.key, members: stored.members, state: stored.state };
}
