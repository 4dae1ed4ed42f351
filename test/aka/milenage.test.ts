import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { encryptBlock, expandKey } from '../../src/aka/aes128.js';
import {
  computeOpc,
  generateAuts,
  generateVector,
  MilenageKey,
  milenage,
  standardConstants,
} from '../../src/aka/index.js';
import { vectorFile } from '../vectors.js';
import { hex, type MilenageSet, publishedSets } from './published.js';

const file = vectorFile<{ sets: MilenageSet[] }>('milenage.json');
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((a) => Buffer.from(a));

function aes(key: Buffer, plain: Buffer): string {
  const block = new Int32Array(4);
  for (let i = 0; i < 4; i++) block[i] = plain.readInt32BE(4 * i);
  encryptBlock(expandKey(key), block);
  return Array.from(block, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

function expectSet(set: MilenageSet): void {
  const k = hex(set.k);
  const opc = computeOpc(k, hex(set.op));
  expect(opc.toString('hex')).toBe(set.opc); // AKA-01
  const out = milenage(k, opc, hex(set.rand), hex(set.sqn), hex(set.amf));
  expect({
    f1: out.macA.toString('hex'),
    f1star: out.macS.toString('hex'),
    f2: out.res.toString('hex'),
    f3: out.ck.toString('hex'),
    f4: out.ik.toString('hex'),
    f5: out.ak.toString('hex'),
    f5star: out.akStar.toString('hex'),
  }).toEqual({
    f1: set.f1,
    f1star: set.f1star,
    f2: set.f2,
    f3: set.f3,
    f4: set.f4,
    f5: set.f5,
    f5star: set.f5star,
  });
}

describe('AES-128', () => {
  it('FIPS 197 Appendix B and C.1 examples', () => {
    expect(aes(hex('2b7e151628aed2a6abf7158809cf4f3c'), hex('3243f6a8885a308d313198a2e0370734'))).toBe(
      '3925841d02dc09fbdc118597196a0b32',
    );
    expect(aes(hex('000102030405060708090a0b0c0d0e0f'), hex('00112233445566778899aabbccddeeff'))).toBe(
      '69c4e0d86a7b0430d8cdb78070b4c55a',
    );
  });

  it('equals the native cipher for any key and block', () => {
    fc.assert(
      fc.property(octets(16), octets(16), (key, plain) => {
        const native = createCipheriv('aes-128-ecb', key, null).update(plain).toString('hex');
        expect(aes(key, plain)).toBe(native);
      }),
    );
  });
});

describe('Milenage', () => {
  it.each(publishedSets)('AKA-01, AKA-02 / $id', expectSet);

  (file ? it.each(file.sets) : it.skip.each([{ id: 'the vector file is absent' } as MilenageSet]))(
    'AKA-02, AKA-10, AKA-12 / vector file $id',
    (set) => {
      expectSet(set);
      const key = new MilenageKey(hex(set.k), hex(set.opc));
      const vector = generateVector({ key, rand: hex(set.rand), sqn: hex(set.sqn), amf: hex(set.amf) });
      expect(vector.autn.toString('hex')).toBe(set.derived!.autn);
      const auts = generateAuts({ key, rand: hex(set.rand), sqnMs: BigInt(`0x${set.sqn}`) });
      expect(auts.toString('hex')).toBe(set.derived!.auts_for_same_sqn_amf0000);
    },
  );

  it('AKA-03: other constants give other outputs, the standard ones passed by value the same', () => {
    const set = publishedSets[0]!;
    const same = { c: standardConstants.c.map((c) => Buffer.from(c)), r: [...standardConstants.r] };
    const key = new MilenageKey(hex(set.k), hex(set.opc), same);
    expect(key.f5Star(hex(set.rand)).toString('hex')).toBe(set.f5star);
    const other = new MilenageKey(hex(set.k), hex(set.opc), { c: same.c, r: [64, 0, 32, 64, 97] });
    expect(other.f5Star(hex(set.rand)).toString('hex')).not.toBe(set.f5star);
    expect(other.f2345(hex(set.rand)).ck.toString('hex')).toBe(set.f3);
  });

  it('refuses values of a wrong length', () => {
    const set = publishedSets[0]!;
    expect(() => new MilenageKey(hex('00'), hex(set.opc))).toThrow(RangeError);
    expect(() => new MilenageKey(hex(set.k), hex('00'))).toThrow(RangeError);
    expect(() => new MilenageKey(hex(set.k), hex(set.opc)).f5(hex('00'))).toThrow(RangeError);
    expect(() => new MilenageKey(hex(set.k), hex(set.opc)).f1(hex(set.rand), hex('00'), hex('0000'))).toThrow(
      RangeError,
    );
  });
});
