/** `imslab test`: a suite of scenarios, one summary, files for CI. */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../environment/index.js';
import { createRealEnvironment } from '../environment/real/index.js';
import { UsageError } from '../lab/errors.js';
import { createFolder } from '../lab/folder.js';
import {
  githubAnnotations,
  hasFailed,
  junitXml,
  lastResultFile,
  machineCoverage,
  ofShard,
  type PlannedCase,
  planCases,
  RESULT_FILE,
  readResultFile,
  type Shortfall,
  Suite,
  type SuiteArguments,
  type SuiteCoverage,
  type SuiteDocument,
  type SuiteResult,
  scenarioFilesBelow,
  select,
  suiteDocument,
  summaryLines,
  watchedPaths,
  watchFiles,
  workerThreads,
} from '../regression/index.js';
import { createCaseRunner } from '../regression/play-case.js';
import { findScenario } from '../topology/find-file.js';
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_PASSED, EXIT_START, reportError } from './exit.js';
import { createOutputFolder } from './output-folder.js';
import { type Interrupt, onInterrupt } from './signals.js';
import { openProgress } from './test-progress.js';
import { checkPlan, checkValues } from './test-usage.js';

export interface TestOptions {
  readonly simulated?: boolean;
  readonly real?: boolean;
  readonly topology: readonly string[];
  readonly set: readonly string[];
  readonly seed?: number;
  readonly grep?: string;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly parallel?: number;
  readonly bail?: boolean;
  readonly rerunFailed?: boolean;
  readonly watch?: boolean;
  readonly update?: boolean;
  readonly inspect?: boolean;
  readonly coverage?: boolean;
  readonly coverageMin?: number;
  readonly out?: string;
  readonly keep: 'failed' | 'all';
  readonly junit?: string;
  readonly json?: boolean;
  readonly annotations?: 'github';
}

/** @returns the exit status; throws what `reportError` knows. */
export async function test(paths: readonly string[], options: TestOptions): Promise<number> {
  checkValues(options);
  const environment = createRealEnvironment();
  const { clock } = environment;
  const interrupt = onInterrupt();
  try {
    if (options.watch !== true) return await once(paths, options, clock, interrupt);
    return await watching(paths, options, clock, interrupt);
  } finally {
    interrupt.forget();
    await environment.close();
  }
}

/** Once now, and again after each change, until Ctrl-C. A mistake in a file is said and waits to be mended. */
async function watching(
  paths: readonly string[],
  options: TestOptions,
  clock: Clock,
  interrupt: Interrupt,
): Promise<number> {
  const progress = openProgress(options.json);
  while (!interrupt.happened) {
    // Watched while it is played: what is changed meanwhile counts.
    let changed: (file: string | undefined) => void = () => {};
    const change = new Promise<string | undefined>((done) => {
      changed = done;
    });
    const stop = watchFiles(watchedPaths(toWatch(paths, options)), clock, changed);
    try {
      await once(paths, options, clock, interrupt);
    } catch (error) {
      reportError(error);
    }
    interrupt.handle(() => changed(undefined));
    progress.line('Waiting for changes; Ctrl-C ends.');
    const file = await change;
    stop();
    if (file !== undefined) progress.line(`\n${file} has changed.`);
  }
  return EXIT_INTERRUPTED;
}

/** What is chosen, and the shipped scenarios where none are. A last run that cannot be read is said by the suite. */
function toWatch(paths: readonly string[], options: TestOptions): Pick<SuiteArguments, 'paths' | 'topologies'> {
  let chosen: Pick<SuiteArguments, 'paths' | 'topologies'> = { paths, topologies: options.topology };
  try {
    chosen = chosenArguments(paths, options, options.rerunFailed === true ? lastRun(options.out) : undefined);
  } catch {
    // The arguments are what is left.
  }
  return { ...chosen, paths: orShipped(chosen.paths) };
}

async function once(
  paths: readonly string[],
  options: TestOptions,
  clock: Clock,
  interrupt: Interrupt,
): Promise<number> {
  const choice = choose(paths, options);
  const { chosen, cases } = choice;
  const progress = openProgress(options.json);
  for (const line of choice.remarks) progress.line(line);
  if (cases.length === 0) {
    progress.line(`0 passed, ${choice.unmended} failed`);
    return choice.unmended > 0 ? EXIT_FAILED : EXIT_PASSED;
  }
  const out = createOutputFolder(options.out);
  const coverage = options.coverage === true || options.coverageMin !== undefined ? machineCoverage() : undefined;
  const startedAt = clock.now();
  progress.begin(cases.length);
  const suite = new Suite(cases, {
    clock,
    startThread: workerThreads(new URL('../regression/play-case.js', import.meta.url)),
    parallel: options.parallel ?? availableParallelism(),
    out,
    keep: options.keep,
    inspect: options.inspect === true,
    bail: options.bail === true,
    update: options.update === true,
    coverage,
    coverageMin: options.coverageMin,
    onBegin: ({ name }) => progress.playing(name),
    onResult: (result) => progress.ended(result.case.name, hasFailed(result)),
  });
  interrupt.handle(() => suite.interrupt());
  const result = await suite.run();
  progress.end();
  const files = new Map<string, string>();
  if (options.junit !== undefined) files.set(options.junit, junitXml(result, startedAt));
  for (const [name, text] of coverage?.pages() ?? []) files.set(join(out, 'coverage', name), text);
  const told = afterFiles(result, leave(files));
  const document = (all: SuiteResult): string =>
    JSON.stringify(suiteDocument(all, chosen, coverage?.json()), undefined, 2);
  const final = afterFiles(told, leave(new Map([[join(out, RESULT_FILE), `${document(told)}\n`]])));
  show(final, options, out, coverage);
  if (options.json === true) console.log(document(final));
  return exitStatus(final);
}

function exitStatus({ results, shortfalls, wasInterrupted }: SuiteResult): number {
  if (shortfalls.some(({ what }) => what === 'file')) return EXIT_START;
  if (wasInterrupted) return EXIT_INTERRUPTED;
  return shortfalls.length > 0 || results.some(hasFailed) ? EXIT_FAILED : EXIT_PASSED;
}

function afterFiles(result: SuiteResult, unwritten: readonly Shortfall[]): SuiteResult {
  return { ...result, shortfalls: [...result.shortfalls, ...unwritten] };
}

interface Choice {
  readonly chosen: SuiteArguments;
  /** May be none: then the remarks say why. */
  readonly cases: readonly PlannedCase[];
  /** Lines for the user, before anything is played. */
  readonly remarks: readonly string[];
  /** What failed the last time and no case of it can mend. */
  readonly unmended: number;
}

/** Throws UsageError where nothing is there to be run. */
function choose(paths: readonly string[], options: TestOptions): Choice {
  const last = options.rerunFailed === true ? lastRun(options.out) : undefined;
  const chosen = chosenArguments(paths, options, last);
  const again = last?.cases.filter(({ status, end }) => status === 'failed' || end === 'interrupted');
  // What is played once more makes up for the interruption.
  const lacks = (last?.shortfalls ?? []).filter(({ what }) => what !== 'interrupted');
  const remarks = lacks.map(
    ({ sentence }) => `What failed the last time, and only the whole suite can mend: ${sentence}`,
  );
  if (again?.length === 0) {
    const nothing = remarks.length > 0 ? 'No case failed the last time.' : 'Nothing failed the last time.';
    return { chosen, cases: [], remarks: [nothing, ...remarks], unmended: remarks.length };
  }
  const names = again && new Set(again.map(({ name }) => name));
  const files = filesOf(chosen.paths);
  const planned = planCases(files, createCaseRunner(), chosen);
  checkPlan(planned, chosen);
  const selected = select(planned, { grep: options.grep, names });
  if (selected.length === 0) throw new UsageError(nothingToRun(chosen, options, files, planned));
  const cases = options.shard === undefined ? selected : ofShard(selected, options.shard);
  // Of few cases and many shards some have none: that is no failure of the job.
  const none = cases.length === 0 ? ['No case falls into this shard.'] : [];
  return { chosen, cases, remarks: [...remarks, ...none], unmended: 0 };
}

/** What is not given is as it was in the last run. */
function chosenArguments(
  paths: readonly string[],
  options: TestOptions,
  last: SuiteDocument | undefined,
): SuiteArguments {
  return {
    paths: paths.length > 0 ? paths : (last?.arguments.paths ?? []),
    topologies: options.topology.length > 0 ? options.topology : (last?.arguments.topologies ?? []),
    set: options.set.length > 0 ? options.set : (last?.arguments.set ?? []),
    environments: environmentsOf(options) ?? last?.arguments.environments ?? [],
    seed: options.seed ?? last?.arguments.seed,
  };
}

function lastRun(out: string | undefined): SuiteDocument {
  const file = lastResultFile(out ?? 'out', out !== undefined);
  if (file !== undefined) return readResultFile(file);
  throw new UsageError(
    `--rerun-failed: ${out ?? 'out'} has no ${RESULT_FILE} of an earlier suite; run the suite first`,
  );
}

function environmentsOf({ simulated, real }: TestOptions): SuiteArguments['environments'] | undefined {
  if (simulated !== true && real !== true) return undefined;
  return [...(simulated === true ? (['simulated'] as const) : []), ...(real === true ? (['real'] as const) : [])];
}

/** A folder stands for the scenarios below it; a name for one that is shipped, or for a folder of them. */
function filesOf(paths: readonly string[]): readonly string[] {
  const files = orShipped(paths).flatMap((path) => {
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    return isFolder ? scenarioFilesBelow(path) : (shippedFolder(path) ?? [findScenario(path)]);
  });
  return [...new Set(files.map((file) => resolve(file)))];
}

/** `sim` stands for the shipped folder of that name, where no file is called so. */
function shippedFolder(path: string): readonly string[] | undefined {
  if (path === '' || path.endsWith('.yaml') || path.split('/').includes('..') || existsSync(path)) return undefined;
  const folder = orShipped([])
    .map((root) => join(root, path))
    .find((each) => existsSync(each) && statSync(each).isDirectory());
  return folder === undefined ? undefined : scenarioFilesBelow(folder);
}

function orShipped(paths: readonly string[]): readonly string[] {
  if (paths.length > 0) return paths;
  const here = join('profiles', 'scenarios');
  return [existsSync(here) ? here : fileURLToPath(new URL('../../profiles/scenarios', import.meta.url))];
}

function nothingToRun(
  { paths }: SuiteArguments,
  { grep, rerunFailed }: TestOptions,
  files: readonly string[],
  planned: readonly PlannedCase[],
): string {
  if (files.length === 0)
    return `${paths.join(', ')}: there is no scenario; name a folder with scenario files, or a file`;
  if (rerunFailed === true)
    return '--rerun-failed: what failed the last time is not there any more; run the whole suite';
  const some = planned.slice(0, 3).map(({ case: { name } }) => `'${name}'`);
  return `--grep ${grep}: no case has this in its name; cases are called like ${some.join(', ')}`;
}

function show(
  result: SuiteResult,
  { annotations, json }: TestOptions,
  out: string,
  coverage: SuiteCoverage | undefined,
): void {
  const progress = openProgress(json);
  if (annotations === 'github') for (const line of githubAnnotations(result)) progress.line(line);
  if (coverage !== undefined) {
    for (const line of [...coverage.lines(), `${join(out, 'coverage')}: each machine's statechart`, ''])
      progress.line(line);
  }
  for (const line of summaryLines(result, progress.style)) progress.line(line);
}

/** Writes what can be written. @returns what cannot */
function leave(files: ReadonlyMap<string, string>): readonly Shortfall[] {
  const refused: Shortfall[] = [];
  for (const [file, text] of files) {
    try {
      createFolder(dirname(file));
      writeFileSync(file, text);
    } catch (error) {
      const sentence = `${file}: cannot write it (${(error as Error).message}); choose another place`;
      refused.push({ what: 'file', sentence });
    }
  }
  return refused;
}
