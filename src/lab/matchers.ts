/** Matchers for `expect.extend` of jest and vitest: `expect.extend(labMatchers)`. */
import { compilePattern, type MessagePattern } from '../selection/index.js';
import type { DrivenLab } from './driver.js';

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
  const pass = actual === state || (actual?.startsWith(`${state}.`) ?? false);
  const was = actual === undefined ? `${node} has had no machine '${machine}'` : `it is in ${actual}`;
  return {
    pass,
    message: () => `expected ${machine} of ${node} ${pass ? 'not ' : ''}to be in ${state}; ${was}`,
  };
}

/** `expect(await volte.close()).toHavePassed()` */
function toHavePassed(received: {
  readonly passed: boolean;
  readonly sentence: string;
  readonly explanation: readonly string[];
}): MatcherResult {
  const { passed, sentence, explanation } = received;
  return { pass: passed, message: () => [sentence, ...explanation].join('\n') };
}

export const labMatchers = { toHaveSent, toBeInState, toHavePassed };
