/** The I-CSCF against an HSS that answers as it is told: REG-30 to REG-32, CALL section 5, REG-60, REG-61. TS 24.229 §5.3. */
import type {
  CxServerHandlers,
  DiameterReply,
  LocationInfo,
  LocationInfoQuery,
  UserAuthorizationInfo,
  UserAuthorizationQuery,
} from '../../../src/diameter/index.js';
import type { SipRequest } from '../../../src/sip/index.js';
import { scriptedHss } from '../cx-peer.js';
import { HandCallee, HandServer, HandUe } from '../hand-ue.js';
import { homeDomain, publicIdentityOf, startNetwork, type TestNetwork, type TestNetworkOptions } from '../network.js';

const nameOf = (server: string): string => `sip:${server}.${homeDomain}:5060`;
const experimental = (code: number) => ({ kind: 'experimental', experimentalResultCode: code }) as const;
const error = (code: number) => ({ kind: 'error', resultCode: code }) as const;
const success = { kind: 'success', resultCode: 2001 } as const;

interface Script {
  readonly uar?: DiameterReply<UserAuthorizationInfo>;
  readonly lir?: DiameterReply<LocationInfo>;
}

/** The I-CSCF with scripted HSS; S-CSCFs are UEs that a test plays, at the addresses of `scscf1` and `scscf2`. */
function scene(script: Script, options: TestNetworkOptions = {}) {
  const network = startNetwork({ servers: 2, down: ['hss1', 'scscf1', 'scscf2'], ...options });
  const queries: (UserAuthorizationQuery | LocationInfoQuery)[] = [];
  const handlers: CxServerHandlers = {
    userAuthorization: (query, respond) => {
      queries.push(query);
      if (script.uar !== undefined) respond(script.uar);
    },
    locationInfo: (query, respond) => {
      queries.push(query);
      if (script.lir !== undefined) respond(script.lir);
    },
  };
  scriptedHss(network, handlers);
  const ue = new HandUe(network, 1);
  const icscf = [{ protocol: 'udp' as const, endpoint: { address: network.addresses.icscf1!, port: 5060 } }];
  const register = (headers: readonly (readonly [string, string])[] = [], expires = 3600) =>
    ue.finalOf(ue.send(ue.makeRegister({ authorization: ue.firstAuthorization, headers, expires }), icscf));
  const invite = (headers: readonly (readonly [string, string])[] = []) =>
    ue.finalOf(ue.send(ue.makeRequest('INVITE', publicIdentityOf(2), headers), icscf));
  return { network, queries, ue, icscf, register, invite };
}

function expectIdle(network: TestNetwork): void {
  network.run(300_000);
  const { counts } = network.nodes.get('icscf1')!;
  expect(counts).toMatchObject({
    registrationQueries: 0,
    locationQueries: 0,
    clientTransactions: 0,
    serverTransactions: 0,
  });
}

describe('REG-32: what UAA leads to', () => {
  it.each<[string, DiameterReply<UserAuthorizationInfo> | undefined, number, string]>([
    ['Experimental 5001 USER_UNKNOWN', experimental(5001), 403, 'cause.userUnknown'],
    ['Experimental 5002 IDENTITIES_DONT_MATCH', experimental(5002), 403, 'cause.identitiesDontMatch'],
    ['Experimental 5003 IDENTITY_NOT_REGISTERED', experimental(5003), 403, 'cause.identityNotRegistered'],
    ['Experimental 5004 ROAMING_NOT_ALLOWED', experimental(5004), 403, 'cause.roamingNotAllowed'],
    ['Result-Code 5003 AUTHORIZATION_REJECTED', error(5003), 403, 'cause.authorizationRejected'],
    ['Result-Code 5012 UNABLE_TO_COMPLY', error(5012), 480, 'cause.hssError'],
    ['Experimental 5012, which is another thing', experimental(5012), 480, 'cause.hssError'],
    ['Result-Code 3002 UNABLE_TO_DELIVER', error(3002), 480, 'cause.hssError'],
    ['Result-Code 3004 TOO_BUSY', error(3004), 480, 'cause.hssError'],
    ['Result-Code 3001 COMMAND_UNSUPPORTED', error(3001), 480, 'cause.hssError'],
    ['no answer in time', undefined, 480, 'cause.hssUnreachable'],
    ['a Server-Name that is no SIP URI', { ...success, serverName: 'scscf1' }, 480, 'cause.hssError'],
    ['a Server-Name that could not be a Request-URI', { ...success, serverName: 'sip:a b' }, 480, 'cause.hssError'],
    [
      'mandatory capabilities that no S-CSCF has',
      { ...success, serverCapabilities: { mandatoryCapabilities: [99], optionalCapabilities: [], serverNames: [] } },
      600,
      'cause.noSuitableServer',
    ],
  ])('%s', (_what, uar, status, cause) => {
    const { network, register } = scene(uar === undefined ? {} : { uar });
    expect(register().status).toBe(status);
    expect(network.causes).toEqual([`icscf1 ${cause}`]);
    expectIdle(network);
  });
});

describe('CALL section 5: what LIA leads to', () => {
  it.each<[string, DiameterReply<LocationInfo> | undefined, number, string]>([
    ['Experimental 5001 USER_UNKNOWN', experimental(5001), 404, 'cause.userUnknown'],
    ['Experimental 5003 IDENTITY_NOT_REGISTERED', experimental(5003), 480, 'cause.calleeNotRegistered'],
    ['Result-Code 5003, which is another thing', error(5003), 480, 'cause.hssError'],
    ['Result-Code 5012 UNABLE_TO_COMPLY', error(5012), 480, 'cause.hssError'],
    ['no answer in time', undefined, 480, 'cause.hssUnreachable'],
    [
      'mandatory capabilities that no S-CSCF has',
      {
        ...experimental(2003),
        serverCapabilities: { mandatoryCapabilities: [99], optionalCapabilities: [], serverNames: [] },
      },
      600,
      'cause.noSuitableServer',
    ],
  ])('%s', (_what, lir, status, cause) => {
    const { network, invite } = scene(lir === undefined ? {} : { lir });
    expect(invite().status).toBe(status);
    expect(network.causes).toEqual([`icscf1 ${cause}`]);
    expectIdle(network);
  });
});

const playServer = (network: TestNetwork, name: string, status: number | undefined) =>
  new HandServer(network, name, status);

describe('towards the S-CSCF', () => {
  it('REG-30: what UAR says', () => {
    const { queries, register } = scene({ uar: experimental(5001) });
    register([['P-Visited-Network-ID', '"visited.example"']]);
    register([], 0);
    expect(queries).toMatchObject([
      {
        userName: `001010000000001@${homeDomain}`,
        publicIdentity: `sip:001010000000001@${homeDomain}`,
        visitedNetworkIdentifier: 'visited.example',
        userAuthorizationType: 'REGISTRATION',
      },
      { visitedNetworkIdentifier: homeDomain, userAuthorizationType: 'DE_REGISTRATION' },
    ]);
  });

  it('REG-30, CALL-70 / TS 29.229 6.3.52: UAR-Flags say that Contact has sos, and are absent where it has not', () => {
    const { queries, register, ue, icscf } = scene({ uar: experimental(5001) });
    register();
    const { firstAuthorization: authorization, contact } = ue;
    ue.finalOf(ue.send(ue.makeRegister({ authorization, contacts: [`<${contact};sos>`] }), icscf));
    expect((queries as readonly UserAuthorizationQuery[]).map(({ uarFlags }) => uarFlags)).toEqual([undefined, 1]);
  });

  it.each([
    ['removes one contact and binds another', ['<sip:a@192.0.2.7>;expires=0', '<sip:a@192.0.2.8>'], 'REGISTRATION'],
    ['removes two', ['<sip:a@192.0.2.7>;expires=0', '<sip:a@192.0.2.8>;expires=0'], 'DE_REGISTRATION'],
  ])('REG-30 / TS 24.229 5.3.1.2: a REGISTER that %s (%j) is asked about as %s', (_what, contacts, type) => {
    const { queries, ue, icscf } = scene({ uar: experimental(5001) });
    const { firstAuthorization: authorization } = ue;
    ue.finalOf(ue.send(ue.makeRegister({ authorization, contacts }), icscf));
    expect(queries.map(({ userAuthorizationType }) => userAuthorizationType)).toEqual([type]);
  });

  it.each([
    ['2001 FIRST_REGISTRATION with a name beside it, as some HSSs do', experimental(2001)],
    ['2002 SUBSEQUENT_REGISTRATION', experimental(2002)],
    ['Result-Code SUCCESS', success],
  ])('REG-31: %s: Request-URI replaced; neither Path nor Record-Route; the rest untouched', (_what, result) => {
    const { network, register } = scene({ uar: { ...result, serverName: nameOf('scscf2') } });
    const server = playServer(network, 'scscf2', 200);
    expect(register([['Path', '<sip:t@192.0.2.1;lr>']]).status).toBe(200);
    const { message } = server.received('REGISTER')[0]!;
    expect(message.requestUri).toBe(nameOf('scscf2'));
    expect(message.values('Path')).toEqual(['<sip:t@192.0.2.1;lr>']);
    expect(message.has('Record-Route')).toBe(false);
    expect(message.header('Authorization')).toContain(`uri="sip:${homeDomain}"`);
    expect(network.causes).toEqual([]);
    expectIdle(network);
  });

  it.each<[string, number | undefined]>([
    ['is silent', undefined],
    ['answers 480', 480],
    ['answers 302', 302],
  ])('REG-32, REG-61: the chosen one %s: REGISTRATION_AND_CAPABILITIES, and another one serves', (_what, status) => {
    const { network, queries, register } = scene({ uar: success });
    playServer(network, 'scscf1', status);
    const other = playServer(network, 'scscf2', 200);
    expect(register().status).toBe(200);
    expect(other.received('REGISTER')).toHaveLength(1);
    expect(queries.map((query) => query.userAuthorizationType)).toEqual([
      'REGISTRATION',
      'REGISTRATION_AND_CAPABILITIES',
    ]);
    const cause = status === undefined ? 'servingNodeUnreachable' : 'servingNodeRefused';
    expect(network.causes).toEqual([`icscf1 cause.${cause}`]);
    expectIdle(network);
  });

  it('REG-32: none left: 504, and none is tried twice', () => {
    const { network, queries, register } = scene({ uar: success });
    const [one, two] = [playServer(network, 'scscf1', 480), playServer(network, 'scscf2', 480)];
    expect(register().status).toBe(504);
    expect([one.received('REGISTER').length, two.received('REGISTER').length]).toEqual([1, 1]);
    expect(queries).toHaveLength(3);
    expectIdle(network);
  });

  it.each([403, 404, 420, 500, 503, 600])('REG-32 / TS 24.229 5.3.1.3: %i of the S-CSCF is passed on', (status) => {
    const { network, queries, register } = scene({ uar: success });
    const served = [playServer(network, 'scscf1', status), playServer(network, 'scscf2', status)];
    // RFC 3261 16.7 step 6: a proxy does not pass 503 on as such.
    expect(register().status).toBe(status === 503 ? 500 : status);
    expect(served.flatMap((server) => server.received('REGISTER'))).toHaveLength(1);
    expect(queries).toHaveLength(1);
  });

  it('a slow S-CSCF that says 100 is waited for, and a REGISTER that nobody waits for any more is forgotten', () => {
    const { network, ue, icscf } = scene({ uar: { ...experimental(2002), serverName: nameOf('scscf1') } });
    const server = playServer(network, 'scscf1', undefined);
    server.onRequest = (request) => request.reply(100);
    const exchange = ue.send(ue.makeRegister({ authorization: ue.firstAuthorization }), icscf);
    network.runUntil(() => exchange.isOver);
    network.run(60_000);
    expectIdle(network);
  });

  it('TS 24.229 §5.3.2.1: an INVITE keeps its Request-URI and gets the S-CSCF as Route, `orig` where it was asked for', () => {
    const { network, queries, ue, icscf, invite } = scene({ lir: { ...success, serverName: nameOf('scscf1') } });
    const server = playServer(network, 'scscf1', 486);
    expect(invite().status).toBe(486);
    const address = network.addresses.icscf1!;
    const originating = ue.makeRequest('INVITE', 'sip:bob@example.org', [
      ['Route', `<sip:${address};lr;orig>`],
      ['P-Served-User', `<${publicIdentityOf(1)}>`],
    ]);
    expect(ue.finalOf(ue.send(originating, icscf)).status).toBe(486);
    const messages = server.received('INVITE').map(({ message }) => message);
    expect(messages.map(({ requestUri }) => requestUri)).toEqual([publicIdentityOf(2), 'sip:bob@example.org']);
    expect(messages.map(({ routes }) => routes.map(({ uri }) => uri.parameters.has('orig')))).toEqual([
      [false],
      [true],
    ]);
    expect(messages.some((message) => message.has('Record-Route'))).toBe(false);
    expect(queries).toMatchObject([
      { publicIdentity: publicIdentityOf(2) },
      { publicIdentity: publicIdentityOf(1), originatingRequest: true },
    ]);
    expectIdle(network);
  });

  it('TS 24.229 §5.3.2.2: a silent S-CSCF sends an INVITE to another one; a caller that gave up meanwhile ends it', () => {
    const first = scene({ lir: success });
    const other = playServer(first.network, 'scscf2', 486);
    expect(first.invite().status).toBe(486);
    expect(other.received('INVITE')).toHaveLength(1);
    expectIdle(first.network);

    const second = scene({ lir: success });
    const spared = playServer(second.network, 'scscf2', 486);
    const exchange = second.ue.send(second.ue.makeRequest('INVITE', publicIdentityOf(2)), second.icscf);
    second.network.run(1000);
    exchange.transaction!.cancel();
    expect(second.ue.finalOf(exchange).status).toBe(487);
    expectIdle(second.network);
    expect(spared.received('INVITE')).toEqual([]);
  });

  it('a 480 of the S-CSCF for an INVITE is about the callee and is passed on', () => {
    const { network, invite } = scene({ lir: { ...success, serverName: nameOf('scscf1') } });
    playServer(network, 'scscf1', 480);
    expect(invite().status).toBe(480);
    expect(network.causes).toEqual([]);
  });
});

describe('two I-CSCFs', () => {
  it('SIP-26, REG-28: the first is dead: the P-CSCF tries the second', () => {
    const network = startNetwork({ interrogators: 2, down: ['icscf1'] });
    const ue = new HandUe(network);
    expect(ue.registerAka().status).toBe(200);
    expect(network.sent('icscf2', 'scscf1', 'REGISTER')).toHaveLength(2);
    const other = new HandUe(network, 2);
    expect(other.registerAka().status).toBe(200);
    new HandCallee(other, (callee) => callee.accept());
    const call = ue.invite(publicIdentityOf(2));
    expect(call.awaitStatus(200)).toBe(true);
    expect((network.sent('icscf2', 'scscf1', 'INVITE')[0] as SipRequest).routes).toHaveLength(1);
    expect(network.causes).toEqual([]);
  });

  it('both are dead: 504 from the P-CSCF, with the reason', () => {
    const network = startNetwork({ interrogators: 2, down: ['icscf1', 'icscf2'] });
    const ue = new HandUe(network);
    expect(ue.register({ authorization: ue.firstAuthorization }).status).toBe(504);
    expect(network.causes).toEqual(['pcscf1 cause.interrogatingNodeUnreachable']);
    network.run(300_000);
    expect(network.leftovers()).toEqual({});
  });
});
