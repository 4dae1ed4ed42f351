/** What an error says about a case that has no verdict. */
import { StartError, UsageError } from '../lab/errors.js';
import { formatProblem, InputError } from '../topology/problem.js';
import type { Refusal } from './case-thread.js';

export function refusalOf(error: unknown): Refusal {
  if (error instanceof InputError) {
    const [first, ...others] = error.problems;
    return {
      end: 'broken',
      sentence: first === undefined ? error.message : formatProblem(first),
      explanation: others.map(formatProblem),
      where: first?.where,
    };
  }
  if (error instanceof StartError || error instanceof UsageError) {
    const [sentence = '', ...explanation] = error.message.split('\n');
    return { end: 'not-started', sentence, explanation, where: undefined };
  }
  return crash(error);
}

/** A mistake of imslab, with what is needed to find it. */
export function crash(error: unknown): Refusal {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return {
    end: 'crashed',
    sentence: `imslab itself failed: ${message}`,
    explanation: [
      'This is a mistake in imslab, not in your files. Please report it with these lines.',
      ...lines(stack),
    ],
    where: undefined,
  };
}

function lines(stack: string | undefined): readonly string[] {
  return (stack ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
