/** Plays a plan: simulated cases beside one another, then those on sockets one after the other. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../environment/index.js';
import { createFolder } from '../lab/folder.js';
import { type CaseOrder, type CaseOutcome, type CaseResult, hasFailed, type TestCase, wasSkipped } from './case.js';
import { CasePool, type Played } from './case-pool.js';
import type { StartThread } from './case-thread.js';
import { fileNames } from './file-name.js';
import { GoldenFiles, type GoldenUpdate } from './golden/golden-files.js';
import { type PlannedCase, skipped } from './plan.js';
import { coverageBelow, interruption, type Shortfall, unwrittenGoldens } from './shortfall.js';
import type { SuiteCoverage } from './suite-coverage.js';

export interface SuiteOptions {
  readonly clock: Clock;
  readonly startThread: StartThread;
  /** Simulated cases at once. */
  readonly parallel: number;
  /** For the folders of cases. */
  readonly out: string;
  /** Folders of which cases stay. */
  readonly keep: 'failed' | 'all';
  readonly inspect: boolean;
  /** Nothing more is begun after the first failure. */
  readonly bail: boolean;
  /** Writes golden traces instead of comparing with them. */
  readonly update: boolean;
  readonly coverage: SuiteCoverage | undefined;
  /** Of `coverage`, in percent. */
  readonly coverageMin: number | undefined;
  readonly onBegin: (testCase: TestCase) => void;
  readonly onResult: (result: CaseResult) => void;
}

export interface SuiteResult {
  /** In the plan's order. */
  readonly results: readonly CaseResult[];
  readonly durationMs: number;
  readonly wasInterrupted: boolean;
  readonly goldenUpdates: readonly GoldenUpdate[];
  /** Cases whose golden trace is neither compared nor written: it is not of what was played. */
  readonly goldensLeftOut: number;
  readonly shortfalls: readonly Shortfall[];
}

/** A simulated case takes a fraction of a second; this is for what never ends. */
const SIMULATED_BOUND_MS = 60_000;
/** … and for each node: a UE of a pool that comes and goes takes some 30 ms of a busy machine. */
const SIMULATED_NODE_MS = 100;
/** For start and stop of a lab on sockets, beside the scenario's own bound. */
const REAL_MARGIN_MS = 30_000;

export class Suite {
  readonly #results = new Map<string, CaseResult>();
  readonly #golden: GoldenFiles;
  /** Case → its folder. */
  readonly #folders: ReadonlyMap<string, string>;
  #pools: CasePool[] = [];
  #ended: 'no' | 'bail' | 'interrupted' = 'no';

  constructor(
    private readonly plan: readonly PlannedCase[],
    private readonly options: SuiteOptions,
  ) {
    this.#golden = new GoldenFiles(options.update);
    this.#folders = fileNames(plan.map((planned) => planned.case.name));
  }

  async run(): Promise<SuiteResult> {
    const { clock, parallel } = this.options;
    const startedAt = clock.now();
    for (const { result } of this.plan) if (result !== undefined) this.#keep(result);
    const toPlay = this.plan.filter(({ result }) => result === undefined);
    // Sockets of two labs have the same addresses, and a busy machine makes real time slow: one by one, and alone.
    const simulated = toPlay.filter((planned) => planned.case.environment === 'simulated');
    await this.#playAll(simulated, parallel);
    await this.#playAll(
      toPlay.filter((planned) => planned.case.environment === 'real'),
      1,
    );
    const goldenUpdates = this.#golden.finish();
    const results = this.plan.map(
      (planned) => this.#results.get(planned.case.name) ?? this.#notPlayed(planned.case, undefined),
    );
    return {
      results,
      durationMs: clock.now() - startedAt,
      wasInterrupted: this.#ended === 'interrupted',
      goldenUpdates,
      goldensLeftOut: toPlay.filter((planned) => this.#golden.isLeftOut(planned)).length,
      shortfalls: [...this.#unfinished(results), ...unwrittenGoldens(goldenUpdates)],
    };
  }

  /** Of a part of the suite coverage says nothing. */
  #unfinished(results: readonly CaseResult[]): readonly Shortfall[] {
    const { coverage, coverageMin } = this.options;
    if (this.#ended === 'interrupted') {
      return [interruption(results.filter(({ end }) => end === 'interrupted').length)];
    }
    return coverage === undefined || coverageMin === undefined ? [] : coverageBelow(coverage, coverageMin);
  }

  /** Ends what is under way; `run` then gives what there is. */
  interrupt(): void {
    this.#end('interrupted');
  }

  #end(why: 'bail' | 'interrupted'): void {
    if (this.#ended !== 'interrupted') this.#ended = why;
    for (const pool of this.#pools) pool.interrupt();
  }

  async #playAll(cases: readonly PlannedCase[], size: number): Promise<void> {
    if (cases.length === 0 || this.#ended !== 'no') return;
    const { clock, startThread } = this.options;
    const pool = new CasePool({ clock, startThread, size });
    this.#pools.push(pool);
    let next = 0;
    const one = async (): Promise<void> => {
      for (let planned = cases[next++]; planned !== undefined && this.#ended === 'no'; planned = cases[next++]) {
        await this.#play(pool, planned);
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(size, cases.length) }, one));
    } finally {
      pool.close();
      this.#pools = this.#pools.filter((other) => other !== pool);
    }
  }

  async #play(pool: CasePool, planned: PlannedCase): Promise<void> {
    const { out, onBegin, bail } = this.options;
    onBegin(planned.case);
    const folder = join(out, this.#folders.get(planned.case.name)!);
    const result = await this.#playIn(folder, pool, planned);
    if (result === undefined) return;
    if (wasSkipped(result)) {
      this.#results.set(planned.case.name, result);
      return;
    }
    this.#keep(result);
    if (bail && hasFailed(result)) this.#end('bail');
  }

  async #playIn(folder: string, pool: CasePool, planned: PlannedCase): Promise<CaseResult | undefined> {
    const { keep, inspect, coverage } = this.options;
    const { environment, timeoutMs, nodeCount } = planned.case;
    // A simulated case can be had again with its files, to the byte; a real one cannot.
    const writesAtOnce = keep === 'all' || environment === 'real';
    const refused = refusal(folder, () => {
      rmSync(folder, { recursive: true, force: true });
      if (writesAtOnce) createFolder(folder);
    });
    if (refused !== undefined) return { ...blank(planned.case, 0), end: 'not-started', sentence: refused };
    const order: CaseOrder = {
      case: planned.case,
      reading: planned.reading,
      inspect,
      folder: writesAtOnce ? folder : undefined,
      golden: this.#golden.wanted(planned),
      coverage: coverage !== undefined,
    };
    const boundMs =
      environment === 'simulated' ? SIMULATED_BOUND_MS + nodeCount * SIMULATED_NODE_MS : timeoutMs + REAL_MARGIN_MS;
    const played = await pool.play(order, boundMs);
    if (played === undefined) return undefined;
    if ('passed' in played.outcome && played.outcome.wasInterrupted) return this.#notPlayed(planned.case, order.folder);
    const result = this.#judge(planned, played);
    if (!('passed' in played.outcome)) return { ...result, folder: order.folder };
    coverage?.add(played.outcome.coverage);
    if (hasFailed(result)) return this.#withFiles(result, folder, pool, order, boundMs);
    if (!writesAtOnce) return result;
    // Files that stay because they cannot be removed are no reason to fail.
    const isGone =
      keep !== 'all' && refusal(folder, () => rmSync(folder, { recursive: true, force: true })) === undefined;
    return { ...result, folder: isGone ? undefined : folder };
  }

  /** The verdict stands, whatever becomes of the files. */
  async #withFiles(
    result: CaseResult,
    folder: string,
    pool: CasePool,
    order: CaseOrder,
    boundMs: number,
  ): Promise<CaseResult> {
    const { sentence, explanation } = result;
    const refused = refusal(folder, () => {
      createFolder(folder);
      writeFileSync(join(folder, 'failure.txt'), `${[sentence, ...explanation].join('\n')}\n`);
    });
    if (refused !== undefined) return { ...result, explanation: [...explanation, refused], folder: order.folder };
    if (order.folder !== undefined) return { ...result, folder };
    const again = await pool.play({ ...order, folder, golden: false, coverage: false }, boundMs);
    if (again === undefined) return result;
    const why = 'sentence' in again.outcome && 'end' in again.outcome ? [again.outcome.sentence] : [];
    return { ...result, explanation: [...explanation, ...why], folder };
  }

  #judge(planned: PlannedCase, { outcome, durationMs }: Played): CaseResult {
    const none = blank(planned.case, durationMs);
    if ('end' in outcome) {
      if (outcome.end !== 'endless') return { ...none, ...outcome };
      return {
        ...none,
        end: 'endless',
        sentence: `it was still going on after ${Math.round(durationMs / 1000)} s and was ended`,
        explanation: [
          'Nothing is left of it. It loops without end, or has more to do than that time allows: look for a loop in its steps first, and',
          'play a long one by itself with `imslab run --simulated --scenario FILE`, which has no such bound.',
        ],
      };
    }
    return this.#verdict(planned, outcome, none);
  }

  #verdict(planned: PlannedCase, outcome: CaseOutcome, none: Blank): CaseResult {
    const { passed, sentence, explanation, where } = outcome;
    const played = { ...none, sentence, explanation, where, scenarioMs: outcome.durationMs };
    if (!passed) return { ...played, end: 'failed' };
    const difference = this.#golden.compare(planned, outcome.golden);
    if (difference === undefined) return { ...played, end: 'passed' };
    return { ...played, end: 'golden', sentence: difference.sentence, explanation: difference.lines };
  }

  #keep(result: CaseResult): void {
    this.#results.set(result.case.name, result);
    this.options.onResult(result);
  }

  /** Not begun, or not played to the end. */
  #notPlayed(testCase: TestCase, folder: string | undefined): CaseResult {
    if (this.#ended === 'bail') return { ...skipped(testCase, 'another case failed before (--bail)'), folder };
    return { ...skipped(testCase, 'the suite was interrupted'), end: 'interrupted', folder };
  }
}

type Blank = Omit<CaseResult, 'end' | 'sentence'>;

function blank(testCase: TestCase, durationMs: number): Blank {
  return { case: testCase, where: undefined, explanation: [], durationMs, scenarioMs: undefined, folder: undefined };
}

/** What is said where the folder refuses: a full disk, or one that was removed or may not be written. */
function refusal(folder: string, work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return `${folder}: its files cannot be written (${(error as Error).message}); mend that, or choose another folder with --out DIR`;
  }
}
