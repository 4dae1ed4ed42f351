/** The outcome of a suite for people. */
import { type CaseResult, hasFailed, wasSkipped } from './case.js';
import { totals } from './result-file.js';
import type { SuiteResult } from './suite.js';

/** How words are set off; plain where there are no colours. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly dim: (text: string) => string;
}

const SLOWEST_SHOWN = 5;
/** Of those that were skipped for one reason. */
const SKIPPED_SHOWN = 5;
const INDENT = ' '.repeat(8);

/** Of one failed case: what failed, why, where, and how to have it again. */
function failureLines(result: CaseResult, { bold, red, green, dim }: Style): readonly string[] {
  const { sentence, explanation, where, folder } = result;
  const { name, scenario, alone } = result.case;
  const colour = (line: string): string =>
    line.startsWith('+ ') ? green(line) : line.startsWith('- ') ? red(line) : line;
  return [
    `${bold(red('FAILED'))}  ${bold(name)}`,
    `${INDENT}${sentence}`,
    ...explanation.map((line) => `${INDENT}  ${colour(line)}`),
    ...(where === undefined || sentence.startsWith(where) ? [] : [dim(`${INDENT}at ${where}`)]),
    ...(folder === undefined ? [] : [dim(`${INDENT}${folder}: report.html, capture.pcapng, trace.jsonl, ladder.md`)]),
    ...(scenario === '' ? [] : [dim(`${INDENT}alone: ${alone}`)]),
  ];
}

/** Failures, the slowest, and the totals; the last line is `N passed, N failed`, of which none only where the suite passed. */
export function summaryLines(result: SuiteResult, style: Style): readonly string[] {
  const { results, durationMs, goldenUpdates, goldensLeftOut, shortfalls } = result;
  const { bold, red, green, dim } = style;
  const failures = results.filter(hasFailed);
  const played = results.filter(({ durationMs: spent }) => spent > 0);
  const slowest = [...played].sort((one, other) => other.durationMs - one.durationMs).slice(0, SLOWEST_SHOWN);
  const scenarios = new Set(results.map((each) => `${each.case.file} ${each.case.scenario}`)).size;
  const { passed, failed, skipped } = totals(result);
  const colour = failed > 0 ? red : green;
  return [
    ...failures.flatMap((each) => [...failureLines(each, style), '']),
    ...(played.length > SLOWEST_SHOWN ? [bold('The slowest'), ...slowest.map((each) => dim(slowLine(each))), ''] : []),
    ...skippedLines(results, style),
    ...goldenUpdates.flatMap(goldenLines),
    ...(goldensLeftOut > 0 ? [dim(leftOutLine(goldensLeftOut))] : []),
    ...shortfalls.map(({ sentence }) => `${bold(red('FAILED'))}  ${sentence}`),
    dim(`${count(results.length, 'case')} of ${count(scenarios, 'scenario')} in ${time(durationMs)}`),
    bold(colour(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)),
  ];
}

function slowLine({ durationMs, scenarioMs, case: { name } }: CaseResult): string {
  const inside = scenarioMs === undefined ? '' : `  (${time(scenarioMs)} in the scenario)`;
  return `${INDENT}${time(durationMs).padStart(8)}  ${name}${inside}`;
}

/** Why cases were skipped: each reason once, with the first of them. */
function skippedLines(results: readonly CaseResult[], { dim }: Style): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const result of results.filter(wasSkipped)) {
    const { sentence, folder } = result;
    const files = folder === undefined ? '' : `  (what there is of it: ${folder})`;
    byReason.set(sentence, [...(byReason.get(sentence) ?? []), `${result.case.name}${files}`]);
  }
  return [...byReason].flatMap(([reason, names]) => {
    const others = names.length - SKIPPED_SHOWN;
    const shown = [...names.slice(0, SKIPPED_SHOWN), ...(others > 0 ? [`and ${others} more`] : [])];
    return [`Skipped, ${reason}`, ...shown.map((name) => dim(`${INDENT}${name}`)), ''];
  });
}

function leftOutLine(cases: number): string {
  return `golden traces of ${count(cases, 'case')} left alone: they are of the simulated network, with topology and settings as the files have them`;
}

/** One that could not be written is a shortfall. */
function goldenLines({ file, what }: SuiteResult['goldenUpdates'][number]): readonly string[] {
  if (what === 'written') return [`written: ${file}`];
  return what === 'unstable' ? [`no golden trace for ${file}: seeds give different flows`] : [];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function time(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : `${(ms / 60_000).toFixed(1)} min`;
}
