import {
  akaV2Password,
  digestAlgorithm,
  digestHa1,
  digestResponse,
  sameResponse,
} from '../../../src/sip/auth/index.js';
import { vectorFile } from '../../vectors.js';

interface DigestCase {
  readonly id: string;
  readonly algorithm: string;
  readonly username: string;
  readonly realm: string;
  readonly password?: string;
  readonly res?: string;
  readonly ck?: string;
  readonly ik?: string;
  readonly password_b64?: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  readonly nc?: string;
  readonly cnonce?: string;
  readonly qop?: string;
  readonly body?: string;
  readonly response: string;
  readonly rspauth?: string;
}

const file = vectorFile<{ cases: DigestCase[] }>('aka-digest.json');
const hex = (text: string) => Buffer.from(text, 'hex');

/** RES 128 bits of zeros, RAND = K: from a public test file for the algorithm of TS 34.108 8.1.2.1. */
const testUsim = {
  algorithm: 'AKAv1-MD5',
  username: '450050020150513@ims.mnc005.mcc450.3gppnetwork.org',
  realm: 'ims.mnc005.mcc450.3gppnetwork.org',
  password: Buffer.alloc(16),
  method: 'REGISTER',
  uri: 'sip:ims.mnc005.mcc450.3gppnetwork.org',
  nonce: 'AAECAwQFBgcICQoLDA0ODwAAAAAAAAAAAAAAAAAAAAA=',
  nc: '00000001',
  cnonce: 'v0KBLdbU',
  qop: 'auth',
} as const;

function passwordOf(each: DigestCase): Buffer {
  if (each.password !== undefined) return Buffer.from(each.password, 'latin1');
  if (each.algorithm !== 'AKAv2-MD5') return hex(each.res!);
  return akaV2Password({ res: hex(each.res!), ik: hex(each.ik!), ck: hex(each.ck!) });
}

describe('digest responses', () => {
  it('RFC 2617 3.5: the published example', () => {
    const response = digestResponse({
      algorithm: 'MD5',
      username: 'Mufasa',
      realm: 'testrealm@host.com',
      password: Buffer.from('Circle Of Life'),
      method: 'GET',
      uri: '/dir/index.html',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
      nc: '00000001',
      cnonce: '0a4f113b',
      qop: 'auth',
    });
    expect(response).toBe('6629fae49393a05397450978507c4ef1');
  });

  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const)('RFC 7616 3.9.1: the published example with %s', (algorithm, response) => {
    const example = {
      algorithm,
      username: 'Mufasa',
      realm: 'http-auth@example.org',
      method: 'GET',
      uri: '/dir/index.html',
      nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
      nc: '00000001',
      cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
      qop: 'auth',
    } as const;
    const password = Buffer.from('Circle of Life');
    expect(digestResponse({ ...example, password })).toBe(response);
    expect(digestResponse({ ...example, ha1: digestHa1({ ...example, password }) })).toBe(response);
  });

  /** Of the first set of TS 35.208 (RAND, RES, CK, IK) with SQN 33 and AMF 0; computed by another program. */
  it.each([
    ['AKA-31 / RFC 3310 3.3: AKAv1-MD5 with qop', 'AKAv1-MD5', 'auth', undefined, '950c8530ee4edb565b7a544ab5c6d78a'],
    [
      'AKA-31 / RFC 2617 3.2.2.1: AKAv1-MD5 without qop',
      'AKAv1-MD5',
      undefined,
      undefined,
      '26e19a878da8982d53be9cc3d3162629',
    ],
    [
      'AKA-31 / RFC 2617 3.2.2.3: AKAv1-MD5 over an empty body',
      'AKAv1-MD5',
      'auth-int',
      undefined,
      '2f1abe4b44ec971f2ad12026453a4eff',
    ],
    ['AKA-32 / RFC 4169 3: AKAv2-MD5', 'AKAv2-MD5', 'auth', undefined, '89a050e89c906b5c775c34c9e138a91a'],
    [
      'AKA-33 / RFC 3310 3.4: with auts, over the empty password',
      'AKAv1-MD5',
      'auth',
      '',
      '590b51c7088b8b7296fe3c0039f963b7',
    ],
  ] as const)('%s', (_, algorithm, qop, password, response) => {
    const res = hex('a54211d5e3ba50bf');
    const keys = { ck: hex('b40ba9a3c58b2a05bbf0d987b21bf8cb'), ik: hex('f769bcd751044604127672711c6d3441') };
    const secret = algorithm === 'AKAv2-MD5' ? akaV2Password({ res, ...keys }) : res;
    const domain = 'ims.mnc001.mcc001.3gppnetwork.org';
    const input = {
      algorithm,
      username: `001010000000001@${domain}`,
      realm: domain,
      password: password === undefined ? secret : Buffer.from(password),
      method: 'REGISTER',
      uri: `sip:${domain}`,
      nonce: 'I1U8vpY3qJ0hiuZNrke/NaponGSDUQAAn4l+8uekxfg=',
      nc: '00000001',
      cnonce: '6d4f1a2b3c4d5e6f',
      qop,
    };
    expect(digestResponse(input)).toBe(response);
  });

  it('AKA-32 / RFC 4169 3: the password is base64 of HMAC-MD5 over RES, IK and CK in this order', () => {
    const keys = { ck: hex('b40ba9a3c58b2a05bbf0d987b21bf8cb'), ik: hex('f769bcd751044604127672711c6d3441') };
    const password = akaV2Password({ res: hex('a54211d5e3ba50bf'), ...keys });
    expect(password.toString('latin1')).toBe('shzt3q8CWaZnCAWqs3WmEQ==');
  });

  it('AKA-31 / RFC 3310 3.3: RES goes in as raw octets', () => {
    expect(digestResponse(testUsim)).toBe('c0c4c5a9cfc885bb697aa61a2a2c5466');
  });

  (file ? it.each(file.cases) : it.skip.each([{ id: 'the vector file is absent' } as DigestCase]))(
    'AKA-31, AKA-32, AKA-33 / vector file $id',
    (each) => {
      const algorithm = digestAlgorithm(each.algorithm)!;
      const { username, realm, method, uri, nonce, nc, cnonce, qop, body } = each;
      const password = passwordOf(each);
      if (each.password_b64 !== undefined) expect(password.toString('latin1')).toBe(each.password_b64);
      const input = { algorithm, username, realm, password, method, uri, nonce, nc, cnonce, qop, body };
      expect(digestResponse(input)).toBe(each.response);
      if (each.rspauth !== undefined) expect(digestResponse({ ...input, method: '' })).toBe(each.rspauth); // AKA-36
    },
  );

  it('AKA-35: compares whole responses, without regard to hexadecimal case', () => {
    expect(sameResponse('c0c4c5a9cfc885bb697aa61a2a2c5466', 'C0C4C5A9cfc885bb697aa61a2a2c5466')).toBe(true);
    expect(sameResponse('c0c4c5a9cfc885bb697aa61a2a2c5466', 'c0c4c5a9cfc885bb697aa61a2a2c5467')).toBe(false);
    expect(sameResponse('c0c4c5a9cfc885bb697aa61a2a2c5466', '')).toBe(false);
  });

  it('RFC 3261 7.3.1: algorithm names compare without case; others are unknown', () => {
    expect(digestAlgorithm('akav1-md5')).toBe('AKAv1-MD5');
    expect(digestAlgorithm('SHA-512-256')).toBeUndefined();
  });
});
