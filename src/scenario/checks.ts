/** The checks that a scenario may ask for at its end. */
import type { RunObserver } from './observer.js';
import type { CheckName } from './scenario-schema.js';
import type { CallTiming, CheckResult } from './verdict.js';

interface Evidence {
  readonly observer: RunObserver;
  readonly calls: readonly CallTiming[];
}

type Finding = Omit<CheckResult, 'check'>;

const CHECK_FUNCTIONS: Readonly<Record<CheckName, (evidence: Evidence) => Finding>> = {
  'no-retransmission': ({ observer: { retransmissions } }) => {
    const [first] = retransmissions;
    if (first === undefined) return { passed: true, detail: 'no SIP message left twice' };
    const { fromNode, toNode, summary } = first;
    return {
      passed: false,
      detail: `${count(retransmissions.length, 'SIP message')} left twice, the first from ${fromNode} to ${toNode}: ${summary}`,
    };
  },
  'media-both-ways': ({ calls }) => {
    const answered = calls.filter(({ answeredAfterMs }) => answeredAfterMs !== undefined);
    if (answered.length === 0) return { passed: false, detail: 'no call was answered' };
    for (const { as, from, to, media } of answered) {
      for (const end of [from, to]) {
        const report = media.find(({ at }) => at === end)?.report;
        if (report === undefined || report.received === 0) {
          return { passed: false, detail: `${end} received no RTP in ${as}` };
        }
        if (report.problems.length > 0) return { passed: false, detail: `${end} in ${as}: ${report.problems[0]}` };
      }
    }
    const packets = answered.flatMap(({ media }) => media.map(({ report }) => report.received));
    return { passed: true, detail: `RTP packets received: ${packets.join(' and ')}` };
  },
  'no-fault': ({ observer: { faults } }) => {
    const [first] = faults;
    if (first === undefined) return { passed: true, detail: 'no fault was traced' };
    const clause = first.clause === undefined ? '' : ` (${first.clause})`;
    return {
      passed: false,
      detail: `${count(faults.length, 'fault')} traced, the first at ${first.node}: ${first.what}${clause}`,
    };
  },
};

export function runCheck(check: CheckName, evidence: Evidence): CheckResult {
  return { check, ...CHECK_FUNCTIONS[check](evidence) };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
