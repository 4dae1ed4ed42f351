/** Each kind of change to a subscriber whom an S-CSCF serves, and what it is told (TS 29.228 §6.1.3.1, §6.2.2.1). */

import type { InitialFilterCriterion } from '../../../src/ims/subscription/filter-criteria.js';
import {
  distinctIdentity,
  type ImplicitSet,
  implicitSet,
  type Subscriber,
} from '../../../src/ims/subscription/subscriber.js';
import { parseUserData } from '../../../src/ims/subscription/user-data.js';
import { resultOf } from '../cx-peer.js';
import { homeDomain, subscriber } from '../network.js';
import { hssScene } from './scene.js';

const uri = (user: string): string => `sip:${user}@${homeDomain}`;
const set = (...identities: readonly string[]): ImplicitSet =>
  implicitSet(identities.map((each) => distinctIdentity(uri(each.replace('-', '')), each.startsWith('-'))));
const card = (changes: Partial<Subscriber>, ...sets: readonly ImplicitSet[]): Subscriber =>
  subscriber(1, { ...changes, implicitSets: sets.length === 0 ? [set('a', 'b', 'c')] : sets });
const criterion = (sharedSet?: number): InitialFilterCriterion => ({
  priority: 1,
  triggerPoint: undefined,
  applicationServer: {
    serverName: 'sip:as.example',
    defaultHandling: 'continue',
    serviceInfo: undefined,
    includeRegisterRequest: false,
    includeRegisterResponse: false,
  },
  profilePart: undefined,
  ...(sharedSet !== undefined && { sharedSet }),
});
const withService = (each: InitialFilterCriterion): ImplicitSet =>
  implicitSet(set('a', 'b', 'c').serviceProfiles[0]!.publicIdentities, [each]);
const aka = subscriber(1).authentication.aka!;
const digest = (ha1: string): Subscriber['authentication'] => ({
  scheme: 'sip-digest',
  digest: { realm: homeDomain, algorithm: 'MD5', qop: 'auth', ha1 },
});

function edited(before: Subscriber, after: Subscriber) {
  const scene = hssScene({ subscribers: [before] });
  for (const { serviceProfiles } of before.implicitSets) {
    expect(resultOf(scene.sar([serviceProfiles[0]!.publicIdentities[0]!.uri]))).toBe('success 2001');
  }
  expect(scene.change((hss, done) => hss.put([after], done))).toBeUndefined();
  scene.settle();
  const rtr = scene.told.rtr.map(
    ({ reasonCode, publicIdentities }) => `${reasonCode} ${users(publicIdentities ?? [])}`,
  );
  const ppr = scene.told.ppr.map(({ userData, chargingInformation, sipAuthDataItem }) =>
    [
      ...(userData === undefined ? [] : [`profile ${users(identitiesIn(userData))}`]),
      ...(chargingInformation === undefined ? [] : ['charging']),
      ...(sipAuthDataItem === undefined ? [] : ['digest']),
    ].join(', '),
  );
  return { ...scene, outcome: { rtr, ppr } };
}

const users = (uris: readonly string[]): string => uris.map((each) => each.slice(4, each.indexOf('@'))).join(' ');
const identitiesIn = (userData: string): readonly string[] =>
  (parseUserData(userData)?.publicIdentities ?? []).map(({ uri: each, barred }) =>
    barred ? each.replace('sip:', 'sip:-') : each,
  );

const nobody = { rtr: [], ppr: [] };
const pushed = (...ppr: readonly string[]) => ({ rtr: [], ppr });
const ended = (...rtr: readonly string[]) => ({ rtr, ppr: [] });

it.each<readonly [what: string, before: Subscriber, after: Subscriber, told: object]>([
  ['an identity is barred', card({}), card({}, set('a', '-b', 'c')), pushed('profile a -b c')],
  ['an identity is added', card({}), card({}, set('a', 'b', 'c', 'd')), pushed('profile a b c d')],
  ['an identity is removed', card({}), card({}, set('a', 'c')), pushed('profile a c')],
  ['the default identity is removed', card({}), card({}, set('b', 'c')), ended('PERMANENT_TERMINATION a b c')],
  ['the default identity is barred', card({}), card({}, set('-a', 'b', 'c')), ended('PERMANENT_TERMINATION a b c')],
  ['another one leads', card({}), card({}, set('d', 'a', 'b', 'c')), ended('PERMANENT_TERMINATION a b c')],
  ['a filter criterion is added', card({}), card({}, withService(criterion())), pushed('profile a b c')],
  [
    'it becomes a shared one',
    card({}, withService(criterion())),
    card({}, withService(criterion(7))),
    pushed('profile a b c'),
  ],
  ['it goes', card({}, withService(criterion())), card({}), pushed('profile a b c')],
  [
    'an identity gets a service profile of its own',
    card({}),
    card({}, { serviceProfiles: [...set('a', 'b').serviceProfiles, ...set('c').serviceProfiles] }),
    pushed('profile a b c'),
  ],
  ['an identity gets a set of its own', card({}), card({}, set('b'), set('a', 'c')), pushed('profile a c')],
  [
    'two sets become one',
    card({}, set('a'), set('b')),
    card({}, set('b', 'a')),
    { rtr: ['PERMANENT_TERMINATION a'], ppr: ['profile b a'] },
  ],
  ['two sets change places', card({}, set('a'), set('b')), card({}, set('b'), set('a')), nobody],
  [
    'an identity goes from one set to the other',
    card({}, set('a', 'b'), set('c')),
    card({}, set('a'), set('c', 'b')),
    pushed('profile a', 'profile c b'),
  ],
  [
    'K and OPc',
    card({}),
    card({ authentication: { scheme: 'aka', aka: { ...aka, material: { algorithm: 'xor', k: Buffer.alloc(16) } } } }),
    nobody,
  ],
  ['SQN', card({}), card({ authentication: { scheme: 'aka', aka: { ...aka, sqn: 0x2000n } } }), nobody],
  ['the password', card({ authentication: digest('aa') }), card({ authentication: digest('bb') }), pushed('digest')],
  [
    'charging functions',
    card({}),
    card({ charging: { primaryChargingCollectionFunctionName: 'aaa://ccf.example' } }),
    pushed('charging'),
  ],
  ['a capability is wanted', card({}), card({ capabilities: { mandatory: [], optional: [1] } }), nobody],
  [
    'a capability is needed',
    card({}),
    card({ capabilities: { mandatory: [1], optional: [] } }),
    ended('SERVER_CHANGE a b c'),
  ],
  [
    'one of two sets needs no more than before',
    card({ capabilities: { mandatory: [1, 2], optional: [] } }),
    card({ capabilities: { mandatory: [2], optional: [] } }),
    nobody,
  ],
  [
    'a capability is needed, of all sets',
    card({}, set('a'), set('b')),
    card({ capabilities: { mandatory: [1], optional: [] } }, set('a'), set('b')),
    ended('SERVER_CHANGE a b'),
  ],
  ['the user may not register', card({}), card({ mayNotRegister: true }), ended('PERMANENT_TERMINATION a b c')],
  ['the user may register again', card({ mayNotRegister: true }), card({}), nobody],
  // The HSS does not know where a user is: the next UAR is refused.
  ['visited networks', card({}), card({ visitedNetworks: ['other.example'] }), nobody],
  // SAA alone has it.
  ['loose routing', card({}), card({ looseRoute: true }), nobody],
])('%s', (_, before, after, told) => {
  expect(edited(before, after).outcome).toEqual(told);
});

it('TS 29.228 §6.2.2.1: after a set has been split or joined the S-CSCF stays assigned to the part with its default identity', () => {
  const split = edited(card({}), card({}, set('b'), set('a', 'c')));
  expect(resultOf(split.lir(uri('c')))).toBe('success 2001');
  expect(resultOf(split.sar([uri('a')], 'RE_REGISTRATION'))).toBe('success 2001');
  const joined = edited(card({}, set('a'), set('b')), card({}, set('b', 'a')));
  expect(resultOf(joined.lir(uri('a')))).toBe('success 2001');
  expect(resultOf(joined.sar([uri('b')], 'RE_REGISTRATION'))).toBe('success 2001');
});

it('TS 29.228 §6.1.3: who needs another S-CSCF gets the capabilities with the next UAR', () => {
  const { uar, lir } = edited(card({}), card({ capabilities: { mandatory: [1], optional: [] } }));
  expect(resultOf(lir(uri('a')))).toBe('experimental 5003');
  expect(uar(uri('a'))).toMatchObject({ serverCapabilities: { mandatoryCapabilities: [1] } });
});

it('TS 23.228 5.3.2: who may not register is refused with the next UAR', () => {
  const { uar } = edited(card({}), card({ mayNotRegister: true }));
  expect(resultOf(uar(uri('a')))).toContain('5003');
});
