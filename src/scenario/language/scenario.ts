/** A scenario put together: the one place of its defaults. */
import type { Fault } from '../../faults/index.js';
import type { Override } from '../../topology/source.js';
import type { CheckName, ExpectedVerdict, Scenario, Step } from '../model.js';
import { callerOf, type Duration, milliseconds } from './place.js';

const TIMEOUT_MS = 600_000;
/** Of every scenario, whatever else it asks for; a breach that is meant is an exception. */
const CHECKS: readonly CheckName[] = ['ts24229', 'invariants'];

export interface ScenarioOptions {
  readonly name: string;
  readonly description?: string | undefined;
  /** Rule ids. */
  readonly proves?: readonly string[] | undefined;
  readonly topology?: string | undefined;
  readonly overrides?: readonly Override[] | undefined;
  /** Both where absent, and `simulated` alone where a step changes links. */
  readonly environments?: Scenario['environments'] | undefined;
  readonly seeds?: readonly number[] | undefined;
  readonly faults?: readonly Fault[] | undefined;
  readonly steps: readonly Step[];
  /** Beside `ts24229` and `invariants`. */
  readonly checks?: readonly CheckName[] | undefined;
  /** Rule id → why its breach is meant. */
  readonly exceptions?: Readonly<Record<string, string>> | undefined;
  readonly verdict?: { readonly passed: boolean; readonly sentence?: ExpectedVerdict['sentence'] } | undefined;
  /** 10 minutes where absent. */
  readonly timeout?: Duration | undefined;
}

export function scenario(options: ScenarioOptions, place = callerOf(scenario)): Scenario {
  const { steps, verdict, timeout } = options;
  return {
    name: options.name,
    description: options.description,
    proves: options.proves ?? [],
    topology: options.topology,
    overrides: options.overrides ?? [],
    environments: options.environments ?? (steps.some(changesLinks) ? ['simulated'] : ['simulated', 'real']),
    seeds: options.seeds ?? [1],
    faults: options.faults ?? [],
    steps,
    checks: [...new Set([...CHECKS, ...(options.checks ?? [])])],
    exceptions: options.exceptions ?? {},
    verdict: { passed: verdict?.passed ?? true, sentence: verdict?.sentence },
    timeoutMs: timeout === undefined ? TIMEOUT_MS : milliseconds(timeout, 'timeout', place),
  };
}

/** Sockets have no loss, delay or rate that could be set. */
function changesLinks(step: Step): boolean {
  if (!('do' in step)) return false;
  return step.do === 'link' || (step.do === 'parallel' && step.branches.some((branch) => branch.some(changesLinks)));
}
