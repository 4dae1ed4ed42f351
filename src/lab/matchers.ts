/**
 * Matchers for jest and vitest. `import 'imslab/jest'` or `'imslab/vitest'` adds them to `expect` and to its types;
 * `expect.extend(labMatchers)` adds them without the types.
 */
import { isIn } from '../scenario/run/state-log.js';
import { compilePattern, type MessagePattern } from '../selection/index.js';
import type { DrivenLab } from './driver.js';

/** What a matcher returns to jest and vitest. */
export interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

/** Messages listed with a failure. */
const LISTED_MAX = 20;

/** A pattern, or the text of its `message`. */
export type Sent = string | MessagePattern;

/** `expect(volte).toHaveSent('200 REGISTER')`, and with how many: `toHaveSent({ message: 'RTP', from: ['ue1'] }, 2)`. */
function toHaveSent(received: DrivenLab, wanted: Sent, count?: number): MatcherResult {
  const pattern = typeof wanted === 'string' ? { message: wanted } : wanted;
  const found = received.messages(pattern).length;
  const pass = count === undefined ? found > 0 : found === count;
  const described = compilePattern(pattern).describe();
  return {
    pass,
    message: () => {
      const often = count === undefined ? '' : ` ${count} times`;
      const lines = received.messages().map(({ from, to, summary }) => `  ${from} → ${to}  ${summary}`);
      const left = lines.length > LISTED_MAX ? [`  … and ${lines.length - LISTED_MAX} before`] : [];
      const was = `${pass ? 'not ' : ''}to have passed${often}; it passed ${found === 1 ? 'once' : `${found} times`}`;
      return [`expected ${described} ${was}. The last messages:`, ...left, ...lines.slice(-LISTED_MAX)].join('\n');
    },
  };
}

/** `expect(volte).toBeInState('ue1', 'registration', 'registered')`; a parent's name stands for all of its states. */
function toBeInState(received: DrivenLab, node: string, machine: string, state: string): MatcherResult {
  const actual = received.state(node, machine);
  const pass = actual !== undefined && isIn(actual, state);
  const was = actual === undefined ? `${node} has had no machine '${machine}'` : `it is in ${actual}`;
  return {
    pass,
    message: () => `expected ${machine} of ${node} ${pass ? 'not ' : ''}to be in ${state}; ${was}`,
  };
}

/** `expect(await volte.close()).toHavePassed()`; a failure shows the sentence and the explanation. */
function toHavePassed(received: {
  readonly passed: boolean;
  readonly sentence: string;
  readonly explanation: readonly string[];
}): MatcherResult {
  const { passed, sentence, explanation } = received;
  return { pass: passed, message: () => [sentence, ...explanation].join('\n') };
}

/** For `expect.extend`. */
export const labMatchers = { toHaveSent, toBeInState, toHavePassed };

/** The same as `expect` has them: methods that return what the other matchers of the framework return. */
export interface LabMatchers<TResult> {
  /** A message passed in a lab, at least once, or `count` times. */
  toHaveSent(wanted: Sent, count?: number): TResult;
  /** The newest machine of that id of a node of a lab is in the state; a parent's name stands for all of its states. */
  toBeInState(node: string, machine: string, state: string): TResult;
  /** A verdict is that of a run that passed. */
  toHavePassed(): TResult;
}
