/** Transitions that the shipped suite does not visit, each with its reason. A test refuses entries that are visited or gone. */

export interface CoverageException {
  /** Name of the machine's page. */
  readonly machine: string;
  /** As `describeTransition` gives it. */
  readonly transition: string;
  readonly why: string;
}

export const exceptions: readonly CoverageException[] = [];
