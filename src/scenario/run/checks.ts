/** The checks that a scenario may ask for at its end. */
import type { Finding } from '../../conformance/rule.js';
import type { CheckName } from '../model.js';
import type { RunObserver } from './observer.js';
import type { CallTiming, CheckResult } from './verdict.js';

/** What the rules of the specifications found in the run. */
export interface RuleFindings {
  readonly findings: readonly Finding[];
  /** Rule id → how often it had something to look at. */
  readonly applied: ReadonlyMap<string, number>;
  /** Registrations that nobody looked at, or not to their end. */
  readonly leftOutCount: number;
  /** Registrations whose earlier messages had to be forgotten. */
  readonly cutShortCount: number;
}

export interface Evidence {
  readonly observer: RunObserver;
  readonly calls: readonly CallTiming[];
  /** Undefined: nobody looked. */
  readonly rules: RuleFindings | undefined;
  /** Rules whose breach is meant. */
  readonly exceptions: Readonly<Record<string, string>>;
  readonly invariantBreaches: () => readonly string[];
  /** The address of the NAT that a UE is behind. */
  readonly natOf: (ue: string) => string | undefined;
}

type Outcome = Omit<CheckResult, 'check'>;

const CHECK_FUNCTIONS: Readonly<Record<CheckName, (evidence: Evidence) => Outcome>> = {
  ts24229: ({ rules, exceptions }) => {
    if (rules === undefined) return { passed: true, detail: 'no rules were given to look with' };
    const { findings, applied, leftOutCount, cutShortCount } = rules;
    const unmeant = findings.filter((finding) => isBreach(finding, exceptions));
    const [first] = unmeant;
    if (first !== undefined) {
      const more = unmeant.length === 1 ? '' : `; ${count(unmeant.length - 1, 'more finding')}`;
      return { passed: false, detail: `${findingText(first)}${more}` };
    }
    const meant =
      findings.length === 0 ? 'none was broken' : `${count(findings.length, 'finding')} meant by the scenario`;
    const leftOut =
      leftOutCount === 0 ? '' : `; ${count(leftOutCount, 'UE')} not looked at, as too many others were under way`;
    const cutShort =
      cutShortCount === 0
        ? ''
        : `; ${count(cutShortCount, 'UE')} not compared with what they had sent before, as too many others came in between`;
    return { passed: true, detail: `${count(applied.size, 'rule')} applied, ${meant}${leftOut}${cutShort}` };
  },
  invariants: ({ invariantBreaches }) => {
    const [first] = invariantBreaches();
    return first === undefined ? { passed: true, detail: 'all hold' } : { passed: false, detail: first };
  },
  'no-retransmission': ({ observer: { retransmissions } }) => {
    const [first] = retransmissions;
    if (first === undefined) return { passed: true, detail: 'no SIP message left twice' };
    const { fromNode, toNode, summary } = first;
    return {
      passed: false,
      detail: `${count(retransmissions.length, 'SIP message')} left twice, the first from ${fromNode} to ${toNode}: ${summary}`,
    };
  },
  'media-both-ways': ({ calls, natOf }) => {
    const answered = calls.filter(({ answeredAfterMs }) => answeredAfterMs !== undefined);
    if (answered.length === 0) return { passed: false, detail: 'no call was answered' };
    for (const { as, from, callee, media } of answered) {
      // A callee outside the topology tells nobody what it hears.
      const ends = callee === undefined ? [from] : [from, callee];
      const reports = ends.map((end) => ({ end, report: media.find(({ at }) => at === end)?.report }));
      const deaf = reports.find(({ report }) => report === undefined || report.received === 0);
      if (deaf !== undefined) {
        return { passed: false, detail: `${deaf.end} received no RTP in ${as}${whyDeaf(deaf.end, natOf)}` };
      }
      for (const { end, report } of reports) {
        if (report!.problems.length > 0) return { passed: false, detail: `${end} in ${as}: ${report!.problems[0]}` };
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

/** What a UE writes into its session description is an address inside: only a gateway that anchors media mends that. */
function whyDeaf(end: string, natOf: Evidence['natOf']): string {
  const nat = natOf(end);
  if (nat === undefined) return '';
  return (
    `: it is behind the NAT ${nat}, and its session description names an address inside, where nobody can send. ` +
    'A P-CSCF with a media gateway would anchor the media (TS 24.229 Annex F, TS 23.228 Annex G); there is none here'
  );
}

export function runCheck(check: CheckName, evidence: Evidence): CheckResult {
  return { check, ...CHECK_FUNCTIONS[check](evidence) };
}

/** One that neither an injected fault nor the scenario's word excuses. */
export function isBreach({ fault, rule }: Finding, exceptions: Readonly<Record<string, string>>): boolean {
  return fault === undefined && !Object.hasOwn(exceptions, rule);
}

export function findingText({ node, rule, clause, sentence, message }: Finding): string {
  const where = message === undefined ? '' : `, message ${message}`;
  const subject = sentence.startsWith(node) ? '' : `${node}: `;
  return `${subject}${sentence.replace(/\.\s*$/, '')} (${rule}, ${clause}${where})`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
