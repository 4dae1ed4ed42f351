/** The outcome of a suite as JSON: `test-result.json`, what `--json` prints, and what `--rerun-failed` reads. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../topology/problem.js';
import { type CaseEnd, type CaseResult, type EnvironmentName, hasFailed, wasSkipped } from './case.js';
import type { Shortfall } from './shortfall.js';
import type { SuiteResult } from './suite.js';

export const RESULT_FILE = 'test-result.json';

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Shortfalls are among the failed. */
export function totals({ results, shortfalls }: Pick<SuiteResult, 'results' | 'shortfalls'>): Totals {
  const failed = results.filter(hasFailed).length;
  const skipped = results.filter(wasSkipped).length;
  return { passed: results.length - failed - skipped, failed: failed + shortfalls.length, skipped };
}

/** How the cases were chosen, so that the failed ones can be found again. */
export interface SuiteArguments {
  readonly paths: readonly string[];
  readonly topologies: readonly string[];
  readonly set: readonly string[];
  readonly environments: readonly EnvironmentName[];
  readonly seed: number | undefined;
}

export interface CaseDocument {
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /**
   * Of a failed case: `failed` (a step or check), `golden`, `broken`, `not-started`, `crashed`, `endless`; of a skipped one
   * `skipped`, or `interrupted` where Ctrl-C has cut it off or it was not begun.
   */
  readonly end: CaseEnd;
  readonly scenario: string;
  readonly file: string;
  readonly topology: string;
  readonly environment: EnvironmentName;
  readonly seed?: number | undefined;
  readonly sentence: string;
  readonly explanation: readonly string[];
  readonly where?: string | undefined;
  /** Of the wall clock. */
  readonly durationMs: number;
  /** In the environment's time. */
  readonly scenarioMs?: number | undefined;
  readonly folder?: string | undefined;
}

const STATUSES: ReadonlySet<unknown> = new Set<CaseDocument['status']>(['passed', 'failed', 'skipped']);

export interface SuiteDocument extends Totals {
  readonly durationMs: number;
  readonly interrupted: boolean;
  /** What failed beside cases; each is counted in `failed`. */
  readonly shortfalls: readonly Shortfall[];
  readonly arguments: SuiteArguments;
  readonly cases: readonly CaseDocument[];
  readonly coverage?: unknown;
}

export function suiteDocument(result: SuiteResult, chosen: SuiteArguments, coverage: unknown): SuiteDocument {
  return {
    ...totals(result),
    durationMs: Math.round(result.durationMs),
    interrupted: result.wasInterrupted,
    shortfalls: result.shortfalls,
    arguments: chosen,
    cases: result.results.map(caseDocument),
    ...(coverage !== undefined && { coverage }),
  };
}

function caseDocument(result: CaseResult): CaseDocument {
  const { end, sentence, explanation, where, durationMs, scenarioMs, folder } = result;
  const { name, scenario, file, topology, environment, seed } = result.case;
  const status = end === 'passed' ? end : wasSkipped(result) ? 'skipped' : 'failed';
  const what = {
    name,
    status,
    end,
    scenario,
    file,
    topology,
    environment,
    seed,
    sentence,
    explanation,
    where,
  } as const;
  return { ...what, durationMs: Math.round(durationMs), scenarioMs, folder };
}

/** The last one that a suite has left in `out`, or the newest in the folders below it. `undefined` where there is none. */
export function lastResultFile(out: string, isGiven: boolean): string | undefined {
  if (isGiven) return isFile(join(out, RESULT_FILE)) ? join(out, RESULT_FILE) : undefined;
  try {
    const folders = readdirSync(out, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return folders
      .map(({ name }) => join(out, name, RESULT_FILE))
      .filter(isFile)
      .sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)[0];
  } catch {
    return undefined;
  }
}

/** Throws InputError for what no suite has written. */
export function readResultFile(file: string): SuiteDocument {
  try {
    const document = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    if (isSuiteDocument(document)) return document;
  } catch {
    // Said below.
  }
  const mend = 'run the whole suite once more';
  throw new InputError([{ where: file, key: '', what: 'is not the result of a suite', mend }]);
}

/** As far as `--rerun-failed` reads it. */
function isSuiteDocument(value: unknown): value is SuiteDocument {
  if (!isObject(value)) return false;
  const { arguments: chosen, cases, shortfalls } = value;
  if (!isObject(chosen) || !Array.isArray(cases) || !cases.every(isCaseDocument)) return false;
  if (!Array.isArray(shortfalls) || !shortfalls.every(isShortfall)) return false;
  const { paths, topologies, set, environments, seed } = chosen;
  return [paths, topologies, set, environments].every(isListOfText) && (seed === undefined || typeof seed === 'number');
}

function isCaseDocument(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { name, status } = value;
  return typeof name === 'string' && STATUSES.has(status);
}

function isShortfall(value: unknown): boolean {
  return isObject(value) && typeof value.what === 'string' && typeof value.sentence === 'string';
}

function isListOfText(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
