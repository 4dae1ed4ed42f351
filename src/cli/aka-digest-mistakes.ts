/** What goes wrong when a digest response is computed: a table, tried one by one and in pairs until a response fits. */
import { type Alternative, authenticationFunctions, type KeyMistake } from '../aka/index.js';
import { akaV2Password, type DigestInput, digestResponse } from '../sip/index.js';

/** A response is computed from them; RES as raw octets for AKAv1. */
export type DigestParts = DigestInput & { readonly password: Buffer };

/** What the right response is made of, and what may have got in its place. */
export interface DigestSituation {
  readonly parts: DigestParts;
  /** Of the challenge; undefined for a password. */
  readonly aka?: { readonly res: Buffer; readonly ck: Buffer; readonly ik: Buffer } | undefined;
  readonly rand?: Buffer | undefined;
  /** Other material that the usual mistakes make of the key. */
  readonly alternatives: readonly Alternative[];
  readonly requestUri?: string | undefined;
  /** URIs of the request's From, To and the like. */
  readonly addresses: readonly string[];
}

type Field = 'password' | 'username' | 'realm' | 'uri' | 'method' | 'nonce' | 'qop' | 'cnonce';

interface DigestMistake extends KeyMistake {
  readonly field: Field;
  readonly values: (situation: DigestSituation) => readonly Partial<DigestParts>[];
}

const v1 = 'RFC 3310 3.3';
const v2 = 'RFC 4169 3';
const a1 = 'RFC 2617 3.2.2.2';
const a2 = 'RFC 2617 3.2.2.3';
const whole = 'RFC 2617 3.2.2.1';

const text = (value: string) => Buffer.from(value, 'latin1');
const passwords = (...values: readonly Buffer[]) => values.map((password) => ({ password }));
const isV2 = ({ parts }: DigestSituation) => parts.algorithm === 'AKAv2-MD5';

function cutAtZero(res: Buffer): readonly Buffer[] {
  const end = res.indexOf(0);
  return end < 0 ? [] : [res.subarray(0, end)];
}

const mistakes: readonly DigestMistake[] = [
  {
    field: 'password',
    cause: 'resAsHex',
    text: 'the UE put RES into the digest as hexadecimal digits, and raw octets belong there',
    clause: v1,
    next: 'let the UE take the octets of RES as the password',
    values: ({ aka }) =>
      aka ? passwords(text(aka.res.toString('hex')), text(aka.res.toString('hex').toUpperCase())) : [],
  },
  {
    field: 'password',
    cause: 'resAsBase64',
    text: 'the UE put RES into the digest as base64, and raw octets belong there',
    clause: v1,
    next: 'let the UE take the octets of RES as the password',
    values: ({ aka }) => (aka ? passwords(text(aka.res.toString('base64'))) : []),
  },
  {
    field: 'password',
    cause: 'resCutAtZero',
    text: 'the UE cut RES at its first zero octet, as functions for texts do',
    clause: v1,
    next: 'try another RAND, or set res-without-zero-octets for the subscriber in imslab',
    values: ({ aka }) => (aka ? passwords(...cutAtZero(aka.res)) : []),
  },
  {
    field: 'password',
    cause: 'resFilledUp',
    text: 'the UE filled RES up with zeros to 16 octets',
    clause: v1,
    next: 'let the UE use as many octets as RES has',
    values: ({ aka }) => (aka ? passwords(Buffer.concat([aka.res, Buffer.alloc(16)]).subarray(0, 16)) : []),
  },
  {
    field: 'password',
    cause: 'akaV1ForV2',
    text: 'the UE answered with AKAv1, and the challenge asks for AKAv2',
    clause: v2,
    next: 'see whether the UE knows AKAv2-MD5; if not, let the network offer AKAv1-MD5',
    values: (situation) => (situation.aka && isV2(situation) ? passwords(situation.aka.res) : []),
  },
  {
    field: 'password',
    cause: 'akaV2ForV1',
    text: 'the UE answered with AKAv2, and the challenge asks for AKAv1',
    clause: v1,
    next: 'let the UE read the algorithm of the challenge',
    values: (situation) => (situation.aka && !isV2(situation) ? passwords(akaV2Password(situation.aka)) : []),
  },
  {
    field: 'password',
    cause: 'ckBeforeIk',
    text: 'the UE keyed the AKAv2 password with RES || CK || IK, and IK comes before CK',
    clause: v2,
    next: 'mend the order of the key in the UE',
    values: ({ aka }) => (aka ? passwords(akaV2Password({ res: aka.res, ik: aka.ck, ck: aka.ik })) : []),
  },
  {
    field: 'password',
    cause: 'akaV2PasswordNotBase64',
    text: 'the UE put the AKAv2 password into the digest as octets or hexadecimal digits, and base64 belongs there',
    clause: v2,
    next: 'encode the HMAC as base64 in the UE',
    values: ({ aka }) => {
      if (aka === undefined) return [];
      const octets = Buffer.from(akaV2Password(aka).toString('latin1'), 'base64');
      return passwords(octets, text(octets.toString('hex')));
    },
  },
  {
    field: 'password',
    cause: 'passwordIsEmpty',
    text: 'the response was computed with an empty password, as it is with auts, and there is no auts',
    clause: 'RFC 3310 3.4',
    next: 'see whether the UE lost its auts parameter, or a proxy took it away',
    values: () => passwords(Buffer.alloc(0)),
  },
  {
    field: 'username',
    cause: 'otherUsername',
    text: 'the UE computed with another username than the one in Authorization, an IMPU or an IMSI perhaps',
    clause: a1,
    next: 'let the UE take the IMPI, IMSI@domain without sip:, in both places',
    values: ({ parts: { username, realm }, addresses }) => {
      const user = username.split('@')[0]!;
      const uris = addresses.flatMap((uri) => [uri, uri.replace(/^sips?:/i, '')]);
      const names = [
        user,
        `${user}@${realm}`,
        `sip:${username}`,
        username.replace(/^sip:/i, ''),
        username.toLowerCase(),
        '',
      ];
      return [...names, ...uris].map((each) => ({ username: each }));
    },
  },
  {
    field: 'realm',
    cause: 'otherRealm',
    text: 'the UE computed with another realm than the one of the challenge',
    clause: a1,
    next: 'let the UE take the realm of the challenge as it stands, without its quotes',
    values: ({ parts: { username, realm } }) => {
      const domain = username.slice(username.indexOf('@') + 1);
      return [domain, `"${realm}"`, realm.toLowerCase(), realm.toUpperCase(), realm.replace(/^ims\./, ''), ''].map(
        (each) => ({ realm: each }),
      );
    },
  },
  {
    field: 'uri',
    cause: 'otherUri',
    text: 'the UE computed with another uri than the one in Authorization',
    clause: a2,
    next: 'let the UE write the Request-URI, sip:domain, into Authorization and compute with the same text',
    values: ({ parts: { uri, realm }, requestUri, addresses }) => {
      const bare = uri.replace(/^sips?:/i, '');
      const uris = [requestUri ?? uri, bare, `sip:${bare}`, `sip:${realm}`, uri.replace(/:\d+$/, ''), `${uri}:5060`];
      return [...uris, `"${uri}"`, `<${uri}>`, uri.toLowerCase(), ...addresses].map((each) => ({ uri: each }));
    },
  },
  {
    field: 'method',
    cause: 'otherMethod',
    text: 'the UE computed with another method than that of its request',
    clause: a2,
    next: 'let the UE take the method of the request that carries the Authorization',
    values: () => ['REGISTER', 'INVITE', 'SUBSCRIBE', 'register', 'GET', ''].map((method) => ({ method })),
  },
  {
    field: 'nonce',
    cause: 'otherNonce',
    text: 'the UE computed with another text than the nonce as it stands',
    clause: whole,
    next: 'let the UE take the nonce octet by octet, with its padding, without its quotes',
    values: ({ parts: { nonce } }) => {
      const octets = Buffer.from(nonce, 'base64');
      const texts = [nonce.replace(/=+$/, ''), octets.toString('hex'), octets.toString('latin1'), `"${nonce}"`];
      return [...texts, octets.subarray(0, 16).toString('hex')].map((each) => ({ nonce: each }));
    },
  },
  {
    field: 'qop',
    cause: 'qopLeftOut',
    text: 'the UE computed without qop, nc and cnonce, and its Authorization has them',
    clause: whole,
    next: 'let the UE put nc, cnonce and qop into the hash, or leave them out of Authorization',
    values: ({ parts }) => (parts.qop === undefined ? [] : [{ qop: undefined }]),
  },
  {
    field: 'qop',
    cause: 'otherQop',
    text: 'the UE computed with another qop than the one in Authorization',
    clause: whole,
    next: 'compare qop in Authorization with what the UE hashes: auth-int has the body’s hash in A2',
    values: ({ parts }) =>
      parts.qop === undefined ? [] : ['auth', 'auth-int', '"auth"', 'auth,auth-int'].map((qop) => ({ qop })),
  },
  {
    field: 'cnonce',
    cause: 'otherCnonce',
    text: 'the UE computed with another nc or cnonce than Authorization has',
    clause: whole,
    next: 'nc has eight hexadecimal digits; both go into the hash as they stand, without quotes',
    values: ({ parts: { nc = '', cnonce = '' } }) => [
      { nc: String(Number.parseInt(nc, 16)) },
      { nc: '00000001' },
      { nc: `"${nc}"` },
      { cnonce: `"${cnonce}"` },
      { cnonce: '' },
    ],
  },
];

interface Attempt {
  readonly field: Field;
  readonly mistake: KeyMistake;
  readonly change: Partial<DigestParts>;
}

/** The mistake, or the two, under which the response fits; undefined where none does. */
export function diagnoseResponse(situation: DigestSituation, response: string): KeyMistake | undefined {
  const wanted = response.toLowerCase();
  const fits = (...changes: readonly Partial<DigestParts>[]) =>
    digestResponse(Object.assign({}, situation.parts, ...changes)) === wanted;
  const attempts = attemptsOf(situation);
  const single = attempts.find(({ change }) => fits(change));
  if (single !== undefined) return single.mistake;
  for (const [index, first] of attempts.entries()) {
    for (const second of attempts.slice(index + 1)) {
      if (first.field === second.field || !fits(first.change, second.change)) continue;
      return {
        ...first.mistake,
        cause: `${first.mistake.cause}, ${second.mistake.cause}`,
        text: `${first.mistake.text}; and ${second.mistake.text}`,
        next: `${first.mistake.next}; ${second.mistake.next}`,
      };
    }
  }
  return undefined;
}

function attemptsOf(situation: DigestSituation): readonly Attempt[] {
  const ofKeys = situation.alternatives.map(({ material, ...mistake }): Attempt => {
    const answer = authenticationFunctions(material).f2345(situation.rand!);
    const password = isV2(situation) ? akaV2Password(answer) : answer.res;
    return { field: 'password', mistake, change: { password } };
  });
  const ofDigest = mistakes.flatMap(({ field, values, ...mistake }) =>
    values(situation).map((change): Attempt => ({ field, mistake, change })),
  );
  return [...ofDigest, ...ofKeys];
}
