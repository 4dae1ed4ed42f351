/** A case: one scenario on one topology in one environment from one seed. Plain data that crosses to a worker. */
import type { ReadingOptions } from '../lab/read-scenarios.js';

export type EnvironmentName = 'simulated' | 'real';

/** What a plan needs to know of a scenario. */
export interface ScenarioOutline {
  /** Of a matrix, with the values: `node-down [node=hss1]`. */
  readonly name: string;
  /** File of the topology that it runs on. */
  readonly topology: string;
  readonly environments: readonly EnvironmentName[];
  readonly seeds: readonly number[];
  /** Bound of the scenario, in its environment's time. */
  readonly timeoutMs: number;
  /** Of its topology, with all members of its pools. */
  readonly nodeCount: number;
}

export interface TestCase {
  /** Unique in a suite and the same in every run. */
  readonly name: string;
  /** Empty for a file that could not be read. */
  readonly scenario: string;
  readonly file: string;
  readonly topology: string;
  readonly environment: EnvironmentName;
  /** Real sockets have none. */
  readonly seed: number | undefined;
  readonly timeoutMs: number;
  readonly nodeCount: number;
  /** The command that plays it and no other. */
  readonly alone: string;
}

/** What is to be done with a case. */
export interface CaseOrder {
  readonly case: TestCase;
  readonly reading: ReadingOptions;
  /** Machines as XState actors, with full contexts in the trace. */
  readonly inspect: boolean;
  /** Where capture, trace and ladder go; none are written where absent. */
  readonly folder: string | undefined;
  /** Whether the flow is wanted as a golden trace. */
  readonly golden: boolean;
  readonly coverage: boolean;
}

export interface CaseOutcome {
  readonly passed: boolean;
  readonly sentence: string;
  /** What was expected, what came, the clause: for people, a line each. */
  readonly explanation: readonly string[];
  /** `profiles/scenarios/loss.yaml:12:5`: the step that failed. */
  readonly where: string | undefined;
  /** In the environment's time, ms. */
  readonly durationMs: number;
  readonly golden: string | undefined;
  /** For `SuiteCoverage.add`. */
  readonly coverage: unknown;
  /** Whether it was ended before its time: then it proves nothing. */
  readonly wasInterrupted: boolean;
}

/** Reads scenarios and plays them. A file is read once, however many cases it has. */
export interface CaseRunner {
  /** Throws InputError with everything that is wrong with the file or its topology. */
  outline(file: string, reading: ReadingOptions): readonly ScenarioOutline[];
  /**
   * Rejects with InputError, UsageError or StartError; what else it rejects with is a mistake of imslab.
   * @param onAbortable given what ends the case in order before its time, with its files whole
   */
  play(order: CaseOrder, onAbortable: (abort: () => void) => void): Promise<CaseOutcome>;
}

/** How a case ended. `failed`: a step or check; the others keep it from a verdict. `interrupted`: cut off, or not begun. */
export type CaseEnd =
  | 'passed'
  | 'failed'
  | 'golden'
  | 'broken'
  | 'not-started'
  | 'crashed'
  | 'endless'
  | 'skipped'
  | 'interrupted';

export interface CaseResult {
  readonly case: TestCase;
  readonly end: CaseEnd;
  readonly sentence: string;
  readonly explanation: readonly string[];
  readonly where: string | undefined;
  /** Of the wall clock, ms. */
  readonly durationMs: number;
  /** In the environment's time, ms. */
  readonly scenarioMs: number | undefined;
  /** Where its files are. */
  readonly folder: string | undefined;
}

export function hasFailed(result: Pick<CaseResult, 'end'>): boolean {
  return result.end !== 'passed' && !wasSkipped(result);
}

/** It says neither that all is well nor that something is not. */
export function wasSkipped({ end }: Pick<CaseResult, 'end'>): boolean {
  return end === 'skipped' || end === 'interrupted';
}
