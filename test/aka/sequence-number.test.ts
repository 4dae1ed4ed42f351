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

  it('AKA-20: IND may have any number of bits from 0 to 16', () => {
    const nexts = [0, 3, 8].map((indBits) => new AucSqnCounter({ indBits, ind: 0, last: 0x1234n }).next());
    expect(nexts).toEqual([0x1235n, 0x1238n, 0x1300n]);
    expect(() => new AucSqnCounter({ indBits: 17 })).toThrow(RangeError);
    expect(() => new UsimSqnWindow({ indBits: -1 })).toThrow(RangeError);
    expect(() => new AucSqnCounter({ indBits: 1, ind: 2 })).toThrow(RangeError);
    expect(() => new AucSqnCounter().next({ ind: 32 })).toThrow(RangeError);
  });

  it('AKA-23: domains share SEQ_HE and have an IND each', () => {
    const counter = new AucSqnCounter();
    expect([counter.next(), counter.next({ ind: 0 }), counter.next()]).toEqual([sqn(1n, 2n), sqn(2n, 0n), sqn(3n, 2n)]);
  });

  it('AKA-25: a SQN of a database that adds 1 or 32 a vector is imported as one integer, and the card goes on', () => {
    const start = 0x1000_0003n;
    for (const step of [1n, 32n]) {
      const card = new UsimSqnWindow({ startingAt: start });
      let last = start;
      for (let vector = 0; vector < 100; vector++) {
        last += step;
        card.accept(last);
      }
      for (const ind of [0, 2, 'rotating'] as const) {
        expect(card.isAcceptable(new AucSqnCounter({ last, ind }).next())).toBe(true);
      }
    }
    expect(() => new AucSqnCounter({ last: 1n << 48n })).toThrow(RangeError);
  });
});

describe('AKA-22: the profiles of TS 33.102 C.3', () => {
  const sequences = (counter: AucSqnCounter, ...times: number[]) => times.map((nowMs) => counter.next({ nowMs }) >> 5n);

  it('profile 1, partly time based: the clock where it is ahead, else the next one', () => {
    const counter = new AucSqnCounter({ profile: 'partly-time-based', last: sqn(100n, 0n), nowMs: 5_000_000 });
    // Steps of a second; three in one second; a clock that went back.
    expect(sequences(counter, 5_000_000, 5_010_000, 5_010_500, 5_010_999, 5_001_000, 5_011_000, 5_020_000)).toEqual([
      101n,
      110n,
      111n,
      112n,
      113n,
      114n,
      120n,
    ]);
  });

  it('profile 3, time based: steps of 0.1 s', () => {
    const counter = new AucSqnCounter({ profile: 'time-based', last: sqn(100n, 0n) });
    expect(sequences(counter, 1000, 1099, 1200, 60_000)).toEqual([110n, 111n, 112n, 700n]);
  });

  it('after AUTS profile 3 runs with the clock from SQN_MS on, profile 1 waits for its clock', () => {
    const continued = (profile: 'partly-time-based' | 'time-based') => {
      const counter = new AucSqnCounter({ profile, last: 0n });
      counter.reset(sqn(1_000_000n, 3n), { nowMs: 10_000 });
      return sequences(counter, 10_000, 20_000);
    };
    expect(continued('partly-time-based')).toEqual([1_000_001n, 1_000_002n]);
    expect(continued('time-based')).toEqual([1_000_001n, 1_000_100n]);
  });

  it('AKA-24: a clock beyond the end takes no step away', () => {
    const last = (1n << 48n) - 64n;
    const counter = new AucSqnCounter({ profile: 'time-based', last });
    expect([counter.next({ nowMs: 1e6 }), counter.isExhausted]).toEqual([last + 32n + 2n, true]);
    expect(() => counter.next({ nowMs: 1e6 })).toThrow(RangeError);
  });
});

describe('HSS and card together', () => {
  const profile = fc.constantFrom('sequence' as const, 'partly-time-based' as const, 'time-based' as const);
  /** A domain asks for a vector, or uses the oldest one that it has; time passes. */
  const step = fc.record({ ask: fc.boolean(), domain: fc.nat(3), passesMs: fc.nat(100_000) });

  it('AKA-21, AKA-23: domains with an IND each that use their vectors in order never leave synchronisation', () => {
    fc.assert(
      fc.property(
        profile,
        fc.integer({ min: 2, max: 8 }),
        fc.bigInt({ min: 0n, max: 1n << 40n }),
        fc.array(step, { maxLength: 80 }),
        (profile, indBits, last, steps) => {
          const counter = new AucSqnCounter({ profile, indBits, ind: 0, last });
          const card = new UsimSqnWindow({ indBits, startingAt: last });
          const held: bigint[][] = [[], [], [], []];
          let nowMs = 0;
          for (const { ask, domain, passesMs } of steps) {
            nowMs += passesMs;
            if (ask) held[domain]!.push(counter.next({ nowMs, ind: domain }));
            else expect(held[domain]!.splice(0, 1).every((each) => card.accept(each))).toBe(true);
          }
        },
      ),
    );
  });

  it('AKA-21: one array entry, used out of order, takes a vector only if it is newer than all taken before', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 1 }), (order) => {
        const counter = new AucSqnCounter();
        const vectors = Array.from({ length: 8 }, () => counter.next());
        const card = new UsimSqnWindow();
        let newest = 0;
        for (const place of order) {
          expect(card.accept(vectors[place - 1]!)).toBe(place > newest);
          newest = Math.max(newest, place);
        }
      }),
    );
  });

  it('AKA-21, AKA-22: with a rotating IND up to 32 vectors in a row may be used in any order', () => {
    const places = Array.from({ length: 32 }, (_, place) => place);
    fc.assert(
      fc.property(
        fc.shuffledSubarray(places, { minLength: 1 }),
        fc.bigInt({ min: 0n, max: 1n << 40n }),
        (order, last) => {
          const counter = new AucSqnCounter({ ind: 'rotating', last });
          const card = new UsimSqnWindow({ startingAt: last });
          const vectors = places.map(() => counter.next());
          for (const place of order) expect(card.accept(vectors[place]!)).toBe(true);
          for (const place of order) expect(card.accept(vectors[place]!)).toBe(false);
        },
      ),
    );
  });

  it('AKA-21 / TS 33.102 C.2.3: an age limit refuses just what is too far behind the newest', () => {
    const sequence = fc.bigInt({ min: 0n, max: 200n });
    fc.assert(
      fc.property(sequence, sequence, fc.bigInt({ min: 1n, max: 100n }), (newest, later, ageLimit) => {
        const card = new UsimSqnWindow({ ageLimit });
        card.accept(sqn(newest, 0n));
        expect(card.isAcceptable(sqn(later, 1n))).toBe(later > 0n && newest - later < ageLimit);
      }),
    );
  });
});
