/** The outcome of a run: one sentence, what was checked, and the timings. */
import type { MediaReport } from '../media/index.js';
import type { CheckName } from './scenario-schema.js';

export interface RegistrationTiming {
  readonly ue: string;
  /** From the first REGISTER to the outcome, ms. */
  readonly durationMs: number;
}

export interface CallTiming {
  readonly as: string;
  readonly from: string;
  readonly to: string;
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
  readonly step: string;
  readonly passed: boolean;
  readonly durationMs: number;
}

export interface Verdict {
  readonly scenario: string;
  readonly passed: boolean;
  /** One sentence. */
  readonly sentence: string;
  /** Virtual time in the simulated environment. */
  readonly durationMs: number;
  readonly steps: readonly StepResult[];
  readonly checks: readonly CheckResult[];
  readonly registrations: readonly RegistrationTiming[];
  readonly calls: readonly CallTiming[];
  /** What was out of the ordinary and went well all the same, one sentence each with its clause. */
  readonly remarks: readonly string[];
}
