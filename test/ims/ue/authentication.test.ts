/** How a UE proves who it is, beside AKA: SIP Digest, and nothing at all; and whether it believes the network. REG section 13, AKA-33, AKA-36; RFC 2617, RFC 7616. */
import type { RegistrationOutcome, UeConfig, UeNode } from '../../../src/ims/ue/index.js';
import {
  type ChallengeFields,
  type Credentials,
  type DigestSecret,
  digestHa1,
  expectedResponse,
  formatAuthenticationInfo,
  formatChallenge,
  parseCredentials,
  responseAuthentication,
  type ServerRequest,
} from '../../../src/sip/index.js';
import { contactUriOf, homeDomain, NetworkSide } from './network-side.js';
import { registration } from './usual-ue.js';

const secret = { password: Buffer.from('wéird password', 'utf8') };

function digestUe(network: NetworkSide, own: DigestSecret = secret, rest: Partial<UeConfig> = {}): UeNode {
  return network.ue(1, {}, { authentication: { scheme: 'sip-digest', secret: own }, ...rest });
}

function credentialsOf(server: ServerRequest): Credentials {
  return parseCredentials(server.message.header('Authorization')!)!;
}

/** A registrar for SIP Digest whose nonce lasts; `info`: the Authentication-Info of its 200. */
function digestRegistrar(network: NetworkSide, change: Partial<ChallengeFields> = {}) {
  const fields = { realm: homeDomain, algorithm: 'MD5', qop: ['auth'], ...change };
  const state = { nonce: 'n1', stale: false, info: undefined as string | undefined, refused: 0 };
  network.onRegister = (server) => {
    const credentials = credentialsOf(server);
    const algorithm = fields.algorithm as 'MD5' | 'SHA-256';
    const isRight =
      credentials.nonce === state.nonce &&
      credentials.response === expectedResponse(credentials, { ...secret, algorithm, method: 'REGISTER', body: '' });
    if (!isRight) {
      state.refused++;
      const challenge = { ...fields, nonce: state.nonce, ...(state.stale ? { stale: true } : {}) };
      server.reply(401, { headers: [['WWW-Authenticate', formatChallenge(challenge)]] });
      return true;
    }
    const { message } = server;
    const contact = contactUriOf(server.message);
    server.reply(200, {
      headers: [
        ['Contact', `<${contact}>;expires=${message.expires}`],
        ...(state.info === undefined ? [] : [['Authentication-Info', state.info] as const]),
      ],
    });
    return true;
  };
  return state;
}

function register(network: NetworkSide, ue: UeNode): RegistrationOutcome {
  return network.outcome<RegistrationOutcome>((done) => ue.register(done));
}

describe('SIP Digest', () => {
  it.each(['MD5', 'SHA-256'])('TS 24.229 5.1.1.2.3, RFC 7616 3.4: registers with %s', (algorithm) => {
    const network = new NetworkSide();
    digestRegistrar(network, { algorithm });
    expect(register(network, digestUe(network))).toMatchObject({ success: true });
    const [first, second] = network.registers.map(credentialsOf);
    expect(first!.nonce).toBe('');
    expect(first!.algorithm).toBeUndefined();
    expect(second).toMatchObject({ qop: 'auth', nc: '00000001', algorithm });
    expect(second!.response).toHaveLength(algorithm === 'MD5' ? 32 : 64);
  });

  it('takes H(A1) in place of the password', () => {
    const network = new NetworkSide();
    digestRegistrar(network);
    const { privateIdentity: username } = network.config(1);
    const ha1 = digestHa1({ algorithm: 'MD5', username, realm: homeDomain, ...secret });
    expect(register(network, digestUe(network, { ha1 }))).toMatchObject({ success: true });
  });

  it('RFC 2617 3.2.2: nc grows with each REGISTER under one nonce, and the refresh is not challenged', () => {
    const network = new NetworkSide();
    digestRegistrar(network);
    const ue = digestUe(network);
    register(network, ue);
    for (let i = 0; i < 2; i++) network.outcome((done) => ue.reregister(done));
    expect(network.registers.map((server) => credentialsOf(server).nc)).toEqual([
      undefined,
      '00000001',
      '00000002',
      '00000003',
    ]);
    const responses = network.registers.map((server) => credentialsOf(server).response);
    expect(new Set(responses).size).toBe(4);
  });

  it('RFC 2617 3.2.3: the next nonce is used, and counted anew', () => {
    const network = new NetworkSide();
    const state = digestRegistrar(network);
    state.info = formatAuthenticationInfo({ nextnonce: 'n2' });
    const ue = digestUe(network);
    register(network, ue);
    state.nonce = 'n2';
    network.outcome((done) => ue.reregister(done));
    expect(credentialsOf(network.registers[2]!)).toMatchObject({ nonce: 'n2', nc: '00000001' });
    expect(network.registers).toHaveLength(3);
  });

  it('RFC 2617 3.2.1: stale=true is answered with the new nonce, without a word', () => {
    const network = new NetworkSide();
    const state = digestRegistrar(network);
    const ue = digestUe(network);
    register(network, ue);
    state.nonce = 'n2';
    state.stale = true;
    expect(network.outcome<RegistrationOutcome>((done) => ue.reregister(done))).toMatchObject({ success: true });
    expect(network.notes).toEqual([]);
    expect(credentialsOf(network.registers.at(-1)!)).toMatchObject({ nonce: 'n2', nc: '00000001' });
  });

  it('auth-int is used where nothing else is offered', () => {
    const network = new NetworkSide();
    digestRegistrar(network, { qop: ['auth-int'] });
    expect(register(network, digestUe(network))).toMatchObject({ success: true });
    expect(credentialsOf(network.registers[1]!).qop).toBe('auth-int');
  });

  it('RFC 2617 3.2.1: a challenge that is not stale says that the password is wrong; the UE stops there', () => {
    const network = new NetworkSide();
    digestRegistrar(network);
    const outcome = register(network, digestUe(network, { password: Buffer.from('wrong') }));
    expect(outcome).toMatchObject({ success: false, status: undefined, clause: 'RFC 2617 §3.2.1' });
    expect(outcome.reason).toContain(
      'compare the password of this UE, its private identity and the realm with the HSS',
    );
    expect(network.registers).toHaveLength(2);
  });

  it('RFC 8760 2.4: of several challenges the first that it knows; of none it says what was asked', () => {
    const network = new NetworkSide();
    const challenge = (algorithm: string) =>
      formatChallenge({ realm: homeDomain, nonce: 'n1', algorithm, qop: ['auth'] });
    network.onRegister = (server) => {
      const headers = ['SHA-512-256', 'SHA-256', 'MD5'].map((name) => ['WWW-Authenticate', challenge(name)] as const);
      server.reply(credentialsOf(server).nonce === '' ? 401 : 403, { headers });
      return true;
    };
    register(network, digestUe(network));
    expect(credentialsOf(network.registers[1]!).algorithm).toBe('SHA-256');
    const other = new NetworkSide();
    other.onRegister = (server) => {
      server.reply(401, { headers: [['WWW-Authenticate', challenge('AKAv1-MD5')]] });
      return true;
    };
    const outcome = register(other, digestUe(other));
    expect(outcome.reason).toContain('it asks for AKAv1-MD5, and this UE has a password for MD5 and SHA-256');
  });

  it('403 to its answer: what to compare is not RES', () => {
    const network = new NetworkSide();
    network.onRegister = (server) => {
      const challenge = formatChallenge({ realm: homeDomain, nonce: 'n1', algorithm: 'MD5', qop: ['auth'] });
      if (credentialsOf(server).nonce === '') server.reply(401, { headers: [['WWW-Authenticate', challenge]] });
      else server.reply(403);
      return true;
    };
    expect(register(network, digestUe(network)).reason).toContain('compare private identity, realm and password');
  });
});

describe('RFC 2617 3.2.3, AKA-36: the network proves itself', () => {
  it('with the right rspauth, under SIP Digest', () => {
    const network = new NetworkSide();
    const state = digestRegistrar(network);
    const ue = digestUe(network);
    const registrar = network.onRegister;
    network.onRegister = (server) => {
      const given = secret;
      const rspauth = responseAuthentication(credentialsOf(server), { ...given, algorithm: 'MD5', body: '' });
      state.info = rspauth === undefined ? undefined : formatAuthenticationInfo({ rspauth });
      return registrar(server);
    };
    expect(register(network, ue)).toMatchObject({ success: true });
    expect(state.info).toMatch(/^rspauth="[0-9a-f]{32}"$/);
  });

  it.each(['sip-digest', 'aka'] as const)('a wrong rspauth ends it, under %s, with a sentence', (scheme) => {
    const network = new NetworkSide();
    const wrong = ['Authentication-Info', `rspauth="${'0'.repeat(32)}"`] as const;
    let ue: UeNode;
    if (scheme === 'sip-digest') {
      digestRegistrar(network).info = wrong[1];
      ue = digestUe(network);
    } else {
      ue = network.ue(1);
      network.onRegister = (server) => {
        if (credentialsOf(server).nonce === '') return false;
        const contact = contactUriOf(server.message);
        server.reply(200, { headers: [['Contact', `<${contact}>;expires=600`], wrong] });
        return true;
      };
    }
    const outcome = register(network, ue);
    expect(outcome).toMatchObject({ success: false, status: 200, clause: 'RFC 2617 §3.2.3' });
    expect(outcome.reason).toContain('ue1 does not trust the answer: its rspauth does not fit');
    expect(network.notes.at(-1)!.what).toBe('cause.networkNotProven');
    expect(ue.isRegistered).toBe(false);
  });
});

describe('GIBA, NASS-bundled: no credentials', () => {
  const open = { authentication: { scheme: 'none' } } as const;

  it('TS 33.203 Annex T: REGISTER has no Authorization, and a 200 may follow at once', () => {
    const network = new NetworkSide();
    network.onRegister = (server) => {
      const contact = contactUriOf(server.message);
      server.reply(200, { headers: [['Contact', `<${contact}>;expires=3600`]] });
      return true;
    };
    expect(register(network, network.ue(1, {}, open))).toMatchObject({ success: true, expires: 3600 });
    expect(network.registers[0]!.message.has('Authorization')).toBe(false);
  });

  it('a challenge and a 403 each have their sentence', () => {
    const network = new NetworkSide();
    network.onRegister = (server) => {
      const challenge = formatChallenge({ realm: homeDomain, nonce: 'n1', algorithm: 'MD5' });
      server.reply(401, { headers: [['WWW-Authenticate', challenge]] });
      return true;
    };
    const challenged = register(network, network.ue(1, {}, open));
    expect(challenged).toMatchObject({ success: false, clause: 'TS 33.203 Annex T' });
    expect(challenged.reason).toContain('registers without credentials, and the network wants some');
    const refusing = new NetworkSide();
    refusing.onRegister = (server) => {
      server.reply(403);
      return true;
    };
    const refused = register(refusing, refusing.ue(1, {}, open));
    expect(refused).toMatchObject({ status: 403, clause: 'TS 33.203 Annex T' });
    expect(refused.reason).toContain('compare the address that the HSS has for the subscriber with the one in Via');
  });
});

describe('cards that are not what they should be', () => {
  it('AKA-12: AMF* of AUTS can be made wrong, and the HSS then refuses it', () => {
    const network = new NetworkSide();
    const sim = { ...network.config(1).sim, sqn: 32_000_002n };
    expect(register(network, network.ue(1, {}, { sim }))).toMatchObject({ success: true });
    const other = new NetworkSide();
    const wrong = { ...sim, autsAmf: Buffer.from('8000', 'hex') };
    const outcome = register(other, other.ue(1, {}, { sim: wrong, registration }));
    expect(outcome).toMatchObject({ success: false, status: 403 });
    expect(outcome.reason).toContain('AUTS did not bring the HSS in line');
  });

  it('AKA-37: a XOR card does not take the challenge of a Milenage network', () => {
    const network = new NetworkSide();
    const sim = { ...network.config(1).sim, material: { algorithm: 'xor', k: Buffer.alloc(16, 1) } as const };
    const outcome = register(network, network.ue(1, {}, { sim }));
    expect(outcome).toMatchObject({ success: false, clause: 'TS 33.102 §6.3.3' });
  });
});
