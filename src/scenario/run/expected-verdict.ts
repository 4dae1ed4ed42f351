/** A scenario that is to fail passes when it fails in the way it says, and in no other way besides. */
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

/**
 * @param besides what else was wrong when the run failed, one sentence each: rules and invariants that were broken, checks
 * that failed, faults that met nothing. An expected failure is no cover for them.
 */
export function asExpected(expected: ExpectedVerdict, ending: Ending, besides: () => readonly string[]): Ending {
  if (expected.passed || ending.isAborted === true) return ending;
  const { sentence: matcher } = expected;
  const how = matcher === undefined ? '' : ` with ${describeMatcher(matcher)}`;
  if (ending.passed)
    return { ...ending, passed: false, sentence: `it was to fail${how}, and passed: ${ending.sentence}` };
  if (matcher !== undefined && !matchesValue(matcher, [ending.sentence])) {
    return { ...ending, sentence: `it was to fail${how}, and failed otherwise: ${ending.sentence}` };
  }
  const isNamed = (each: string): boolean =>
    each === ending.sentence || (matcher !== undefined && matchesValue(matcher, [each]));
  const [other, ...more] = besides().filter((each) => !isNamed(each));
  if (other === undefined) return { ...ending, passed: true, sentence: `it failed as it was to: ${ending.sentence}` };
  const rest = more.length === 0 ? '' : `; and ${more.length} more`;
  return { ...ending, sentence: `it failed as it was to, but there is more: ${other}${rest} (${ending.sentence})` };
}
