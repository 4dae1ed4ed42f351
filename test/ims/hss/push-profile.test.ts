/** PPR: TS 29.228 §6.2.2.1. */
import type { InitialFilterCriterion } from '../../../src/ims/subscription/filter-criteria.js';
import { distinctIdentity, implicitSet, type Subscriber } from '../../../src/ims/subscription/subscriber.js';
import { parseUserData } from '../../../src/ims/subscription/user-data.js';
import { homeDomain, subscriber } from '../network.js';
import { type HssSceneOptions, hssScene, scscf1 } from './scene.js';

const first = `sip:first@${homeDomain}`;
const second = `sip:second@${homeDomain}`;
const other = `sip:other@${homeDomain}`;
const criterion: InitialFilterCriterion = {
  priority: 4,
  applicationServer: {
    serverName: `sip:as1.${homeDomain};lr`,
    defaultHandling: 'terminate',
    includeRegisterRequest: true,
    includeRegisterResponse: false,
  },
};
const one = subscriber(1, {
  implicitSets: [
    implicitSet([distinctIdentity(first), distinctIdentity(second)]),
    implicitSet([distinctIdentity(other)]),
  ],
});

function scene(options: Partial<HssSceneOptions> = {}) {
  return hssScene({ subscribers: [one], services: new Map([['mmtel', [criterion]]]), ...options });
}
const profileIn = ({ userData }: { readonly userData?: string }) => parseUserData(userData!)!;

it('a barred identity: the whole document of its set goes to the S-CSCF that serves it; the next SAA has it too', () => {
  const { pushProfile, sar, told } = scene();
  sar([first]);
  expect(pushProfile({ bar: [second] })).toEqual({
    success: true,
    reason: `PPR for ${one.privateIdentity} at ${scscf1} was answered with Result-Code 2001`,
  });
  expect(told.ppr).toHaveLength(1);
  expect(told.ppr[0]).toMatchObject({ userName: one.privateIdentity });
  const barred = [
    { uri: first, barred: false, kind: 'distinct' },
    { uri: second, barred: true, kind: 'distinct' },
  ];
  expect(profileIn(told.ppr[0]!).publicIdentities).toEqual(barred);
  expect(profileIn(sar([first], 'RE_REGISTRATION') as { userData?: string }).publicIdentities).toEqual(barred);
  pushProfile({ unbar: [second] });
  expect(profileIn(told.ppr[1]!).publicIdentities[1]!.barred).toBe(false);
});

it('services: the criteria of each profile are replaced; a PPR for each registered set', () => {
  const { pushProfile, sar, told } = scene();
  for (const identity of [first, other]) sar([identity]);
  expect(pushProfile({ services: ['mmtel'] }).success).toBe(true);
  expect(told.ppr.map((each) => profileIn(each).serviceProfiles[0]!.filterCriteria)).toEqual([
    [criterion],
    [criterion],
  ]);
  pushProfile({ services: [] });
  expect(profileIn(told.ppr[2]!).serviceProfiles[0]!.filterCriteria).toEqual([]);
});

it('charging functions and digest credentials go without a document', () => {
  const { pushProfile, sar, told } = scene();
  sar([first]);
  const charging = { primaryEventChargingFunctionName: `aaa://ecf.${homeDomain}` };
  pushProfile({ charging });
  expect(told.ppr[0]).toMatchObject({ chargingInformation: charging });
  expect(told.ppr[0]!.userData).toBeUndefined();
  expect(sar([first], 'RE_REGISTRATION')).toMatchObject({ chargingInformation: charging });
  pushProfile({ digest: { realm: homeDomain, algorithm: 'MD5', qop: 'auth', ha1: 'b'.repeat(32) } });
  expect(told.ppr[1]!.sipAuthDataItem).toMatchObject({
    sipAuthenticationScheme: 'SIP Digest',
    sipDigestAuthenticate: { digestHa1: 'b'.repeat(32) },
  });
});

it('nobody serves the user, or nothing has changed: nothing is sent, and the next SAA has it', () => {
  const { pushProfile, sar, told } = scene();
  expect(pushProfile({ bar: [second] })).toMatchObject({ success: true });
  expect(profileIn(sar([first]) as { userData?: string }).publicIdentities[1]!.barred).toBe(true);
  expect(pushProfile({ bar: [second] })).toMatchObject({ success: true });
  expect(told.ppr).toEqual([]);
});

it('the default identity of a registered set is not changed by PPR', () => {
  const { pushProfile, sar, told } = scene();
  sar([first]);
  const refused = pushProfile({ bar: [first] });
  expect(refused).toMatchObject({ success: false });
  expect(refused.reason).toContain('default identity');
  expect(profileIn(sar([first], 'RE_REGISTRATION') as { userData?: string }).publicIdentities[0]!.barred).toBe(false);
  sar([first], 'USER_DEREGISTRATION');
  expect(pushProfile({ bar: [first] })).toMatchObject({ success: true });
  expect(told.ppr).toEqual([]);
});

it.each([
  [{ bar: ['sip:nobody@h'] }, 'sip:nobody@h is no identity of'],
  [{ services: ['nothing'] }, 'there is no service nothing; the subscriber file has mmtel'],
])('what cannot be done is said: %o', (change, reason) => {
  const outcome = scene().pushProfile(change);
  expect(outcome.success).toBe(false);
  expect(outcome.reason).toContain(reason);
});

it.each([
  [5001, 'does not serve the user'],
  [5009, 'cannot read the user data'],
])('PPA %d is said in words', (ppa, meaning) => {
  const { pushProfile, sar, network, told } = scene({ ppa });
  sar([first]);
  const outcome = pushProfile({ bar: [second] });
  expect(outcome.success).toBe(false);
  expect(outcome.reason).toContain(meaning);
  expect(network.causes).toEqual(['hss1 cause.profilePushFailed']);
  expect(told.rtr).toEqual([]);
});

it('TS 29.228 §6.2.2.1: PPA 5008 ERROR_TOO_MUCH_DATA: the user is sent to another S-CSCF by RTR SERVER_CHANGE', () => {
  const { pushProfile, sar, told, settle } = scene({ ppa: 5008 });
  sar([first]);
  expect(pushProfile({ bar: [second] }).success).toBe(false);
  settle();
  expect(told.rtr).toMatchObject([{ reasonCode: 'SERVER_CHANGE' }]);
});

it('TS 29.228 §6.2.2.1: of a set that is served without a registration the default identity may change', () => {
  const { pushProfile, sar, told } = scene();
  sar([first], 'UNREGISTERED_USER');
  expect(pushProfile({ bar: [first] })).toMatchObject({ success: true });
  expect(told.ppr.map((each) => profileIn(each).publicIdentities[0]!.barred)).toEqual([true]);
});

describe('TS 29.228 §6.2.2: a set that two lines share', () => {
  const charging = { primaryEventChargingFunctionName: `aaa://ecf.${homeDomain}` };
  const line = (number: number, more: Partial<Subscriber> = {}) =>
    subscriber(number, {
      subscription: 'family',
      implicitSets: [implicitSet([distinctIdentity(first), distinctIdentity(second)])],
      ...more,
    });
  const lines = [line(1), line(2)] as const;
  const [mine, yours] = lines.map(({ privateIdentity }) => privateIdentity) as [string, string];

  it('the S-CSCF knows another line only: PPR names that one, with the document and nothing of the one ordered', () => {
    const { pushProfile, sar, told } = scene({ subscribers: lines });
    sar([first], 'REGISTRATION', { userName: yours });
    pushProfile({ bar: [second], charging });
    expect(told.ppr).toHaveLength(1);
    expect(told.ppr[0]).toMatchObject({ userName: yours });
    expect(profileIn(told.ppr[0]!).publicIdentities[1]!.barred).toBe(true);
    expect(told.ppr[0]!.chargingInformation).toBeUndefined();
    // Of that line alone there is nothing to tell.
    pushProfile({ charging: { primaryEventChargingFunctionName: `aaa://other.${homeDomain}` } });
    expect(told.ppr).toHaveLength(1);
  });

  it('both have registered it: the document goes once, what belongs to a line goes by its name', () => {
    const { change, sar, settle, told } = scene({ subscribers: lines });
    for (const userName of [mine, yours]) sar([first], 'REGISTRATION', { userName });
    const barred = [implicitSet([distinctIdentity(first), distinctIdentity(second, true)])];
    change((hss, done) =>
      hss.put([line(1, { implicitSets: barred }), line(2, { implicitSets: barred, charging })], done),
    );
    settle();
    expect(told.ppr.map(({ userName }) => userName)).toEqual([mine, yours]);
    expect(profileIn(told.ppr[0]!).publicIdentities[1]!.barred).toBe(true);
    expect(told.ppr.map(({ chargingInformation }) => chargingInformation)).toMatchObject([undefined, charging]);
    expect(told.ppr[1]!.userData).toBeUndefined();
  });

  it('the document is as it was: a line with other charging functions is told of those alone', () => {
    const { change, sar, settle, told } = scene({ subscribers: lines });
    sar([first], 'REGISTRATION', { userName: mine });
    change((hss, done) => hss.put([line(1, { charging })], done));
    settle();
    expect(told.ppr).toMatchObject([{ userName: mine, chargingInformation: charging }]);
    expect(told.ppr[0]!.userData).toBeUndefined();
  });
});
