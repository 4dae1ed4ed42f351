import fc from 'fast-check';
import { EventQueue, ScheduledEvent, SimulatedClock } from '../../../src/environment/simulated/event-queue.js';

class Numbered extends ScheduledEvent {
  constructor(
    readonly number: number,
    override readonly due: number,
  ) {
    super();
  }
  fire(): void {}
}

/** Schedule after so many ms, cancel one of those scheduled so far, or take the next. */
type Step = { readonly kind: 'schedule' | 'cancel' | 'take'; readonly value: number };

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('schedule', 'schedule', 'schedule', 'take', 'cancel'),
  value: fc.nat(12),
});

function drive(steps: readonly Step[], scale: number): void {
  const queue = new EventQueue(1000);
  const all: Numbered[] = [];
  let model: Numbered[] = [];
  const takeNext = (): void => {
    // The model: a sorted list, by due and then by number.
    model.sort((a, b) => a.due - b.due || a.number - b.number);
    const expected = model.shift();
    expect(queue.take()).toBe(expected);
    if (expected !== undefined) expect(queue.now).toBe(expected.due);
  };
  for (const { kind, value } of steps) {
    if (kind === 'schedule') {
      const event = new Numbered(all.length, queue.now + value * scale);
      all.push(event);
      model.push(event);
      queue.schedule(event.due, event);
    } else if (kind === 'cancel') {
      const event = all[value % Math.max(1, all.length)];
      if (event === undefined || !model.includes(event)) continue;
      model = model.filter((candidate) => candidate !== event);
      queue.cancel(event);
    } else {
      takeNext();
    }
    expect(queue.size).toBe(model.length);
  }
  while (model.length > 0) takeNext();
  expect(queue.take()).toBeUndefined();
}

describe('event queue', () => {
  it('takes events in order of (due, sequence), without cancelled ones, like a sorted list', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(0, 0.5, 1), (steps, scale) =>
        drive(steps, scale),
      ),
      { numRuns: 300 },
    );
  });

  it('keeps the order when thousands of events of many delays are cancelled', () => {
    const queue = new EventQueue(0);
    const events = Array.from({ length: 5000 }, (_, number) => new Numbered(number, (number * 7919) % 97));
    for (const event of events) queue.schedule(event.due, event);
    for (const event of events) if (event.number % 4 !== 0) queue.cancel(event);
    const kept = events.filter((event) => event.number % 4 === 0);
    kept.sort((a, b) => a.due - b.due || a.number - b.number);
    expect(queue.size).toBe(kept.length);
    for (const event of kept) expect(queue.take()).toBe(event);
    expect(queue.size).toBe(0);
  });
});

describe('simulated clock', () => {
  it('does not count a timer cancelled by its own callback or after firing', () => {
    const queue = new EventQueue(0);
    const clock = new SimulatedClock(queue);
    const timer = clock.setTimer(1, () => timer.cancel());
    queue.take()!.fire();
    timer.cancel();
    expect(queue.size).toBe(0);
    clock.setTimer(1, () => undefined);
    expect(queue.size).toBe(1);
  });

  it('takes a negative delay, or none, as 0', () => {
    const queue = new EventQueue(50);
    const clock = new SimulatedClock(queue);
    clock.setTimer(-5, () => undefined);
    clock.setTimer(Number.NaN, () => undefined);
    expect(queue.take()).toBeDefined();
    expect(queue.take()).toBeDefined();
    expect(clock.now()).toBe(50);
  });
});
