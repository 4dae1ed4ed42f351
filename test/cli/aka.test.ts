import { digest } from '../../src/cli/aka-digest.js';
import { auts, check, opc, vector } from '../../src/cli/aka-vector.js';
import { UsageError } from '../../src/lab/errors.js';
import { type MilenageSet, publishedSets } from '../aka/published.js';
import { TestFolder } from '../topology/files.js';
import { vectorFile } from '../vectors.js';
import { captured } from './captured.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

const keys = { k: '465b5ce8b199b49faa5f0a2ee238a6bc', opc: 'cd63cb71954a9f4e48a5994e37a02baf' };
const rand = '23553cbe9637a89d218ae64dae47bf35';
const nonce = 'I1U8vpY3qJ0hiuZNrke/NaponGSDUQAAn4l+8uekxfg=';

async function json(command: () => number): Promise<Record<string, unknown> & { status: number }> {
  const { stdout, status } = await captured(async () => command());
  return { ...(JSON.parse(stdout) as Record<string, unknown>), status };
}

describe('imslab aka vector', () => {
  it.each(publishedSets)('AKA-01, AKA-02: all values of $id', async (set) => {
    const { k, op, rand, sqn, amf } = set;
    const values = await json(() => vector({ k, op, rand, sqn, amf, json: true }));
    const expected = { opc: set.opc, macA: set.f1, macS: set.f1star, res: set.f2, ck: set.f3, ik: set.f4, ak: set.f5 };
    expect(values).toMatchObject({ ...expected, akStar: set.f5star, status: 0 });
    expect(values.out1).toBe(set.f1 + set.f1star);
    expect(String(values.out2)).toMatch(new RegExp(`^${set.f5}....${set.f2}$`));
  });

  const file = vectorFile<{ sets: (MilenageSet & { derived: { kc: string; sres: string } })[] }>('milenage.json');
  (file ? it : it.skip)('AKA-04: the 2G values of the vector file, where it is there', async () => {
    for (const { k, opc, rand, sqn, amf, derived } of file!.sets) {
      const values = await json(() => vector({ k, opc, rand, sqn, amf, json: true }));
      expect(values).toMatchObject({ autn: derived.autn, kc: derived.kc, sres: derived.sres });
    }
  });

  it('takes digits with blanks, colons and 0x, and the sequence number in three spellings', async () => {
    const spelt = { k: '46 5b 5c e8 b1 99 b4 9f aa 5f 0a 2e e2 38 a6 bc', opc: `0x${keys.opc.toUpperCase()}` };
    const values = await Promise.all(
      ['000000000021', '0x21', '33'].map((sqn) =>
        json(() => vector({ ...spelt, rand: rand.replace(/../g, '$&:').slice(0, -1), sqn, json: true })),
      ),
    );
    expect(values.map((each) => each.nonce)).toEqual([nonce, nonce, nonce]);
  });

  it('TS 35.231, AKA-37: TUAK and XOR', async () => {
    const k = '000102030405060708090a0b0c0d0e0f';
    const xor = await json(() => vector({ algorithm: 'xor', k, rand: '00'.repeat(16), json: true }));
    expect(xor).toMatchObject({ autn: '03040506070800000001020304050607', res: k, x: k });
    const tuak = await json(() =>
      vector({
        k: '1574ca56881d05c189c82880f789c9cd4244955f4426aa2b69c29f15770e5aa5',
        top: 'e59f6eb10ea406813f4991b0b9e02f181edf4c7e17b480f66d34da35ee88c95e',
        rand: 'c570aac68cde651fb1e3088322498bef',
        sqn: 'c89bb71f3a41',
        amf: '297d',
        iterations: '2',
        macBits: '256',
        resBits: '256',
        ckBits: '256',
        ikBits: '256',
        json: true,
      }),
    );
    // TS 35.233 6.8
    expect(tuak).toMatchObject({ algorithm: 'tuak', ak: '6aae8d18c448', akStar: '8c5f33b61f4e' });
  });

  it('takes keys, AMF and SQN from a subscriber file, also of a row of subscribers', async () => {
    const people = folder.write(
      'people.yaml',
      `defaults: { amf: "8000" }
subscribers:
  - { count: 5, imsi: "001010000000001", msisdn: "+15550100001", k: ${keys.k}, opc: ${keys.opc}, sqn: 0x21, ind-bits: 0 }
`,
    );
    const options = { subscribers: people, imsi: '001010000000004', rand };
    expect(await json(() => vector({ ...options, json: true }))).toMatchObject({
      ...keys,
      sqn: '000000000021',
      amf: '8000',
    });
    const { stdout } = await captured(async () => vector(options));
    expect(stdout).toMatch(/^SQN .*SEQ 33, IND 0$/m);
  });

  it.each([
    [{}, '--k: is missing; give --k, or --subscribers FILE and --imsi'],
    [{ k: keys.k }, '--opc: is missing, and --op too; give one of them, or --algorithm xor'],
    [{ ...keys, k: '00' }, '--k: has 2 hexadecimal digits; write 32 hexadecimal digits'],
    [{ ...keys, k: 'hello' }, "--k: 'hello' has other characters than hexadecimal digits; write 32 hexadecimal digits"],
    [{ ...keys, op: keys.opc }, '--opc: stands beside --op; keep one of them'],
    [{ ...keys, r: '1,2' }, '--r: has 2 values; write five, separated by commas'],
    [{ ...keys, r: '1,2,3,4,128' }, "--r, value 5: '128' is not from 0 to 127; write a whole number"],
    [
      { ...keys, sqn: '-1' },
      "--sqn: '-1' is no 48-bit sequence number; write 12 hexadecimal digits, 0x…, or a decimal number",
    ],
    [{ algorithm: 'tuak' as const, k: keys.k }, '--topc: is missing, and --top too; give one of them'],
    [
      { k: keys.k, top: '00'.repeat(32), macBits: '65' },
      "--mac-bits: '65' is no length of TUAK; write 64 or 128 or 256",
    ],
    [
      { ...keys, k: Buffer.from(keys.k, 'hex').toString('base64') },
      `--k: '${Buffer.from(keys.k, 'hex').toString('base64')}' has other characters than hexadecimal digits; it looks like base64, and is then ${keys.k}`,
    ],
    [
      { algorithm: 'xor' as const, ...keys },
      '--opc: is of milenage and not of xor; leave it out, or give --algorithm milenage',
    ],
    [{ ...keys, macBits: '64' }, '--mac-bits: is of tuak and not of milenage; leave it out, or give --algorithm tuak'],
    [
      { subscribers: 'subscribers/default', imsi: '001010000000001', opc: keys.opc },
      '--opc: stands beside --subscribers, whose file has the keys; keep one of them',
    ],
    [
      { subscribers: 'README.md', imsi: '1' },
      "--subscribers: 'README.md' is no subscriber file; give one that ends in .yaml",
    ],
    [{ ...keys, imsi: '1' }, '--imsi: needs a file; give --subscribers FILE too'],
    [{ subscribers: 'subscribers/default' }, '--imsi: is missing; say which subscriber of the file it is'],
    [
      { subscribers: 'subscribers/defualt', imsi: '1' },
      "--subscribers: there is no file 'subscribers/defualt'; did you mean 'subscribers/default'?",
    ],
  ])('%j: names the option, what is wrong and how to mend it', (options, message) => {
    expect(() => vector(options)).toThrow(new UsageError(message));
  });
});

describe('imslab aka opc', () => {
  it('AKA-01: OPc from OP', async () => {
    const op = 'cdc202d5123e20f62b6d676ac72cb318';
    expect(await json(() => opc({ k: keys.k, op, json: true }))).toEqual({ opc: keys.opc, status: 0 });
    expect(() => opc({ k: keys.k })).toThrow('--op: is missing; give it, or --top for TUAK');
  });

  it('TS 35.231 6.2: TOPc from TOP', async () => {
    const k = '1574ca56881d05c189c82880f789c9cd4244955f4426aa2b69c29f15770e5aa5';
    const top = 'e59f6eb10ea406813f4991b0b9e02f181edf4c7e17b480f66d34da35ee88c95e';
    const { stdout } = await captured(async () => opc({ k, top, iterations: '2' }));
    expect(stdout).toContain('b04a66f26c62fcd6c82de22a179ab65506ecf47f56245cd149966cfa9cec7a51');
  });
});

describe('imslab aka check', () => {
  it('TS 33.102 6.3.2, 6.3.3: AUTN and AUTS have no room for a longer MAC of TUAK', () => {
    const tuak = { k: keys.k, topc: '00'.repeat(32), macBits: '128', rand };
    const message = '--mac-bits: AUTN and AUTS have room for 64 bits (TS 33.102 6.3.2, 6.3.3); leave it out';
    expect(() => check({ ...tuak, autn: '00'.repeat(16) })).toThrow(message);
    expect(() => auts({ ...tuak, sqnMs: '5' })).toThrow(message);
  });

  it('what is said twice, and a nonce in hexadecimal digits, are refused', () => {
    expect(() => check({ ...keys, nonce, rand })).toThrow('--nonce: has RAND and AUTN already; leave out');
    expect(() => check({ ...keys, nonce: '00'.repeat(32) })).toThrow('--nonce: is not base64 of RAND and AUTN');
    expect(() => auts({ ...keys, rand, auts: 'zzz' })).toThrow("--auts: 'zzz' is not an AUTS of 14 octets; write 28");
    expect(() => auts({ ...keys, rand, auts: 'RR6L7KvaTuJ+uxqdPDY=', sqnMs: '1' })).toThrow('--sqn-ms: stands beside');
  });

  it('AKA-11: RES, CK, IK where MAC and SQN are right', async () => {
    const values = await json(() => check({ ...keys, nonce, json: true }));
    expect(values).toMatchObject({ outcome: 'ok', res: 'a54211d5e3ba50bf', sqn: '000000000021', status: 0 });
  });

  it('AKA-12: a SQN that the card does not take gives AUTS', async () => {
    const values = await json(() => check({ ...keys, nonce, sqnMs: '0xfe1', json: true }));
    expect(values).toMatchObject({ outcome: 'syncFailure', auts: '451e8becabda4ee27ebb1a9d3c36', status: 1 });
    const far = await json(() => check({ ...keys, nonce, sqnMs: '0', delta: '1', indBits: '0', json: true }));
    expect(far).toMatchObject({ outcome: 'syncFailure', status: 1 });
  });

  it('AKA-01: a wrong MAC comes with the mistake that explains it', async () => {
    const { k } = keys;
    const values = await json(() => check({ k, opc: 'cdc202d5123e20f62b6d676ac72cb318', nonce, json: true }));
    expect(values).toMatchObject({ outcome: 'macFailure', cause: 'opcIsOp', status: 1 });
  });

  it('says what is missing', () => {
    expect(() => check({ ...keys, rand })).toThrow('--autn: is missing; give --rand and --autn, or --nonce');
    expect(() => check({ ...keys, nonce: 'abc' })).toThrow(/^--nonce: is not base64 of RAND and AUTN/);
  });
});

describe('imslab aka auts', () => {
  it('AKA-12: makes one and opens it, in hexadecimal digits and as in Authorization', async () => {
    const made = await json(() => auts({ ...keys, rand, sqnMs: '0xfe1', json: true }));
    expect(made).toMatchObject({ auts: '451e8becabda4ee27ebb1a9d3c36', autsParameter: 'RR6L7KvaTuJ+uxqdPDY=' });
    for (const given of ['451e8becabda4ee27ebb1a9d3c36', 'RR6L7KvaTuJ+uxqdPDY=']) {
      const opened = await json(() => auts({ ...keys, rand, auts: given, json: true }));
      expect(opened).toMatchObject({ outcome: 'ok', sqnMs: '000000000fe1', status: 0 });
    }
  });

  it('AKA-13: one that does not verify comes with the mistake', async () => {
    const opened = await json(() => auts({ ...keys, opc: rand, rand, auts: 'RR6L7KvaTuJ+uxqdPDY=', json: true }));
    expect(opened).toMatchObject({ outcome: 'macFailure', cause: 'autsOfAnotherChallenge', status: 1 });
    expect(() => auts({ ...keys, rand })).toThrow(
      '--sqn-ms: is missing; give it to make an AUTS, or --auts to open one',
    );
  });
});

describe('imslab aka digest', () => {
  interface DigestCase {
    readonly id: string;
    readonly algorithm: 'MD5' | 'SHA-256' | 'AKAv1-MD5' | 'AKAv2-MD5';
    readonly [name: string]: string;
  }
  const file = vectorFile<{ cases: DigestCase[] }>('aka-digest.json');
  const absent = [{ id: 'the vector file is absent', algorithm: 'MD5' } as DigestCase];

  (file ? it.each(file.cases.filter((each) => each.response)) : it.skip.each(absent))(
    'AKA-31 to AKA-33 / vector file $id',
    async ({ algorithm, qop = 'none', method, nc, cnonce, body, ha1, ha2, response, ...rest }) => {
      const { username, realm, uri, nonce, password, auts } = rest;
      const secret = auts ? { digest: 'MD5', password: '' } : algorithm.startsWith('AKA') ? rest : { password };
      const { res, ck, ik } = secret as Record<string, string | undefined>;
      const values = await json(() =>
        digest({
          digest: 'digest' in secret ? 'MD5' : algorithm,
          qop,
          method: method!,
          nc: nc ?? '',
          cnonce: cnonce ?? '',
          ...(body !== undefined && { body }),
          ...(res !== undefined && { res }),
          ...(ck !== undefined && { ck }),
          ...(ik !== undefined && { ik }),
          ...('password' in secret && { password: secret.password! }),
          username: username!,
          realm: realm!,
          uri: uri!,
          nonce: nonce!,
          json: true,
        }),
      );
      expect(values).toMatchObject({ response, ...(ha1 && { ha1 }), ...(ha2 && { ha2 }), status: 0 });
    },
  );

  it('AKA-31: shows A1 with RES as raw octets, computed from the nonce and the keys', async () => {
    const realm = 'ims.mnc001.mcc001.3gppnetwork.org';
    const username = `001010000000001@${realm}`;
    const base = { digest: 'akav1-md5', method: 'REGISTER', qop: 'auth', nc: '00000001', cnonce: '6d4f1a2b3c4d5e6f' };
    const values = await json(() => digest({ ...base, ...keys, username, realm, nonce, json: true }));
    expect(values).toMatchObject({
      a1: `${username}:${realm}:\\xa5B\\x11\\xd5\\xe3\\xbaP\\xbf`,
      a2: `REGISTER:sip:${realm}`,
      response: '950c8530ee4edb565b7a544ab5c6d78a',
    });
    expect(() => digest({ ...base, ...keys, realm, nonce })).toThrow(/^--username: is missing/);
    expect(() => digest({ ...base, digest: 'MD4', realm, nonce })).toThrow(/^--digest: 'MD4' is unknown/);
    expect(() => digest({ ...base, digest: 'AKAv2-MD5', username, realm, nonce, res: 'a54211d5e3ba50bf' })).toThrow(
      /^--ck: is missing/,
    );
  });
});
