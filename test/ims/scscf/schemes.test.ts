/** How the S-CSCF authenticates, by what the P-CSCF saw and the HSS answers: REG-40 to REG-44, AKA-31, AKA-32, AKA-36; TS 33.203 Annexes N, S, T. */
import { createHash } from 'node:crypto';
import type {
  DiameterReply,
  MultimediaAuthInfo,
  MultimediaAuthQuery,
  SipAuthDataItem,
} from '../../../src/diameter/index.js';
import { AuthenticationCentre } from '../../../src/ims/hss/authentication-centre.js';
import { formatUserData } from '../../../src/ims/subscription/user-data.js';
import {
  akaV2Password,
  answerChallenge,
  parseAuthenticationInfo,
  parseChallenge,
  type SipResponse,
} from '../../../src/sip/index.js';
import { scriptedHss } from '../cx-peer.js';
import { HandUe } from '../hand-ue.js';
import { homeDomain, imsiOf, profileContent, startNetwork, subscriber, type TestNetworkOptions } from '../network.js';

const success = { kind: 'success', resultCode: 2001 } as const;
const serverName = `sip:scscf1.${homeDomain}:5060`;
const userData = formatUserData(profileContent(subscriber(1)));
const impi = `${imsiOf(1)}@${homeDomain}`;
const uri = `sip:${homeDomain}`;
const hash = (algorithm: 'MD5' | 'SHA-256', text: string): string =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex');

type Items = readonly SipAuthDataItem[];

/** The S-CSCF with a UE that speaks to it as a P-CSCF would, and an HSS that gives these items for a MAR. */
function scene(
  items: (query: MultimediaAuthQuery) => Items | DiameterReply<MultimediaAuthInfo>,
  options: TestNetworkOptions = {},
) {
  const network = startNetwork({ ...options, down: ['hss1'] });
  const queries: MultimediaAuthQuery[] = [];
  const assignments: string[] = [];
  scriptedHss(network, {
    userAuthorization: (_, respond) => respond({ kind: 'experimental', experimentalResultCode: 2002, serverName }),
    multimediaAuth: (query, respond) => {
      queries.push(query);
      const given = items(query);
      respond('kind' in given ? given : { ...success, sipAuthDataItems: given });
    },
    serverAssignment: ({ serverAssignmentType }, respond) => {
      assignments.push(serverAssignmentType);
      respond({ ...success, userData });
    },
  });
  const ue = new HandUe(network);
  const straight = [{ protocol: 'udp' as const, endpoint: { address: network.addresses.scscf1!, port: 5060 } }];
  /** `integrity`: what the P-CSCF writes; undefined: nothing. */
  const register = (
    authorization?: string,
    integrity?: string,
    headers: readonly (readonly [string, string])[] = [],
    sequence?: number,
  ) => {
    const marked = integrity === undefined ? authorization : `${authorization},integrity-protected="${integrity}"`;
    const request = ue.makeRegister({ authorization: marked, headers, sequence });
    const final = ue.finalOf(ue.send(request, straight));
    network.run(100); // what the S-CSCF tells the HSS behind its answer
    return final;
  };
  const first = `Digest username="${impi}",realm="${homeDomain}",uri="${uri}",nonce="",response=""`;
  return { network, ue, queries, assignments, register, first };
}

function challengeIn(response: SipResponse) {
  expect(response.status).toBe(401);
  return parseChallenge(response.header('WWW-Authenticate')!)!;
}

function answerTo(response: SipResponse, password: string | Buffer, nonceCount = 1, nonce?: string): string {
  const value = response.header('WWW-Authenticate')!;
  return answerToValue(
    nonce === undefined ? value : value.replace(/nonce="[^"]*"/, `nonce="${nonce}"`),
    password,
    nonceCount,
  );
}

function answerToValue(value: string, password: string | Buffer, nonceCount = 1): string {
  const challenge = parseChallenge(value)!;
  const secret = typeof password === 'string' ? Buffer.from(password) : password;
  return answerChallenge(challenge, {
    username: impi,
    uri,
    method: 'REGISTER',
    password: secret,
    cnonce: 'c0ffee',
    nonceCount,
  })!;
}

/** Vectors of a centre as MAA carries them, each in turn. */
function akaItems(count: number, scheme: string) {
  const network = startNetwork();
  const centre = new AuthenticationCentre(subscriber(1).authentication.aka!, network.simulation.random);
  const given: { readonly autn: Buffer; readonly password: Buffer }[] = [];
  const items = (): Items =>
    Array.from({ length: count }, (_, index) => {
      const { rand, autn, xres, ck, ik } = centre.nextVector();
      given.push({ autn, password: scheme.includes('v2') ? akaV2Password({ res: xres, ik, ck }) : xres });
      return {
        sipItemNumber: index + 1,
        sipAuthenticationScheme: scheme,
        sipAuthenticate: Buffer.concat([rand, autn]),
        sipAuthorization: xres,
        confidentialityKey: ck,
        integrityKey: ik,
      };
    });
  return { items, given };
}

function digestItems(algorithm: 'MD5' | 'SHA-256', password: string): Items {
  return [
    {
      sipAuthenticationScheme: 'SIP Digest',
      sipDigestAuthenticate: {
        digestRealm: homeDomain,
        digestAlgorithm: algorithm,
        digestQop: 'auth',
        digestHa1: hash(algorithm, `${impi}:${homeDomain}:${password}`),
      },
    },
  ];
}

describe('REG-40: the scheme that MAR asks for', () => {
  it.each([
    ['no', 'Digest-AKAv1-MD5'],
    ['yes', 'Digest-AKAv1-MD5'],
    ['tls-connected', 'Digest-AKAv2-MD5'],
    ['tls-pending', 'SIP Digest'],
    ['tls-yes', 'SIP Digest'],
    ['ip-assoc-pending', 'SIP Digest'],
    ['ip-assoc-yes', 'SIP Digest'],
    [undefined, 'Unknown'],
  ])('integrity-protected %s: %s', (integrity, scheme) => {
    const { register, queries, first } = scene(akaItems(1, 'Digest-AKAv1-MD5').items);
    challengeIn(register(first, integrity));
    expect(queries.map(({ sipAuthDataItem }) => sipAuthDataItem.sipAuthenticationScheme)).toEqual([scheme]);
  });

  it('no Authorization: Unknown, and AKA where the HSS has nothing to propose', () => {
    const aka = akaItems(1, 'Digest-AKAv1-MD5');
    const { register, queries } = scene(({ sipAuthDataItem }) =>
      sipAuthDataItem.sipAuthenticationScheme === 'Unknown'
        ? { kind: 'experimental', experimentalResultCode: 5006 }
        : aka.items(),
    );
    expect(challengeIn(register()).algorithm).toBe('AKAv1-MD5');
    expect(queries).toHaveLength(2);
    expect(queries[0]).toMatchObject({ userName: impi, publicIdentity: `sip:${impi}` });
  });

  it('TS 24.229 5.1.1.2.3: SIP Digest that a P-CSCF takes for IMS AKA, because the first REGISTER names no algorithm', () => {
    const { register, queries, first } = scene(({ sipAuthDataItem }) =>
      sipAuthDataItem.sipAuthenticationScheme === 'SIP Digest'
        ? digestItems('MD5', 'secret')
        : { kind: 'experimental', experimentalResultCode: 5006 },
    );
    expect(challengeIn(register(first, 'no')).algorithm).toBe('MD5');
    expect(queries.map(({ sipAuthDataItem }) => sipAuthDataItem.sipAuthenticationScheme)).toEqual([
      'Digest-AKAv1-MD5',
      'SIP Digest',
    ]);
    // A UE that names IMS AKA means it.
    expect(register(`${first},algorithm=AKAv1-MD5`, 'no').status).toBe(403);
    expect(queries).toHaveLength(3);
  });

  it('auth-done: a trusted node has authenticated the user already', () => {
    const { register, queries, assignments, first } = scene(akaItems(1, 'Digest-AKAv1-MD5').items);
    expect(register(first, 'auth-done').status).toBe(200);
    expect(queries).toEqual([]);
    expect(assignments).toEqual(['REGISTRATION']);
  });
});

describe('IMS AKA', () => {
  it('AKA-32: AKAv2-MD5 takes the password of RFC 4169; RES itself is refused', () => {
    const { items, given } = akaItems(1, 'Digest-AKAv2-MD5');
    const { register, first } = scene(items, { authentication: { aka: 'AKAv2-MD5' } });
    const challenged = register(first, 'no');
    expect(challengeIn(challenged).algorithm).toBe('AKAv2-MD5');
    expect(register(answerTo(challenged, given[0]!.password), 'no').status).toBe(200);
    const again = register(first, 'no');
    expect(register(answerTo(again, Buffer.from('RES')), 'no').status).toBe(403);
  });

  it('AKA-31: auth-int hashes the body, and no qop is used where none is offered', () => {
    for (const qop of [['auth-int'], []] as const) {
      const { items, given } = akaItems(1, 'Digest-AKAv1-MD5');
      const { register, first } = scene(items, { authentication: { qop } });
      const challenged = register(first, 'no');
      expect(challengeIn(challenged).qop).toEqual(qop);
      expect(register(answerTo(challenged, given[0]!.password), 'no').status).toBe(200);
    }
  });

  it('REG-43, AKA-35 / RFC 2617 3.2.2: a quality of protection that was not offered is not taken', () => {
    const { items, given } = akaItems(1, 'Digest-AKAv1-MD5');
    const { register, first } = scene(items);
    const value = register(first, 'no').header('WWW-Authenticate')!;
    expect(value).toContain('qop="auth"');
    const other = answerToValue(value.replace('qop="auth"', 'qop="auth-int"'), given[0]!.password);
    expect(register(other, 'no').status).toBe(403);
  });

  it('REG-43 / RFC 2617 3.2.2: what is right in another realm than the challenged one is not', () => {
    const { items, given } = akaItems(1, 'Digest-AKAv1-MD5');
    const { register, first } = scene(items);
    const value = register(first, 'no').header('WWW-Authenticate')!;
    const other = answerToValue(
      value.replace(`realm="${homeDomain}"`, 'realm="elsewhere.example"'),
      given[0]!.password,
    );
    expect(register(other, 'no').status).toBe(403);
  });

  it('REG-43 / RFC 3261 22.2: an answer whose CSeq has not risen is none', () => {
    const { items, given } = akaItems(1, 'Digest-AKAv1-MD5');
    const { register, first } = scene(items);
    const challenged = register(first, 'no', [], 7);
    expect(register(answerTo(challenged, given.at(-1)!.password), 'no', [], 6).status).toBe(401);
    const again = register(first, 'no', [], 8);
    expect(register(answerTo(again, given.at(-1)!.password), 'no', [], 9).status).toBe(200);
  });

  it('AKA-24: several vectors of one MAA are used in the order of their numbers, before the HSS is asked again', () => {
    const { items, given } = akaItems(3, 'Digest-AKAv1-MD5');
    const { register, queries, first } = scene(() => [...items()].reverse(), { authentication: { vectors: 3 } });
    for (let round = 0; round < 4; round++) {
      const challenged = register(first, 'no');
      const nonce = Buffer.from(challengeIn(challenged).nonce!, 'base64');
      expect(nonce.subarray(16, 32)).toEqual(given[round]!.autn);
      expect(register(answerTo(challenged, given[round]!.password), 'no').status).toBe(200);
    }
    expect(queries.map(({ sipNumberAuthItems }) => sipNumberAuthItems)).toEqual([3, 3]);
  });

  it('AKA-36: the 200 proves the network with rspauth, where that is asked for', () => {
    const { items, given } = akaItems(1, 'Digest-AKAv1-MD5');
    const { register, first } = scene(items, { authentication: { authenticationInfo: true } });
    const challenged = register(first, 'no');
    const granted = register(answerTo(challenged, given[0]!.password), 'no');
    const { nonce } = challengeIn(challenged);
    const ha1 = createHash('md5').update(`${impi}:${homeDomain}:`).update(given[0]!.password).digest('hex');
    const rspauth = hash('MD5', `${ha1}:${nonce}:00000001:c0ffee:auth:${hash('MD5', `:${uri}`)}`);
    expect(parseAuthenticationInfo(granted.header('Authentication-Info')!)).toMatchObject({ rspauth, qop: 'auth' });
  });

  it('REG section 8: after a MAC failure another challenge by policy, with another RAND, and 403 after the second', () => {
    const { register, first, assignments } = scene(akaItems(1, 'Digest-AKAv1-MD5').items, {
      authentication: { attemptsMax: 2 },
    });
    const refusal = (nonce: string) =>
      `Digest username="${impi}",realm="${homeDomain}",uri="${uri}",nonce="${nonce}",response="",algorithm=AKAv1-MD5`;
    const one = challengeIn(register(first, 'no')).nonce!;
    const two = challengeIn(register(refusal(one), 'no')).nonce!;
    expect(two).not.toBe(one);
    expect(register(refusal(two), 'no').status).toBe(403);
    expect(assignments).toEqual(['AUTHENTICATION_FAILURE']);
  });

  it('REG section 8: a wrong RES is never challenged again, whatever the policy', () => {
    const { register, first } = scene(akaItems(1, 'Digest-AKAv1-MD5').items, { authentication: { attemptsMax: 5 } });
    const challenged = register(first, 'no');
    expect(register(answerTo(challenged, 'wrong'), 'no').status).toBe(403);
  });
});

describe('REG-44: a protected REGISTER of a registered user', () => {
  function registered(authentication: TestNetworkOptions['authentication'] = {}) {
    const aka = akaItems(1, 'Digest-AKAv1-MD5');
    const made = scene(aka.items, { authentication });
    const answer = (challenged: SipResponse) => answerTo(challenged, aka.given.at(-1)!.password);
    const challenged = made.register(made.first, 'no');
    const credentials = answer(challenged);
    expect(made.register(credentials, 'yes').status).toBe(200);
    return { ...made, credentials, answer };
  }

  it('is a refresh without a challenge by default (REG-70)', () => {
    const { register, credentials, queries, assignments } = registered();
    for (let round = 0; round < 3; round++) expect(register(credentials, 'yes').status).toBe(200);
    expect(queries).toHaveLength(1);
    expect(assignments).toEqual(['REGISTRATION', 'RE_REGISTRATION', 'RE_REGISTRATION', 'RE_REGISTRATION']);
  });

  it('is always challenged when it came unprotected', () => {
    const { register, credentials } = registered();
    expect(register(credentials, 'no').status).toBe(401);
  });

  it('is challenged each third time', () => {
    const { register, credentials, answer } = registered({ reauthenticate: { every: 3 } });
    expect(register(credentials, 'yes').status).toBe(200);
    expect(register(credentials, 'yes').status).toBe(200);
    const challenged = register(credentials, 'yes');
    expect(challenged.status).toBe(401);
    expect(register(answer(challenged), 'yes').status).toBe(200);
    expect(register(credentials, 'yes').status).toBe(200);
  });

  it('is challenged after a time', () => {
    const { register, credentials, network } = registered({ reauthenticate: { afterMs: 60_000 } });
    network.run(59_000);
    expect(register(credentials, 'yes').status).toBe(200);
    network.run(2_000);
    expect(register(credentials, 'yes').status).toBe(401);
  });

  it('is challenged always, where the policy says so', () => {
    const { register, credentials } = registered({ reauthenticate: 'always' });
    expect(register(credentials, 'yes').status).toBe(401);
  });

  it('REG-44 / TS 24.229 5.4.1.2.2: of a user that is not registered (any more) is challenged, whatever its contact', () => {
    const { network, register, credentials } = registered();
    network.run(3_700_000);
    expect(register(credentials, 'yes').status).toBe(401);
  });

  it('REG-44: 403 from a contact that is not bound and names no flow', () => {
    const { ue, network, credentials } = registered();
    const request = ue.makeRegister({
      authorization: `${credentials},integrity-protected="yes"`,
      contacts: ['<sip:other@192.0.2.99:5060>'],
    });
    const straight = [{ protocol: 'udp' as const, endpoint: { address: network.addresses.scscf1!, port: 5060 } }];
    expect(ue.finalOf(ue.send(request, straight)).status).toBe(403);
    expect(network.causes).toEqual(['scscf1 cause.registerRefused']);
  });
});

describe.each(['MD5', 'SHA-256'] as const)('SIP Digest with %s (TS 33.203 Annex N)', (algorithm) => {
  const password = 'open sesame';
  const items = (): Items => digestItems(algorithm, password);

  it('401 without keys, 200 with Authentication-Info; the next REGISTER counts on and needs no challenge', () => {
    const { register, first, queries, assignments } = scene(items);
    const challenged = register(first);
    const challenge = challengeIn(challenged);
    expect(challenge).toMatchObject({ algorithm, realm: homeDomain, qop: ['auth'], ck: undefined, ik: undefined });
    const granted = register(answerTo(challenged, password), 'ip-assoc-pending');
    expect(granted.status).toBe(200);
    const info = parseAuthenticationInfo(granted.header('Authentication-Info')!)!;
    const ha1 = hash(algorithm, `${impi}:${homeDomain}:${password}`);
    const ha2 = hash(algorithm, `:${uri}`);
    const rspauth = hash(algorithm, `${ha1}:${challenge.nonce}:00000001:c0ffee:auth:${ha2}`);
    expect(info).toMatchObject({ rspauth, nc: '00000001', cnonce: 'c0ffee', qop: 'auth' });
    expect(register(answerTo(challenged, password, 2), 'ip-assoc-yes').status).toBe(200);
    expect(queries).toHaveLength(1);
    expect(assignments).toEqual(['REGISTRATION', 'RE_REGISTRATION']);
  });

  it('RFC 2617 3.2.3: the next nonce that the 200 gave is good, too', () => {
    const { register, first } = scene(items);
    const challenged = register(first);
    const granted = register(answerTo(challenged, password), 'ip-assoc-pending');
    const { nextnonce } = parseAuthenticationInfo(granted.header('Authentication-Info')!)!;
    expect(register(answerTo(challenged, password, 1, nextnonce), 'ip-assoc-yes').status).toBe(200);
  });

  it('a replayed count gets 401 with stale=true and another nonce', () => {
    const { register, first } = scene(items);
    const challenged = register(first);
    const credentials = answerTo(challenged, password);
    expect(register(credentials, 'ip-assoc-pending').status).toBe(200);
    const replayed = challengeIn(register(credentials, 'ip-assoc-pending'));
    expect(replayed.stale).toBe(true);
    expect(replayed.nonce).not.toBe(challengeIn(challenged).nonce);
  });

  it('TS 24.229 5.4.1.2.2A: an IP association excuses neither a replayed count nor a wrong password', () => {
    const { register, first } = scene(items);
    const challenged = register(first);
    const credentials = answerTo(challenged, password);
    expect(register(credentials, 'ip-assoc-pending').status).toBe(200);
    const stale = register(credentials, 'ip-assoc-yes');
    expect(challengeIn(stale).stale).toBe(true);
    expect(register(answerTo(stale, password), 'ip-assoc-yes').status).toBe(200);
    expect(challengeIn(register(answerTo(stale, 'wrong', 2), 'ip-assoc-yes')).stale).toBe(false);
  });

  it('an old nonce with the right password gets stale=true, one with a wrong password does not', () => {
    const { register, first, network } = scene(items, { authentication: { nonceLifetimeMs: 60_000 } });
    const challenged = register(first);
    expect(register(answerTo(challenged, password), 'ip-assoc-pending').status).toBe(200);
    network.run(61_000);
    const stale = register(answerTo(challenged, password, 2), 'ip-assoc-pending');
    expect(challengeIn(stale).stale).toBe(true);
    expect(register(answerTo(stale, password), 'ip-assoc-pending').status).toBe(200);
    const wrong = register(answerTo(stale, 'wrong', 2), 'ip-assoc-pending');
    expect(challengeIn(wrong).stale).toBe(false);
  });

  it('a wrong password: by policy a second challenge, then 403 and AUTHENTICATION_FAILURE', () => {
    const { register, first, network, assignments } = scene(items, { authentication: { attemptsMax: 2 } });
    const again = register(answerTo(register(first), 'wrong'), 'ip-assoc-pending');
    expect(challengeIn(again).stale).toBe(false);
    expect(register(answerTo(again, 'wrong'), 'ip-assoc-pending').status).toBe(403);
    expect(network.causes).toEqual(['scscf1 cause.wrongResponse', 'scscf1 cause.wrongResponse']);
    expect(assignments).toEqual(['AUTHENTICATION_FAILURE']);
    expect(network.notes.at(-1)!.text).toContain('its password differs');
  });
});

describe('GIBA (TS 33.203 Annex T)', () => {
  const giba = (item: SipAuthDataItem) => () => [{ sipAuthenticationScheme: 'Early-IMS-Security', ...item }];

  it('who sends from the address that the access network gave is registered at once', () => {
    const { register, queries, assignments } = scene(giba({ framedIpAddress: '192.0.2.7' }));
    expect(register().status).toBe(200);
    expect(queries[0]!.sipAuthDataItem.sipAuthenticationScheme).toBe('Unknown');
    expect(assignments).toEqual(['REGISTRATION']);
  });

  it('IPv6: within the prefix', () => {
    const { register, ue } = scene(giba({ framedIpv6Prefix: '2001:db8:0:0:0:0:0:0/64' }), { ipv6: true });
    expect(ue.address).toBe('2001:db8::7');
    expect(register().status).toBe(200);
    const other = scene(giba({ framedIpv6Prefix: '2001:db8:0:1:0:0:0:0/64' }), { ipv6: true });
    expect(other.register().status).toBe(403);
  });

  it('from another address: 403, and one sentence says why', () => {
    const { register, network, assignments } = scene(giba({ framedIpAddress: '192.0.2.77' }));
    expect(register().status).toBe(403);
    expect(assignments).toEqual(['AUTHENTICATION_FAILURE']);
    expect(network.causes).toEqual(['scscf1 cause.otherPlace']);
    expect(network.notes.at(-1)!.text).toBe(
      `scscf1: ${impi} sends from 192.0.2.7, but the access network has given it 192.0.2.77: compare the address of the subscriber at the HSS with that of the UE`,
    );
  });
});

describe('NASS-bundled (TS 24.229 §5.4.1.2.1D)', () => {
  const items = (): Items => [{ sipAuthenticationScheme: 'NASS-Bundled', lineIdentifiers: ['line 1', 'line 2'] }];
  const from = (line: string) => [['P-Access-Network-Info', `ADSL;dsl-location="${line}";network-provided`]] as const;

  it('on its line: registered at once; on another one, or none: 403', () => {
    const { register, network } = scene(items);
    expect(register(undefined, undefined, from('line 2')).status).toBe(200);
    expect(register(undefined, undefined, from('line 3')).status).toBe(403);
    // What the UE itself says does not count.
    expect(register(undefined, undefined, [['P-Access-Network-Info', 'ADSL;dsl-location="line 1"']]).status).toBe(403);
    expect(network.causes).toEqual(['scscf1 cause.otherPlace', 'scscf1 cause.otherPlace']);
  });
});
