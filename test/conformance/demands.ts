/** One demand of a rule that has several, and what breaks it alone. */
import type { Finding } from '../../src/conformance/rule.js';
import type { FlowName } from './flows.js';

/** `besides`: rules that this cannot but break too, because they ask for the same in other words. */
export type Demand<TChange> = [rule: string, words: string, flow: FlowName, change: TChange, ...besides: string[]];

export function expectAccused(
  findings: readonly Finding[],
  rule: string,
  words: string,
  besides: readonly string[],
): void {
  const own = findings.filter((each) => each.rule === rule).map(({ sentence }) => sentence);
  expect(own.filter((sentence) => sentence.includes(words))).not.toEqual([]);
  const others = findings.filter((each) => each.rule !== rule);
  expect(others.filter((each) => !besides.includes(each.rule)).map((each) => `${each.rule}: ${each.sentence}`)).toEqual(
    [],
  );
  expect(new Set(others.map((each) => each.rule))).toEqual(new Set(besides));
}
