import type { Random } from '../../../src/environment/index.js';
import { makeBranch, makeTag, slotOfBranch, suffixOfBranch } from '../../../src/sip/transaction/branch.js';

/** Draws that are given, each once. */
function drawing(...values: number[]): Random {
  return { uint32: () => values.shift()! } as unknown as Random;
}

const numbers = [0, 1, 35, 36, 1295, 1296, 60_466_175, 2_176_782_335, 2_176_782_336, 4_294_967_295];

describe('branches and tags (SIP-37, RFC 3261 8.1.1.7, 19.3)', () => {
  it.each(numbers)('%d stands in base 36 as the language itself writes it', (value) => {
    const digits = value.toString(36);
    expect(makeBranch(drawing(value, value), undefined, undefined)).toBe(`z9hG4bK.${digits}${digits.padStart(7, '0')}`);
    expect(makeTag(drawing(value, 36))).toBe(`${digits}10`);
  });

  it.each([0, 9, 10, 35, 36, 4711, 99_999])('slot %d is read from the branch that names it', (slot) => {
    const branch = makeBranch(drawing(5, 6), slot, 'abc-1');
    expect(branch).toBe(`z9hG4bK${slot.toString(36)}.50000006.abc-1`);
    expect([slotOfBranch(branch), suffixOfBranch(branch)]).toEqual([slot, 'abc-1']);
  });

  it.each(['z9hG4bK', 'z9hG4bK.5', 'z9hG4bKA.5', 'z9hG4bK-1.5', 'z9hG4bK1', 'a9hG4bK1.5', 'z9hG4bK1 .5', 'z9hG4bK:.5'])(
    '%s names no slot',
    (branch) => expect(slotOfBranch(branch)).toBe(-1),
  );
});
