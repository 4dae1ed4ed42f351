/** What an S-CSCF makes of what comes with a profile, and of the HSS’s word about registered users. TS 29.228 6.1.3, 6.2.2, 6.6. */
import type { RegistrationTerminationAnswer, RegistrationTerminationQuery } from '../../../src/diameter/index.js';
import { distinctIdentity, type PublicIdentity } from '../../../src/ims/subscription/subscriber.js';
import { formatUserData } from '../../../src/ims/subscription/user-data.js';
import type { Headers, SipRequest } from '../../../src/sip/index.js';
import { resultOf } from '../cx-peer.js';
import { HandServer } from '../hand-ue.js';
import { homeDomain, imsiOf } from '../network.js';
import { identity, impi, path, scene, userData } from './scene.js';

const destination = { destinationHost: `scscf1.${homeDomain}`, destinationRealm: homeDomain };
const charging = { primaryChargingCollectionFunctionName: 'aaa://ccf.example' };

type Scene = ReturnType<typeof scene>;

function terminate(made: Scene, query: Partial<RegistrationTerminationQuery> = {}): RegistrationTerminationAnswer {
  const answers: RegistrationTerminationAnswer[] = [];
  const order = { userName: impi, publicIdentities: [], reasonCode: 'PERMANENT_TERMINATION', ...destination } as const;
  made.hss.registrationTermination({ ...order, ...query }, (answer) => answers.push(answer));
  made.network.runUntil(() => answers.length > 0, 10_000);
  return answers[0]!;
}

const documentOf = (publicIdentities: readonly PublicIdentity[], more: object = {}): string =>
  formatUserData({ privateIdentity: impi, serviceProfiles: [{ publicIdentities, filterCriteria: [], ...more }] });

describe('RTR and emergency registrations (TS 29.228 6.1.3.1)', () => {
  const other = `sip:other@${homeDomain}`;
  const emergency = [`<sip:${imsiOf(1)}@192.0.2.7:5060;sos>`];
  /** Two implicit sets, each registered for itself. */
  const twoSets = () =>
    scene({
      assignment: ({ publicIdentities }) => ({
        userData: publicIdentities.includes(other) ? documentOf([distinctIdentity(other)]) : userData(),
      }),
    });
  const toldOfRegistrations = {
    priority: 0,
    applicationServer: {
      serverName: `sip:peer1.${homeDomain}:5060`,
      defaultHandling: 'continue',
      includeRegisterRequest: false,
      includeRegisterResponse: false,
    },
  } as const;
  const registrations = ({ network }: Scene) => network.nodes.get('scscf1')!.counts.registrations;

  it('CX-RTR: all of them are: Result-Code 5012, their names, and nothing has ended', () => {
    const made = twoSets();
    made.register({ contacts: emergency });
    const answer = terminate(made);
    expect(resultOf(answer)).toBe('error 5012');
    expect(answer).toMatchObject({
      identitiesWithEmergencyRegistration: [{ userName: impi, publicIdentity: `sip:${imsiOf(1)}@${homeDomain}` }],
    });
    made.network.run(1_000);
    expect(registrations(made)).toBe(1);
    expect(made.network.notes.map(({ text }) => text)).toEqual([
      `scscf1: the HSS would end the registration of ${impi} with sip:${impi} (PERMANENT_TERMINATION), but it is for emergencies only and stays`,
    ]);
  });

  it('CALL-70: beside the contact for emergencies there is another one: that one has ended, and only that is said', () => {
    const made = twoSets();
    made.register();
    made.register({ contacts: emergency, unprotected: true, callId: 'emergency' });
    terminate(made);
    expect(made.network.notes.map(({ text }) => text)).toEqual([
      `scscf1: the HSS has ended the registration of ${impi} (PERMANENT_TERMINATION): only its contact for emergencies stays`,
    ]);
  });

  it('CX-RTR: some of them are: DIAMETER_LIMITED_SUCCESS, their names, and the others have ended', () => {
    const made = twoSets();
    made.register();
    made.register({ to: other, contacts: emergency, callId: 'other' });
    expect(registrations(made)).toBe(2);
    const answer = terminate(made);
    expect(resultOf(answer)).toBe('success 2002');
    expect(answer).toMatchObject({
      identitiesWithEmergencyRegistration: [{ userName: impi, publicIdentity: other }],
    });
    made.network.run(1_000);
    expect(registrations(made)).toBe(1);
  });

  it('CX-RTR: none of those that are named is: 2001 without names', () => {
    const made = twoSets();
    made.register();
    made.register({ to: other, contacts: emergency, callId: 'other' });
    const answer = terminate(made, { publicIdentities: [identity] });
    expect(resultOf(answer)).toBe('success 2001');
    expect(answer).toMatchObject({ identitiesWithEmergencyRegistration: [] });
  });

  it('CX-RTR: a usual contact beside the one for emergencies at its address goes, and the AS hears of it', () => {
    const made = scene({ filterCriteria: [toldOfRegistrations] });
    const server = new HandServer(made.network, 'peer1', 200);
    made.register();
    made.register({ contacts: emergency, callId: 'emergency', unprotected: true });
    expect(resultOf(terminate(made))).toBe('error 5012');
    made.network.run(1_000);
    expect(registrations(made)).toBe(1);
    const told = () => server.received('REGISTER').map(({ message }) => message.header('Expires'));
    expect(told()).toEqual(['3600', '0']);
    const contacts = made.register({ contacts: [], callId: 'fetch' }).values('Contact');
    expect(contacts).toEqual([expect.stringContaining(';sos')]);
    // Nothing of it is news for the AS when the last one goes.
    made.network.run(3_700_000);
    expect(told()).toHaveLength(2);
    expect(registrations(made)).toBe(0);
  });

  it('CX-RTR: NEW_SERVER_ASSIGNED: the usual contact goes without a word', () => {
    const made = scene();
    made.register();
    made.register({ contacts: emergency, callId: 'emergency', unprotected: true });
    expect(resultOf(terminate(made, { reasonCode: 'NEW_SERVER_ASSIGNED', publicIdentities: [identity] }))).toBe(
      'error 5012',
    );
    expect(made.register({ contacts: [], callId: 'fetch' }).values('Contact')).toHaveLength(1);
  });

  it('CX-RTR: nobody of that name: 5001', () => {
    expect(resultOf(terminate(twoSets(), { userName: 'nobody@h' }))).toBe('experimental 5001');
  });
});

describe('the room for user data', () => {
  const document = userData();
  const push = (made: Scene, pushed: string): string => {
    const answers: object[] = [];
    made.hss.pushProfile({ userName: impi, userData: pushed, ...destination }, (answer) => answers.push(answer));
    made.network.runUntil(() => answers.length > 0, 10_000);
    return resultOf(answers[0]!);
  };

  it('CX-PPR / TS 29.229 6.2.2.8: one octet too many: 5008, and the profile that was there stays', () => {
    const made = scene({ scscf: { userDataMax: Buffer.byteLength(document) } });
    expect(made.register().status).toBe(200);
    expect(push(made, document)).toBe('success 2001');
    expect(push(made, userData([], { telBarred: true }))).toBe('experimental 5008');
    expect(made.register().header('P-Associated-URI')).toContain('tel:+15550100001');
  });

  it('CX-SAR / TS 29.229 6.3.15: too much of it in SAA: DEREGISTRATION_TOO_MUCH_DATA, and nobody is registered', () => {
    const made = scene({ scscf: { userDataMax: Buffer.byteLength(document) - 1 } });
    expect(made.register().status).toBe(500);
    expect(made.types()).toEqual(['REGISTRATION', 'DEREGISTRATION_TOO_MUCH_DATA']);
    expect(made.network.nodes.get('scscf1')!.counts.registrations).toBe(0);
  });
});

it('CX-PPR / TS 29.228 §6.2.2.1: of a user’s two sets the profile is for one, and the other one keeps its own', () => {
  const other = `sip:other@${homeDomain}`;
  const made = scene({
    assignment: ({ publicIdentities }) => ({
      userData: publicIdentities.includes(other) ? documentOf([distinctIdentity(other)]) : userData(),
    }),
  });
  made.register();
  made.register({ to: other, callId: 'other' });
  const answers: object[] = [];
  const pushed = userData([], { telBarred: true });
  made.hss.pushProfile({ userName: impi, userData: pushed, ...destination }, (answer) => answers.push(answer));
  made.network.runUntil(() => answers.length > 0, 10_000);
  expect(answers.map(resultOf)).toEqual(['success 2001']);
  const associated = (parts: object) => made.register(parts).values('P-Associated-URI');
  expect(associated({})).toEqual([`<${identity}>`]);
  expect(associated({ to: other, callId: 'other' })).toEqual([`<${other}>`]);
});

describe('shared filter criteria (TS 29.228 B.2.1)', () => {
  /** An application server is told once, by the first criterion that names it. */
  const criterion = (priority: number, serviceInfo: string) => ({
    priority,
    applicationServer: {
      serviceInfo,
      serverName: `sip:peer1.${homeDomain}:5060`,
      defaultHandling: 'continue',
      includeRegisterRequest: false,
      includeRegisterResponse: false,
    } as const,
  });
  const shared = new Map([[7, [criterion(5, 'shared')]]]);
  const naming = (sharedSets: readonly number[]) =>
    documentOf([distinctIdentity(identity)], { filterCriteria: [criterion(9, 'own')], sharedSets });

  it('CX-50, CX-SAR: are asked for by SiFC, and count among the user’s own in the order of priority', () => {
    const made = scene({ scscf: { sharedCriteria: shared }, assignment: () => ({ userData: naming([7]) }) });
    const server = new HandServer(made.network, 'peer1', 200);
    made.register();
    made.network.run(1_000);
    expect(made.assignments[0]!.supportedFeatures).toMatchObject([{ featureListId: 1, featureList: 1 }]);
    expect(
      server.received('REGISTER').map(({ message }) => /<service-info>(.*)<.service-info>/.exec(message.body)?.[1]),
    ).toEqual(['shared']);
    expect(made.network.notes.map(({ what }) => what)).not.toContain('info.unknownSharedCriteria');
  });

  it('one that is not known is named, and the user is served by the others', () => {
    const made = scene({ scscf: { sharedCriteria: shared }, assignment: () => ({ userData: naming([7, 8]) }) });
    expect(made.register().status).toBe(200);
    const notes = made.network.notes.filter(({ what }) => what === 'info.unknownSharedCriteria');
    expect(notes.map(({ text }) => text)).toEqual([
      'scscf1: the user profile names the shared criteria 8, which are not known here',
    ]);
  });
});

it('CX-57 / TS 29.228 Annex E: what breaks the schema is named, and the user is served', () => {
  const broken = userData().replace('<ServiceProfile>', '<Surplus/><ServiceProfile>');
  const made = scene({ assignment: () => ({ userData: broken }) });
  expect(made.register().status).toBe(200);
  const notes = made.network.notes.filter(({ what }) => what === 'info.flawedProfile');
  expect(notes.map(({ text }) => text)).toEqual([
    'scscf1: the user profile of the HSS breaks its schema, and counts as far as it can be read: IMSSubscription has ServiceProfile behind Surplus: the order is another one',
  ]);
});

describe('requests to a user', () => {
  /** As the I-CSCF sends it. */
  function arriving(made: Scene, target: string, headers: Headers = []): SipRequest | number {
    let begun = made.ue.received('MESSAGE').length;
    made.ue.onRequest = (request) => request.reply(200);
    const { status } = made.send(made.ue.makeRequest('MESSAGE', target, headers));
    return made.ue.received('MESSAGE')[begun++]?.message ?? status;
  }

  it.each([
    [false, `sip:${imsiOf(1)}@192.0.2.7:5060`, `<${identity}>`, []],
    [true, identity, undefined, [`<sip:${imsiOf(1)}@192.0.2.7:5060;lr>`]],
  ])('CX-SAA / TS 24.229 5.4.3.3: Loose-Route-Indication %s', (looseRouteIndication, requestUri, called, routes) => {
    const made = scene({ assignment: () => ({ looseRouteIndication }) });
    made.register({ contacts: [`<sip:${imsiOf(1)}@192.0.2.7:5060>`] });
    const message = arriving(made, identity) as SipRequest;
    expect(message.requestUri).toBe(requestUri);
    expect(message.header('P-Called-Party-ID')).toBe(called);
    // Behind that of the Path, which this end does not take away.
    expect(message.values('Route').slice(1)).toEqual(routes);
  });

  it('REG-83 / RFC 5002: of an identity within a wildcard is found by P-Profile-Key, and without it is not', () => {
    const wildcard = `sip:work-!.*!@${homeDomain}`;
    const identities = [distinctIdentity(identity), { uri: wildcard, barred: false, kind: 'wildcarded' } as const];
    const made = scene({ assignment: () => ({ userData: documentOf(identities) }) });
    made.register();
    const called = `sip:work-7@${homeDomain}`;
    expect(arriving(made, called)).toBe(480);
    const message = arriving(made, called, [['P-Profile-Key', `<${wildcard}>`]]) as SipRequest;
    expect(message.header('P-Called-Party-ID')).toBe(`<${called}>`);
  });
});

describe('charging functions (TS 24.229 5.4.1.7, RFC 7315 4.5)', () => {
  it.each([
    [`sip:peer1.${homeDomain}:5060`, 'ccf="aaa://ccf.example"'],
    ['sip:192.0.2.10:5060', undefined],
  ])('CALL-80: a third-party REGISTER to %s', (serverName, expected) => {
    const filterCriteria = [
      {
        priority: 0,
        applicationServer: {
          serverName,
          defaultHandling: 'continue',
          includeRegisterRequest: false,
          includeRegisterResponse: false,
        },
      },
    ] as const;
    const made = scene({ charging, filterCriteria });
    const server = new HandServer(made.network, 'peer1', 200);
    made.register({ headers: [...path, ['P-Visited-Network-ID', `"${homeDomain}"`]] });
    made.network.run(1_000);
    const [request] = server.received('REGISTER');
    expect(request!.message.header('P-Charging-Function-Addresses')).toBe(expected);
  });
});
