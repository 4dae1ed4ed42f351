/** What ends a run before it has begun. Mistakes in files are `InputError`s. */

/** A combination of arguments that makes no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The lab or its files could not be brought up. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
