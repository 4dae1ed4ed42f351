import type { AnyEventObject } from 'xstate';
import { createSimulation } from '../../src/environment/simulated/index.js';
import type { CompiledTimer } from '../../src/machine/compile.js';
import { InstanceTimers } from '../../src/machine/instance-timers.js';

const timer: CompiledTimer = { index: 0, name: 'limit', event: { type: 'x' } satisfies AnyEventObject, delay: 1 };
const many = 1000;

function setUp(inRows = true) {
  const simulation = createSimulation({ seed: 1 });
  const { clock } = simulation;
  const start = clock.now();
  const timers = new InstanceTimers(clock, inRows);
  const fired: string[] = [];
  const named = (name: string, then: () => void = () => {}) => ({
    expire: () => {
      fired.push(`${name} ${clock.now() - start}`);
      then();
    },
  });
  const wait = (forMs: number) => simulation.run({ forMs });
  return { simulation, timers, fired, named, wait, elapsed: () => clock.now() - start };
}

describe.each([
  ['many instances', true, many],
  ['few instances', true, 1],
  ['a run that is traced', false, many],
])('timers of instances: %s', (_, inRows, count) => {
  it('fire once, each when its delay is over', () => {
    const { simulation, timers, fired, named, wait } = setUp(inRows);
    timers.start(500, named('a'), timer, count);
    timers.start(200, named('b'), timer, count);
    wait(100);
    timers.start(500, named('c'), timer, count);
    timers.start(200, named('d'), timer, count);
    simulation.runUntilIdle();
    expect(fired).toEqual(['b 200', 'd 300', 'a 500', 'c 600']);
  });

  it('do not fire when cancelled, and time does not go on for them', () => {
    const { simulation, timers, fired, named, wait, elapsed } = setUp(inRows);
    const [first, second, third] = ['a', 'b', 'c'].map((name) => {
      wait(10);
      return timers.start(500, named(name), timer, count);
    });
    second!.cancel();
    first!.cancel();
    first!.cancel();
    wait(600);
    expect(fired).toEqual(['c 530']);
    third!.cancel();
    timers.start(500, named('d'), timer, count).cancel();
    simulation.runUntilIdle();
    expect(elapsed()).toBe(630);
    timers.start(500, named('e'), timer, count);
    simulation.runUntilIdle();
    expect(fired).toEqual(['c 530', 'e 1130']);
  });

  it('may be set and cancelled by what fires', () => {
    const { simulation, timers, fired, named, wait } = setUp(inRows);
    const cancelled = { cancel: (): void => {} };
    timers.start(
      500,
      named('a', () => {
        cancelled.cancel();
        timers.start(500, named('c'), timer, count);
      }),
      timer,
      count,
    );
    wait(10);
    timers.start(500, named('b'), timer, count);
    const b = timers.start(500, named('b2'), timer, count);
    Object.assign(cancelled, { cancel: () => b.cancel() });
    simulation.runUntilIdle();
    expect(fired).toEqual(['a 500', 'b 510', 'c 1000']);
  });

  it('what one throws leaves the others', () => {
    const { simulation, timers, fired, named } = setUp(inRows);
    const fail = (): void => {
      throw new Error('as a test wants it');
    };
    timers.start(500, named('a', fail), timer, count);
    timers.start(500, named('b'), timer, count);
    expect(() => simulation.runUntilIdle()).toThrow('as a test wants it');
    simulation.runUntilIdle();
    expect(fired).toEqual(['a 500', 'b 500']);
  });
});

describe('timers of instances', () => {
  it('of many different delays fire all', () => {
    const { simulation, timers, fired, named } = setUp();
    for (let delayMs = 200; delayMs > 0; delayMs--) timers.start(delayMs, named('t'), timer, many);
    simulation.runUntilIdle();
    expect(fired).toEqual(Array.from({ length: 200 }, (_, i) => `t ${i + 1}`));
  });
});
