import { SeededRandom } from '../../../src/environment/simulated/seeded-random.js';

describe('seeded random', () => {
  it('gives the same draws for the same path', () => {
    const draws = (path: string): number[] => {
      const random = new SeededRandom(path);
      return Array.from({ length: 20 }, () => random.uint32());
    };
    expect(draws('7')).toEqual(draws('7'));
    expect(draws('7')).not.toEqual(draws('8'));
  });

  it('does not let one stream shift another', () => {
    const quiet = new SeededRandom('1').stream('node');
    const root = new SeededRandom('1');
    root.uint32();
    root.stream('other').bytes(100);
    root.stream('node').stream('child').fraction();
    expect(root.stream('node').bytes(40)).toEqual(quiet.bytes(40));
  });

  it('keeps apart a path and its parts', () => {
    const root = new SeededRandom('1');
    const first = ['ab', 'ba', 'a', 'b', 'aa'].map((name) => root.stream(name).uint32());
    expect(new Set(first).size).toBe(first.length);
  });

  it('spreads evenly: means and bit counts of 40,000 draws', () => {
    const random = new SeededRandom('spread');
    let sum = 0;
    const ones = Array<number>(32).fill(0);
    for (let draw = 0; draw < 40_000; draw++) {
      const value = random.uint32();
      sum += value / 2 ** 32;
      for (let bit = 0; bit < 32; bit++) ones[bit]! += (value >>> bit) & 1;
    }
    // Five standard deviations.
    expect(Math.abs(sum / 40_000 - 0.5)).toBeLessThan(0.0073);
    for (const count of ones) expect(Math.abs(count - 20_000)).toBeLessThan(500);
  });

  it('fills buffers of any length to the last octet', () => {
    const random = new SeededRandom('bytes');
    for (let length = 0; length < 12; length++) {
      let union = Buffer.alloc(length);
      for (let draw = 0; draw < 20; draw++) {
        const bytes = random.bytes(length);
        expect(bytes).toHaveLength(length);
        union = Buffer.from(union.map((octet, index) => octet | bytes[index]!));
      }
      expect([...union].every((octet) => octet !== 0)).toBe(true);
    }
  });
});
