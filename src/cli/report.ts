/** A verdict for people: one sentence, then timings and checks as a table. */
import pc from 'picocolors';
import type { CallTiming, Verdict } from '../scenario/verdict.js';
import type { LadderVerdict } from '../trace/index.js';

export function verdictLines(verdict: Verdict, colours: boolean): readonly string[] {
  const { bold, green, red, dim } = pc.createColors(colours);
  const word = verdict.passed ? bold(green('PASSED')) : bold(red('FAILED'));
  const rows = timingRows(verdict);
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return [
    `${word}  ${verdict.scenario}: ${verdict.sentence}`,
    ...verdict.remarks.map((remark) => `        note: ${remark}`),
    ...rows.map(([name, text]) => `        ${dim(name.padEnd(width))}  ${text}`),
  ];
}

function timingRows({ registrations, calls, checks }: Verdict): readonly (readonly [string, string])[] {
  return [
    ...registrations.map(({ ue, durationMs }) => [`${ue} registered`, `after ${milliseconds(durationMs)}`] as const),
    ...calls.flatMap(callRows),
    ...checks.map(({ check, passed, detail }) => [check, `${passed ? 'passed' : 'failed'}: ${detail}`] as const),
  ];
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

/** The same for ladder.md. */
export function ladderVerdicts({ passed, sentence, checks }: Verdict): readonly LadderVerdict[] {
  return [{ check: 'scenario', passed, detail: sentence }, ...checks];
}
