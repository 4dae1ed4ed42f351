/** `junit.xml` of a run: a suite of one case, as `imslab test --junit` writes many. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../lab/errors.js';
import { type JunitCase, junitXml, refusalOf } from '../regression/index.js';
import type { Verdict } from '../scenario/run/verdict.js';

export class RunJunit {
  readonly #path: string;
  readonly #startedAt = Date.now();

  /** A run that is killed leaves no verdict, so not that of an earlier run in the same folder either. */
  constructor(
    private readonly folder: string,
    private readonly played: JunitCase['case'],
  ) {
    this.#path = join(folder, 'junit.xml');
    rmSync(this.#path, { force: true });
  }

  /** Throws StartError where it cannot be written. */
  judged({ passed, sentence, explanation, steps }: Verdict, wasInterrupted: boolean): void {
    const end = wasInterrupted ? 'interrupted' : passed ? 'passed' : 'failed';
    this.#write({ end, sentence, explanation, where: steps.find((step) => !step.passed)?.place.where });
  }

  /** What kept it from a verdict is what is told: that this cannot be written either is not. */
  refused(error: unknown): void {
    try {
      this.#write(refusalOf(error));
    } catch {}
  }

  #write(outcome: Pick<JunitCase, 'end' | 'sentence' | 'explanation' | 'where'>): void {
    const durationMs = Date.now() - this.#startedAt;
    const result = { ...outcome, case: this.played, durationMs, folder: this.folder };
    try {
      writeFileSync(this.#path, junitXml({ results: [result], durationMs, shortfalls: [] }, this.#startedAt));
    } catch (error) {
      throw new StartError(
        `${this.#path}: cannot write it (${(error as Error).message}); mend that, or choose another folder with --out DIR`,
      );
    }
  }
}
