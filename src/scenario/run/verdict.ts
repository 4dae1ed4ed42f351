/** The outcome of a run: one sentence, its explanation, what was checked, and the timings. */
import type { Finding } from '../../conformance/rule.js';
import type { MediaReport } from '../../media/index.js';
import type { CheckName, StepPlace } from '../model.js';

export interface RegistrationTiming {
  readonly ue: string;
  /** From the first REGISTER to the outcome, ms. */
  readonly durationMs: number;
}

export interface CallTiming {
  readonly as: string;
  readonly from: string;
  readonly to: string;
  /** The UE that is called, where the topology has it. */
  readonly callee?: string | undefined;
  /** Whether the caller was done with it when the run ended; the figures come with the end. */
  readonly ended: boolean;
  /** Post-dial delay: INVITE to 180, ms. */
  readonly ringingAfterMs: number | undefined;
  /** Call set-up: INVITE to 200, ms. */
  readonly answeredAfterMs: number | undefined;
  /** What each side received. */
  readonly media: readonly { readonly at: string; readonly report: MediaReport }[];
}

export interface CheckResult {
  readonly check: CheckName;
  readonly passed: boolean;
  readonly detail: string;
}

export interface StepResult {
  /** `3`; `4.2.1`: the first step in the second branch of the fourth. */
  readonly number: string;
  /** As `describeStep` says it. */
  readonly step: string;
  readonly place: StepPlace;
  /** Since the scenario began, ms. */
  readonly startedAfterMs: number;
  readonly durationMs: number;
  readonly passed: boolean;
}

/** How often a fault of the scenario met a message. */
export interface FaultResult {
  readonly name: string;
  readonly struck: number;
}

export interface Verdict {
  readonly scenario: string;
  /** As the scenario expects: one that is to fail passes when it failed in the way it says. */
  readonly passed: boolean;
  /** One sentence. */
  readonly sentence: string;
  /** Lines for a person who did not write the scenario; empty where all went well. */
  readonly explanation: readonly string[];
  /** Virtual time in the simulated environment. */
  readonly durationMs: number;
  /** Those that have ended, in the order of their ends. */
  readonly steps: readonly StepResult[];
  /** Empty where a step failed. */
  readonly checks: readonly CheckResult[];
  readonly registrations: readonly RegistrationTiming[];
  readonly calls: readonly CallTiming[];
  /** What was out of the ordinary and went well all the same, one sentence each with its clause. */
  readonly remarks: readonly string[];
  /** Breaches of rules of the specifications. */
  readonly findings: readonly Finding[];
  readonly faults: readonly FaultResult[];
}
