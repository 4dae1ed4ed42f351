/** A verdict for people: one sentence, then timings and checks as a table. */
import pc from 'picocolors';
import { figureRows, milliseconds } from '../lab/run-summary.js';
import type { StepResult, Verdict } from '../scenario/run/verdict.js';

export function verdictLines(verdict: Verdict, colours: boolean): readonly string[] {
  const { bold, green, red, dim } = pc.createColors(colours);
  const word = verdict.passed ? bold(green('PASSED')) : bold(red('FAILED'));
  const rows = [
    ...figureRows(verdict),
    ...verdict.checks.map(
      ({ check, passed, detail }) => [check, `${passed ? 'passed' : 'failed'}: ${detail}`] as const,
    ),
  ];
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return [
    `${word}  ${verdict.scenario}: ${verdict.sentence}`,
    ...(verdict.explanation.length === 0 ? [] : ['', ...verdict.explanation.map((line) => `  ${line}`.trimEnd()), '']),
    ...verdict.remarks.map((remark) => `        note: ${remark}`),
    ...rows.map(([name, text]) => `        ${dim(name.padEnd(width))}  ${text}`),
  ];
}

/** A step that has ended, as it stands between the lines of the ladder. */
export function stepLine({ number, step, passed, durationMs }: StepResult, colours: boolean): string {
  const { green, red } = pc.createColors(colours);
  const mark = passed ? green('✓') : red('✗');
  return `        ${mark} ${number}  ${step} (${milliseconds(durationMs)})`;
}
