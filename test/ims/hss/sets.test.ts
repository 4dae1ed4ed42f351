/** Several implicit registration sets, shared ones, PSIs and wildcards at the HSS: REG-80 to REG-83, TS 29.228 §6.1, §8.1. */

import {
  distinctIdentity,
  type ImplicitSet,
  implicitSet,
  type PublicIdentity,
  type Subscriber,
} from '../../../src/ims/subscription/subscriber.js';
import { parseUserData } from '../../../src/ims/subscription/user-data.js';
import { resultOf } from '../cx-peer.js';
import { homeDomain, subscriber } from '../network.js';
import { hssScene, type Result, scscf1, scscf2 } from './scene.js';

const work = `sip:work@${homeDomain}`;
const workTel = 'tel:+15550109999';
const home = `sip:home@${homeDomain}`;
const shared = `sip:family@${homeDomain}`;
const own = `sip:own@${homeDomain}`;
const lobby = `sip:lobby@${homeDomain}`;
const room = `sip:room-!.*!@${homeDomain}`;

const of = (kind: PublicIdentity['kind'], uri: string, other: Partial<PublicIdentity> = {}): PublicIdentity => ({
  uri,
  barred: false,
  kind,
  ...other,
});
const nameOf = (answer: object) => (answer as { serverName?: string }).serverName;
const saa = (answer: object) => answer as { userData: string; wildcardedPublicIdentity?: string };

const twoSets: readonly ImplicitSet[] = [
  implicitSet([distinctIdentity(work), distinctIdentity(workTel)]),
  {
    serviceProfiles: [
      implicitSet([distinctIdentity(home, true)]).serviceProfiles[0]!,
      implicitSet([distinctIdentity(`sip:alias@${homeDomain}`)]).serviceProfiles[0]!,
    ],
  },
];

describe('REG-80: several implicit registration sets', () => {
  const scene = (changes: Partial<Subscriber> = {}) =>
    hssScene({ subscribers: [subscriber(1, { implicitSets: twoSets, ...changes })] });

  it('each has its state; of another one the S-CSCF is known (TS 29.228 §6.1.1.1)', () => {
    const { uar, sar, lir } = scene();
    expect(resultOf(uar(work))).toBe('experimental 2001');
    sar([work]);
    expect(nameOf(lir(workTel))).toBe(scscf1);
    expect(resultOf(lir(home))).toBe('experimental 5003');
    const second = uar(home);
    expect([resultOf(second), nameOf(second)]).toEqual(['experimental 2002', scscf1]);
    const removal = uar(home, 'DE_REGISTRATION');
    expect([resultOf(removal), nameOf(removal)]).toEqual(['success 2001', scscf1]);
  });

  it('one S-CSCF has them all: another one gets 5005 for the second', () => {
    const { sar } = scene();
    expect(resultOf(sar([work]))).toBe('success 2001');
    expect(resultOf(sar([home], 'REGISTRATION', {}, scscf2))).toBe('experimental 5005');
    expect(resultOf(sar([home]))).toBe('success 2001');
  });

  it('REG-81: barring is looked at within the set: one barred identity beside another that is not may register', () => {
    const { uar } = scene();
    expect(resultOf(uar(home))).toBe('experimental 2001');
    const barredSet = scene({ implicitSets: [twoSets[0]!, implicitSet([distinctIdentity(home, true)])] });
    expect(resultOf(barredSet.uar(home))).toBe('error 5003');
    expect(resultOf(barredSet.uar(work))).toBe('experimental 2001');
  });

  it('SAA has the document of its set, with all service profiles', () => {
    const { sar } = scene();
    const first = parseUserData(saa(sar([workTel])).userData)!;
    expect(first.publicIdentities.map(({ uri }) => uri)).toEqual([work, workTel]);
    const second = parseUserData(saa(sar([home])).userData)!;
    expect(second.serviceProfiles.map(({ publicIdentities }) => publicIdentities[0]!.uri)).toEqual([
      home,
      `sip:alias@${homeDomain}`,
    ]);
  });

  it('de-registration: of the named sets alone; without Public-Identity of all', () => {
    const { sar, lir, network } = scene();
    const both = () => [resultOf(lir(work)), resultOf(lir(home))];
    const registered = 'success 2001';
    const gone = 'experimental 5003';
    for (const identity of [work, home]) sar([identity]);
    expect(resultOf(sar([workTel], 'USER_DEREGISTRATION'))).toBe('success 2001');
    expect(both()).toEqual([gone, registered]);
    sar([work]);
    expect(resultOf(sar([work, home], 'TIMEOUT_DEREGISTRATION'))).toBe('success 2001');
    expect(both()).toEqual([gone, gone]);
    for (const identity of [work, home]) sar([identity]);
    expect(resultOf(sar([], 'ADMINISTRATIVE_DEREGISTRATION'))).toBe('success 2001');
    expect(both()).toEqual([gone, gone]);
    // One of two is registered: the other one is no reason to refuse.
    sar([home]);
    expect(resultOf(sar([], 'USER_DEREGISTRATION'))).toBe('success 2001');
    // None is any more: that is what the S-CSCF wants.
    expect(resultOf(sar([], 'USER_DEREGISTRATION'))).toBe('success 2001');
    expect(network.causes.filter((cause) => cause.includes('notAssigned'))).toEqual([]);
  });

  it('a challenge makes the S-CSCF known to the other sets too; its failure takes it away', () => {
    const { mar, sar, uar } = scene();
    mar(work);
    expect(nameOf(uar(home))).toBe(scscf1);
    expect(resultOf(sar([work], 'AUTHENTICATION_FAILURE'))).toBe('success 2001');
    expect(resultOf(uar(home))).toBe('experimental 2001');
  });

  it('REG-61, TS 29.228 §8.1.1: a new S-CSCF takes one set; the old one hears of all, and the others are registered no more', () => {
    const { uar, sar, lir, told, settle } = scene();
    for (const identity of [work, home]) sar([identity]);
    uar(work, 'REGISTRATION_AND_CAPABILITIES');
    expect(resultOf(sar([work], 'REGISTRATION', {}, scscf2))).toBe('success 2001');
    settle();
    expect(told.rtr).toHaveLength(1);
    expect(told.rtr[0]).toMatchObject({
      reasonCode: 'NEW_SERVER_ASSIGNED',
      publicIdentities: [work, workTel, home, `sip:alias@${homeDomain}`],
    });
    expect(nameOf(lir(work))).toBe(scscf2);
    expect(resultOf(lir(home))).toBe('experimental 5003');
    expect(nameOf(uar(home))).toBe(scscf2);
  });

  it('a set that is not registered has no machine', () => {
    const all = scene();
    expect(all.machineCount).toBe(0);
    all.uar(work);
    all.lir(work);
    expect(all.machineCount).toBe(0);
    for (const identity of [work, home]) all.sar([identity]);
    expect(all.machineCount).toBe(2);
    all.sar([], 'USER_DEREGISTRATION');
    expect(all.machineCount).toBe(0);
  });
});

describe('TS 29.228 §6.1.3: network-initiated de-registration of several sets', () => {
  const scene = () => {
    const made = hssScene({ subscribers: [subscriber(1, { implicitSets: twoSets })] });
    for (const identity of [work, home]) made.sar([identity]);
    return made;
  };

  it.each(['PERMANENT_TERMINATION', 'SERVER_CHANGE', 'REMOVE_S-CSCF'] as const)(
    'CX-RTR: %s of all: one RTR, which names them (S-CSCFs of others want that)',
    (reason) => {
      const { deregister, told, lir } = scene();
      expect(deregister({ reason })).toMatchObject({ success: true });
      expect(told.rtr).toHaveLength(1);
      const named = [work, workTel, home, `sip:alias@${homeDomain}`];
      expect(told.rtr[0]).toMatchObject({ reasonCode: reason, publicIdentities: named });
      expect([work, home].map((identity) => resultOf(lir(identity)))).toEqual([
        'experimental 5003',
        'experimental 5003',
      ]);
      expect(deregister({ reason })).toEqual({
        success: false,
        reason: expect.stringContaining('is not registered') as string,
      });
    },
  );

  it('NEW_SERVER_ASSIGNED names the identities', () => {
    const { deregister, told } = scene();
    expect(deregister({ reason: 'NEW_SERVER_ASSIGNED' }).success).toBe(true);
    expect(told.rtr[0]!.publicIdentities).toEqual([work, workTel, home, `sip:alias@${homeDomain}`]);
  });

  it('of one set: it is named, the other one stays', () => {
    const { deregister, told, lir } = scene();
    expect(deregister({ reason: 'PERMANENT_TERMINATION', publicIdentities: [workTel] }).success).toBe(true);
    expect(told.rtr[0]!.publicIdentities).toEqual([work, workTel]);
    expect(resultOf(lir(work))).toBe('experimental 5003');
    expect(nameOf(lir(home))).toBe(scscf1);
    expect(deregister({ reason: 'SERVER_CHANGE', publicIdentities: ['sip:nobody@h'] }).success).toBe(false);
  });

  it.each([false, true])(
    '5012 for a SAR that RTR has overtaken says so, whatever it wants (%s); later ones are served',
    (userDataAlreadyAvailable) => {
      const { hss, sar, settle, network } = scene();
      const { privateIdentity } = subscriber(1);
      hss().deregister({ privateIdentity, reason: 'PERMANENT_TERMINATION' }, () => undefined);
      expect(resultOf(sar([work], 'RE_REGISTRATION', { userDataAlreadyAvailable }))).toBe('error 5012');
      expect(network.causes).toEqual(['hss1 cause.terminationPending']);
      settle();
      expect(resultOf(sar([work]))).toBe('success 2001');
      expect(resultOf(sar([work], 'NO_ASSIGNMENT', {}, scscf2))).toBe('error 5012');
      expect(network.causes.slice(1)).toEqual(['hss1 cause.notAssigned']);
    },
  );
});

describe('TS 23.228 4.3.3.4: two private identities of one subscription share a set', () => {
  const scene = () => {
    const [first, second] = [1, 2].map((number) =>
      subscriber(number, {
        subscription: 'family',
        implicitSets: [
          implicitSet([distinctIdentity(shared)]),
          ...(number === 2 ? [implicitSet([distinctIdentity(own)])] : []),
        ],
      }),
    ) as [Subscriber, Subscriber];
    return { ...hssScene({ subscribers: [first, second] }), first, second };
  };

  it('5002 where the other one alone has the identity', () => {
    const { uar, second } = scene();
    expect(resultOf(uar(shared))).toBe('experimental 2001');
    expect(resultOf(uar(own))).toBe('experimental 5002');
    expect(resultOf(uar(own, 'REGISTRATION', { userName: second.privateIdentity }))).toBe('experimental 2001');
  });

  it('REG-80 / TS 23.228 5.2.1a.1: who has a set registers with any identity of it, though only the other one’s line has that', () => {
    const members = [1, 2].map((number) => {
      const identities = number === 1 ? [distinctIdentity(shared)] : [distinctIdentity(shared), distinctIdentity(own)];
      return subscriber(number, { subscription: 'family', implicitSets: [implicitSet(identities)] });
    });
    const { uar, mar, sar, lir } = hssScene({ subscribers: members });
    expect(resultOf(uar(own))).toBe('experimental 2001');
    expect(resultOf(mar(own))).toBe('success 2001');
    expect(resultOf(sar([own]))).toBe('success 2001');
    expect(nameOf(lir(shared))).toBe(scscf1);
  });

  it('Associated-Identities names the others; the set is registered until the last one goes', () => {
    const { sar, lir, first, second } = scene();
    const bySecond = { userName: second.privateIdentity };
    const answer = sar([shared]);
    expect(answer).toMatchObject({ userName: first.privateIdentity, associatedIdentities: [second.privateIdentity] });
    expect(sar([shared], 'REGISTRATION', bySecond)).toMatchObject({
      userName: second.privateIdentity,
      associatedIdentities: [first.privateIdentity],
    });
    expect(resultOf(sar([shared], 'USER_DEREGISTRATION'))).toBe('success 2001');
    expect(nameOf(lir(shared))).toBe(scscf1);
    expect(resultOf(sar([shared], 'USER_DEREGISTRATION', bySecond))).toBe('success 2001');
    expect(resultOf(lir(shared))).toBe('experimental 5003');
  });

  it('CX-SAA / TS 29.229 6.3.51: Associated-Registered-Identities names those that are registered, to an S-CSCF that restores', () => {
    const { sar, second } = scene();
    const named = (answer: object) =>
      (answer as { associatedRegisteredIdentities?: unknown }).associatedRegisteredIdentities;
    const supportedFeatures = [{ vendorId: 10415, featureListId: 1, featureList: 4 }];
    expect(named(sar([shared], 'REGISTRATION', { supportedFeatures }))).toBeUndefined();
    expect(named(sar([shared], 'REGISTRATION', { userName: second.privateIdentity }))).toBeUndefined();
    expect(named(sar([shared], 'RE_REGISTRATION', { supportedFeatures }))).toEqual([second.privateIdentity]);
    expect(named(sar([shared], 'RE_REGISTRATION'))).toBeUndefined();
  });

  it('TS 29.228 §6.1.3.1: whoever has not registered the set is removed without RTR, which would end the other’s', () => {
    const { sar, lir, change, settle, told, network, second } = scene();
    sar([shared]);
    expect(change((hss, done) => hss.remove([second.privateIdentity], done))).toBeUndefined();
    settle();
    expect(told.rtr).toEqual([]);
    expect(nameOf(lir(shared))).toBe(scscf1);
    expect(network.causes).toEqual([]);
  });

  it('CX-RTR / TS 29.228 §6.1.3.1: RTR for one names that one alone, and leaves the set to the other', () => {
    const { sar, lir, deregister, told, first, second } = scene();
    sar([shared]);
    sar([shared], 'REGISTRATION', { userName: second.privateIdentity });
    expect(deregister({ reason: 'PERMANENT_TERMINATION' }).success).toBe(true);
    expect(told.rtr[0]).toMatchObject({ userName: first.privateIdentity });
    expect(told.rtr[0]!.associatedIdentities).toBeUndefined();
    expect(nameOf(lir(shared))).toBe(scscf1);
  });
});

describe('TS 29.228 §6.2.2: PPR for a set that two private identities share', () => {
  const child = `sip:child@${homeDomain}`;
  const common = implicitSet([distinctIdentity(shared), distinctIdentity(child)]);
  const digest = (ha1: string) => ({ realm: homeDomain, algorithm: 'MD5' as const, qop: 'auth', ha1 });
  const barredIn = (answer: object) =>
    parseUserData(saa(answer).userData)!.publicIdentities.map(({ barred }) => barred);
  /** The second has another set before it. */
  const scene = () => {
    const first = subscriber(1, { subscription: 'family', implicitSets: [common] });
    const second = subscriber(2, {
      subscription: 'family',
      implicitSets: [implicitSet([distinctIdentity(own)]), common],
    });
    const made = hssScene({ subscribers: [first, second] });
    const push = (change: object): Result => {
      const outcomes: Result[] = [];
      made.hss().pushProfile({ privateIdentity: second.privateIdentity, ...change }, (each) => outcomes.push(each));
      made.network.runUntil(() => outcomes.length > 0, 60_000);
      return outcomes[0]!;
    };
    return { ...made, push, first, second };
  };

  it('what changes it by one of them names one that has registered it, and the next SAA of each has it', () => {
    const { sar, push, told, first, second } = scene();
    sar([shared]);
    expect(push({ bar: [child] })).toMatchObject({ success: true });
    expect(told.ppr.map(({ userName }) => userName)).toEqual([first.privateIdentity]);
    expect(barredIn(told.ppr[0]!)).toEqual([false, true]);
    expect(barredIn(sar([shared], 'RE_REGISTRATION'))).toEqual([false, true]);
    expect(barredIn(sar([shared], 'REGISTRATION', { userName: second.privateIdentity }))).toEqual([false, true]);
  });

  it('a password is of one of them: it goes to whom has registered with it alone', () => {
    const { sar, push, told, second } = scene();
    sar([shared]);
    push({ digest: digest('a'.repeat(32)) });
    expect(told.ppr).toEqual([]);
    sar([shared], 'REGISTRATION', { userName: second.privateIdentity });
    push({ digest: digest('b'.repeat(32)) });
    expect(told.ppr).toMatchObject([{ userName: second.privateIdentity, sipAuthDataItem: {} }]);
  });

  it('an edit of the data tells the S-CSCF of the password of each that has registered the set', () => {
    const { sar, change, settle, told, second } = scene();
    for (const userName of [subscriber(1).privateIdentity, second.privateIdentity])
      sar([shared], 'REGISTRATION', { userName });
    const authentication = { ...second.authentication, digest: digest('c'.repeat(32)) };
    change((hss, done) => hss.put([{ ...second, authentication }], done));
    settle();
    expect(told.ppr).toMatchObject([{ userName: second.privateIdentity, sipAuthDataItem: {} }]);
  });
});

describe('REG-83: PSIs and wildcards', () => {
  const scene = () =>
    hssScene({
      subscribers: [
        subscriber(1, {
          implicitSets: [
            implicitSet([
              distinctIdentity(work),
              of('wildcarded', `sip:work-!.*!@${homeDomain}`),
              of('distinctPsi', lobby),
              of('wildcardedPsi', room, { directTo: 'sip:as1.home' }),
              of('distinctPsi', `sip:off@${homeDomain}`, { inactive: true }),
            ]),
          ],
        }),
      ],
    });

  it('a PSI or wildcard is not registered: UAR and MAR 5001, SAR 5007', () => {
    const { uar, mar, sar } = scene();
    for (const identity of [lobby, `sip:room-1@${homeDomain}`, `sip:work-1@${homeDomain}`]) {
      expect(resultOf(uar(identity))).toBe('experimental 5001');
      expect(resultOf(mar(identity))).toBe('experimental 5001');
      expect(resultOf(sar([identity]))).toBe('experimental 5007');
    }
    expect(resultOf(sar([lobby], 'AUTHENTICATION_TIMEOUT'))).toBe('experimental 5007');
    expect(resultOf(sar([lobby], 'UNREGISTERED_USER'))).toBe('success 2001');
  });

  it('inactive: 5001', () => {
    const { lir, sar } = scene();
    expect(resultOf(lir(`sip:off@${homeDomain}`))).toBe('experimental 5001');
    expect(resultOf(sar([`sip:off@${homeDomain}`], 'UNREGISTERED_USER'))).toBe('experimental 5001');
  });

  it('CX-LIA / TS 29.228 6.1.4.1: PSI direct routing: the AS, with LIA-Flags; not for originating requests', () => {
    const { lir } = scene();
    expect(lir(`sip:room-7@${homeDomain}`)).toMatchObject({
      resultCode: 2001,
      serverName: 'sip:as1.home',
      liaFlags: 1,
      wildcardedPublicIdentity: room,
    });
    expect(resultOf(lir(`sip:room-7@${homeDomain}`, { originatingRequest: true }))).toBe('experimental 5003');
  });

  it('LIA and SAA name the wildcard; SAR may name it itself', () => {
    const { sar, lir } = scene();
    const wildcard = `sip:work-!.*!@${homeDomain}`;
    sar([work]);
    expect(lir(`sip:work-42@${homeDomain}`)).toMatchObject({ serverName: scscf1, wildcardedPublicIdentity: wildcard });
    expect('wildcardedPublicIdentity' in lir(work) && saa(lir(work)).wildcardedPublicIdentity).toBeFalsy();
    expect(saa(sar([`sip:work-42@${homeDomain}`], 'NO_ASSIGNMENT')).wildcardedPublicIdentity).toBe(wildcard);
    const named = sar([`sip:work-42@${homeDomain}`], 'NO_ASSIGNMENT', { wildcardedPublicIdentity: wildcard });
    expect([resultOf(named), saa(named).wildcardedPublicIdentity]).toEqual(['success 2001', wildcard]);
  });
});

describe('CX-SAA: beside the profile (TS 29.228 §6.6, TS 23.380 4.3)', () => {
  const charging = { primaryChargingCollectionFunctionName: `aaa://ccf.${homeDomain}:3868;transport=tcp` };

  it('Charging-Information comes with the profile and not without it', () => {
    const { sar } = hssScene({ subscribers: [subscriber(1, { implicitSets: twoSets, charging })] });
    expect(sar([work])).toMatchObject({ chargingInformation: charging });
    const again = sar([work], 'RE_REGISTRATION', { userDataAlreadyAvailable: true }) as {
      chargingInformation?: unknown;
    };
    expect(again.chargingInformation).toBeUndefined();
  });

  it('what an S-CSCF leaves comes back when it has lost it, until the set is registered no more', () => {
    const one = subscriber(1, { implicitSets: twoSets });
    const { sar } = hssScene({ subscribers: [one] });
    const restorationInfo = { userName: one.privateIdentity, contacts: [{ path: '<sip:p>', contact: '<sip:u>' }] };
    const supportedFeatures = [{ vendorId: 10415, featureListId: 1, featureList: 4 }];
    const restored = (answer: object) => (answer as { restorationInfo?: unknown }).restorationInfo;
    expect(restored(sar([work], 'REGISTRATION', { restorationInfo, supportedFeatures }))).toBeUndefined();
    expect(restored(sar([work], 'NO_ASSIGNMENT', { supportedFeatures }))).toMatchObject([restorationInfo]);
    expect(restored(sar([work], 'UNREGISTERED_USER', { supportedFeatures }))).toMatchObject([restorationInfo]);
    expect(
      restored(sar([work], 'RE_REGISTRATION', { supportedFeatures, userDataAlreadyAvailable: true })),
    ).toBeUndefined();
    sar([work], 'USER_DEREGISTRATION');
    expect(restored(sar([work], 'REGISTRATION', { supportedFeatures }))).toBeUndefined();
  });

  it('TS 23.380 4.4: another S-CSCF that restores one set gets the others too, with what was left of them', () => {
    const one = subscriber(1, { implicitSets: twoSets });
    const { sar, lir, uar, told, settle } = hssScene({ subscribers: [one] });
    const alias = `sip:alias@${homeDomain}`;
    const restorationInfo = { userName: one.privateIdentity, contacts: [{ path: '<sip:p>', contact: '<sip:u>' }] };
    const supportedFeatures = [{ vendorId: 10415, featureListId: 1, featureList: 4 }];
    for (const identity of [work, alias]) sar([identity], 'REGISTRATION', { restorationInfo, supportedFeatures });
    uar(work, 'REGISTRATION_AND_CAPABILITIES');
    sar([work], 'UNREGISTERED_USER', { supportedFeatures }, scscf2);
    settle();
    // The one before hears once of both.
    expect(told.rtr).toHaveLength(1);
    expect(nameOf(lir(alias))).toBe(scscf2);
    const answer = sar([alias], 'UNREGISTERED_USER', { supportedFeatures }, scscf2);
    expect(answer).toMatchObject({ restorationInfo: [restorationInfo] });
  });

  it('TS 29.228 §6.1.2.1: an S-CSCF that does not restore gets nothing that was left', () => {
    const one = subscriber(1, { implicitSets: twoSets });
    const { sar } = hssScene({ subscribers: [one] });
    const restorationInfo = { userName: one.privateIdentity, contacts: [{ path: '<sip:p>', contact: '<sip:u>' }] };
    sar([work], 'REGISTRATION', { restorationInfo });
    expect((sar([work], 'UNREGISTERED_USER') as { restorationInfo?: unknown }).restorationInfo).toBeUndefined();
  });
});
