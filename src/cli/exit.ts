/** Exit statuses, and how an error ends the program: a user's mistake in one line each, never with a stack trace. */
import { StartError, UsageError } from '../lab/errors.js';
import { StoreFailure } from '../store/index.js';
import { InputError } from '../topology/problem.js';

export const EXIT_PASSED = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_START = 3;
/** As shells give it after Ctrl-C. */
export const EXIT_INTERRUPTED = 130;

/** Says what is wrong on stderr and gives the exit status for it. */
export function reportError(error: unknown): number {
  if (error instanceof InputError || error instanceof UsageError) {
    console.error(error.message);
    return EXIT_USAGE;
  }
  if (error instanceof StartError) {
    console.error(error.message);
    return EXIT_START;
  }
  if (error instanceof StoreFailure) {
    console.error(`the store failed, ${error.message}; check that it is there and that this user may change it`);
    return EXIT_START;
  }
  const { message, stack } = error as Error;
  console.error(`imslab: ${message}`);
  console.error('This is a mistake in imslab, not in your files. Please report it with the lines below.');
  console.error(stack ?? '');
  return EXIT_START;
}
