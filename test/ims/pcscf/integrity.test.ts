/** The P-CSCF's word on how a REGISTER came: every value of integrity-protected. REG-21; TS 24.229 §5.2.2, §7.2A.2; TS 33.203 Annexes N, P, T. */
import { integrityProtected, type Origin, schemeOf } from '../../../src/ims/pcscf/integrity.js';
import { parseCredentials, type SipRequest } from '../../../src/sip/index.js';
import { HandServer, HandUe } from '../hand-ue.js';
import { homeDomain, startNetwork } from '../network.js';

const randAndAutn = Buffer.alloc(32, 7).toString('base64');
const digestNonce = Buffer.alloc(16, 7).toString('base64');

const credentials = (parameters: string) =>
  parseCredentials(`Digest username="x@y",realm="y",uri="sip:y",${parameters}`)!;

describe('REG-21: by which scheme a UE registers', () => {
  it.each([
    ['nonce="",response="",algorithm=AKAv1-MD5', 'aka'],
    ['nonce="",response="",algorithm=akav2-md5', 'aka'],
    [`nonce="${randAndAutn}",response="00",algorithm=MD5`, 'digest'],
    ['nonce="",response="",algorithm=MD5', 'digest'],
    ['nonce="n",response="00",algorithm=SHA-256', 'digest'],
    [`nonce="${randAndAutn}",response="00"`, 'aka'],
    [`nonce="${digestNonce}",response="00"`, 'digest'],
    ['nonce="0123456789abcdef0123456789abcdef",response="00"', 'digest'],
    ['nonce="",response=""', 'aka'],
  ])('%s: %s', (parameters, scheme) => {
    expect(schemeOf(credentials(parameters), undefined)).toBe(scheme);
  });

  it('who has used SIP Digest before goes on with it; without Authorization there is none', () => {
    expect(schemeOf(credentials('nonce="",response=""'), 'digest')).toBe('digest');
    expect(schemeOf(undefined, 'aka')).toBe('none');
  });
});

describe('REG-21: the value', () => {
  const bare: Origin = { scheme: 'aka', tls: 'none', isProtected: false, isAssociated: false, isTrusted: false };
  const unanswered = credentials('nonce="",response=""');
  const answered = credentials('nonce="n",response="00"');
  const version2 = credentials('nonce="n",response="00",algorithm=AKAv2-MD5');

  it.each([
    ['IMS AKA outside associations', answered, bare, 'no'],
    ['over a security association', answered, { ...bare, isProtected: true }, 'yes'],
    ['over a security association, without an answer', unanswered, { ...bare, isProtected: true }, 'yes'],
    ['SIP Digest, the first', unanswered, { ...bare, scheme: 'digest' }, undefined],
    ['SIP Digest, with an answer', answered, { ...bare, scheme: 'digest' }, 'ip-assoc-pending'],
    ['SIP Digest, known', answered, { ...bare, scheme: 'digest', isAssociated: true }, 'ip-assoc-yes'],
    ['SIP Digest, known, no answer', unanswered, { ...bare, scheme: 'digest', isAssociated: true }, 'ip-assoc-yes'],
    ['over TLS, SIP Digest, the first', unanswered, { ...bare, scheme: 'digest', tls: 'unbound' }, undefined],
    ['over TLS, not bound yet', answered, { ...bare, scheme: 'digest', tls: 'unbound' }, 'tls-pending'],
    ['over the TLS that it has registered over', answered, { ...bare, scheme: 'digest', tls: 'bound' }, 'tls-yes'],
    ['over TLS, IMS AKA of version 2', version2, { ...bare, tls: 'unbound' }, 'tls-connected'],
    ['over TLS, IMS AKA of version 1, which proves no TLS', answered, { ...bare, tls: 'bound' }, 'no'],
    ['a trusted node', unanswered, { ...bare, isTrusted: true }, 'auth-done'],
  ] as const)('%s', (_, given, origin, value) => {
    expect(integrityProtected(given, origin)).toBe(value);
  });
});

describe('REG-21: SIP Digest through the P-CSCF (TS 33.203 Annex N)', () => {
  const authorization = (nonce: string, response: string, more = ''): string =>
    `Digest username="x@${homeDomain}",realm="${homeDomain}",uri="sip:${homeDomain}",nonce="${nonce}",response="${response}",algorithm=MD5${more}`;

  function scene(trusted: readonly string[] = []) {
    const network = startNetwork({ down: ['icscf1'], pcscf: { trusted } });
    const home = new HandServer(network, 'icscf1');
    home.onRequest = (request) => {
      const { message } = request;
      const isAnswer = message.header('Authorization')?.includes('response="00"') === true;
      if (!isAnswer) request.reply(401, { headers: [['WWW-Authenticate', `Digest realm="${homeDomain}",nonce="n"`]] });
      else
        request.reply(200, { headers: message.headers('Contact').map((value) => ['Contact', `${value};expires=600`]) });
    };
    const integrity = (): readonly (string | undefined)[] =>
      home
        .received('REGISTER')
        .map(({ message }) => markOf(message))
        .slice(-1);
    return { network, home, ue: new HandUe(network), integrity };
  }

  const markOf = (message: SipRequest): string | undefined =>
    parseCredentials(message.header('Authorization')!)!.integrityProtected;

  it('absent, ip-assoc-pending, and from the 200 on ip-assoc-yes for that private identity at that address and port', () => {
    const { network, ue, integrity } = scene();
    expect(ue.register({ authorization: authorization('', '') }).status).toBe(401);
    expect(integrity()).toEqual([undefined]);
    expect(ue.register({ authorization: authorization('n', '00') }).status).toBe(200);
    expect(integrity()).toEqual(['ip-assoc-pending']);
    expect(ue.register({ authorization: authorization('n', '00') }).status).toBe(200);
    expect(integrity()).toEqual(['ip-assoc-yes']);
    // Another private identity from there, and that one from elsewhere.
    const other = authorization('n', '00').replace('x@', 'z@');
    expect(ue.register({ authorization: other }).status).toBe(200);
    expect(integrity()).toEqual(['ip-assoc-pending']);
    const elsewhere = new HandUe(network, 2);
    elsewhere.register({ authorization: authorization('n', '00'), contacts: [`<${elsewhere.contact}>`] });
    expect(integrity()).toEqual(['ip-assoc-pending']);
  });

  it('the association ends with the registration', () => {
    const { network, ue, integrity } = scene();
    ue.register({ authorization: authorization('n', '00') });
    network.run(631_000);
    ue.register({ authorization: authorization('n', '00') });
    expect(integrity()).toEqual(['ip-assoc-pending']);
  });

  it.each(['yes', 'ip-assoc-yes', 'auth-done', 'tls-yes'])('a forged %s is taken out', (forged) => {
    const { ue, integrity } = scene();
    ue.register({ authorization: authorization('', '', `,integrity-protected="${forged}"`) });
    expect(integrity()).toEqual([undefined]);
  });

  it('auth-done for a node that is trusted, and for no other', () => {
    const { ue, integrity } = scene(['192.0.2.7']);
    ue.register({ authorization: authorization('', '', ',integrity-protected="no"') });
    expect(integrity()).toEqual(['auth-done']);
  });

  it('GIBA (TS 33.203 Annex T): nothing is marked, and what comes from another address later is refused', () => {
    const { network, home, ue } = scene();
    home.onRequest = (request) =>
      request.reply(request.message.method === 'REGISTER' ? 200 : 404, {
        headers: request.message.headers('Contact').map((value) => ['Contact', `${value};expires=600`]),
      });
    expect(ue.register().status).toBe(200);
    expect(home.received('REGISTER')[0]!.message.has('Authorization')).toBe(false);
    const thief = new HandUe(network, 2);
    const options = thief.makeRequest('OPTIONS', 'sip:bob@h');
    const asOther = `SIP/2.0/UDP ${network.addresses.ue1}:5060;branch=z9hG4bKthief`;
    const socket = network.simulation
      .environmentFor('thief')
      .network.bindDatagram(
        { address: network.addresses.ue3!, port: 5060 },
        { onDatagram: () => {}, onError: () => {} },
      );
    const text = options.edit().prepend('Via', asOther).text();
    socket.send(Buffer.from(text, 'latin1'), { address: network.addresses.pcscf1!, port: 5060 });
    network.run(1000);
    expect(home.received('OPTIONS')).toEqual([]);
    expect(network.causes).toEqual(['pcscf1 cause.wrongSourceAddress']);
    expect(network.notes.at(-1)!.text).toMatch(/192\.0\.2\.9.*192\.0\.2\.7/);
  });
});
