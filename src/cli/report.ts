/** A verdict for people: one sentence, then timings and checks as a table. */
import pc from 'picocolors';
import type { CallTiming, StepResult, Verdict } from '../scenario/run/verdict.js';

/** More rows than fit a screen hide the verdict. */
const REGISTRATIONS_MAX = 20;

export function verdictLines(verdict: Verdict, colours: boolean): readonly string[] {
  const { bold, green, red, dim } = pc.createColors(colours);
  const word = verdict.passed ? bold(green('PASSED')) : bold(red('FAILED'));
  const rows = timingRows(verdict);
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

function timingRows({ registrations, calls, checks, faults }: Verdict): readonly (readonly [string, string])[] {
  return [
    ...registrationRows(registrations),
    ...calls.flatMap(callRows),
    ...faults.map(({ name, struck }) => [name, strikes(struck)] as const),
    ...checks.map(({ check, passed, detail }) => [check, `${passed ? 'passed' : 'failed'}: ${detail}`] as const),
  ];
}

/** Each by itself; of a crowd the shortest, the longest and the one in the middle, as result.json has them all. */
function registrationRows(timings: Verdict['registrations']): readonly (readonly [string, string])[] {
  if (timings.length <= REGISTRATIONS_MAX) {
    return timings.map(({ ue, durationMs }) => [`${ue} registered`, `after ${milliseconds(durationMs)}`] as const);
  }
  const durations = timings.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
  const [first, middle, last] = [0, Math.ceil(durations.length / 2) - 1, durations.length - 1].map((index) =>
    milliseconds(durations[index]!),
  );
  return [[`${durations.length} registrations`, `after ${first} to ${last}, half of them within ${middle}`]];
}

function strikes(count: number): string {
  return count === 0 ? 'never struck' : count === 1 ? 'struck once' : `struck ${count} times`;
}

function callRows({
  as,
  from,
  to,
  ended,
  ringingAfterMs,
  answeredAfterMs,
  media,
}: CallTiming): readonly (readonly [string, string])[] {
  if (!ended) return [[`${as}, ${from} → ${to}`, 'was going on when the run ended']];
  const ringing = ringingAfterMs === undefined ? 'never rang' : `ringing after ${milliseconds(ringingAfterMs)}`;
  const answered = answeredAfterMs === undefined ? 'not answered' : `answered after ${milliseconds(answeredAfterMs)}`;
  return [
    [`${as}, ${from} → ${to}`, `${ringing}, ${answered}`],
    ...media.map(({ at, report }) => {
      const text = `${report.received} RTP packets, ${report.lost} lost, jitter ${milliseconds(report.jitterMs)}`;
      return [`${as}, at ${at}`, text] as const;
    }),
  ];
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
