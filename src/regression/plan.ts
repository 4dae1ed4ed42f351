/** From files to cases: every scenario on its topology, in its environments, from each of its seeds. */

import type { ReadingOptions } from '../lab/read-scenarios.js';
import { formatProblem, InputError } from '../topology/problem.js';
import { displayName } from '../topology/source.js';
import { type AloneOptions, aloneCommand } from './alone.js';
import type { CaseResult, CaseRunner, EnvironmentName, ScenarioOutline, TestCase } from './case.js';

export interface PlanOptions {
  /** In place of those that the files name; each gives a case. */
  readonly topologies: readonly string[];
  readonly set: readonly string[];
  /** In place of the scenarios' seeds. */
  readonly seed: number | undefined;
  /** Empty: the simulated one where a scenario may run there, else sockets. */
  readonly environments: readonly EnvironmentName[];
}

export interface PlannedCase {
  readonly case: TestCase;
  readonly reading: ReadingOptions;
  /** Known without playing it: its file is broken, or it is left out. */
  readonly result: CaseResult | undefined;
}

export function planCases(
  files: readonly string[],
  runner: Pick<CaseRunner, 'outline'>,
  options: PlanOptions,
): readonly PlannedCase[] {
  const topologies = options.topologies.length === 0 ? [undefined] : options.topologies;
  const planned = files.flatMap((file) =>
    topologies.flatMap((topology): readonly PlannedCase[] => {
      const reading = { topology, set: options.set };
      try {
        return runner.outline(file, reading).flatMap((outline) => casesOf(file, outline, reading, options));
      } catch (error) {
        if (error instanceof InputError) return [brokenFile(file, reading, error)];
        throw error;
      }
    }),
  );
  return withUniqueNames(planned);
}

function casesOf(
  file: string,
  outline: ScenarioOutline,
  reading: ReadingOptions,
  { environments, seed }: PlanOptions,
): readonly PlannedCase[] {
  const allowed = outline.environments;
  const wanted =
    environments.length > 0 ? environments : ([allowed.includes('simulated') ? 'simulated' : 'real'] as const);
  return wanted.flatMap((environment) => {
    const isAllowed = allowed.includes(environment);
    const seeds = environment === 'real' ? [undefined] : seed === undefined ? outline.seeds : [seed];
    return (isAllowed ? seeds : seeds.slice(0, 1)).map((each): PlannedCase => {
      const alone = { reading, seed: environment === 'real' ? undefined : seed };
      const testCase = caseOf(file, outline, environment, each, alone);
      const result = isAllowed ? undefined : skipped(testCase, `it does not run in the ${environment} environment`);
      return { case: testCase, reading, result };
    });
  });
}

function caseOf(
  file: string,
  { name, topology, timeoutMs, nodeCount }: ScenarioOutline,
  environment: EnvironmentName,
  seed: number | undefined,
  chosenBy: Pick<AloneOptions, 'reading' | 'seed'>,
): TestCase {
  const parts = [shortName(topology), environment, ...(seed === undefined ? [] : [`seed ${seed}`])];
  const shown = displayName(file);
  const full = `${name} (${parts.join(', ')})`;
  const alone = aloneCommand({ ...chosenBy, file: shown, name: full, environment });
  return { name: full, scenario: name, file: shown, topology, environment, seed, timeoutMs, nodeCount, alone };
}

/** `topologies/volte.yaml` is `volte`. */
function shortName(topology: string): string {
  return topology.replace(/^.*[\\/]/, '').replace(/\.ya?ml$/, '');
}

function brokenFile(file: string, reading: ReadingOptions, { problems }: InputError): PlannedCase {
  const shown = displayName(file);
  const [first, ...others] = problems;
  const name = reading.topology === undefined ? shown : `${shown} (${shortName(reading.topology)})`;
  const testCase: TestCase = {
    name,
    scenario: '',
    file: shown,
    topology: reading.topology ?? '',
    environment: 'simulated',
    seed: undefined,
    timeoutMs: 0,
    nodeCount: 0,
    alone: aloneCommand({ file: shown, name, environment: 'simulated', reading, seed: undefined }),
  };
  const result: CaseResult = {
    case: testCase,
    end: 'broken',
    sentence: first === undefined ? `${shown} cannot be used` : formatProblem(first),
    explanation: others.map(formatProblem),
    where: first?.where,
    durationMs: 0,
    scenarioMs: undefined,
    folder: undefined,
  };
  return { case: testCase, reading, result };
}

export function skipped(testCase: TestCase, why: string): CaseResult {
  return {
    case: testCase,
    end: 'skipped',
    sentence: why,
    explanation: [],
    where: undefined,
    durationMs: 0,
    scenarioMs: undefined,
    folder: undefined,
  };
}

/** Files may name their scenarios alike: then the file tells them apart. */
function withUniqueNames(planned: readonly PlannedCase[]): readonly PlannedCase[] {
  const counts = new Map<string, number>();
  for (const {
    case: { name },
  } of planned)
    counts.set(name, (counts.get(name) ?? 0) + 1);
  const used = new Set<string>();
  return planned.map((entry) => {
    const { name, file } = entry.case;
    let unique = counts.get(name) === 1 ? name : `${name} in ${file}`;
    for (let number = 2; used.has(unique); number++) unique = `${name} in ${file} #${number}`;
    used.add(unique);
    if (unique === name) return entry;
    const renamed = { ...entry.case, name: unique };
    return { ...entry, case: renamed, result: entry.result && { ...entry.result, case: renamed } };
  });
}

export interface Selection {
  /** Part of the name, in any case; where it is the whole name of a case, that one alone. */
  readonly grep: string | undefined;
  /** These only. */
  readonly names: ReadonlySet<string> | undefined;
}

export function select(planned: readonly PlannedCase[], { grep, names }: Selection): readonly PlannedCase[] {
  const text = grep?.toLowerCase();
  const isWhole = planned.some((each) => each.case.name === grep);
  return planned.filter(({ case: { name } }) => {
    if (isWhole && name !== grep) return false;
    return (text === undefined || name.toLowerCase().includes(text)) && (names === undefined || names.has(name));
  });
}

/** From 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** By the name alone, so that a case stays in its shard when others come and go. */
export function ofShard(planned: readonly PlannedCase[], { index, count }: Shard): readonly PlannedCase[] {
  return planned.filter(({ case: { name } }) => hash(name) % count === index - 1);
}

/** FNV-1a, 32 bits, with its last bits mixed once more: they alone decide. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const octet of Buffer.from(text)) value = Math.imul(value ^ octet, 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
