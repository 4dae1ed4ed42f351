/**
 * Matchers for jest and vitest. `import 'imslab/jest'` or `'imslab/vitest'` adds them to `expect` and to its types;
 * `expect.extend(labMatchers)` adds them without the types.
 */
import { isIn } from '../scenario/run/state-log.js';
import { compilePattern, type MessagePattern } from '../selection/index.js';
import type { DrivenLab, LabMessage } from './driven-lab.js';

/** What a matcher returns to jest and vitest. */
export interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

/** Messages listed with a failure. */
const LISTED_MAX = 20;

/** A pattern, or the text of its `message`. */
export type Sent = string | MessagePattern;

/**
 * `expect(volte).toHaveSent('200 REGISTER')`, and with how many: `toHaveSent({ message: 'RTP', from: ['ue1'] }, 2)`. As for
 * `expectMessage`, what was lost on its way does not count.
 */
function toHaveSent(received: DrivenLab, wanted: Sent, count?: number): MatcherResult {
  const pattern = patternOf(wanted);
  const lost = received.lost(pattern).length;
  const also = lost === 0 ? '' : `, and ${lost} more ${lost === 1 ? 'was' : 'were'} lost`;
  return counted(received, received.messages(pattern).length, count, {
    asked: `${compilePattern(pattern).describe()} to have passed`,
    found: (often) => `it passed ${often}${also}`,
  });
}

/** `expect(volte).toHaveLost('200 REGISTER', 1)`: a fault dropped it, or its link lost it. */
function toHaveLost(received: DrivenLab, wanted: Sent, count?: number): MatcherResult {
  const pattern = patternOf(wanted);
  const came = received.messages(pattern).length;
  const also = came === 0 ? '' : `, and passed ${times(came)}`;
  return counted(received, received.lost(pattern).length, count, {
    asked: `${compilePattern(pattern).describe()} to have been lost`,
    found: (often) => `it was lost ${often}${also}`,
  });
}

function patternOf(wanted: Sent): MessagePattern {
  return typeof wanted === 'string' ? { message: wanted } : wanted;
}

interface Wording {
  readonly asked: string;
  readonly found: (often: string) => string;
}

function counted(lab: DrivenLab, found: number, wanted: number | undefined, wording: Wording): MatcherResult {
  const pass = wanted === undefined ? found > 0 : found === wanted;
  return {
    pass,
    message: () => {
      const often = wanted === undefined ? '' : ` ${times(wanted)}`;
      const asked = pass ? wording.asked.replace(/ to have /, ' not to have ') : wording.asked;
      const lines = listed(lab);
      const left = lines.length > LISTED_MAX ? [`  … and ${lines.length - LISTED_MAX} before`] : [];
      const head = `expected ${asked}${often}; ${wording.found(times(found))}. The last messages:`;
      return [head, ...left, ...lines.slice(-LISTED_MAX)].join('\n');
    },
  };
}

/** All messages in order of sending; those that were lost are marked. */
function listed(lab: DrivenLab): readonly string[] {
  const line = ({ from, to, summary }: LabMessage): string => `  ${from} → ${to}  ${summary}`;
  const all = [
    ...lab.messages().map((message) => ({ id: message.id, text: line(message) })),
    ...lab.lost().map((message) => ({ id: message.id, text: `${line(message)} (lost)` })),
  ];
  return all.sort((a, b) => a.id - b.id).map(({ text }) => text);
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
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
export const labMatchers = { toHaveSent, toHaveLost, toBeInState, toHavePassed };

/** The same as `expect` has them: methods that return what the other matchers of the framework return. */
export interface LabMatchers<TResult> {
  /** A message passed in a lab, at least once, or `count` times. One that was lost on its way did not. */
  toHaveSent(wanted: Sent, count?: number): TResult;
  /** A message was lost in a lab, by a fault or by its link, at least once, or `count` times. */
  toHaveLost(wanted: Sent, count?: number): TResult;
  /** The newest machine of that id of a node of a lab is in the state; a parent's name stands for all of its states. */
  toBeInState(node: string, machine: string, state: string): TResult;
  /** A verdict is that of a run that passed. */
  toHavePassed(): TResult;
}
