import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSimulation } from '../../src/environment/simulated/index.js';
import type { CaseOrder, CaseOutcome } from '../../src/regression/case.js';
import {
  goldenFile,
  type PlannedCase,
  planCases,
  type ScenarioOutline,
  type StartThread,
  Suite,
  type SuiteOptions,
  type SuiteResult,
} from '../../src/regression/index.js';
import { TestFolder } from '../topology/files.js';
import { outcome, outline, outlines } from './cases.js';

const folder = new TestFolder();
afterAll(() => folder.remove());

/** What threads were told, and how many cases on sockets played at once with anything else. */
class Recording {
  readonly orders: CaseOrder[] = [];
  playing: CaseOrder[] = [];
  overlaps = 0;
  threads = 0;

  constructor(private readonly end: (order: CaseOrder) => CaseOutcome) {}

  readonly start: StartThread = ({ onMessage }) => {
    this.threads += 1;
    setImmediate(() => onMessage({ kind: 'ready' }));
    return {
      play: (order) => {
        this.orders.push(order);
        this.playing.push(order);
        if (this.playing.length > 1 && this.playing.some((each) => each.case.environment === 'real'))
          this.overlaps += 1;
        if (order.folder !== undefined) writeFileSync(join(order.folder, 'trace.jsonl'), '');
        setImmediate(() => {
          this.playing = this.playing.filter((other) => other !== order);
          onMessage({ kind: 'played', outcome: this.end(order) });
        });
      },
      interrupt: () => {},
      end: () => {
        this.threads -= 1;
      },
    };
  };
}

let count = 0;

async function played(
  plan: readonly PlannedCase[],
  end: (order: CaseOrder) => CaseOutcome,
  changes: Partial<SuiteOptions> = {},
): Promise<{ readonly result: SuiteResult; readonly recording: Recording; readonly out: string }> {
  const recording = new Recording(end);
  count += 1;
  const out = join(folder.path, `out${count}`);
  folder.write(join(`out${count}`, 'here'), '');
  const suite = new Suite(plan, {
    clock: createSimulation({ seed: 1 }).clock,
    startThread: recording.start,
    parallel: 4,
    out,
    keep: 'failed',
    inspect: false,
    bail: false,
    update: false,
    coverage: undefined,
    coverageMin: undefined,
    onBegin: () => {},
    onResult: () => {},
    ...changes,
  });
  return { result: await suite.run(), recording, out };
}

const theirs = { topologies: [], set: [], seed: undefined, environments: [] };

function plan(scenarios: readonly ScenarioOutline[], file = 'a.yaml'): readonly PlannedCase[] {
  return planCases([file], outlines({ [file]: scenarios }), theirs);
}

const ends = ({ results }: SuiteResult) => results.map(({ end }) => end);

describe('a suite', () => {
  it('gives results in the plan’s order', async () => {
    const scenarios = Array.from({ length: 20 }, (_, number) => outline({ name: `s${number}` }));
    const { result } = await played(plan(scenarios), (order) => outcome({ sentence: order.case.scenario }));
    expect(result.results.map(({ sentence }) => sentence)).toEqual(scenarios.map(({ name }) => name));
  });

  it('plays cases on sockets one after the other, and beside nothing else', async () => {
    const scenarios = Array.from({ length: 12 }, (_, number) =>
      outline({ name: `s${number}`, environments: [number % 2 === 0 ? 'real' : 'simulated'] }),
    );
    const { result, recording } = await played(plan(scenarios), () => outcome());
    expect(ends(result)).toEqual(scenarios.map(() => 'passed'));
    expect(recording.overlaps).toBe(0);
  });

  it('plays a simulated case that failed once more for its files, and leaves none of those that passed', async () => {
    const scenarios = [outline({ name: 'good' }), outline({ name: 'bad' })];
    const { result, recording, out } = await played(plan(scenarios), (order) =>
      outcome({ passed: order.case.scenario === 'good', sentence: 'step 2: no', explanation: ['expected: yes'] }),
    );
    expect(ends(result)).toEqual(['passed', 'failed']);
    expect(recording.orders.map(({ case: { scenario }, folder: at }) => [scenario, at !== undefined])).toEqual([
      ['good', false],
      ['bad', false],
      ['bad', true],
    ]);
    expect(readdirSync(out).sort()).toEqual(['bad-volte-simulated-seed-1', 'here']);
    expect(result.results[1]?.folder).toBe(join(out, 'bad-volte-simulated-seed-1'));
    expect(readFileSync(join(out, 'bad-volte-simulated-seed-1', 'failure.txt'), 'utf8')).toBe(
      'step 2: no\nexpected: yes\n',
    );
  });

  it('writes the files of a case on sockets as it is played', async () => {
    const real = { environments: ['real'] } as const;
    const scenarios = [outline({ name: 'good', ...real }), outline({ name: 'bad', ...real })];
    const { recording, out } = await played(plan(scenarios), (order) =>
      outcome({ passed: order.case.scenario === 'good' }),
    );
    expect(recording.orders).toHaveLength(2);
    expect(readdirSync(out).sort()).toEqual(['bad-volte-real', 'here']);
  });

  it('keeps all files with keep: all', async () => {
    const { result, recording, out } = await played(plan([outline()]), () => outcome(), { keep: 'all' });
    expect(recording.orders).toHaveLength(1);
    expect(result.results[0]?.folder).toBe(join(out, 'calls-volte-simulated-seed-1'));
    expect(existsSync(join(out, 'calls-volte-simulated-seed-1', 'trace.jsonl'))).toBe(true);
  });

  it('begins nothing after the first failure with bail', async () => {
    const scenarios = Array.from({ length: 9 }, (_, number) => outline({ name: `s${number}` }));
    const { result } = await played(plan(scenarios), (order) => outcome({ passed: order.case.scenario !== 's2' }), {
      bail: true,
      parallel: 1,
    });
    expect(ends(result)).toEqual(['passed', 'passed', 'failed', ...Array.from({ length: 6 }, () => 'skipped')]);
    expect(result.results[8]?.sentence).toBe('another case failed before (--bail)');
    expect(result.wasInterrupted).toBe(false);
  });

  it('when interrupted gives what there is', async () => {
    const scenarios = Array.from({ length: 9 }, (_, number) => outline({ name: `s${number}` }));
    let suite: Suite;
    const recording = new Recording(() => outcome());
    suite = new Suite(plan(scenarios), {
      clock: createSimulation({ seed: 1 }).clock,
      startThread: recording.start,
      parallel: 1,
      out: folder.path,
      keep: 'failed',
      inspect: false,
      bail: false,
      update: false,
      coverage: undefined,
      coverageMin: undefined,
      onBegin: ({ scenario }) => {
        if (scenario === 's3') suite.interrupt();
      },
      onResult: () => {},
    });
    const result = await suite.run();
    expect(result.wasInterrupted).toBe(true);
    expect(ends(result)).toEqual(['passed', 'passed', 'passed', ...Array.from({ length: 6 }, () => 'interrupted')]);
    expect(result.shortfalls).toEqual([
      { what: 'interrupted', sentence: 'the suite was interrupted: 6 cases were not played to the end' },
    ]);
  });

  it('adds up coverage', async () => {
    const parts: unknown[] = [];
    const coverage = {
      add: (part: unknown) => void parts.push(part),
      percent: 0,
      lines: () => [],
      json: () => 0,
      pages: () => new Map(),
    };
    const { recording } = await played(
      plan([outline({ seeds: [1, 2] })]),
      (order) => outcome({ coverage: order.case.seed }),
      {
        coverage,
      },
    );
    expect(parts.sort()).toEqual([1, 2]);
    expect(recording.orders.every((order) => order.coverage)).toBe(true);
  });

  it('fails below the least coverage, and does not round up to it', async () => {
    const coverage = { add: () => {}, percent: 94.97, lines: () => [], json: () => 0, pages: () => new Map() };
    const below = await played(plan([outline()]), () => outcome(), { coverage, coverageMin: 95 });
    expect(below.result.shortfalls).toEqual([
      {
        what: 'coverage',
        sentence: '94.9 % of the transitions were visited, and --coverage-min asks for 95 %',
      },
    ]);
    const enough = await played(plan([outline()]), () => outcome(), { coverage, coverageMin: 94.97 });
    expect(enough.result.shortfalls).toEqual([]);
  });
});

describe('files that cannot be written', () => {
  const two = [outline({ name: 'good' }), outline({ name: 'bad' })];
  const goodPasses = (order: CaseOrder) =>
    outcome({ passed: order.case.scenario === 'good', sentence: 'step 2: no', explanation: ['expected: yes'] });

  it('make a case not-started that needs them, name its folder, and leave no thread', async () => {
    const file = folder.write('a-file', '');
    const { result, recording } = await played(plan(two), goodPasses, { out: file, keep: 'all', parallel: 1 });
    expect(ends(result)).toEqual(['not-started', 'not-started']);
    expect(result.results[0]?.sentence).toMatch(
      /^.*a-file\/good-volte-simulated-seed-1: its files cannot be written \(E/,
    );
    expect(recording).toMatchObject({ orders: [], threads: 0 });
  });

  it('leave the verdict of a case that was played without them', async () => {
    const out = join(folder.path, 'becomes-a-file');
    const { result, recording } = await played(
      plan(two),
      (order) => {
        rmSync(out, { recursive: true, force: true });
        writeFileSync(out, '');
        return goodPasses(order);
      },
      { out },
    );
    expect(ends(result)).toEqual(['passed', 'failed']);
    expect(result.results[1]?.explanation).toEqual([
      'expected: yes',
      expect.stringContaining('becomes-a-file/bad-volte-simulated-seed-1: its files cannot be written (E'),
    ]);
    expect(recording.threads).toBe(0);
  });

  it('are none where the folder was only removed meanwhile', async () => {
    const out = join(folder.path, 'removed');
    const { result } = await played(plan(two), goodPasses, {
      out,
      keep: 'all',
      onBegin: () => rmSync(out, { recursive: true, force: true }),
      parallel: 1,
    });
    expect(ends(result)).toEqual(['passed', 'failed']);
    expect(readdirSync(out)).toEqual(['bad-volte-simulated-seed-1']);
  });

  it('end the threads even where a listener throws', async () => {
    const recording = new Recording(goodPasses);
    const throws = played(plan(two), goodPasses, {
      startThread: recording.start,
      parallel: 1,
      onResult: () => {
        throw new Error('no');
      },
    });
    await expect(throws).rejects.toThrow('no');
    expect(recording.threads).toBe(0);
  });

  it('have folders of their own, in any case of letters', async () => {
    const names = ['a b', 'a-b', 'A-B', 'a-b (volte, simulated, seed 1) 2', 'a(b)'];
    const { result } = await played(plan(names.map((name) => outline({ name }))), () => outcome(), { keep: 'all' });
    const folders = result.results.map((each) => each.folder!.toLowerCase());
    expect(new Set(folders).size).toBe(names.length);
    expect(result.results.slice(0, 3).map((each) => each.folder!.split('/').at(-1))).toEqual([
      'a-b-volte-simulated-seed-1',
      'a-b-volte-simulated-seed-1-2',
      'A-B-volte-simulated-seed-1-3',
    ]);
  });
});

it('a simulated case is given a minute, and more for a crowd of nodes', async () => {
  const simulation = createSimulation({ seed: 1 });
  const startThread: StartThread = ({ onMessage }) => {
    setImmediate(() => onMessage({ kind: 'ready' }));
    return {
      play: () => void simulation.clock.setTimer(100_000, () => onMessage({ kind: 'played', outcome: outcome() })),
      interrupt: () => {},
      end: () => {},
    };
  };
  const scenarios = [outline({ name: 'crowd', nodeCount: 1_000 }), outline({ name: 'loop' })];
  let over = false;
  const playing = played(plan(scenarios), () => outcome(), { clock: simulation.clock, startThread }).finally(() => {
    over = true;
  });
  while (!over) {
    simulation.run();
    await new Promise(setImmediate);
  }
  expect(ends((await playing).result)).toEqual(['passed', 'endless']);
});

describe('golden traces of a suite', () => {
  const flow = (expires: number) => `# x\na → b  REGISTER sip:h | Expires: ${expires}\n`;

  function scenarioFile(golden?: string): string {
    count += 1;
    const file = folder.write(join(`golden${count}`, 'call.yaml'), '');
    if (golden !== undefined) folder.write(join(`golden${count}`, 'golden', 'calls.golden'), golden);
    return file;
  }

  it('are compared where they are present', async () => {
    const file = scenarioFile(flow(600));
    expect(goldenFile(file, 'calls')).toMatch(/golden\/calls\.golden$/);
    const scenarios = [outline({ seeds: [1, 2] }), outline({ name: 'without' })];
    const { result, recording } = await played(plan(scenarios, file), (order) =>
      outcome({ golden: order.golden ? flow(order.case.seed === 1 ? 600 : 60) : undefined }),
    );
    expect(ends(result)).toEqual(['passed', 'golden', 'passed']);
    expect(result.results[1]?.sentence).toMatch(
      /^its flow differs from .*calls\.golden in one message; --update accepts it$/,
    );
    expect(result.results[1]?.explanation).toEqual([
      '- as it was, + as it is now',
      '@@ x @@',
      '  a → b  REGISTER sip:h',
      '-     Expires: 600',
      '+     Expires: 60',
    ]);
    expect(recording.orders.filter((order) => order.golden).map((order) => order.case.scenario)).toEqual([
      'calls',
      'calls',
    ]);
  });

  it('are not compared with another topology, other settings or on sockets', async () => {
    const file = scenarioFile(flow(600));
    const options = [
      { ...theirs, topologies: ['volte'] },
      { ...theirs, set: ['nodes.ue1.call.answer=busy'] },
      { ...theirs, environments: ['real'] },
    ] as const;
    for (const each of options) {
      const planned = planCases([file], outlines({ [file]: [outline()] }), each);
      const { result } = await played(planned, () => outcome({ golden: flow(60) }));
      expect(ends(result)).toEqual(['passed']);
      expect(result.goldensLeftOut).toBe(1);
    }
  });

  it('are written with update where seeds agree and the case passed', async () => {
    const file = scenarioFile(flow(600));
    const scenarios = [
      outline({ seeds: [1, 2] }),
      outline({ name: 'random', seeds: [1, 2] }),
      outline({ name: 'fails' }),
    ];
    const end = ({ case: { scenario, seed } }: CaseOrder) =>
      outcome({ passed: scenario !== 'fails', golden: flow(scenario === 'random' ? seed! : 60) });
    const { result } = await played(plan(scenarios, file), end, { update: true });
    expect(ends(result)).toEqual(['passed', 'passed', 'passed', 'passed', 'failed']);
    expect(result.goldenUpdates.map(({ what }) => what)).toEqual(['written', 'unstable']);
    expect(readFileSync(goldenFile(file, 'calls'), 'utf8')).toBe(flow(60));
    expect(existsSync(goldenFile(file, 'random'))).toBe(false);
    expect(existsSync(goldenFile(file, 'fails'))).toBe(false);
    const again = await played(plan(scenarios, file), end, { update: true });
    expect(again.result.goldenUpdates.map(({ what }) => what)).toEqual(['unchanged', 'unstable']);
  });

  it('that cannot be written are said, and take no result with them', async () => {
    const file = scenarioFile();
    writeFileSync(join(file, '..', 'golden'), '');
    const { result } = await played(plan([outline()], file), () => outcome({ golden: flow(60) }), { update: true });
    expect(ends(result)).toEqual(['passed']);
    expect(result.goldenUpdates).toEqual([{ file: goldenFile(file, 'calls'), what: 'refused' }]);
    expect(result.shortfalls).toEqual([
      { what: 'golden', sentence: expect.stringMatching(/calls\.golden is not written: /) },
    ]);
  });
});
