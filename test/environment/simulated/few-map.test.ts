import fc from 'fast-check';
import { FewMap } from '../../../src/environment/simulated/few-map.js';

describe('FewMap', () => {
  it('holds what a map would hold', () => {
    const step = fc.record({
      key: fc.integer({ min: 1, max: 4 }),
      bound: fc.option(fc.integer(), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) => {
        const table = new FewMap<number, number>();
        const map = new Map<number, number>();
        for (const { key, bound } of steps) {
          if (bound === undefined) {
            table.delete(key);
            map.delete(key);
          } else {
            table.set(key, bound);
            map.set(key, bound);
          }
          expect([...table.values()].sort()).toEqual([...map.values()].sort());
          for (const each of [1, 2, 3, 4]) {
            expect(table.get(each)).toBe(map.get(each));
            expect(table.has(each)).toBe(map.has(each));
          }
        }
      }),
    );
  });
});
