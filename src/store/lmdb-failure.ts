/** Why LMDB could not write. */

/** A commit that failed says why by a promise of its own, which is rejected a moment later, and has to be handled. */
interface WriteFailure extends Error {
  readonly commitError?: Promise<never>;
}

/** `done` once, with the reason as the system says it. */
export function explainFailure(error: WriteFailure, done: (why: string) => void): void {
  if (error.commitError === undefined) done(error.message);
  else
    error.commitError.catch((reason: Error) =>
      done(`the store cannot be written (is the disk full?): ${reason.message}`),
    );
}
