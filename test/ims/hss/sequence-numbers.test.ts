/** Sequence numbers by private identity, against a Map. */
import fc from 'fast-check';
import {
  type SequenceNumbers,
  sequenceEntries,
  sequenceNumbers,
  sqnOf,
  withoutSqn,
  withSqn,
} from '../../../src/ims/hss/sequence-numbers.js';

const identity = fc.constantFrom('a@x', 'b@x', 'c@x');
const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), identity, sqn: fc.bigInt(0n, (1n << 48n) - 1n) }),
  fc.record({ kind: fc.constant('delete' as const), identity }),
);

describe('sequence numbers of a subscription', () => {
  it('AKA-24: has for each card what was counted last, as a Map has it, and changes none in place', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const model = new Map<string, bigint>();
        let numbers: SequenceNumbers;
        for (const each of steps) {
          const before = [...sequenceEntries(numbers)];
          const old = numbers;
          if (each.kind === 'set') {
            model.set(each.identity, each.sqn);
            numbers = withSqn(numbers, each.identity, each.sqn);
          } else {
            model.delete(each.identity);
            numbers = withoutSqn(numbers, each.identity);
          }
          expect([...sequenceEntries(old)]).toEqual(before);
          expect(new Map(sequenceEntries(numbers))).toEqual(model);
        }
        for (const name of ['a@x', 'b@x', 'c@x']) expect(sqnOf(numbers, name)).toBe(model.get(name));
        expect(new Map(sequenceEntries(sequenceNumbers(model)))).toEqual(model);
      }),
    );
  });
});
