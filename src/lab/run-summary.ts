/** A verdict as the files of its run tell it. */
import type { CallTiming, Verdict } from '../scenario/run/verdict.js';
import { bareSummary, type RunSummary } from '../trace/index.js';

/** More rows than fit a screen hide the verdict. */
const REGISTRATIONS_MAX = 20;

export function summaryOf(title: string, verdict: Verdict): RunSummary {
  const { passed, sentence, explanation, remarks, steps, checks, findings } = verdict;
  return {
    title,
    verdict: passed ? 'passed' : 'failed',
    sentence,
    explanation,
    remarks,
    steps,
    checks: [{ check: 'scenario', passed, detail: sentence }, ...checks],
    findings,
    figures: figureRows(verdict),
  };
}

/** Of a lab that did not start, or that could not be judged. */
export function failureSummary(title: string, sentence: string, check = 'start'): RunSummary {
  return {
    ...bareSummary,
    title,
    verdict: 'failed',
    sentence,
    checks: [{ check, passed: false, detail: sentence }],
  };
}

/** What was measured, each with its name. */
export function figureRows({
  registrations,
  calls,
  faults,
}: Pick<Verdict, 'registrations' | 'calls' | 'faults'>): readonly (readonly [string, string])[] {
  return [
    ...registrationRows(registrations),
    ...calls.flatMap(callRows),
    ...faults.map(({ name, struck }) => [name, strikes(struck)] as const),
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

/** `7.3 ms`, `120 ms` */
export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
