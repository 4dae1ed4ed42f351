/** The HSS as a Cx peer sees it: TS 29.228 §6.1 to §6.3, tables 4.1 to 4.4 of the Cx reference row by row. */
import { checkAutn, computeOpc, encodeSqn, generateAuts, MilenageKey, UsimSqnWindow } from '../../../src/aka/index.js';
import type { ServerAssignmentType, UserAuthorizationType } from '../../../src/diameter/index.js';
import type { ServicePoint } from '../../../src/ims/subscription/filter-criteria.js';
import { identitiesOf, implicitSet } from '../../../src/ims/subscription/subscriber.js';
import { parseUserData } from '../../../src/ims/subscription/user-data.js';
import { CxPeer, resultOf } from '../cx-peer.js';
import { homeDomain, imsiOf, key, publicIdentityOf, startNetwork, subscriber } from '../network.js';

const scscf1 = `sip:scscf1.${homeDomain}:5060`;
const scscf2 = `sip:scscf2.${homeDomain}:5060`;
const userName = `${imsiOf(1)}@${homeDomain}`;
const publicIdentity = publicIdentityOf(1);

function scene(changes: Parameters<typeof subscriber>[1] = {}) {
  const network = startNetwork({
    subscribers: [
      subscriber(1, { capabilities: { mandatory: [3], optional: [4] }, ...changes }),
      subscriber(2),
      subscriber(3, { publicIdentities: [{ uri: publicIdentityOf(3), barred: true }] }),
    ],
    down: ['scscf1', 'icscf1', 'pcscf1'],
  });
  const peer = new CxPeer(network);
  const uar = (type: UserAuthorizationType, other: object = {}) =>
    peer.userAuthorization({
      userName,
      publicIdentity,
      visitedNetworkIdentifier: homeDomain,
      userAuthorizationType: type,
      ...other,
    });
  const mar = (serverName = scscf1, other: object = {}) =>
    peer.multimediaAuth({
      userName,
      publicIdentity,
      sipNumberAuthItems: 1,
      sipAuthDataItem: { sipAuthenticationScheme: 'Digest-AKAv1-MD5' },
      serverName,
      ...other,
    });
  const sar = (serverAssignmentType: ServerAssignmentType, serverName = scscf1, other: object = {}) =>
    peer.serverAssignment({
      userName,
      publicIdentities: [publicIdentity],
      serverName,
      serverAssignmentType,
      userDataAlreadyAvailable: false,
      ...other,
    });
  const lir = (other: object = {}) => peer.locationInfo({ publicIdentity, ...other });
  return { network, uar, mar, sar, lir };
}

/** The identities of the first subscriber, with one filter criterion. */
function withServices(point: ServicePoint, profilePart?: 'registered' | 'unregistered') {
  return implicitSet(identitiesOf(subscriber(1)), [
    {
      priority: 1,
      triggerPoint: { form: 'cnf', triggers: [{ point, negated: false, groups: [0] }] },
      applicationServer: {
        serverName: `sip:as1.${homeDomain}`,
        defaultHandling: 'continue',
        includeRegisterRequest: false,
        includeRegisterResponse: false,
      },
      ...(profilePart !== undefined && { profilePart }),
    },
  ]);
}

const nameOf = (answer: object): string | undefined => (answer as { serverName?: string }).serverName;
const capabilitiesOf = (answer: object): unknown => (answer as { serverCapabilities?: unknown }).serverCapabilities;
const capabilities = { mandatoryCapabilities: [3], optionalCapabilities: [4], serverNames: [] };

describe('CX-UAA: 4.1 UAR, checks in order (TS 29.228 §6.1.1.1)', () => {
  it('1: private or public identity unknown: 5001', () => {
    const { uar, network } = scene();
    expect(resultOf(uar('REGISTRATION', { userName: 'nobody' }))).toBe('experimental 5001');
    expect(resultOf(uar('REGISTRATION', { publicIdentity: 'sip:nobody@x' }))).toBe('experimental 5001');
    expect(resultOf(uar('REGISTRATION', { publicIdentity: 'no URI at all' }))).toBe('experimental 5001');
    expect(new Set(network.causes)).toEqual(new Set(['hss1 cause.userUnknown']));
  });

  it('2: public identity of another subscriber: 5002', () => {
    const { uar, network } = scene();
    expect(resultOf(uar('REGISTRATION', { publicIdentity: publicIdentityOf(2) }))).toBe('experimental 5002');
    expect(network.causes).toEqual(['hss1 cause.identitiesDontMatch']);
  });

  it('3: barred, another one of the set is not: goes on; all barred: Result-Code 5003; an emergency skips it', () => {
    const { uar, network } = scene();
    const temporary = `sip:${imsiOf(1)}@${homeDomain}`;
    expect(resultOf(uar('REGISTRATION', { publicIdentity: temporary }))).toBe('experimental 2001');
    const barred = { userName: `${imsiOf(3)}@${homeDomain}`, publicIdentity: publicIdentityOf(3) };
    expect(resultOf(uar('REGISTRATION', barred))).toBe('error 5003');
    expect(resultOf(uar('DE_REGISTRATION', barred))).toBe('error 5003');
    expect(network.causes).toEqual(['hss1 cause.authorizationRejected', 'hss1 cause.authorizationRejected']);
    expect(resultOf(uar('REGISTRATION', { ...barred, uarFlags: 1 }))).toBe('experimental 2001');
  });

  it('4: roaming not allowed: 5004, but not for a de-registration or an emergency', () => {
    const { uar } = scene({ visitedNetworks: ['elsewhere.example'] });
    expect(resultOf(uar('REGISTRATION'))).toBe('experimental 5004');
    expect(resultOf(uar('REGISTRATION_AND_CAPABILITIES'))).toBe('experimental 5004');
    expect(resultOf(uar('REGISTRATION', { visitedNetworkIdentifier: 'elsewhere.example' }))).toBe('experimental 2001');
    const quoted = { visitedNetworkIdentifier: '"elsewhere.example"' };
    expect(resultOf(uar('REGISTRATION', quoted))).toBe('experimental 2001');
    expect(resultOf(uar('REGISTRATION', { uarFlags: 1 }))).toBe('experimental 2001');
    expect(resultOf(uar('DE_REGISTRATION'))).toBe('experimental 5003');
  });

  it('CX-UAA: 4: the subscription may not register: Result-Code 5003, but not for a de-registration or an emergency', () => {
    const { uar } = scene({ mayNotRegister: true });
    expect(resultOf(uar('REGISTRATION'))).toBe('error 5003');
    expect(resultOf(uar('REGISTRATION_AND_CAPABILITIES'))).toBe('error 5003');
    expect(resultOf(uar('REGISTRATION', { uarFlags: 1 }))).toBe('experimental 2001');
    expect(resultOf(uar('DE_REGISTRATION'))).toBe('experimental 5003');
  });

  it('REG-03: identities compare in canonical form', () => {
    const { uar } = scene();
    for (const text of [
      `sip:+15550100001@${homeDomain.toUpperCase()};user=phone`,
      `sip:+15550100001@${homeDomain}:5060`,
      'tel:+1-555-010-0001',
      'tel:+1(555)0100001;npdi',
    ]) {
      expect(resultOf(uar('REGISTRATION', { publicIdentity: text }))).toBe('experimental 2001');
    }
  });
});

describe('CX-UAA: 4.1 UAR, by state', () => {
  it('NOT_REGISTERED, no S-CSCF: 2001 FIRST_REGISTRATION; capabilities; 5003', () => {
    const { uar } = scene();
    const first = uar('REGISTRATION');
    expect([resultOf(first), nameOf(first)]).toEqual(['experimental 2001', undefined]);
    expect(capabilitiesOf(first)).toEqual(capabilities);
    const asked = uar('REGISTRATION_AND_CAPABILITIES');
    expect([resultOf(asked), capabilitiesOf(asked)]).toEqual(['success 2001', capabilities]);
    expect(resultOf(uar('DE_REGISTRATION'))).toBe('experimental 5003');
  });

  it('TS 29.229 §6.3.4: a subscriber without wishes gets no Server-Capabilities, not an empty group', () => {
    const { uar } = scene({ capabilities: { mandatory: [], optional: [] } });
    expect(capabilitiesOf(uar('REGISTRATION'))).toBeUndefined();
    expect(capabilitiesOf(uar('REGISTRATION_AND_CAPABILITIES'))).toBeUndefined();
  });

  it('NOT_REGISTERED, S-CSCF known by a challenge under way: 2002 with its name; capabilities; SUCCESS with its name', () => {
    const { uar, mar } = scene();
    mar();
    const second = uar('REGISTRATION');
    expect([resultOf(second), nameOf(second)]).toEqual(['experimental 2002', scscf1]);
    const removal = uar('DE_REGISTRATION');
    expect([resultOf(removal), nameOf(removal)]).toEqual(['success 2001', scscf1]);
    expect(capabilitiesOf(uar('REGISTRATION_AND_CAPABILITIES'))).toEqual(capabilities);
  });

  it.each<[string, ServerAssignmentType]>([
    ['REGISTERED', 'REGISTRATION'],
    ['UNREGISTERED', 'UNREGISTERED_USER'],
  ])('%s: 2002 with the name; capabilities and reassignment pending; SUCCESS with the name', (_state, type) => {
    const { uar, sar } = scene();
    expect(resultOf(sar(type))).toBe('success 2001');
    const again = uar('REGISTRATION');
    expect([resultOf(again), nameOf(again)]).toEqual(['experimental 2002', scscf1]);
    const removal = uar('DE_REGISTRATION');
    expect([resultOf(removal), nameOf(removal)]).toEqual(['success 2001', scscf1]);
    expect(resultOf(sar('REGISTRATION', scscf2))).toBe('experimental 5005');
    const asked = uar('REGISTRATION_AND_CAPABILITIES');
    expect([resultOf(asked), nameOf(asked), capabilitiesOf(asked)]).toEqual(['success 2001', undefined, capabilities]);
    expect(resultOf(sar('REGISTRATION', scscf2))).toBe('success 2001');
    expect(nameOf(uar('REGISTRATION'))).toBe(scscf2);
    expect(resultOf(sar('REGISTRATION', scscf1))).toBe('experimental 5005');
  });
});

describe('CX-SAA: 4.2 SAR (TS 29.228 §6.1.2.1)', () => {
  it('checks in order: 5001, 5002, several identities 5009, what is missing 5005, SWx types 5007', () => {
    const { sar } = scene();
    expect(resultOf(sar('REGISTRATION', scscf1, { userName: 'nobody' }))).toBe('experimental 5001');
    expect(resultOf(sar('REGISTRATION', scscf1, { publicIdentities: ['sip:nobody@x'] }))).toBe('experimental 5001');
    const foreign = publicIdentityOf(2);
    expect(resultOf(sar('REGISTRATION', scscf1, { publicIdentities: [foreign] }))).toBe('experimental 5002');
    const several = { publicIdentities: [publicIdentity, 'tel:+15550100001'] };
    expect(resultOf(sar('REGISTRATION', scscf1, several))).toBe('error 5009');
    expect(resultOf(sar('REGISTRATION', scscf1, { publicIdentities: [publicIdentity, foreign] }))).toBe(
      'experimental 5002',
    );
    expect(resultOf(sar('REGISTRATION', scscf1, { publicIdentities: [] }))).toBe('error 5005');
    expect(resultOf(sar('REGISTRATION', scscf1, { userName: undefined }))).toBe('error 5005');
    expect(resultOf(sar('AAA_USER_DATA_REQUEST'))).toBe('experimental 5007');
  });

  it('0 NO_ASSIGNMENT: the profile for the stored S-CSCF, Result-Code 5012 for another', () => {
    const { sar } = scene();
    expect(resultOf(sar('NO_ASSIGNMENT'))).toBe('error 5012');
    sar('REGISTRATION');
    const profile = sar('NO_ASSIGNMENT');
    expect(resultOf(profile)).toBe('success 2001');
    expect((profile as { userData?: string }).userData).toContain('<IMSSubscription>');
    expect(resultOf(sar('NO_ASSIGNMENT', scscf2))).toBe('error 5012');
  });

  it('1, 2 REGISTRATION, RE_REGISTRATION: name stored, authentication ended, User-Data as 4.6 says', () => {
    const { uar, mar, sar, lir } = scene();
    mar();
    const answer = sar('REGISTRATION') as { userData?: string; userName?: string };
    expect(resultOf(answer)).toBe('success 2001');
    expect(answer.userName).toBe(userName);
    expect(parseUserData(answer.userData!)).toEqual({
      privateIdentity: userName,
      serviceProfiles: subscriber(1).implicitSets[0]!.serviceProfiles,
      publicIdentities: [
        { uri: publicIdentity, barred: false, kind: 'distinct' },
        { uri: 'tel:+15550100001', barred: false, kind: 'distinct' },
        { uri: `sip:${userName}`, barred: true, kind: 'distinct' },
      ],
    });
    expect(nameOf(lir())).toBe(scscf1);
    const again = sar('RE_REGISTRATION', scscf1, { userDataAlreadyAvailable: true }) as { userData?: string };
    expect([resultOf(again), again.userData]).toEqual(['success 2001', undefined]);
    expect(resultOf(sar('RE_REGISTRATION', scscf2))).toBe('experimental 5005');
    expect(nameOf(uar('REGISTRATION'))).toBe(scscf1);
  });

  it('3 UNREGISTERED_USER: name stored; User-Name may be missing; another S-CSCF gets 5005', () => {
    const { sar, lir } = scene();
    expect(resultOf(lir())).toBe('experimental 5003');
    expect(resultOf(sar('UNREGISTERED_USER', scscf1, { userName: undefined }))).toBe('success 2001');
    expect(nameOf(lir())).toBe(scscf1);
    expect(resultOf(sar('UNREGISTERED_USER', scscf2))).toBe('experimental 5005');
  });

  it.each<ServerAssignmentType>(['REGISTRATION', 'RE_REGISTRATION', 'UNREGISTERED_USER'])(
    'CX-SAA / TS 29.228 6.1.2.1: with 5005 after %s Server-Name says who serves the user',
    (type) => {
      const { sar } = scene();
      sar('REGISTRATION', scscf1);
      const refused = sar(type, scscf2);
      expect([resultOf(refused), nameOf(refused)]).toEqual(['experimental 5005', scscf1]);
    },
  );

  it.each<ServerAssignmentType>([
    'TIMEOUT_DEREGISTRATION',
    'USER_DEREGISTRATION',
    'ADMINISTRATIVE_DEREGISTRATION',
    'DEREGISTRATION_TOO_MUCH_DATA',
  ])('4, 5, 8, 11 %s: NOT_REGISTERED, no name; from another S-CSCF 5012 and no change', (type) => {
    const { sar, lir, uar } = scene();
    sar('REGISTRATION');
    expect(resultOf(sar(type, scscf2))).toBe('error 5012');
    expect(nameOf(lir())).toBe(scscf1);
    const answer = sar(type) as { userData?: string };
    expect([resultOf(answer), answer.userData]).toEqual(['success 2001', undefined]);
    expect(resultOf(lir())).toBe('experimental 5003');
    expect(resultOf(uar('REGISTRATION'))).toBe('experimental 2001');
  });

  it('de-registration by private identity alone is for all of it; by public identity alone and by several too', () => {
    const { sar, lir } = scene();
    for (const which of [
      { publicIdentities: [] },
      { userName: undefined },
      { publicIdentities: [publicIdentity, 'tel:+15550100001'] },
    ]) {
      sar('REGISTRATION');
      expect(resultOf(sar('USER_DEREGISTRATION', scscf1, which))).toBe('success 2001');
      expect(resultOf(lir())).toBe('experimental 5003');
    }
  });

  it.each<ServerAssignmentType>(['TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME', 'USER_DEREGISTRATION_STORE_SERVER_NAME'])(
    '6, 7 %s: UNREGISTERED and the name stays where there are services for that state, else 2004',
    (type) => {
      const { sar, lir } = scene();
      sar('REGISTRATION');
      expect(resultOf(sar(type, scscf2))).toBe('error 5012');
      expect(resultOf(sar(type))).toBe('experimental 2004');
      expect(resultOf(lir())).toBe('experimental 5003');
      const served = scene({ implicitSets: [withServices({ kind: 'sessionCase', sessionCase: 2 })] });
      served.sar('REGISTRATION');
      expect(resultOf(served.sar(type))).toBe('success 2001');
      expect(nameOf(served.lir())).toBe(scscf1);
    },
  );

  it.each<ServerAssignmentType>([
    'TIMEOUT_DEREGISTRATION',
    'USER_DEREGISTRATION',
    'ADMINISTRATIVE_DEREGISTRATION',
    'DEREGISTRATION_TOO_MUCH_DATA',
    'TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME',
    'USER_DEREGISTRATION_STORE_SERVER_NAME',
    'AUTHENTICATION_FAILURE',
    'AUTHENTICATION_TIMEOUT',
  ])('CX-SAA / TS 29.228 6.1.2.1: %s where no S-CSCF is stored is a success that changes nothing', (type) => {
    const { sar, lir } = scene();
    expect(resultOf(sar(type))).toBe('success 2001');
    expect(resultOf(lir())).toBe('experimental 5003');
    sar('REGISTRATION');
    expect(resultOf(sar('USER_DEREGISTRATION'))).toBe('success 2001');
    // Its answer was lost, say.
    expect(resultOf(sar(type))).toBe('success 2001');
    expect(resultOf(lir())).toBe('experimental 5003');
  });

  it.each<ServerAssignmentType>(['AUTHENTICATION_FAILURE', 'AUTHENTICATION_TIMEOUT'])(
    '9, 10 %s: NOT_REGISTERED loses the name, REGISTERED keeps it, another S-CSCF changes nothing',
    (type) => {
      const { mar, sar, uar } = scene();
      mar();
      expect(resultOf(sar(type, scscf2))).toBe('error 5012');
      expect(nameOf(uar('REGISTRATION'))).toBe(scscf1);
      expect(resultOf(sar(type))).toBe('success 2001');
      expect(resultOf(uar('REGISTRATION'))).toBe('experimental 2001');
      sar('REGISTRATION');
      mar();
      expect(resultOf(sar(type))).toBe('success 2001');
      expect(nameOf(uar('REGISTRATION'))).toBe(scscf1);
    },
  );
});

describe('CX-LIA: 4.3 LIR (TS 29.228 §6.1.4.1)', () => {
  it('unknown: 5001; not registered: 5003, also while a challenge is under way', () => {
    const { lir, mar, network } = scene();
    expect(resultOf(lir({ publicIdentity: 'sip:nobody@x' }))).toBe('experimental 5001');
    expect(resultOf(lir())).toBe('experimental 5003');
    mar();
    expect(resultOf(lir())).toBe('experimental 5003');
    expect(network.causes).toEqual([
      'hss1 cause.userUnknown',
      'hss1 cause.calleeNotRegistered',
      'hss1 cause.calleeNotRegistered',
    ]);
  });

  it('registered and unregistered: the name; with REGISTRATION_AND_CAPABILITIES capabilities, reassignment pending', () => {
    const { lir, sar } = scene();
    sar('REGISTRATION');
    expect([resultOf(lir()), nameOf(lir())]).toEqual(['success 2001', scscf1]);
    expect(nameOf(lir({ publicIdentity: 'tel:+15550100001' }))).toBe(scscf1);
    expect(nameOf(lir({ originatingRequest: true }))).toBe(scscf1);
    const asked = lir({ userAuthorizationType: 'REGISTRATION_AND_CAPABILITIES' });
    expect([resultOf(asked), nameOf(asked), capabilitiesOf(asked)]).toEqual(['success 2001', undefined, capabilities]);
    expect(resultOf(sar('UNREGISTERED_USER', scscf2))).toBe('success 2001');
  });
});

describe('CX-LIA: 4.3 LIR for the unregistered state', () => {
  const terminating: ServicePoint = { kind: 'sessionCase', sessionCase: 2 };

  it('services for it and no S-CSCF: 2003 UNREGISTERED_SERVICE with capabilities; then the name', () => {
    const { lir, sar, mar, network } = scene({ implicitSets: [withServices(terminating)] });
    const first = lir();
    expect([resultOf(first), capabilitiesOf(first)]).toEqual(['experimental 2003', capabilities]);
    expect(resultOf(lir({ originatingRequest: true }))).toBe('experimental 5003');
    mar();
    expect([resultOf(lir()), nameOf(lir())]).toEqual(['success 2001', scscf1]);
    expect(resultOf(sar('UNREGISTERED_USER'))).toBe('success 2001');
    expect([resultOf(lir()), nameOf(lir())]).toEqual(['success 2001', scscf1]);
    expect(network.causes).toEqual(['hss1 cause.calleeNotRegistered']);
  });

  it.each<[string, ServicePoint, 'registered' | 'unregistered' | undefined, boolean, boolean]>([
    ['originating', { kind: 'sessionCase', sessionCase: 3 }, undefined, false, true],
    ['registered states', { kind: 'sessionCase', sessionCase: 1 }, undefined, false, false],
    ['any request', { kind: 'method', method: 'INVITE', registrationTypes: [] }, undefined, true, true],
    ['REGISTER alone', { kind: 'method', method: 'REGISTER', registrationTypes: [] }, undefined, false, false],
    ['CX-56: only while registered', { kind: 'requestUri', pattern: '.' }, 'registered', false, false],
    ['CX-56: only while not registered', { kind: 'requestUri', pattern: '.' }, 'unregistered', true, true],
    ['CX-57: nothing known', { kind: 'unknown', what: 'it' }, undefined, false, false],
  ])('services for %s', (_title, point, profilePart, asCallee, asCaller) => {
    const { lir } = scene({ implicitSets: [withServices(point, profilePart)] });
    const expected = (has: boolean): string => (has ? 'experimental 2003' : 'experimental 5003');
    expect(resultOf(lir())).toBe(expected(asCallee));
    expect(resultOf(lir({ originatingRequest: true }))).toBe(expected(asCaller));
  });
});

describe('CX-MAA: 4.4 MAR (TS 29.228 §6.3.1)', () => {
  it('5001, 5002, and 5006 for a scheme that is not AKA', () => {
    const { mar } = scene();
    expect(resultOf(mar(scscf1, { userName: 'nobody' }))).toBe('experimental 5001');
    expect(resultOf(mar(scscf1, { publicIdentity: publicIdentityOf(2) }))).toBe('experimental 5002');
    for (const sipAuthenticationScheme of ['SIP Digest', 'Unknown', 'Early-IMS-Security']) {
      expect(resultOf(mar(scscf1, { sipAuthDataItem: { sipAuthenticationScheme } }))).toBe('experimental 5006');
    }
  });

  it('gives a vector that the USIM takes; each has a SQN of its own', () => {
    const { mar } = scene();
    const usim = { key: new MilenageKey(key.k, computeOpc(key.k, key.op)), sqnState: new UsimSqnWindow() };
    for (let i = 0; i < 3; i++) {
      const answer = mar();
      if (answer.kind !== 'success') throw new Error(answer.kind);
      const [item] = answer.sipAuthDataItems!;
      const [rand, autn] = [item!.sipAuthenticate!.subarray(0, 16), item!.sipAuthenticate!.subarray(16)];
      const checked = checkAutn({ ...usim, rand, autn });
      expect(checked.outcome).toBe('ok');
      if (checked.outcome !== 'ok') return;
      expect(item!.sipAuthorization!.equals(checked.res)).toBe(true);
      expect(item!.confidentialityKey!.equals(checked.ck)).toBe(true);
      expect(item!.integrityKey!.equals(checked.ik)).toBe(true);
    }
  });

  it('another S-CSCF overwrites the name (REG-62)', () => {
    const { mar, uar, sar } = scene();
    mar(scscf1);
    mar(scscf2);
    expect(nameOf(uar('REGISTRATION'))).toBe(scscf2);
    expect(resultOf(sar('REGISTRATION', scscf1))).toBe('experimental 5005');
    expect(resultOf(sar('REGISTRATION', scscf2))).toBe('success 2001');
  });

  it('TS 29.228 6.3.1, 8.1: AUTS of an S-CSCF that does not serve the user: 5012, name and counter stay', () => {
    const { mar, lir, sar, network } = scene();
    expect(resultOf(sar('REGISTRATION'))).toBe('success 2001');
    const rand = Buffer.alloc(16, 7);
    const auts = generateAuts({ key: new MilenageKey(key.k, computeOpc(key.k, key.op)), rand, sqnMs: 0x123400n });
    const item = { sipAuthenticationScheme: 'Digest-AKAv1-MD5', sipAuthorization: Buffer.concat([rand, auts]) };
    expect(resultOf(mar(scscf2, { sipAuthDataItem: item }))).toBe('error 5012');
    expect(nameOf(lir())).toBe(scscf1);
    expect(network.notes.map(({ what }) => what)).not.toContain('info.resynchronised');
    expect(resultOf(mar(scscf1, { sipAuthDataItem: item }))).toBe('success 2001');
    expect(network.notes.map(({ what }) => what)).toContain('info.resynchronised');
  });

  it('AKA-13: AUTS of the wrong length or MAC-S gives Result-Code 5012 and the reason', () => {
    const { mar, network } = scene();
    for (const length of [0, 29, 30, 31]) {
      const sipAuthorization = Buffer.alloc(length, 1);
      const item = { sipAuthenticationScheme: 'Digest-AKAv1-MD5', sipAuthorization };
      expect(resultOf(mar(scscf1, { sipAuthDataItem: item }))).toBe('error 5012');
    }
    expect(new Set(network.causes)).toEqual(new Set(['hss1 cause.autsRejected']));
  });

  it('AKA-13, TS 33.102 6.3.3: a card that takes another AMF* than 0000 is named', () => {
    const { mar, network } = scene();
    const card = new MilenageKey(key.k, computeOpc(key.k, key.op));
    const rand = Buffer.alloc(16, 7);
    const sqnMs = 0x123400n;
    const auts = generateAuts({ key: card, rand, sqnMs });
    const { macS } = card.f1(rand, encodeSqn(sqnMs), Buffer.from('8000', 'hex'));
    const sipAuthorization = Buffer.concat([rand, auts.subarray(0, 6), macS]);
    const item = { sipAuthenticationScheme: 'Digest-AKAv1-MD5', sipAuthorization };
    expect(resultOf(mar(scscf1, { sipAuthDataItem: item }))).toBe('error 5012');
    expect(network.notes.at(-1)!.text).toMatch(
      /does not verify: the card computes MAC-S over AMF 8000.*; mend the card/,
    );
  });

  it('AKA-24: a sequence number at its end gives Result-Code 5012 and the reason, AUTS or not; others are served', () => {
    const { authentication } = subscriber(1);
    const sqn = 2n ** 48n - 1n;
    const { mar, network } = scene({ authentication: { ...authentication, aka: { ...authentication.aka!, sqn } } });
    expect(resultOf(mar())).toBe('error 5012');
    const rand = Buffer.alloc(16, 7);
    const auts = generateAuts({ key: new MilenageKey(key.k, computeOpc(key.k, key.op)), rand, sqnMs: sqn });
    const item = { sipAuthenticationScheme: 'Digest-AKAv1-MD5', sipAuthorization: Buffer.concat([rand, auts]) };
    expect(resultOf(mar(scscf1, { sipAuthDataItem: item }))).toBe('error 5012');
    expect(new Set(network.causes)).toEqual(new Set(['hss1 cause.sqnExhausted']));
    const other = { userName: `${imsiOf(2)}@${homeDomain}`, publicIdentity: publicIdentityOf(2) };
    expect(resultOf(mar(scscf1, other))).toBe('success 2001');
  });

  it('a RES without zero octets where the subscriber’s peer needs it', () => {
    const { authentication } = subscriber(1);
    const { mar } = scene({
      authentication: { ...authentication, aka: { ...authentication.aka!, resWithoutZeroOctets: true } },
    });
    for (let i = 0; i < 60; i++) {
      const answer = mar();
      if (answer.kind !== 'success') throw new Error(answer.kind);
      expect(answer.sipAuthDataItems![0]!.sipAuthorization!.includes(0)).toBe(false);
    }
  });
});

describe('REG-61, REG-62: another S-CSCF begins to authenticate a registered user', () => {
  it('TS 33.203 §6.1.2.1: it fails, so the registration stands with the S-CSCF that has it', () => {
    const { mar, sar, lir } = scene();
    mar();
    sar('REGISTRATION');
    mar(scscf2);
    expect(nameOf(lir())).toBe(scscf2);
    expect(resultOf(sar('AUTHENTICATION_FAILURE', scscf2))).toBe('success 2001');
    expect(nameOf(lir())).toBe(scscf1);
    expect(resultOf(sar('RE_REGISTRATION'))).toBe('success 2001');
  });
});
