/** A scenario that is to fail passes when it fails in the way it says. */
import { describeMatcher, matchesValue } from '../../selection/index.js';
import type { ExpectedVerdict } from '../model.js';
import type { Verdict } from './verdict.js';

export interface Ending {
  readonly passed: boolean;
  readonly sentence: string;
  readonly explanation?: readonly string[] | undefined;
  readonly checks?: Verdict['checks'] | undefined;
  /** Nobody can expect it. */
  readonly isAborted?: boolean | undefined;
}

export function asExpected(expected: ExpectedVerdict, ending: Ending): Ending {
  if (expected.passed || ending.isAborted === true) return ending;
  const { sentence: matcher } = expected;
  const how = matcher === undefined ? '' : ` with ${describeMatcher(matcher)}`;
  if (ending.passed)
    return { ...ending, passed: false, sentence: `it was to fail${how}, and passed: ${ending.sentence}` };
  if (matcher === undefined || matchesValue(matcher, [ending.sentence])) {
    return { ...ending, passed: true, sentence: `it failed as it was to: ${ending.sentence}` };
  }
  return { ...ending, sentence: `it was to fail${how}, and failed otherwise: ${ending.sentence}` };
}
