import fc from 'fast-check';
import { TimerWheel, type WheelTimer } from '../../../src/environment/real/timer-wheel.js';

interface Entry {
  readonly number: number;
  readonly due: number;
  readonly timer: WheelTimer;
}

type Step = { readonly kind: 'add' | 'cancel' | 'advance'; readonly value: number; readonly scale: number };

const scale = fc.constantFrom(1, 1, 16, 256, 4096, 65_536, 2 ** 24, 2 ** 32);
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('add', 'add', 'add', 'advance', 'cancel'),
  value: fc.nat(600),
  scale,
});

/** Runs steps on a wheel and on a plain list; returns what each has fired, as `number@tick`. */
function drive(start: number, steps: readonly Step[]): [string[], string[]] {
  const wheel = new TimerWheel(start);
  let waiting: Entry[] = [];
  const fired: string[] = [];
  const expected: string[] = [];
  let now = start;
  let count = 0;
  for (const { kind, value, scale } of steps) {
    if (kind === 'add') {
      const number = count++;
      const due = Math.max(now + value * scale, now + 1);
      const timer = wheel.add(now + value * scale, () => fired.push(`${number}@${wheel.currentTick}`));
      waiting.push({ number, due, timer });
    } else if (kind === 'cancel') {
      const entry = waiting[value % Math.max(1, waiting.length)];
      if (entry === undefined) continue;
      entry.timer.cancel();
      waiting = waiting.filter((candidate) => candidate !== entry);
    } else {
      // Not further than the wheel can walk in a test.
      now += value * Math.min(scale, 65_536);
      wheel.advance(now);
      const due = waiting.filter((entry) => entry.due <= now).sort((a, b) => a.due - b.due || a.number - b.number);
      waiting = waiting.filter((entry) => entry.due > now);
      expected.push(...due.map(({ number, due: tick }) => `${number}@${tick}`));
    }
    const soonest = Math.min(...waiting.map((entry) => entry.due));
    // The wheel may want to be woken earlier, to move timers, but never later.
    expect(wheel.nextTick() ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(soonest);
  }
  return [fired, expected];
}

describe('timer wheel', () => {
  it('fires every timer at its tick, in order of (due, setting), like a sorted list', () => {
    fc.assert(
      fc.property(fc.constantFrom(0, 255, 65_535, 2 ** 32 - 3), fc.array(step, { maxLength: 60 }), (start, steps) => {
        const [fired, expected] = drive(start, steps);
        expect(fired).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('fires a timer beyond its horizon of 2^32 ticks at its tick', () => {
    const wheel = new TimerWheel(0);
    const fired: number[] = [];
    for (const due of [2 ** 32 + 5, 3 * 2 ** 32 + 7]) wheel.add(due, () => fired.push(wheel.currentTick));
    for (let next = wheel.nextTick(); next !== undefined; next = wheel.nextTick()) wheel.advance(next);
    expect(fired).toEqual([2 ** 32 + 5, 3 * 2 ** 32 + 7]);
  });

  it('lets a callback set and cancel timers', () => {
    const wheel = new TimerWheel(0);
    const fired: string[] = [];
    wheel.add(5, () => {
      fired.push('first');
      other.cancel();
      wheel.add(5, () => fired.push('set for now, so next'));
      wheel.add(300, () => fired.push('later'));
    });
    const other = wheel.add(5, () => fired.push('cancelled'));
    wheel.advance(5);
    expect(fired).toEqual(['first']);
    wheel.advance(400);
    expect(fired).toEqual(['first', 'set for now, so next', 'later']);
    expect(wheel.nextTick()).toBeUndefined();
  });

  it('goes on after a callback that throws', () => {
    const wheel = new TimerWheel(0);
    const fired: string[] = [];
    wheel.add(256, () => {
      throw new Error('bad callback');
    });
    wheel.add(256, () => fired.push('same tick'));
    wheel.add(257, () => fired.push('next tick'));
    expect(() => wheel.advance(300)).toThrow('bad callback');
    expect(wheel.nextTick()).toBe(256);
    wheel.advance(300);
    expect(fired).toEqual(['same tick', 'next tick']);
  });
});
