/** Subscribers that change while the HSS runs, by its own hand and by others' (TS 29.228 §6.1.3.1, §6.2.2.1). */
import type { SubscriberStore } from '../../../src/ims/hss/index.js';
import type { StoredSubscription } from '../../../src/ims/hss/store.js';
import { distinctIdentity, implicitSet, type Subscriber } from '../../../src/ims/subscription/subscriber.js';
import { parseUserData } from '../../../src/ims/subscription/user-data.js';
import { resultOf } from '../cx-peer.js';
import { homeDomain, publicIdentityOf, subscriber } from '../network.js';
import { LateStore } from './late-store.js';
import { hssScene } from './scene.js';

const first = publicIdentityOf(1);
const added = `sip:added@${homeDomain}`;
const shared = `sip:family@${homeDomain}`;
const one = subscriber(1);
const withOneMore = subscriber(1, {
  implicitSets: [implicitSet([...one.implicitSets[0]!.serviceProfiles[0]!.publicIdentities, distinctIdentity(added)])],
});
const withOtherDefault = subscriber(1, {
  implicitSets: [implicitSet([distinctIdentity(added), distinctIdentity(first)])],
});

const identitiesIn = (userData: string | undefined) =>
  parseUserData(userData ?? '')?.publicIdentities.map(({ uri }) => uri);

describe.each(['in memory', 'late'] as const)('with a store %s', (kind) => {
  const scene = (subscribers: readonly Subscriber[] = [one]) => {
    let store: LateStore | undefined;
    const made = hssScene({
      subscribers,
      ...(kind === 'late' && {
        store: ({ clock }): SubscriberStore => {
          store = new LateStore(subscribers, { clock, delaysMs: [3, 1, 7] });
          return store;
        },
      }),
    });
    return { ...made, put: (...those: Subscriber[]) => made.change((hss, done) => hss.put(those, done)) };
  };

  it('a new subscriber is known at once', () => {
    const { put, lir, told } = scene();
    expect(resultOf(lir(publicIdentityOf(2)))).toBe('experimental 5001');
    expect(put(subscriber(2))).toBeUndefined();
    expect(resultOf(lir(publicIdentityOf(2)))).toBe('experimental 5003');
    expect(told).toEqual({ rtr: [], ppr: [] });
  });

  it('TS 29.228 §6.2: a changed profile of a registered subscriber goes out in PPR, and into later answers', () => {
    const { put, sar, settle, told } = scene();
    sar([first]);
    put(withOneMore);
    settle();
    expect(told.ppr).toHaveLength(1);
    expect(identitiesIn(told.ppr[0]!.userData)).toContain(added);
    expect(told.rtr).toEqual([]);
    expect(resultOf(sar([added], 'RE_REGISTRATION'))).toBe('success 2001');
  });

  it('nobody is told where nobody serves the subscriber, or where nothing is new', () => {
    const { put, sar, settle, told } = scene();
    put(withOneMore);
    sar([first]);
    put({ ...withOneMore });
    settle();
    expect(told).toEqual({ rtr: [], ppr: [] });
  });

  it('TS 29.228 §6.2.2.1: where the default identity is another one the user is de-registered', () => {
    const { put, sar, lir, settle, told } = scene();
    sar([first]);
    put(withOtherDefault);
    settle();
    expect(told.ppr).toEqual([]);
    expect(told.rtr).toMatchObject([{ reasonCode: 'PERMANENT_TERMINATION', userName: one.privateIdentity }]);
    expect(resultOf(lir(first))).toBe('experimental 5003');
  });

  it('TS 29.228 §6.1.3.1: one that is removed is de-registered, and unknown', () => {
    const { change, sar, lir, uar, settle, told, ...rest } = scene();
    sar([first]);
    change((hss, done) => hss.remove([one.privateIdentity], done));
    settle();
    expect(told.rtr).toMatchObject([{ reasonCode: 'PERMANENT_TERMINATION', userName: one.privateIdentity }]);
    expect(resultOf(lir(first))).toBe('experimental 5001');
    expect(resultOf(uar(first))).toBe('experimental 5001');
    expect(rest.machineCount).toBe(0);
  });

  it('of a shared subscription one goes: the set that both have registered stays for the other', () => {
    const inFamily = (number: number): Subscriber =>
      subscriber(number, { subscription: 'family', implicitSets: [implicitSet([distinctIdentity(shared)])] });
    const { change, sar, lir, settle, told } = scene([inFamily(1), inFamily(2)]);
    sar([shared]);
    sar([shared], 'REGISTRATION', { userName: inFamily(2).privateIdentity });
    change((hss, done) => hss.remove([one.privateIdentity], done));
    settle();
    expect(told.rtr).toMatchObject([{ userName: one.privateIdentity }]);
    expect(resultOf(lir(shared))).toBe('success 2001');
    change((hss, done) => hss.remove([inFamily(2).privateIdentity], done));
    settle();
    expect(told.rtr).toMatchObject([{ userName: one.privateIdentity }, { userName: inFamily(2).privateIdentity }]);
    expect(resultOf(lir(shared))).toBe('experimental 5001');
  });

  it('AKA-24: other keys or another SQN begin anew; anything else leaves the sequence where it is', () => {
    const { put, mar } = scene();
    const sqnOf = (): bigint => {
      const answer = mar(first) as { sipAuthDataItems?: readonly { sipAuthenticate?: Buffer }[] };
      return BigInt(answer.sipAuthDataItems!.length);
    };
    expect(sqnOf()).toBe(1n);
    put(withOneMore);
    expect(sqnOf()).toBe(1n);
  });
});

describe('a store that others write to as well', () => {
  const scene = () => {
    let store!: LateStore;
    const made = hssScene({
      subscribers: [one],
      store: ({ clock }): SubscriberStore => {
        store = new LateStore([one], { clock, delaysMs: [2] });
        return store;
      },
    });
    return { ...made, store };
  };

  it('what they have changed goes out in PPR', () => {
    const { store, sar, settle, told } = scene();
    sar([first]);
    store.durable.put([withOneMore], () => undefined);
    store.tell([one.privateIdentity], []);
    settle();
    expect(told.ppr.map(({ userData }) => identitiesIn(userData)?.includes(added))).toEqual([true]);
  });

  it('whom they have removed is de-registered', () => {
    const { store, sar, lir, settle, told } = scene();
    sar([first]);
    store.durable.remove([one.privateIdentity], () => undefined);
    store.tell([one.privateIdentity], []);
    settle();
    expect(told.rtr).toMatchObject([{ reasonCode: 'PERMANENT_TERMINATION' }]);
    expect(resultOf(lir(first))).toBe('experimental 5001');
  });

  it('after a restart, whom nobody has asked of yet is told of too', () => {
    const { store, network, sar, settle, told } = scene();
    sar([first]);
    network.crash('hss1');
    network.run(1_000);
    network.restart('hss1');
    network.run(60_000);
    store.durable.put([withOneMore], () => undefined);
    store.tell([one.privateIdentity], []);
    settle();
    expect(told.ppr.map(({ userData }) => identitiesIn(userData)?.includes(added))).toEqual([true]);
  });

  const later = { ...one, privateIdentity: `other@${homeDomain}` };
  const stored = (store: LateStore): StoredSubscription => {
    let found: StoredSubscription | undefined;
    store.durable.byPrivate(one.privateIdentity, (each) => {
      found = each && { key: each.key, members: each.members, state: each.state };
    });
    return found!;
  };
  const restarted = () => {
    const made = scene();
    const { network, sar } = made;
    sar([first]);
    network.crash('hss1');
    network.run(1_000);
    const before = stored(made.store);
    return {
      ...made,
      before,
      restart: () => {
        network.restart('hss1');
        network.run(60_000);
      },
    };
  };

  it('TS 29.228 §6.1.3.1: whom they have removed while the HSS was down is de-registered', () => {
    const { store, before, restart, lir, settle, told } = restarted();
    store.durable.remove([one.privateIdentity], () => undefined);
    restart();
    store.tell([one.privateIdentity], [before]);
    settle();
    expect(told.rtr).toMatchObject([{ reasonCode: 'PERMANENT_TERMINATION', userName: one.privateIdentity }]);
    expect(resultOf(lir(first))).toBe('experimental 5001');
  });

  it('TS 29.228 §6.2.2.1: who has another default identity since the HSS was down is de-registered', () => {
    const { store, before, restart, lir, settle, told } = restarted();
    store.durable.put([withOtherDefault], () => undefined);
    restart();
    store.tell([one.privateIdentity], [{ ...before, state: undefined }]);
    settle();
    expect(told.ppr).toEqual([]);
    expect(told.rtr).toMatchObject([{ reasonCode: 'PERMANENT_TERMINATION', userName: one.privateIdentity }]);
    expect(resultOf(lir(first))).toBe('experimental 5003');
  });

  it('who has another private identity since the HSS was down is de-registered with the old one', () => {
    const { store, before, restart, lir, settle, told } = restarted();
    store.durable.remove([one.privateIdentity], () => undefined);
    store.durable.put([later], () => undefined);
    restart();
    store.tell([one.privateIdentity, later.privateIdentity], [before]);
    settle();
    expect(told.rtr).toMatchObject([{ userName: one.privateIdentity }]);
    expect(resultOf(lir(first))).toBe('experimental 5003');
  });

  it('what an HSS hears before its S-CSCFs are connected reaches them when they are', () => {
    const { network, store, before, told } = restarted();
    store.durable.put([withOneMore], () => undefined);
    network.restart('hss1');
    store.tell([one.privateIdentity], [{ ...before, state: undefined }]);
    network.run(10);
    expect(told.ppr).toEqual([]);
    network.run(60_000);
    expect(told.ppr.map(({ userData }) => identitiesIn(userData)?.includes(added))).toEqual([true]);
  });

  it('TS 29.228 §6.2.2.1: a PPR that nobody has answered when the HSS goes down again is sent after the next restart', () => {
    const { network, store, before, restart, told } = restarted();
    store.durable.put([withOneMore], () => undefined);
    network.restart('hss1');
    store.tell([one.privateIdentity], [{ ...before, state: undefined }]);
    network.run(10);
    network.crash('hss1');
    network.run(1_000);
    expect([told.ppr, store.isSettled]).toEqual([[], false]);
    restart();
    store.tellAgain();
    network.run(60_000);
    expect(told.ppr.map(({ userData }) => identitiesIn(userData)?.includes(added))).toEqual([true]);
    expect(store.isSettled).toBe(true);
  });

  it('TS 29.228 §6.1.3.1: so is a RTR, though the user is de-registered here already', () => {
    const { network, store, before, restart, told } = restarted();
    store.durable.put([withOtherDefault], () => undefined);
    network.restart('hss1');
    store.tell([one.privateIdentity], [{ ...before, state: undefined }]);
    network.run(100);
    network.crash('hss1');
    network.run(1_000);
    expect(stored(store).state?.sets[0]?.context.server).toBeUndefined();
    expect([told.rtr, store.isSettled]).toEqual([[], false]);
    restart();
    store.tellAgain();
    network.run(60_000);
    expect(told.rtr).toMatchObject([{ reasonCode: 'PERMANENT_TERMINATION', userName: one.privateIdentity }]);
    expect(told.rtr[0]!.publicIdentities).toContain(first);
    expect(store.isSettled).toBe(true);
    restart();
    store.tellAgain();
    network.run(60_000);
    expect(told.rtr).toHaveLength(1);
  });
});
