/** The P-CSCF at the border: what enters, what leaves, who is known. REG-20 to REG-26, SIP-70, CALL-13. TS 24.229 §5.2. */
import { createSimulation } from '../../../src/environment/simulated/index.js';
import { UeRegistration, UeRegistrations } from '../../../src/ims/pcscf/registrations.js';
import { distinctIdentity, implicitSet } from '../../../src/ims/subscription/subscriber.js';
import { createMachineHost } from '../../../src/machine/index.js';
import type { Chassis } from '../../../src/node/index.js';
import {
  buildRequest,
  buildResponse,
  parseCredentials,
  type ServerRequest,
  type SipRequest,
  type SipResponse,
} from '../../../src/sip/index.js';
import { HandServer, HandUe } from '../hand-ue.js';
import { homeDomain, publicIdentityOf, startNetwork, subscriber } from '../network.js';

/** The P-CSCF with an I-CSCF that a test plays. */
function scene() {
  const network = startNetwork({ down: ['icscf1'] });
  const home = new HandServer(network, 'icscf1');
  const ue = new HandUe(network);
  return { network, home, ue };
}

/** The registrations of a P-CSCF alone. */
function directory() {
  const { clock } = createSimulation({ seed: 1 });
  const host = createMachineHost({ node: 'pcscf1', environment: { clock, trace: undefined }, mode: 'compiled' });
  const registrations = new UeRegistrations();
  const effects = {
    forwardRegister: () => {},
    relayResponse: () => {},
    storeRegistration: () => {},
    forgetRegistration: () => {},
    releaseSessions: () => {},
  };
  const remove = (entry: UeRegistration): void => registrations.remove(entry);
  const headers = [
    ['Via', 'SIP/2.0/UDP 192.0.2.77;branch=z9hG4bK1'],
    ['Contact', '<sip:x@192.0.2.77>'],
  ] as const;
  const server = {
    message: buildRequest({ method: 'REGISTER', requestUri: 'sip:h', headers }),
    source: { endpoint: { address: '192.0.2.77', port: 5060 } },
  } as ServerRequest;
  const add = (number: number): UeRegistration => {
    const chassis = { host } as Chassis;
    const entry = new UeRegistration(chassis, effects, remove, `user${number}`, `token${number}`, server);
    registrations.add(entry);
    return entry;
  };
  return { registrations, host, server, add };
}

describe('TS 33.203 O.3: a TLS connection is of the UE that has registered over it', () => {
  /** A REGISTER over the connection of this number, with this sent-by. */
  const over = (connectionId: number, sentBy: string) =>
    ({
      message: buildRequest({
        method: 'REGISTER',
        requestUri: 'sip:h',
        headers: [['Via', `SIP/2.0/TLS ${sentBy};branch=z9hG4bK1`]],
      }),
      source: { protocol: 'tls', endpoint: { address: '192.0.2.77', port: 40_000 }, connectionId },
    }) as ServerRequest;
  const granted = (server: ServerRequest) => buildResponse(server.message, 200, {});

  it('a contact that ends takes nothing from a later one over the same connection', () => {
    const { registrations, add } = directory();
    const [before, after] = [add(1), add(2)];
    const [one, other] = [over(1, '192.0.2.77:5061'), over(1, '192.0.2.77:5062')];
    registrations.register(before, granted(one), one, [], []);
    registrations.register(after, granted(other), other, [], []);
    registrations.remove(before);
    expect(registrations.overTls(one.source)).toBe(after);
  });

  it("it is nobody's when the registration is over, even if another UE has come to the same place since", () => {
    const { registrations, add } = directory();
    const [before, after] = [add(1), add(2)];
    const [one, other] = [over(1, '192.0.2.77:5061'), over(2, '192.0.2.77:5061')];
    registrations.register(before, granted(one), one, [], []);
    registrations.register(after, granted(other), other, [], []);
    registrations.remove(before);
    expect(registrations.overTls(one.source)).toBeUndefined();
    expect(registrations.overTls(other.source)).toBe(after);
  });
});

/** The REGISTER that went on, for one that came with these headers. */
function forwarded(headers: readonly (readonly [string, string])[], authorization?: string): SipRequest {
  const { network, home, ue } = scene();
  home.onRequest = (request) => request.reply(403);
  ue.register({ authorization: authorization ?? ue.firstAuthorization, headers });
  expect(network.faults).toEqual([]);
  return home.received('REGISTER')[0]!.message;
}

describe('REG-20: a REGISTER goes home', () => {
  it('with Path, Require: path, P-Visited-Network-ID, P-Charging-Vector, received or rport in Via', () => {
    const register = forwarded([]);
    expect(register.path).toHaveLength(1);
    expect(register.path[0]!.uri.parameters.has('lr')).toBe(true);
    expect(register.hasOption('Require', 'path')).toBe(true);
    expect(register.header('P-Visited-Network-ID')).toBe(`"${homeDomain}"`);
    const vector = register.header('P-Charging-Vector')!;
    expect(vector).toMatch(/^icid-value="[0-9a-f]{24}";icid-generated-at=192\.0\.2\.1;orig-ioi="Type 1ims\.mnc001/);
    expect(register.vias).toHaveLength(2);
    expect(register.maxForwards).toBe(69);
  });

  it('one icid for each REGISTER (TS 24.229 §4.5.2), one Path for each contact', () => {
    const { home, ue } = scene();
    home.onRequest = (request) => request.reply(401);
    ue.register();
    ue.register();
    ue.register({ contacts: ['<sip:other@192.0.2.77>'] });
    const registers = home.received('REGISTER').map(({ message }) => message);
    expect(new Set(registers.map((message) => message.header('P-Charging-Vector'))).size).toBe(3);
    const paths = registers.map((message) => message.path[0]!.uri.user);
    expect(paths[0]).toBe(paths[1]);
    expect(paths[2]).not.toBe(paths[0]);
  });

  it('IPv6: Path and icid-generated-at in brackets', () => {
    const network = startNetwork({ ipv6: true });
    const ue = new HandUe(network);
    ue.register({ authorization: ue.firstAuthorization });
    const register = network.sent('pcscf1', 'icscf1', 'REGISTER')[0]!;
    expect(register.header('Path')).toMatch(/^<sip:term-[0-9a-f]{16}@\[2001:db8::1\]:5060;lr>$/);
    expect(register.header('P-Charging-Vector')).toContain('icid-generated-at="[2001:db8::1]"');
  });

  it('Require: path is not said twice', () => {
    expect(forwarded([['Require', 'path']]).values('Require')).toEqual(['path']);
  });

  it('SIP-70: without what only the network may say, REG-22: without what was for the P-CSCF', () => {
    const names = [
      'P-Charging-Function-Addresses',
      'P-Asserted-Identity',
      'P-Served-User',
      'P-Profile-Key',
      'P-User-Database',
      'P-Asserted-Service',
      'P-Called-Party-ID',
      'History-Info',
      'Feature-Caps',
      'Security-Client',
      'Security-Verify',
    ];
    const register = forwarded([
      ...names.map((name) => [name, '<sip:forged@example.org>'] as const),
      ['P-Visited-Network-ID', '"forged.example"'],
      ['p-charging-vector', 'icid-value="forged"'],
    ]);
    expect(names.filter((name) => register.has(name))).toEqual([]);
    expect(register.values('P-Visited-Network-ID')).toEqual([`"${homeDomain}"`]);
    expect(register.headers('P-Charging-Vector')).toHaveLength(1);
    expect(register.header('P-Charging-Vector')).not.toContain('forged');
  });

  it('P-Access-Network-Info passes, but never as network-provided', () => {
    const cell = '3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000101';
    expect(forwarded([['P-Access-Network-Info', cell]]).headers('P-Access-Network-Info')).toEqual([cell]);
    const forged = forwarded([['P-Access-Network-Info', `${cell};network-provided, IEEE-802.11 ; Network-Provided`]]);
    expect(forged.headers('P-Access-Network-Info')).toEqual([`${cell}, IEEE-802.11 `.trim()]);
  });

  it('what is unknown passes unchanged (SIP-05)', () => {
    const register = forwarded([['X-Handset', 'a;b, c']]);
    expect(register.header('X-Handset')).toBe('a;b, c');
  });
});

describe('REG-21: integrity-protected is the P-CSCF’s word', () => {
  const protection = (authorization: string): string | undefined => {
    const register = forwarded([], authorization);
    expect(register.headers('Authorization')).toHaveLength(1);
    return parseCredentials(register.header('Authorization')!)?.integrityProtected;
  };
  const plain = 'Digest username="x@y",realm="y",uri="sip:y",nonce="",response=""';

  it('`no` without a security association, and whatever the UE says is overwritten', () => {
    expect(protection(plain)).toBe('no');
    expect(protection(`${plain},integrity-protected="yes"`)).toBe('no');
    expect(protection(`${plain}, Integrity-Protected = yes`)).toBe('no');
  });

  it('without Authorization none is made up', () => {
    const { home, ue } = scene();
    home.onRequest = (request) => request.reply(403);
    ue.register();
    expect(home.received('REGISTER')[0]!.message.has('Authorization')).toBe(false);
  });
});

describe('what comes back to the UE', () => {
  const answer = (status: number, headers: readonly (readonly [string, string])[]): SipResponse => {
    const { home, ue } = scene();
    home.onRequest = (request) => request.reply(status, { headers });
    return ue.register({ authorization: ue.firstAuthorization });
  };

  it('REG-23: ck and ik stay inside, from every challenge, wherever they stand', () => {
    const challenge = (parameters: string): readonly [string, string] => ['WWW-Authenticate', `Digest ${parameters}`];
    const response = answer(401, [
      challenge('realm="h",nonce="n",algorithm=AKAv1-MD5,ck="00",ik="11"'),
      challenge('ck="00", realm="h",IK = "11" ,nonce="n2",algorithm=AKAv2-MD5,qop="auth"'),
    ]);
    const challenges = response.headers('WWW-Authenticate');
    expect(challenges).toHaveLength(2);
    expect(challenges.join()).not.toMatch(/[ci]k\s*=/i);
    expect(challenges[0]).toBe('Digest realm="h",nonce="n",algorithm=AKAv1-MD5');
    expect(challenges[1]).toContain('nonce="n2"');
    expect(challenges[1]).toContain('qop="auth"');
  });

  it.each([200, 401, 403, 500])('CALL-13, SIP-70: charging and profile headers are removed from a %i', (status) => {
    const response = answer(status, [
      ['P-Charging-Vector', 'icid-value="1"'],
      ['P-Charging-Function-Addresses', 'ccf=192.0.2.9'],
      ['P-Profile-Key', '<sip:x@y>'],
      ['Service-Route', '<sip:orig@192.0.2.3;lr>'],
    ]);
    expect(response.status).toBe(status);
    expect(
      ['P-Charging-Vector', 'P-Charging-Function-Addresses', 'P-Profile-Key'].filter((name) => response.has(name)),
    ).toEqual([]);
    expect(response.has('Service-Route')).toBe(true);
  });

  it('TS 24.229 §5.2.2.1: no I-CSCF answers: 504, and nothing is left', () => {
    const network = startNetwork({ down: ['icscf1'] });
    const ue = new HandUe(network);
    expect(ue.register({ authorization: ue.firstAuthorization }).status).toBe(504);
    expect(network.causes).toEqual(['pcscf1 cause.interrogatingNodeUnreachable']);
    network.run(300_000);
    expect(network.leftovers()).toEqual({});
  });
});

describe('who is known', () => {
  it('REG-25: the identity is that of the 200, the Service-Route that of the last one', () => {
    const { network, home, ue } = scene();
    const route = (token: string): string => `<sip:orig-${token}@${network.addresses.icscf1};lr>`;
    let count = 0;
    home.onRequest = (request) => {
      count++;
      const { message } = request;
      if (message.method !== 'REGISTER') {
        request.reply(486);
        return;
      }
      request.reply(200, {
        headers: [
          ['Contact', `${message.header('Contact')!};expires=600`],
          ['P-Associated-URI', '<sip:first@h>, <sip:second@h>'],
          ['Service-Route', route(`a${count}`)],
          ['Service-Route', route(`b${count}`)],
        ],
      });
    };
    ue.register();
    ue.register();
    ue.finalOf(ue.invite('sip:bob@h').exchange);
    const invite = home.received('INVITE')[0]!.message;
    expect(invite.routes.map(({ uri }) => uri.user)).toEqual(['orig-a2', 'orig-b2']);
    expect(invite.header('P-Asserted-Identity')).toBe('<sip:first@h>');
    // Registration time and 30 s.
    network.run(629_000);
    expect(network.nodes.get('pcscf1')!.counts.registered).toBe(1);
    network.run(2_000);
    expect(network.nodes.get('pcscf1')!.counts.registered).toBe(0);
  });

  it('REG-25 / TS 24.229 §5.2.1, §5.2.2.1: charging functions of the 200 are said for the UE from then on, and none that the UE names', () => {
    const { network, home, ue } = scene();
    const told = 'ccf="aaa://ccf1.example.org";ecf="aaa://ecf1.example.org"';
    let functions: string | undefined = told;
    home.onRequest = (request) => {
      const { message } = request;
      if (message.method !== 'REGISTER') {
        request.reply(486);
        return;
      }
      request.reply(200, {
        headers: [
          ['Contact', `${message.header('Contact')!};expires=600`],
          ['Service-Route', `<sip:orig@${network.addresses.icscf1};lr>`],
          ['P-Charging-Vector', `${message.header('P-Charging-Vector')!};term-ioi="Type 1home.example.org"`],
          ...(functions === undefined ? [] : [['P-Charging-Function-Addresses', functions] as const]),
        ],
      });
    };
    const invited = (): string | undefined => {
      const invite = ue.makeRequest('INVITE', 'sip:bob@h', [['P-Charging-Function-Addresses', 'ccf="192.0.2.66"']]);
      ue.finalOf(ue.send(invite));
      return home.received('INVITE').at(-1)!.message.header('P-Charging-Function-Addresses');
    };
    const answer = ue.register();
    expect(answer.has('P-Charging-Function-Addresses')).toBe(false);
    expect(answer.has('P-Charging-Vector')).toBe(false);
    expect(invited()).toBe(told);
    // What a later 200 does not say is forgotten.
    functions = undefined;
    ue.register();
    expect(invited()).toBeUndefined();
  });

  it('REG-26: what another address sent under the UE’s name does not make it known, nor spoil what is', () => {
    const network = startNetwork();
    const [ue, thief] = [new HandUe(network, 1), new HandUe(network, 2)];
    // The thief comes first, with the contact of its victim, and never answers the challenge.
    const contacts = [`<${ue.contact}>`];
    const to = `sip:${ue.imsi}@${homeDomain}`;
    expect(thief.register({ authorization: ue.firstAuthorization, contacts, to }).status).toBe(401);
    expect(ue.registerAka({ contacts }).status).toBe(200);
    expect(ue.finalOf(ue.send(ue.makeRequest('OPTIONS', publicIdentityOf(2)))).status).toBe(480);
    expect(thief.finalOf(thief.send(thief.makeRequest('OPTIONS', publicIdentityOf(2)))).status).toBe(403);
  });

  it('REG-25 / TS 24.229 §5.2.2.1: term-ioi of the 200 is kept as long as the last one has it', () => {
    const { registrations, add, server } = directory();
    const entry = add(1);
    const granted = (vector: string): UeRegistration => {
      const answer = buildResponse(server.message, 200, { headers: [['P-Charging-Vector', vector]] });
      registrations.register(entry, answer, server, [], []);
      return entry;
    };
    expect(granted('icid-value="1";orig-ioi="Type 1a";Term-IOI="Type 1home"').homeNetwork).toBe('Type 1home');
    expect(granted('icid-value=1;term-ioi=home').homeNetwork).toBe('home');
    expect(granted('icid-value=1').homeNetwork).toBeUndefined();
    registrations.close();
  });

  it('memory is bounded: of those that never finish to register the oldest are forgotten', () => {
    const { registrations, add, host } = directory();
    for (let number = 0; number < 10_500; number++) add(number);
    expect(registrations.count).toBe(10_000);
    expect(host.instanceCount).toBe(10_000);
    expect(registrations.byPathToken('token499')).toBeUndefined();
    expect(registrations.byPathToken('token500')).toBeDefined();
    registrations.close();
    expect([registrations.count, host.instanceCount]).toEqual([0, 0]);
  });
});

describe('REG-25, REG-80: a user registers identities of two implicit sets over one contact', () => {
  const work = `sip:alice.work@${homeDomain}`;
  function scene() {
    const one = subscriber(1);
    const both = { ...one, implicitSets: [...one.implicitSets, implicitSet([distinctIdentity(work)])] };
    const network = startNetwork({ subscribers: [both, subscriber(2)] });
    const ue = new HandUe(network);
    const far = new HandUe(network, 2);
    const asserted: (string | undefined)[] = [];
    for (const each of [ue, far]) {
      each.onRequest = (request) => {
        asserted.push(request.message.header('P-Asserted-Identity'));
        request.reply(200);
      };
    }
    far.registerAka();
    const registerWork = (expires: number, sequence?: number) =>
      ue.registerAka({ to: work, callId: 'work', expires, sequence });
    return { network, ue, far, asserted, registerWork };
  }

  it('either is called and calls, and the end of one is not the end of the other', () => {
    const { network, ue, far, asserted, registerWork } = scene();
    ue.registerAka();
    registerWork(600);
    expect([far.page(ue.identity).status, far.page(work).status]).toEqual([200, 200]);
    asserted.length = 0;
    for (const preferred of [ue.identity, work]) {
      expect(ue.page(far.identity, [['P-Preferred-Identity', `<${preferred}>`]]).status).toBe(200);
    }
    expect(asserted).toEqual([`<${ue.identity}>, <tel:+15550100001>`, `<${work}>`]);
    expect(registerWork(0).status).toBe(200);
    expect([far.page(ue.identity).status, far.page(work).status]).toEqual([200, 480]);
    expect(ue.page(far.identity).status).toBe(200);
    expect(network.nodes.get('pcscf1')!.counts).toMatchObject({ registered: 2 });
    expect(ue.deregister().status).toBe(200);
    expect(far.deregister().status).toBe(200);
    network.run(300_000);
    expect(network.leftovers()).toEqual({});
  });

  it('the contact is kept for the longer of the two', () => {
    const { network, ue, far, registerWork } = scene();
    ue.registerAka({ expires: 3600 });
    registerWork(600);
    network.run(700_000);
    expect([far.page(ue.identity).status, far.page(work).status]).toEqual([200, 480]);
    far.registerAka({ expires: 6000 });
    network.run(3_000_000);
    expect(network.nodes.get('pcscf1')!.counts).toMatchObject({ registered: 1 });
    expect(far.page(ue.identity).status).toBe(480);
  });
});
