import fc from 'fast-check';
import { PortTable } from '../../../src/environment/simulated/port-table.js';

describe('PortTable', () => {
  it('holds what a map would hold', () => {
    const step = fc.record({
      port: fc.integer({ min: 1, max: 4 }),
      bound: fc.option(fc.integer(), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) => {
        const table = new PortTable<number>();
        const map = new Map<number, number>();
        for (const { port, bound } of steps) {
          if (bound === undefined) {
            table.delete(port);
            map.delete(port);
          } else {
            table.set(port, bound);
            map.set(port, bound);
          }
          expect([...table.all()].sort()).toEqual([...map.values()].sort());
          for (const each of [1, 2, 3, 4]) {
            expect(table.get(each)).toBe(map.get(each));
            expect(table.has(each)).toBe(map.has(each));
          }
        }
      }),
    );
  });
});
