/** The P-CSCF with security associations: REG-22 to REG-26, REG-70, REG-71, AKA-40 to AKA-55. TS 24.229 §5.2.2.2; TS 33.203 §7; RFC 3329. */
import { createSimulation } from '../../../src/environment/simulated/index.js';
import { AuthenticationCentre } from '../../../src/ims/hss/authentication-centre.js';
import {
  algorithmPairs,
  formatSecurityMechanisms,
  ipsecProposal,
  offer,
  parseSecurityMechanisms,
} from '../../../src/ipsec/index.js';
import { type Headers, parseCredentials } from '../../../src/sip/index.js';
import { HandServer, HandUe } from '../hand-ue.js';
import { homeDomain, imsiOf, publicIdentityOf, startNetwork, subscriber, type TestNetwork } from '../network.js';
import { pcscfPorts, SecureUe } from './secure-ue.js';

const security = {
  mechanism: 'ipsec-3gpp' as const,
  algorithms: [
    { integrity: 'hmac-sha-1-96', encryption: 'aes-cbc' } as const,
    { integrity: 'null', encryption: 'aes-gcm' } as const,
  ],
  clientPort: pcscfPorts.client,
  serverPort: pcscfPorts.server,
};

function scene() {
  const network = startNetwork({ pcscf: { security }, authentication: { reauthenticate: 'always' } });
  return { network, ue: new SecureUe(network) };
}

const counts = (network: TestNetwork) => network.nodes.get('pcscf1')!.counts;

/** The integrity-protected values that went home. */
function integrity(network: TestNetwork): readonly (string | undefined)[] {
  return network
    .sent('pcscf1', 'icscf1', 'REGISTER')
    .map((message) => parseCredentials(message.header('Authorization')!)!.integrityProtected);
}

/** What ESP did not let pass. */
const dropped = (network: TestNetwork): readonly string[] =>
  network.notes.filter(({ what }) => what === 'ipsec.dropped').map(({ text }) => text);

describe('REG-22, REG-23: the agreement', () => {
  it('401 with Security-Server, outside the set; then a REGISTER over it, marked yes, and the 200 over it', () => {
    const { network, ue } = scene();
    const run = ue.newRun();
    const challenged = ue.challenge(run);
    expect(challenged.status).toBe(401);
    expect(challenged.header('WWW-Authenticate')).not.toMatch(/[ci]k=/);
    const [server] = parseSecurityMechanisms(challenged.headers('Security-Server'));
    expect(ipsecProposal(server!)).toMatchObject({
      integrity: 'hmac-sha-1-96',
      encryption: 'aes-cbc',
      clientPort: pcscfPorts.client,
      serverPort: pcscfPorts.server,
      q: 0.1,
    });
    expect(ue.answer(run, challenged).status).toBe(200);
    expect(integrity(network)).toEqual(['no', 'yes']);
    for (const register of network.sent('pcscf1', 'icscf1', 'REGISTER')) {
      expect(['Security-Client', 'Security-Verify', 'Proxy-Require'].filter((name) => register.has(name))).toEqual([]);
      expect(register.values('Require')).toEqual(['path']);
      expect(register.values('Supported')).toEqual(['path']);
    }
    expect(counts(network)).toMatchObject({ associations: 1, registered: 1, registrations: 1 });
    expect(dropped(network)).toEqual([]);
    expect(network.causes).toEqual([]);
  });

  it('AKA-42: by the P-CSCF’s own preference among what is offered', () => {
    const { ue } = scene();
    ue.algorithms = algorithmPairs.filter(({ encryption }) => encryption === 'aes-gcm' || encryption === 'null');
    const run = ue.newRun();
    expect(ue.challenge(run).header('Security-Server')).toContain('ealg=aes-gcm');
  });

  it('AKA-41: the four SPIs of a set differ', () => {
    const { ue } = scene();
    const run = ue.newRun();
    ue.challenge(run);
    const { local, remote } = run.set!;
    expect(new Set([local.clientSpi, local.serverSpi, remote.clientSpi, remote.serverSpi]).size).toBe(4);
  });

  it('AKA-41: SPIs that the UE has offered are not taken, although they are the next that would be drawn', () => {
    const first = scene().ue;
    const run = first.newRun();
    first.challenge(run);
    const { clientSpi: client, serverSpi: server } = run.set!.remote;
    const again = scene().ue; // the same draws
    const { ports } = again.newRun();
    const offered = formatSecurityMechanisms(offer(again.algorithms, { client, server }, ports));
    const challenged = again.challenge({
      ports,
      spis: { client, server },
      client: offered,
      server: '',
      set: undefined,
    });
    const chosen = ipsecProposal(parseSecurityMechanisms(challenged.headers('Security-Server'))[0]!)!;
    expect(new Set([client, server, chosen.clientSpi, chosen.serverSpi]).size).toBe(4);
  });

  it('421 with Require: sec-agree for IMS AKA without an offer, 494 with Security-Server for one that cannot be used', () => {
    const { network, ue } = scene();
    const plain = new HandUe(network, 2);
    const without = plain.register({ authorization: plain.firstAuthorization });
    expect(without.status).toBe(421);
    expect(without.header('Require')).toBe('sec-agree');
    ue.algorithms = [{ integrity: 'hmac-md5-96', encryption: 'null' }];
    const refused = ue.challenge(ue.newRun());
    expect(refused.status).toBe(494);
    expect(refused.header('Security-Server')).toMatch(/^ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc/);
    expect(network.causes).toEqual([
      'pcscf1 cause.securityAgreementRequired',
      'pcscf1 cause.noCommonSecurityMechanism',
    ]);
    expect(network.sent('pcscf1', 'icscf1', 'REGISTER')).toEqual([]);
  });

  it('REG-22 / RFC 3329 2.3.1: Security-Client without sec-agree in Require and Proxy-Require is no agreement: 421', () => {
    const { network, ue } = scene();
    const plain = new HandUe(network, 2);
    const authorization = `${plain.firstAuthorization},algorithm=AKAv1-MD5`;
    const offer: Headers = [['Security-Client', ue.newRun().client]];
    expect(plain.register({ authorization, headers: offer }).status).toBe(421);
    const required: Headers = [...offer, ['Require', 'sec-agree'], ['Proxy-Require', 'sec-agree']];
    expect(plain.register({ authorization, headers: required }).status).toBe(401);
  });

  it('SIP Digest needs no agreement', () => {
    const { network } = scene();
    const plain = new HandUe(network, 2);
    const digest = plain.firstAuthorization.concat(',algorithm=MD5');
    plain.register({ authorization: digest });
    expect(integrity(network)).toEqual([undefined]);
  });

  it.each([
    ['neither key', ''],
    ['no ik', ',ck="00112233445566778899aabbccddeeff"'],
    ['half a key', ',ck="0011",ik="00112233445566778899aabbccddeeff"'],
  ])('REG-23: %s in the challenge: 500 to the UE', (_, keys) => {
    const network = startNetwork({ down: ['icscf1'], pcscf: { security } });
    const home = new HandServer(network, 'icscf1');
    const nonce = Buffer.alloc(32).toString('base64');
    home.onRequest = (request) =>
      request.reply(401, {
        headers: [['WWW-Authenticate', `Digest realm="${homeDomain}",nonce="${nonce}",algorithm=AKAv1-MD5${keys}`]],
      });
    const ue = new SecureUe(network);
    expect(ue.challenge(ue.newRun()).status).toBe(500);
    expect(network.causes).toEqual(['pcscf1 cause.keysMissing']);
    expect(counts(network)).toMatchObject({ associations: 0, registrations: 0 });
  });
});

describe('REG-24: a REGISTER over a set', () => {
  const other = 'ipsec-3gpp;alg=hmac-md5-96;prot=esp;spi-c=1000;spi-s=1001;port-c=1;port-s=2';

  it.each([
    [
      'another Security-Verify',
      (client: string): Headers => [
        ['Security-Client', client],
        ['Security-Verify', other],
      ],
    ],
    ['no Security-Verify', (client: string): Headers => [['Security-Client', client]]],
    [
      'another Security-Client',
      (_: string, server: string): Headers => [
        ['Security-Client', other],
        ['Security-Verify', server],
      ],
    ],
  ])('%s: 494, and the temporary set is gone', (_, headers) => {
    const { network, ue } = scene();
    const run = ue.newRun();
    const challenged = ue.challenge(run);
    expect(ue.answer(run, challenged, { headers: headers(run.client, run.server) }).status).toBe(494);
    expect(network.causes).toEqual(['pcscf1 cause.securityAgreementBroken']);
    expect(counts(network).associations).toBe(0);
    expect(integrity(network)).toEqual(['no']);
  });

  it('AKA-43: written otherwise, meant the same: it passes', () => {
    const { ue } = scene();
    const run = ue.newRun();
    const challenged = ue.challenge(run);
    const headers: Headers = [
      ['Security-Client', run.client.replaceAll(';', ' ; ').toUpperCase().replaceAll('IPSEC-3GPP', 'ipsec-3gpp')],
      ['Security-Verify', run.server.replace('q=0.1', 'q=0.10')],
    ];
    expect(ue.answer(run, challenged, { headers }).status).toBe(200);
  });

  it('of another private identity: 403', () => {
    const { network, ue } = scene();
    ue.register();
    const foreign = ue.openAuthorization.replace('001010000000001@', '001010000000002@');
    const run = ue.current!;
    const register = ue.makeRegister(foreign, [
      ['Security-Client', ue.newRun().client],
      ['Security-Verify', run.server],
    ]);
    expect(ue.send(register).status).toBe(403);
    expect(network.causes).toEqual(['pcscf1 cause.foreignAssociation']);
    expect(counts(network)).toMatchObject({ associations: 1, registered: 1 });
  });

  it('REG-25: a 403 from the S-CSCF deletes the temporary set; what stood before stays', () => {
    const { network, ue } = scene();
    ue.register();
    const run = ue.newRun();
    const challenged = ue.challenge(run);
    expect(counts(network).associations).toBe(2);
    expect(ue.answer(run, challenged, { wrong: true }).status).toBe(403);
    expect(counts(network)).toMatchObject({ associations: 1, registered: 1 });
    expect(ue.send(ue.makeRequest('OPTIONS', publicIdentityOf(2))).status).toBe(480);
  });
});

describe('AKA-53: lifetimes', () => {
  it('a temporary set lives for reg-await-auth, 4 min', () => {
    const { network, ue } = scene();
    ue.challenge(ue.newRun());
    network.run(239_000);
    expect(counts(network).associations).toBe(1);
    network.run(2_000);
    expect(counts(network)).toMatchObject({ associations: 0, registrations: 0 });
  });

  it('REG-23: a new challenge replaces it', () => {
    const { network, ue } = scene();
    ue.challenge(ue.newRun());
    ue.challenge(ue.newRun());
    expect(counts(network).associations).toBe(1);
  });

  it('an established one the registration and 30 s', () => {
    const { network, ue } = scene();
    ue.register({ expires: 600 });
    network.run(629_000);
    expect(counts(network).associations).toBe(1);
    network.run(131_000);
    expect(counts(network)).toMatchObject({ associations: 0, registrations: 0 });
  });

  it('REG-25 / TS 24.229 5.2.2.2: the longer one of what the set before has left and the new registration', () => {
    const { network, ue } = scene();
    ue.register({ expires: 3600 });
    network.run(100_000);
    ue.register({ expires: 600 });
    network.run(631_000); // the registration has ended, and what is under way may end
    expect(counts(network)).toMatchObject({ registered: 0, associations: 1 });
    network.run(129_000);
    expect(counts(network).associations).toBe(0);
  });

  it('REG-70: a re-registration without a challenge extends it', () => {
    const network = startNetwork({ down: ['icscf1'], pcscf: { security } });
    const ue = new SecureUe(network);
    playHome(network);
    ue.register({ expires: 600 });
    network.run(500_000);
    const headers: Headers = [
      ['Security-Client', ue.newRun().client],
      ['Security-Verify', ue.current!.server],
    ];
    const credentials = ue.openAuthorization.replace('response=""', 'response="00"');
    expect(ue.send(ue.makeRegister(credentials, headers, 600)).status).toBe(200);
    network.run(620_000);
    expect(counts(network)).toMatchObject({ associations: 1, registered: 1 });
    expect(integrity(network)).toEqual(['no', 'yes', 'yes']);
  });
});

/** A home network that challenges whoever comes unprotected or without an answer. */
function playHome(network: TestNetwork): HandServer {
  const home = new HandServer(network, 'icscf1');
  let count = 0;
  home.onRequest = (request) => {
    const { message } = request;
    if (message.method !== 'REGISTER') {
      request.reply(200);
      return;
    }
    if (!message.header('Authorization')!.includes('response=""')) {
      request.reply(200, {
        headers: [
          ['Contact', `${message.header('Contact')!};expires=${message.expires}`],
          ['P-Associated-URI', `<${publicIdentityOf(1)}>`],
          ['Service-Route', `<sip:orig@${network.addresses.icscf1};lr>`],
        ],
      });
      return;
    }
    count++;
    const { rand, autn, ck, ik } = vectors(count);
    const nonce = Buffer.concat([rand, autn]).toString('base64');
    const keys = `ck="${ck.toString('hex')}",ik="${ik.toString('hex')}"`;
    request.reply(401, {
      headers: [['WWW-Authenticate', `Digest realm="${homeDomain}",nonce="${nonce}",algorithm=AKAv1-MD5,${keys}`]],
    });
  };
  return home;
}

describe('REG-71, AKA-54: re-authentication', () => {
  it('is challenged over the old set, answered over the new one, to which all moves; the old one goes with the next request', () => {
    const { network, ue } = scene();
    expect(ue.register().status).toBe(200);
    const first = ue.current!;
    expect(ue.register().status).toBe(200);
    expect(ue.current).not.toBe(first);
    expect(integrity(network)).toEqual(['no', 'yes', 'yes', 'yes']);
    expect(counts(network)).toMatchObject({ associations: 2, registrations: 1 });
    expect(ue.send(ue.makeRequest('OPTIONS', publicIdentityOf(2))).status).toBe(480);
    expect(counts(network).associations).toBe(1);
    expect(dropped(network)).toEqual([]);
  });

  it('REG-25 / TS 33.203 7.4.2: the old one goes after 64*T1 where nothing comes', () => {
    const { network, ue } = scene();
    ue.register();
    ue.register();
    network.run(127_000);
    expect(counts(network).associations).toBe(2);
    network.run(2_000);
    expect(counts(network).associations).toBe(1);
  });

  it('REG-25 / TS 33.203 7.4.2: a first registration of the same contact (after a crash) deletes the old set at once', () => {
    const { network, ue } = scene();
    ue.register();
    ue.current = undefined;
    expect(ue.register().status).toBe(200);
    expect(counts(network)).toMatchObject({ associations: 1, registrations: 1, registered: 1 });
  });

  it('REG-25 / TS 33.203 7.4.2: so does one that names the protected port in Contact at once', () => {
    const { network, ue } = scene();
    ue.register();
    ue.current = undefined;
    const run = ue.newRun();
    expect(ue.answer(run, ue.challenge(run, { contact: ue.contact })).status).toBe(200);
    expect(counts(network)).toMatchObject({ associations: 1, registrations: 1, registered: 1 });
  });

  it('REG-72: after the de-registration the set stays for 64*T1, so that a lost 200 can be repeated', () => {
    const { network, ue } = scene();
    ue.register();
    expect(ue.register({ expires: 0 }).status).toBe(200);
    expect(counts(network).registrations).toBe(0);
    expect(ue.send(ue.makeRequest('OPTIONS', publicIdentityOf(2))).status).toBe(403);
    network.run(129_000);
    expect(network.leftovers()).toEqual({});
  });
});

describe('AKA-51, AKA-52, REG-26: what goes over the set, and what does not', () => {
  it('requests to the UE leave from port-pc to port-us and show port-ps; the UE’s answer comes back', () => {
    const { network, ue } = scene();
    ue.register();
    const far = new SecureUe(network, 2);
    far.register();
    const exchange = far.send(far.makeRequest('MESSAGE', publicIdentityOf(1)));
    expect(exchange.status).toBe(200);
    const [got] = ue.requests;
    expect(got!.message.topVia).toMatchObject({ host: network.addresses.pcscf1, port: pcscfPorts.server });
    expect(got!.source.endpoint.port).toBe(pcscfPorts.client);
    expect(got!.local.port).toBe(40_000);
    expect(dropped(network)).toEqual([]);
  });

  it('REG-26 / TS 33.203 7.4: a temporary set carries nothing but REGISTER, though its UE is registered over another one', () => {
    const { network, ue } = scene();
    ue.register();
    const run = ue.newRun();
    expect(ue.challenge(run).status).toBe(401);
    expect(ue.send(ue.makeRequest('OPTIONS', publicIdentityOf(2)), run).status).toBe(403);
    expect(network.sent('pcscf1', 'scscf1', 'OPTIONS')).toEqual([]);
    expect(ue.send(ue.makeRequest('OPTIONS', publicIdentityOf(2))).status).toBe(480);
  });

  it('REG-19: rport does not lead it astray', () => {
    const { network, ue } = scene();
    ue.register();
    const request = ue.makeRequest('OPTIONS', publicIdentityOf(2));
    const seen: number[] = [];
    ue.sip.sendRequest(
      request,
      [ue.towards(ue.current)],
      { onResponse: ({ status }) => seen.push(status), onTimeout: () => {}, onTransportError: () => {} },
      { rport: true },
    );
    network.runUntil(() => seen.length > 0);
    expect(seen).toEqual([480]);
    expect(dropped(network)).toEqual([]);
  });

  it('a request outside the set is refused with 403 and a sentence', () => {
    const { network, ue } = scene();
    ue.register();
    const request = ue.makeRequest('OPTIONS', publicIdentityOf(2)).edit().remove('Route').message();
    const via = { protocol: 'udp' as const, endpoint: { address: network.addresses.pcscf1!, port: 5060 } };
    const seen: number[] = [];
    ue.sip.sendRequest(request, [{ ...via, local: ue.point(40_000), sender: ue.point(5060) }], {
      onResponse: ({ status }) => seen.push(status),
      onTimeout: () => {},
      onTransportError: () => {},
    });
    network.run(5_000);
    expect(network.causes).toEqual(['pcscf1 cause.unprotectedRequest']);
  });

  it('Record-Route shows each side its port (AKA-51), and a call passes both ways', () => {
    const { network, ue } = scene();
    ue.register();
    const far = new SecureUe(network, 2);
    far.register();
    const invite = far.makeRequest('INVITE', publicIdentityOf(1));
    expect(far.send(invite).status).toBe(200);
    const [got] = ue.requests;
    const recorded = got!.message.values('Record-Route').map((value) => /:(\d+);lr/.exec(value)![1]);
    expect(recorded[0]).toBe(String(pcscfPorts.server));
    expect(recorded.at(-1)).toBe(String(pcscfPorts.server));
    expect(recorded.filter((port) => port === String(pcscfPorts.server))).toHaveLength(2);
  });
});

function vectors(count: number) {
  const centre = new AuthenticationCentre(subscriber(1).authentication.aka!, createSimulation({ seed: count }).random);
  let vector = centre.nextVector();
  for (let skipped = 1; skipped < count; skipped++) vector = centre.nextVector();
  return vector;
}

it('AKA-52: the right answer to a challenge counts over the associations only; in the open it is a first REGISTER again', () => {
  const { network } = scene();
  const ue = new HandUe(network, 2);
  const agreement: Headers = [
    ['Require', 'sec-agree'],
    ['Proxy-Require', 'sec-agree'],
    ['Security-Client', 'ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc;spi-c=1111;spi-s=1112;port-c=40001;port-s=40002'],
  ];
  const first = `${ue.firstAuthorization},algorithm=AKAv1-MD5`;
  const challenged = ue.register({ authorization: first, headers: agreement });
  expect(challenged.status).toBe(401);
  expect(ue.register({ authorization: ue.answer(challenged), headers: agreement }).status).toBe(401);
  expect(counts(network)).toMatchObject({ registered: 0 });
});

it('REG-24: a message belongs to the set that has opened it, though another user claims the same address and ports', () => {
  const { network, ue } = scene();
  expect(ue.register().status).toBe(200);
  const own = ue.current!;
  // In the open, from the same address: the identity of another user, and the ports of this one.
  const client = own.client.replaceAll(/spi-([cs])=\d+/g, (_, end) => `spi-${end}=${end === 'c' ? 7001 : 7002}`);
  const authorization = ue.openAuthorization.replace(/username="[^"]*"/, `username="${imsiOf(2)}@${homeDomain}"`);
  const contact = `sip:other@${ue.address}:5060`;
  const claimed = ue.makeRegister(authorization, [['Security-Client', client]], 3600, contact, 2);
  ue.current = undefined;
  const exchange = ue.start(claimed);
  network.runUntil(() => exchange.isOver);
  ue.current = own;
  expect(exchange.final?.status).toBe(401);
  expect(counts(network).associations).toBe(2);
  expect(ue.register().status).toBe(200);
  expect(network.causes).toEqual([]);
});
