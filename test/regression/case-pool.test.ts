import { createSimulation, type Simulation } from '../../src/environment/simulated/index.js';
import type { CaseOrder } from '../../src/regression/case.js';
import { CasePool, type Played } from '../../src/regression/case-pool.js';
import type { StartThread, ThreadHandlers } from '../../src/regression/case-thread.js';
import { outcome, testCase } from './cases.js';

const order = (name: string): CaseOrder => ({
  case: testCase({ name }),
  reading: { topology: undefined, set: [] },
  inspect: false,
  folder: undefined,
  golden: false,
  coverage: false,
});

/** Threads that do what the case's name says. */
class FakeThreads {
  started = 0;
  ended = 0;
  playing = 0;
  mostPlaying = 0;
  startsFail = false;

  constructor(private readonly simulation: Simulation) {}

  readonly start: StartThread = (handlers) => {
    this.started += 1;
    let isOver = false;
    let playing = '';
    const later = (delayMs: number, work: () => void) => {
      this.simulation.clock.setTimer(delayMs, () => {
        if (!isOver) work();
      });
    };
    later(5, () => {
      if (this.startsFail) handlers.onGone(new Error('no such module'));
      else handlers.onMessage({ kind: 'ready' });
    });
    return {
      play: ({ case: { name } }) => {
        this.playing += 1;
        this.mostPlaying = Math.max(this.mostPlaying, this.playing);
        playing = name;
        if (name !== 'loops' && name !== 'deaf') later(10, () => this.#end(name, handlers));
      },
      interrupt: () => {
        if (playing !== 'deaf') later(20, () => this.#end('interrupted', handlers));
      },
      end: () => {
        isOver = true;
        this.ended += 1;
      },
    };
  };

  #end(name: string, handlers: ThreadHandlers): void {
    this.playing -= 1;
    if (name === 'crashes') handlers.onGone(new Error('out of memory'));
    else handlers.onMessage({ kind: 'played', outcome: outcome({ sentence: name }) });
  }
}

function world(size: number) {
  const simulation = createSimulation({ seed: 1 });
  const threads = new FakeThreads(simulation);
  const pool = new CasePool({ clock: simulation.clock, startThread: threads.start, size });
  const ends = new Map<string, Played['outcome'] | undefined>();
  const play = (name: string) => pool.play(order(name), 1_000).then((played) => void ends.set(name, played?.outcome));
  const run = async () => {
    // What a finished case sets off is a promise away.
    for (let turn = 0; turn < 20; turn++) {
      simulation.run({ stepsMax: 50 });
      await Promise.resolve();
    }
  };
  const at = (ms: number, work: () => void) => void simulation.clock.setTimer(ms, work);
  return { threads, pool, ends, play, run, at };
}

describe('CasePool', () => {
  it('keeps as many threads as asked busy, and none more', async () => {
    const { threads, play, run, ends } = world(3);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) void play(name);
    await run();
    expect(ends.size).toBe(7);
    expect(threads).toMatchObject({ started: 3, ended: 0, mostPlaying: 3 });
  });

  it('starts no more threads than there are cases', async () => {
    const { threads, play, run } = world(8);
    void play('a');
    await run();
    expect(threads.started).toBe(1);
  });

  it('ends a case that loops at its bound, and plays the others on a new thread', async () => {
    const { threads, play, run, ends } = world(1);
    for (const name of ['a', 'loops', 'b']) void play(name);
    await run();
    expect(ends.get('loops')).toEqual({ end: 'endless' });
    expect(ends.get('b')).toMatchObject({ passed: true });
    expect(threads).toMatchObject({ started: 2, ended: 1 });
  });

  it('a thread that dies takes its case with it and no other', async () => {
    const { play, run, ends } = world(2);
    for (const name of ['a', 'crashes', 'b', 'c']) void play(name);
    await run();
    expect(ends.get('crashes')).toMatchObject({ end: 'crashed', sentence: 'imslab itself failed: out of memory' });
    expect([...ends.values()].filter((end) => end !== undefined && 'passed' in end)).toHaveLength(3);
  });

  it('gives up when no thread comes up', async () => {
    const { threads, play, run, ends } = world(1);
    threads.startsFail = true;
    for (const name of ['a', 'b']) void play(name);
    await run();
    expect(threads.started).toBe(3);
    expect([...ends.values()]).toEqual([
      expect.objectContaining({ end: 'crashed', sentence: 'no worker could be started: no such module' }),
      expect.objectContaining({ end: 'crashed' }),
    ]);
  });

  it('when interrupted lets what plays end in order, and ends what does not', async () => {
    const { threads, pool, play, run, ends, at } = world(2);
    for (const name of ['loops', 'deaf', 'b']) void play(name);
    at(100, () => pool.interrupt());
    await run();
    expect(threads).toMatchObject({ started: 2, ended: 1 });
    pool.close();
    expect(threads).toMatchObject({ started: 2, ended: 2 });
    expect([...ends]).toEqual([
      ['b', undefined],
      ['loops', expect.objectContaining({ sentence: 'interrupted' })],
      ['deaf', undefined],
    ]);
  });

  it('when closed ends what plays and what waits, without a result', async () => {
    const { threads, pool, play, run, ends } = world(1);
    for (const name of ['loops', 'b']) void play(name);
    pool.close();
    void play('c');
    await run();
    expect([...ends]).toEqual([
      ['loops', undefined],
      ['b', undefined],
      ['c', undefined],
    ]);
    expect(threads).toMatchObject({ started: 1, ended: 1 });
  });
});
