import { verdictLines } from '../../src/cli/report.js';
import type { Verdict } from '../../src/scenario/run/verdict.js';

function verdict(count: number): Verdict {
  return {
    scenario: 'crowd',
    passed: true,
    sentence: 'the step went as it should',
    explanation: [],
    durationMs: 1,
    steps: [],
    checks: [],
    registrations: Array.from({ length: count }, (_, index) => ({
      ue: `crowd-${index + 1}`,
      durationMs: 10 * (count - index),
    })),
    calls: [],
    remarks: [],
    findings: [],
    faults: [],
  };
}

it('lists registrations one by one, and of a crowd the shortest, the longest and the one in the middle', () => {
  expect(verdictLines(verdict(20), false)).toHaveLength(21);
  expect(verdictLines(verdict(1_000), false).slice(1)).toEqual([
    '        1000 registrations  after 10 ms to 10000 ms, half of them within 5000 ms',
  ]);
});
