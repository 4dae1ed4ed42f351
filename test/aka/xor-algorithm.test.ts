import { authenticationFunctions, generateAuts, generateVector, XorKey } from '../../src/aka/index.js';
import { vectorFile } from '../vectors.js';
import { hex } from './published.js';

interface DigestCase {
  readonly id: string;
  readonly aka?: string;
  readonly k: string;
  readonly rand: string;
  readonly sqn: string;
  readonly amf: string;
  readonly autn: string;
  readonly res: string;
  readonly ck: string;
  readonly ik: string;
  readonly ak: string;
}

const file = vectorFile<{ cases: DigestCase[] }>('aka-digest.json');
const cases = file?.cases.filter(({ aka }) => aka?.includes('XOR'));

describe('the test algorithm of TS 34.108 8.1.2', () => {
  it('AKA-37: agrees with the output of another implementation', () => {
    const key = authenticationFunctions({ algorithm: 'xor', k: hex('000102030405060708090a0b0c0d0e0f') });
    const rand = hex('34'.repeat(16));
    const vector = generateVector({ key, rand, sqn: 1n, amf: hex('8000') });
    expect(vector.xres.toString('hex')).toBe('34353637303132333c3d3e3f38393a3b');
    expect(vector.ck.toString('hex')).toBe('353637303132333c3d3e3f38393a3b34');
    expect(vector.ik.toString('hex')).toBe('3637303132333c3d3e3f38393a3b3435');
    expect(vector.autn.toString('hex')).toBe('37303132333d80003435363730 30b233'.replace(' ', ''));
    expect(key.f5Star(rand).toString('hex')).toBe('37303132333c');
    expect(key.f1(rand, hex('000000000001'), hex('8000')).macS.toString('hex')).toBe('343536373030b233');
    // AMF* of AUTS is zero.
    expect(generateAuts({ key, rand, sqnMs: 1n }).toString('hex')).toBe('37303132333d3435363730303233');
  });

  (cases ? it.each(cases) : it.skip.each([{ id: 'the vector file is absent' } as DigestCase]))(
    'AKA-37 / vector file $id',
    ({ k, rand, sqn, amf, ...expected }) => {
      const key = new XorKey(hex(k));
      const vector = generateVector({ key, rand: hex(rand), sqn: hex(sqn), amf: hex(amf) });
      const found = { autn: vector.autn, res: vector.xres, ck: vector.ck, ik: vector.ik, ak: key.f5(hex(rand)) };
      for (const [name, value] of Object.entries(found)) {
        expect(`${name} ${value.toString('hex')}`).toBe(`${name} ${expected[name as keyof typeof found]}`);
      }
    },
  );

  it('refuses values of a wrong length', () => {
    expect(() => new XorKey(Buffer.alloc(32))).toThrow(RangeError);
    expect(() => new XorKey(Buffer.alloc(16)).f5(Buffer.alloc(8))).toThrow(RangeError);
    expect(() => new XorKey(Buffer.alloc(16)).f1(Buffer.alloc(16), Buffer.alloc(6), Buffer.alloc(1))).toThrow(
      RangeError,
    );
  });
});
