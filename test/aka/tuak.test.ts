import fc from 'fast-check';
import {
  authenticationFunctions,
  checkAutn,
  computeTopc,
  generateVector,
  TuakKey,
  UsimSqnWindow,
} from '../../src/aka/index.js';
import { keccakF1600 } from '../../src/aka/keccak.js';
import { vectorFile } from '../vectors.js';
import { hex } from './published.js';

interface TuakSet {
  readonly id: string;
  readonly keccak_iterations: number;
  readonly mac_bits: 64 | 128 | 256;
  readonly res_bits: 32 | 64 | 128 | 256;
  readonly ck_bits: 128 | 256;
  readonly ik_bits: 128 | 256;
  readonly k: string;
  readonly rand: string;
  readonly sqn: string;
  readonly amf: string;
  readonly top: string;
  readonly topc: string;
  readonly f1: string;
  readonly f1star: string;
  readonly f2: string;
  readonly f3: string;
  readonly f4: string;
  readonly f5: string;
  readonly f5star: string;
}

/** TS 35.233 6.8: the longest of everything, two iterations. */
const published: TuakSet = {
  id: 'TS 35.233 6.8',
  keccak_iterations: 2,
  mac_bits: 256,
  res_bits: 256,
  ck_bits: 256,
  ik_bits: 256,
  k: '1574ca56881d05c189c82880f789c9cd4244955f4426aa2b69c29f15770e5aa5',
  rand: 'c570aac68cde651fb1e3088322498bef',
  sqn: 'c89bb71f3a41',
  amf: '297d',
  top: 'e59f6eb10ea406813f4991b0b9e02f181edf4c7e17b480f66d34da35ee88c95e',
  topc: 'b04a66f26c62fcd6c82de22a179ab65506ecf47f56245cd149966cfa9cec7a51',
  f1: '90d2289ed1ca1c3dbc2247bb480d431ac71d2e4a7677f6e997cfddb0cbad88b7',
  f1star: '427355dbac30e825063aba61b556e87583abac638e3ab01c4c884ad9d458dc2f',
  f2: 'd67e6e64590d22eecba7324afa4af4460c93f01b24506d6e12047d789a94c867',
  f3: 'ede57edfc57cdffe1aae75066a1b7479bbc3837438e88d37a801cccc9f972b89',
  f4: '48ed9299126e5057402fe01f9201cf25249f9c5c0ed2afcf084755daff1d3999',
  f5: '6aae8d18c448',
  f5star: '8c5f33b61f4e',
};

const file = vectorFile<{ sets: TuakSet[]; keccak_f1600: { in: string; out: string }[] }>('tuak.json');
const absent = 'the vector file is absent';

function expectSet(set: TuakSet): void {
  expect(computeTopc(hex(set.k), hex(set.top), set.keccak_iterations).toString('hex')).toBe(set.topc);
  const key = new TuakKey({
    k: hex(set.k),
    topc: hex(set.topc),
    iterations: set.keccak_iterations,
    macBits: set.mac_bits,
    resBits: set.res_bits,
    ckBits: set.ck_bits,
    ikBits: set.ik_bits,
  });
  const rand = hex(set.rand);
  const { macA, macS } = key.f1(rand, hex(set.sqn), hex(set.amf));
  const { res, ck, ik, ak } = key.f2345(rand);
  const found = { f1: macA, f1star: macS, f2: res, f3: ck, f4: ik, f5: ak, f5star: key.f5Star(rand) };
  for (const [name, value] of Object.entries(found)) {
    expect(`${name} ${value.toString('hex')}`).toBe(`${name} ${set[name as keyof typeof found]}`);
  }
  expect(key.f5(rand)).toEqual(ak);
}

function permuted(input: string): string {
  const octets = hex(input);
  const state = new Int32Array(50).map((_, word) => octets.readInt32LE(4 * word));
  keccakF1600(state);
  const output = Buffer.alloc(200);
  state.forEach((word, index) => {
    output.writeInt32LE(word, 4 * index);
  });
  return output.toString('hex');
}

describe('Keccak-f[1600]', () => {
  it('permutes the state of zeros as published', () => {
    // The first lanes of the intermediate values that the Keccak team publishes for the state of zeros.
    const lanes = permuted('00'.repeat(200));
    expect(lanes.slice(0, 32)).toBe('e7dde140798f25f18a47c033f9ccd584');
  });

  (file ? it.each(file.keccak_f1600) : it.skip.each([{ in: absent, out: '' }]))(
    'vector file %#',
    ({ in: input, out }) => {
      expect(permuted(input)).toBe(out);
    },
  );
});

describe('TUAK', () => {
  it(published.id, () => expectSet(published));

  (file ? it.each(file.sets) : it.skip.each([{ id: absent } as TuakSet]))('TS 35.231 6 / vector file $id', expectSet);

  it('AKA-11: any generated AUTN is accepted, with K of 128 and of 256 bits', () => {
    const octets = (length: number) =>
      fc.uint8Array({ minLength: length, maxLength: length }).map((a) => Buffer.from(a));
    const anyKey = fc.oneof(octets(16), octets(32));
    const sqn = fc.bigInt({ min: 32n, max: (1n << 33n) - 1n });
    fc.assert(
      fc.property(anyKey, octets(32), octets(16), octets(2), sqn, (k, topc, rand, amf, sqn) => {
        const key = authenticationFunctions({ algorithm: 'tuak', k, topc });
        const vector = generateVector({ key, amf, sqn, rand });
        const outcome = checkAutn({ key, rand, autn: vector.autn, sqnState: new UsimSqnWindow() });
        expect(outcome).toEqual({ outcome: 'ok', sqn, res: vector.xres, ck: vector.ck, ik: vector.ik });
      }),
    );
  });

  it('refuses values of a wrong length', () => {
    const [k, topc] = [Buffer.alloc(16), Buffer.alloc(32)];
    expect(() => new TuakKey({ k: Buffer.alloc(17), topc })).toThrow(RangeError);
    expect(() => new TuakKey({ k, topc: k })).toThrow(RangeError);
    expect(() => new TuakKey({ k, topc, iterations: 0 })).toThrow(RangeError);
    expect(() => computeTopc(k, k)).toThrow(RangeError);
    expect(() => new TuakKey({ k, topc }).f5(Buffer.alloc(15))).toThrow(RangeError);
    expect(() => new TuakKey({ k, topc }).f1(k, Buffer.alloc(5), Buffer.alloc(2))).toThrow(RangeError);
  });
});
