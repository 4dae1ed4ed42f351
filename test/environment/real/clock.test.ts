import { RealClock } from '../../../src/environment/real/clock.js';
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

it('takes up what has come meanwhile before it fires what is late, and says how late it was', async () => {
  const environment = createRealEnvironment();
  const { clock, network, takeLateMs } = environment;
  const local = { address: '127.0.0.1', port: 0 };
  const seen: string[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    const ends = [0, 1].map(() => {
      let isReady = (): void => {};
      const ready = new Promise<void>((done) => (isReady = done));
      const endpoint = network.bindDatagram(local, {
        onListening: isReady,
        onDatagram: (bytes) => seen.push(bytes.toString('latin1')),
        onError: (code) => reject(new Error(code)),
      });
      return { endpoint, ready };
    });
    const [one, other] = ends;
    void Promise.all(ends.map(({ ready }) => ready)).then(() => {
      takeLateMs();
      clock.setTimer(1, () => seen.push('timer'));
      clock.setTimer(2, resolve);
      for (const text of ['a', 'b', 'c']) one!.endpoint.send(Buffer.from(text), other!.endpoint.local);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    });
  });
  await ended;
  const lateMs = takeLateMs();
  const again = takeLateMs();
  await environment.close();
  expect(seen).toEqual(['a', 'b', 'c', 'timer']);
  expect(lateMs).toBeGreaterThan(20);
  expect(again).toBe(0);
});
