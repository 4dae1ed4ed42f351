/** Plays a plan: simulated cases beside one another, then those on sockets one after the other. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../environment/index.js';
import { type CaseOrder, type CaseOutcome, type CaseResult, hasFailed, type TestCase } from './case.js';
import { CasePool, type Played } from './case-pool.js';
import type { StartThread } from './case-thread.js';
import { fileName } from './file-name.js';
import { GoldenFiles, type GoldenUpdate } from './golden/golden-files.js';
import { type PlannedCase, skipped } from './plan.js';
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
  readonly onBegin: (testCase: TestCase) => void;
  readonly onResult: (result: CaseResult) => void;
}

export interface SuiteResult {
  /** In the plan's order. */
  readonly results: readonly CaseResult[];
  readonly durationMs: number;
  readonly wasInterrupted: boolean;
  readonly goldenUpdates: readonly GoldenUpdate[];
}

/** A simulated case takes a fraction of a second; this is for what never ends. */
const SIMULATED_BOUND_MS = 60_000;
/** For start and stop of a lab on sockets, beside the scenario's own bound. */
const REAL_MARGIN_MS = 30_000;

export class Suite {
  readonly #results = new Map<string, CaseResult>();
  readonly #golden: GoldenFiles;
  #pools: CasePool[] = [];
  #ended: 'no' | 'bail' | 'interrupted' = 'no';

  constructor(
    private readonly plan: readonly PlannedCase[],
    private readonly options: SuiteOptions,
  ) {
    this.#golden = new GoldenFiles(options.update);
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
    return {
      results: this.plan.map((planned) => this.#results.get(planned.case.name) ?? this.#notPlayed(planned.case)),
      durationMs: clock.now() - startedAt,
      wasInterrupted: this.#ended === 'interrupted',
      goldenUpdates: this.#golden.finish(),
    };
  }

  /** Ends what is under way; `run` then gives what there is. */
  interrupt(): void {
    this.#end('interrupted');
  }

  #end(why: 'bail' | 'interrupted'): void {
    if (this.#ended !== 'interrupted') this.#ended = why;
    for (const pool of this.#pools) pool.close();
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
    await Promise.all(Array.from({ length: Math.min(size, cases.length) }, one));
    pool.close();
    this.#pools = this.#pools.filter((other) => other !== pool);
  }

  async #play(pool: CasePool, planned: PlannedCase): Promise<void> {
    const { keep, inspect, coverage, out, onBegin, bail } = this.options;
    const { environment, timeoutMs } = planned.case;
    const folder = join(out, fileName(planned.case.name));
    rmSync(folder, { recursive: true, force: true });
    // A simulated case can be had again with its files, to the byte; a real one cannot.
    const writesAtOnce = keep === 'all' || environment === 'real';
    if (writesAtOnce) mkdirSync(folder);
    onBegin(planned.case);
    const order: CaseOrder = {
      case: planned.case,
      reading: planned.reading,
      inspect,
      folder: writesAtOnce ? folder : undefined,
      golden: this.#golden.wanted(planned),
      coverage: coverage !== undefined,
    };
    const boundMs = environment === 'simulated' ? SIMULATED_BOUND_MS : timeoutMs + REAL_MARGIN_MS;
    const played = await pool.play(order, boundMs);
    if (played === undefined) return;
    const result = this.#judge(planned, played);
    if ('passed' in played.outcome && coverage !== undefined) coverage.add(played.outcome.coverage);
    let hasFiles = writesAtOnce;
    if (hasFailed(result) && 'passed' in played.outcome) {
      if (!hasFiles) {
        mkdirSync(folder);
        hasFiles = (await pool.play({ ...order, folder, golden: false, coverage: false }, boundMs)) !== undefined;
      }
      writeFileSync(join(folder, 'failure.txt'), `${[result.sentence, ...result.explanation].join('\n')}\n`);
    }
    if (!hasFailed(result) && keep !== 'all' && hasFiles) {
      rmSync(folder, { recursive: true, force: true });
      hasFiles = false;
    }
    this.#keep({ ...result, folder: hasFiles ? folder : undefined });
    if (bail && hasFailed(result)) this.#end('bail');
  }

  #judge(planned: PlannedCase, { outcome, durationMs }: Played): CaseResult {
    const blank = {
      case: planned.case,
      where: undefined,
      explanation: [],
      durationMs,
      scenarioMs: undefined,
      folder: undefined,
    };
    if ('end' in outcome) {
      if (outcome.end !== 'endless') return { ...blank, ...outcome };
      return {
        ...blank,
        end: 'endless',
        sentence: `it was still going on after ${Math.round(durationMs / 1000)} s and was ended`,
        explanation: ['Nothing is left of it. Something in it loops without end: look for a loop in its steps first.'],
      };
    }
    return this.#verdict(planned, outcome, blank);
  }

  #verdict(planned: PlannedCase, outcome: CaseOutcome, blank: Omit<CaseResult, 'end' | 'sentence'>): CaseResult {
    const { passed, sentence, explanation, where } = outcome;
    const played = { ...blank, sentence, explanation, where, scenarioMs: outcome.durationMs };
    if (!passed) return { ...played, end: 'failed' };
    const difference = this.#golden.compare(planned, outcome.golden);
    if (difference === undefined) return { ...played, end: 'passed' };
    return { ...played, end: 'golden', sentence: difference.sentence, explanation: difference.lines };
  }

  #keep(result: CaseResult): void {
    this.#results.set(result.case.name, result);
    this.options.onResult(result);
  }

  #notPlayed(testCase: TestCase): CaseResult {
    return skipped(
      testCase,
      this.#ended === 'bail' ? 'another case failed before (--bail)' : 'the suite was interrupted',
    );
  }
}
