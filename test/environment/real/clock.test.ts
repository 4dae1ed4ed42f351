import type { Clock } from '../../../src/environment/index.js';
import { heldTick, RealClock } from '../../../src/environment/real/clock.js';
import { createRealEnvironment } from '../../../src/environment/real/index.js';

describe('real clock', () => {
  let clock: RealClock;

  beforeEach(() => {
    clock = new RealClock();
  });
  afterEach(() => clock.stop());

  const wait = (delayMs: number): Promise<void> => new Promise((resolve) => clock.setTimer(delayMs, resolve));

  it('stands still within a turn', () => {
    clock.beginTurn();
    const first = clock.now();
    const bytes = Buffer.alloc(4_000_000, 'x').toString('hex');
    expect(bytes.length).toBe(8_000_000);
    expect(clock.now()).toBe(first);
    clock.endTurn();
    expect(clock.now()).toBeGreaterThan(first);
  });

  it('shows the same time to all timers of one waking', async () => {
    const times: number[] = [];
    const done = new Promise<void>((resolve) => {
      clock.beginTurn();
      clock.setTimer(3, () => times.push(clock.now()));
      clock.setTimer(3, () => times.push(clock.now()));
      clock.setTimer(3, resolve);
      clock.endTurn();
    });
    await done;
    expect(times[0]).toBe(times[1]);
  });

  it('never fires before its time', async () => {
    for (const delay of [0.2, 1, 1.5, 2, 3.7, 5]) {
      const start = clock.now();
      await wait(delay);
      expect(clock.now() - start).toBeGreaterThanOrEqual(delay);
    }
  });

  it('fires a short timer that is set while a long one is waited for', async () => {
    const long = clock.setTimer(60_000, () => undefined);
    await wait(5);
    long.cancel();
  });

  it('takes delays beyond what the operating system can wait for', async () => {
    const timer = clock.setTimer(4_294_967_295_000, () => undefined);
    await wait(5);
    timer.cancel();
  });

  it('fires thousands of timers of 0 ms in their order, also those that they set', async () => {
    const fired: number[] = [];
    await new Promise<void>((resolve) => {
      for (let number = 0; number < 3_000; number++) {
        clock.setTimer(0, () => {
          fired.push(number);
          if (number % 2 === 0) clock.setTimer(0, () => fired.push(3_000 + number / 2) === 4_500 && resolve());
        });
      }
    });
    expect(fired).toEqual(Array.from({ length: 4_500 }, (_, number) => number));
  });

  it('fires no timer of 0 ms once it is stopped', async () => {
    const other = new RealClock();
    const fired: string[] = [];
    other.setTimer(0, () => other.stop());
    other.setTimer(0, () => fired.push('after the end'));
    await wait(20);
    expect(fired).toEqual([]);
  });

  it('fires timers of 0 ms set by timers of 0 ms in a later turn', async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      clock.setTimer(0, () => {
        order.push('first');
        clock.setTimer(0, () => {
          order.push('third');
          resolve();
        });
      });
      clock.setTimer(0, () => order.push('second'));
    });
    expect(order).toEqual(['first', 'second', 'third']);
  });
});

/** Two datagram sockets; the work gets a way to send from one to the other, and ends it. */
async function betweenSockets(
  seen: string[],
  work: (clock: Clock, send: (text: string) => void, end: () => void) => void,
): Promise<{ readonly lateMs: number; readonly lateMsOfAll: number }> {
  const environment = createRealEnvironment();
  const { clock, network } = environment;
  await new Promise<void>((resolve, reject) => {
    const ends = [0, 1].map(() => {
      let isReady = (): void => {};
      const ready = new Promise<void>((done) => (isReady = done));
      const endpoint = network.bindDatagram(
        { address: '127.0.0.1', port: 0 },
        {
          onListening: isReady,
          onDatagram: (bytes) => seen.push(bytes.toString('latin1')),
          onError: (code) => reject(new Error(code)),
        },
      );
      return { endpoint, ready };
    });
    const [one, other] = ends;
    void Promise.all(ends.map(({ ready }) => ready)).then(() => {
      environment.takeLateMs();
      work(clock, (text) => one!.endpoint.send(Buffer.from(text), other!.endpoint.local), resolve);
    });
  });
  const lateMs = environment.takeLateMs();
  expect(environment.takeLateMs()).toBe(0);
  const lateMsOfAll = environment.lateMsBetween(0, clock.now());
  await environment.close();
  return { lateMs, lateMsOfAll };
}

/** The process has other work. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

it('takes up what has come meanwhile before it fires what is late, and says how late it was', async () => {
  const seen: string[] = [];
  const { lateMs, lateMsOfAll } = await betweenSockets(seen, (clock, send, end) => {
    clock.setTimer(1, () => seen.push('timer'));
    clock.setTimer(2, end);
    for (const text of ['a', 'b', 'c']) send(text);
    block(100);
  });
  expect(seen).toEqual(['a', 'b', 'c', 'timer']);
  expect(lateMs).toBeGreaterThan(20);
  expect(lateMsOfAll).toBeGreaterThanOrEqual(lateMs);
});

// An event loop takes up 32 datagrams of a socket between two looks at its timers: 18 looks for these, of 20 ms each.
it('turns more slowly while more has come than it takes up at once', async () => {
  const seen: string[] = [];
  await betweenSockets(seen, (clock, send, end) => {
    clock.setTimer(1, () => seen.push('at first'));
    clock.setTimer(500, () => {
      seen.push('at last');
      end();
    });
    for (let count = 0; count < 560; count++) send('datagram');
    block(600);
  });
  expect(seen.indexOf('at first')).toBeLessThan(500);
  expect(seen.at(-1)).toBe('at last');
  expect(seen).toHaveLength(562);
});

it('holds timers for a minute at most, while more comes than the process takes up', () => {
  expect(heldTick(100, 1_000)).toBe(120);
  expect(heldTick(100, 60_100)).toBe(120);
  expect(heldTick(100, 90_000)).toBe(30_000);
});

it('lets in what timers of 0 ms send before it fires all of them', async () => {
  const seen: string[] = [];
  await betweenSockets(seen, (clock, send, end) => {
    for (let count = 0; count < 100; count++) clock.setTimer(0, () => send(`sent ${count}`));
    clock.setTimer(0, () => {
      seen.push('all sent');
      end();
    });
  });
  expect(seen[0]).toBe('sent 0');
  expect(seen.indexOf('all sent')).toBeGreaterThan(50);
  expect(seen).toEqual([...seen.slice(0, -1).map((_, index) => `sent ${index}`), 'all sent']);
});

it('fires many timers of 0 ms in their order, before those that they set', async () => {
  const clock = new RealClock();
  const seen: string[] = [];
  await new Promise<void>((resolve) => {
    clock.setTimer(0, () => clock.setTimer(0, () => resolve(void seen.push('set meanwhile'))));
    for (let count = 0; count < 20; count++) clock.setTimer(0, () => seen.push(`timer ${count}`));
  });
  clock.stop();
  expect(seen).toEqual([...Array.from({ length: 20 }, (_, index) => `timer ${index}`), 'set meanwhile']);
});
