/** What the files of a run say of it beside its records. */

/** One line of the table of verdicts. */
export interface SummaryCheck {
  readonly check: string;
  readonly passed: boolean;
  readonly detail: string;
}

export interface SummaryStep {
  /** `3`; `4.2.1`: the first step in the second branch of the fourth. */
  readonly number: string;
  readonly step: string;
  readonly passed: boolean;
  /** In the environment's time, ms. */
  readonly durationMs: number;
}

export interface SummaryFinding {
  readonly rule: string;
  readonly clause: string;
  readonly sentence: string;
  /** Id of the message. */
  readonly message: number | undefined;
}

export interface RunSummary {
  /** `register-and-call on topologies/volte.yaml` */
  readonly title: string;
  /** Absent where nobody judged it: `imslab up`. */
  readonly verdict?: 'passed' | 'failed' | undefined;
  /** One sentence; empty without a verdict. */
  readonly sentence: string;
  /** Lines for a person who did not write the scenario. */
  readonly explanation: readonly string[];
  readonly remarks: readonly string[];
  readonly steps: readonly SummaryStep[];
  readonly checks: readonly SummaryCheck[];
  readonly findings: readonly SummaryFinding[];
  /** What was measured, with its name before it. */
  readonly figures: readonly (readonly [string, string])[];
}

/** Of a run that has neither steps nor checks to tell of. */
export const bareSummary: Omit<RunSummary, 'title'> = {
  sentence: '',
  explanation: [],
  remarks: [],
  steps: [],
  checks: [],
  findings: [],
  figures: [],
};
