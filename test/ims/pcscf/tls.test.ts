/** The P-CSCF and TLS: an agreement binds who has made it. TS 33.203 O.3, TS 24.229 §5.2.2.4, RFC 3329 2.3.1; REG-21, REG-24. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { answerChallenge, parseChallenge, type SipResponse, type TlsSettings } from '../../../src/sip/index.js';
import { HandUe, type RegisterOptions } from '../hand-ue.js';
import { homeDomain, startNetwork, subscriber } from '../network.js';

const file = (name: string): string => readFileSync(`profiles/tls/${name}`, 'latin1');
const identity = { certificate: file('core.pem'), key: file('core.key') };
const ofUe: TlsSettings = {
  identity,
  authorities: file('ca.pem'),
  namesOf: () => [`pcscf1.${homeDomain}`],
};
const username = `001010000000001@${homeDomain}`;
const ha1 = createHash('md5').update(`${username}:${homeDomain}:secret`).digest('hex');
const offer = [
  ['Require', 'sec-agree'],
  ['Proxy-Require', 'sec-agree'],
  ['Security-Client', 'tls'],
] as const;
const verified = [...offer, ['Security-Verify', 'tls']] as const;

function answerTo(challenged: SipResponse): string {
  const challenge = parseChallenge(challenged.header('WWW-Authenticate')!)!;
  const password = Buffer.from('secret');
  const uri = `sip:${homeDomain}`;
  const answer = { username, uri, method: 'REGISTER', password, cnonce: 'c0ffee', nonceCount: 1 };
  return answerChallenge(challenge, answer)!;
}

function scene() {
  const listen = (['udp', 'tls'] as const).map((protocol) => ({
    protocol,
    address: '192.0.2.1',
    port: protocol === 'tls' ? 5061 : 5060,
  }));
  const authentication = {
    scheme: 'sip-digest',
    digest: { realm: homeDomain, ha1, algorithm: 'MD5', qop: 'auth' },
  } as const;
  const network = startNetwork({
    subscribers: [subscriber(1, { authentication })],
    pcscf: { listen, tls: { identity, authorities: undefined, namesOf: () => [] } },
    datagramSizeMax: 65_000,
  });
  const ue = new HandUe(network, 1, 'ue1', ofUe);
  const attacker = new HandUe(network, 1, 'ue2');
  const secured = [{ protocol: 'tls' as const, endpoint: { address: '192.0.2.1', port: 5061 } }];
  const contacts = ['<sip:001010000000001@192.0.2.7:5061;transport=tls>'];
  const over = (options: RegisterOptions = {}) =>
    ue.finalOf(ue.send(ue.makeRegister({ contacts, authorization: ue.firstAuthorization, ...options }), secured));
  /** In the name of the UE and for its contact. */
  const inTheClear = (who: HandUe, options: RegisterOptions = {}) =>
    who.register({ contacts, authorization: ue.firstAuthorization, headers: offer, ...options });
  return { network, ue, attacker, over, inTheClear };
}

describe('an agreement on TLS', () => {
  it('REG-24: what others say in the clear does not ask a UE for Security-Verify that has registered without an agreement', () => {
    const { attacker, over, inTheClear } = scene();
    expect(over({ authorization: answerTo(over()) }).status).toBe(200);
    const forged = inTheClear(attacker, { callId: 'forged' });
    expect(forged.status).toBe(401);
    expect(forged.header('Security-Server')).toBe('tls');
    expect(over({ authorization: answerTo(over()) }).status).toBe(200);
  });

  it('nor one that is about to register so', () => {
    const { attacker, over, inTheClear } = scene();
    inTheClear(attacker, { callId: 'forged' });
    const challenged = over();
    expect(challenged.status).toBe(401);
    inTheClear(attacker, { callId: 'forged-again' });
    expect(over({ authorization: answerTo(over()) }).status).toBe(200);
  });

  it('O.3: binds the REGISTER that follows, and all those of the registration', () => {
    const { ue, attacker, over, inTheClear } = scene();
    const challenged = inTheClear(ue);
    expect(challenged.status).toBe(401);
    expect(over({ headers: offer }).status).toBe(494);
    const wrong = [...offer, ['Security-Verify', 'ipsec-3gpp']] as const;
    expect(over({ headers: wrong }).status).toBe(494);
    expect(over({ headers: verified, authorization: answerTo(challenged) }).status).toBe(200);
    inTheClear(attacker, { callId: 'forged' });
    expect(over({ callId: 'another' }).status).toBe(494);
    expect(over({ headers: wrong }).status).toBe(494);
    expect(over({ headers: verified }).status).toBe(401);
  });
});
