/** Lines of one IMS subscription that give the set that they share different identities: TS 23.228 5.2.1a.1. */

import { distinctIdentity, type ImplicitSet, implicitSet } from '../../../src/ims/subscription/subscriber.js';
import { parseUserData } from '../../../src/ims/subscription/user-data.js';
import { resultOf } from '../cx-peer.js';
import { homeDomain, subscriber } from '../network.js';
import { hssScene, type Result, scscf1 } from './scene.js';

const workTel = 'tel:+15550109999';
const shared = `sip:family@${homeDomain}`;
const own = `sip:own@${homeDomain}`;

const nameOf = (answer: object) => (answer as { serverName?: string }).serverName;
const saa = (answer: object) => answer as { userData: string };

describe('TS 23.228 5.2.1a.1: a shared set that not every line has whole', () => {
  const uris = (answer: object) => parseUserData(saa(answer).userData)!.publicIdentities.map(({ uri }) => uri);
  const second = `sip:a2@${homeDomain}`;
  const third = `sip:a3@${homeDomain}`;
  const set = (...identities: string[]) => implicitSet(identities.map((uri) => distinctIdentity(uri)));
  const scene = (...lines: (readonly ImplicitSet[])[]) => {
    const members = lines.map((implicitSets, at) => subscriber(at + 1, { subscription: 'family', implicitSets }));
    const ids = members.map(({ privateIdentity }) => privateIdentity);
    return { ...hssScene({ subscribers: members }), members, ids };
  };

  it('UAR, MAR, SAA, LIR and RTR: each private identity has all of it, and nothing of the other one’s other sets', () => {
    const { uar, mar, sar, lir, deregister, told, ids } = scene([set(shared), set(second)], [set(shared, own)]);
    for (const userName of ids) {
      expect(resultOf(uar(own, 'REGISTRATION', { userName }))).toBe('experimental 2001');
    }
    expect(resultOf(uar(second, 'REGISTRATION', { userName: ids[1]! }))).toBe('experimental 5002');
    expect(resultOf(mar(own))).toBe('success 2001');
    const answer = sar([own]);
    expect(uris(answer)).toEqual([shared, own]);
    expect(answer).toMatchObject({ userName: ids[0], associatedIdentities: [ids[1]] });
    expect([shared, own].map((uri) => nameOf(lir(uri)))).toEqual([scscf1, scscf1]);
    expect(resultOf(lir(second))).toBe('experimental 5003');
    expect(deregister({ reason: 'PERMANENT_TERMINATION' }).success).toBe(true);
    expect(told.rtr).toMatchObject([{ userName: ids[0], publicIdentities: [shared, own] }]);
    expect(resultOf(lir(own))).toBe('experimental 5003');
  });

  it('a line that has an identity of two sets of another one makes them one', () => {
    const { uar, sar, lir, ids } = scene([set(shared), set(second)], [set(third)], [set(own, second, shared, third)]);
    for (const uri of [shared, second, third, own]) {
      for (const userName of ids) expect(resultOf(uar(uri, 'REGISTRATION', { userName }))).toBe('experimental 2001');
    }
    const answer = sar([second]);
    expect(uris(answer)).toEqual([shared, second, third, own]);
    expect(answer).toMatchObject({ associatedIdentities: ids.slice(1) });
    expect(nameOf(lir(third))).toBe(scscf1);
  });

  it('two lines of one number: each has its own barred identity of its IMSI, and the set has both', () => {
    const barred = [1, 2].map((number) => `sip:imsi${number}@${homeDomain}`) as [string, string];
    const [one, two] = barred.map((uri) => [
      implicitSet([distinctIdentity(uri, true), distinctIdentity(shared), distinctIdentity(workTel)]),
    ]) as [ImplicitSet[], ImplicitSet[]];
    const { uar, sar, ids } = scene(one, two);
    for (const [at, userName] of ids.entries()) {
      expect(resultOf(uar(barred[at]!, 'REGISTRATION', { userName }))).toBe('experimental 2001');
    }
    const profile = parseUserData(saa(sar([barred[1]], 'REGISTRATION', { userName: ids[1]! })).userData)!;
    expect(profile.publicIdentities.map((each) => [each.uri, each.barred])).toEqual([
      [barred[0], true],
      [shared, false],
      [workTel, false],
      [barred[1], true],
    ]);
    // They have the same services.
    expect(profile.serviceProfiles).toHaveLength(1);
  });

  it('TS 29.228 §6.2.2: PPR has all of it, and each line keeps what it had', () => {
    const { sar, told, hss, network, ids, members } = scene([set(shared, second)], [set(shared, own)]);
    sar([shared]);
    const outcomes: Result[] = [];
    hss().pushProfile({ privateIdentity: ids[1]!, bar: [own] }, (each) => outcomes.push(each));
    network.runUntil(() => outcomes.length > 0, 60_000);
    expect(outcomes).toMatchObject([{ success: true }]);
    const pushed = parseUserData((told.ppr[0] as { userData: string }).userData)!;
    expect(pushed.publicIdentities.map(({ uri, barred }) => [uri, barred])).toEqual([
      [shared, false],
      [second, false],
      [own, true],
    ]);
    expect(uris(sar([shared], 'RE_REGISTRATION', { userName: members[0]!.privateIdentity }))).toEqual([
      shared,
      second,
      own,
    ]);
  });
});
