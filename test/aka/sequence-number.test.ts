import fc from 'fast-check';
import { AucSqnCounter, decodeSqn, encodeSqn, UsimSqnWindow } from '../../src/aka/index.js';

const sqn = (sequence: bigint, ind: bigint) => (sequence << 5n) | ind;

describe('the SQN array of the USIM', () => {
  it('AKA-21 / TS 33.102 C.2.2: each IND has a SEQ of its own, so vectors of several domains may cross', () => {
    const window = new UsimSqnWindow();
    expect(window.accept(sqn(10n, 2n))).toBe(true);
    expect(window.accept(sqn(9n, 3n))).toBe(true);
    expect(window.accept(sqn(9n, 2n))).toBe(false);
    expect(window.accept(sqn(10n, 2n))).toBe(false);
    expect(window.accept(sqn(11n, 2n))).toBe(true);
    expect(window.highest).toBe(sqn(11n, 2n));
  });

  it('AKA-12: SQN_MS is the highest SQN accepted so far, not the last', () => {
    const window = new UsimSqnWindow();
    window.accept(sqn(20n, 0n));
    window.accept(sqn(7n, 1n));
    expect(window.highest).toBe(sqn(20n, 0n));
  });

  it('AKA-21 / TS 33.102 C.2.1: a jump of more than delta is refused', () => {
    const delta = 1n << 28n;
    expect(new UsimSqnWindow().accept(sqn(delta, 0n))).toBe(true);
    expect(new UsimSqnWindow().accept(sqn(delta + 1n, 0n))).toBe(false);
  });

  it('AKA-21 / TS 33.102 C.2.3: with an age limit an old SEQ is refused', () => {
    const window = new UsimSqnWindow({ ageLimit: 5n });
    window.accept(sqn(20n, 0n));
    expect(window.isAcceptable(sqn(15n, 1n))).toBe(false);
    expect(window.isAcceptable(sqn(16n, 1n))).toBe(true);
  });

  it('AKA-20: IND may have no bits at all', () => {
    const window = new UsimSqnWindow({ indBits: 0 });
    expect([window.accept(5n), window.accept(5n), window.accept(4n), window.accept(6n)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it('AKA-21: nothing is accepted twice', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 2000n }), { maxLength: 60 }), (sqns) => {
        const window = new UsimSqnWindow();
        const accepted = sqns.filter((each) => window.accept(each));
        expect(new Set(accepted).size).toBe(accepted.length);
      }),
    );
  });
});

describe('the SQN counter of the HSS', () => {
  it('AKA-23: the IND of Cx vectors is fixed, SEQ steps by one', () => {
    const counter = new AucSqnCounter();
    expect([counter.next(), counter.next(), counter.next()]).toEqual([sqn(1n, 2n), sqn(2n, 2n), sqn(3n, 2n)]);
    expect(new AucSqnCounter({ ind: 7 }).next()).toBe(sqn(1n, 7n));
  });

  it('AKA-22 / TS 33.102 C.1.1.2: SEQ and IND both step, IND modulo 32', () => {
    const counter = new AucSqnCounter({ ind: 'rotating', last: sqn(4n, 30n) });
    expect([counter.next(), counter.next(), counter.next()]).toEqual([sqn(5n, 31n), sqn(6n, 0n), sqn(7n, 1n)]);
  });

  it('AKA-24: the end of the counter is an error and leaves it unchanged', () => {
    const last = (1n << 48n) - 1n;
    const counter = new AucSqnCounter({ last });
    expect(counter.isExhausted).toBe(true);
    expect(() => counter.next()).toThrow(RangeError);
    expect(counter.last).toBe(last);
    // An AUTS may still bring it back.
    expect(counter.nextIsAcceptableTo(0n)).toBe(false);
    counter.reset(0n);
    expect([counter.isExhausted, counter.next()]).toEqual([false, sqn(1n, 2n)]);
  });

  it('AKA-20: a SQN is six octets', () => {
    expect(encodeSqn(0xff9bb4d0b607n).toString('hex')).toBe('ff9bb4d0b607');
    expect(decodeSqn(Buffer.from('ff9bb4d0b607', 'hex'))).toBe(0xff9bb4d0b607n);
    expect(() => encodeSqn(1n << 48n)).toThrow(RangeError);
    expect(() => decodeSqn(Buffer.alloc(5))).toThrow(RangeError);
  });
});
