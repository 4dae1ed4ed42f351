/**
 * When messages are repeated. RFC 3261 17.1.1.2, 17.1.2.2, 17.2.1, 13.3.1.4; TS 24.229 7.7; SIP-31 to SIP-33, SIP-53. That
 * something should have been repeated and was not cannot be told: nobody sees what a link lost.
 */
import { lifetimeMs, type SipTimers } from '../../sip/index.js';
import { clauseOf } from '../catalogue.js';
import type { LabFacts, Rule, RuleReport, SipOnWire } from '../rule.js';
import { isDisplaced, isPlanted, isSameHop, nameOf, timersOf } from './sip-hop.js';

/** Timers of a busy machine are late, never early: by this much, or by as much as the lab knows its own to have been (`LabFacts.lateMsBetween`). */
const earlyPart = 0.95;
const latePart = 1.25;
const lateMs = 1_000;

/** How long after an INVITE was sent it may make its receiver answer once more: T4 of the core. */
const triggeredMs = 5_000;

/** What was sent on one hop, and its repetitions, in order. */
type Copies = readonly SipOnWire[];

interface Schedule {
  /** Where the interval stops doubling; undefined: it goes on. */
  readonly cap: keyof SipTimers | undefined;
  /** The interval may be the cap at any time: a provisional response has come (RFC 3261 17.1.2.2). */
  readonly mayBeCapped?: boolean;
  /** An INVITE that comes again is answered once more, beside the schedule (RFC 3261 17.2.1). */
  readonly isTriggered?: boolean;
  /** Over TCP too. */
  readonly overStreams?: boolean;
}

/** A rule about the repetition of messages of one kind. */
export function scheduleRule(
  id: string,
  title: string,
  schedule: Schedule,
  isSubject: (seen: SipOnWire) => boolean,
): Rule {
  return {
    id,
    clause: clauseOf(id),
    title,
    endOfDialogue(messages, { facts }, report) {
      for (const copies of copiesOf(messages, isSubject)) {
        const first = copies[0]!;
        if (first.record.transport === 'udp' || schedule.overStreams) check(copies, messages, schedule, facts, report);
        else if (copies.length > 1) {
          report.applies();
          const what = `${first.record.fromNode} repeated ${nameOf(first.message)} to ${first.record.toNode}`;
          report.breach(`${what} over TCP, which repeats by itself`, { message: copies[1]!.record });
        }
      }
    },
  };
}

/** How late what was due after the one may have left by the time of the other. */
function latenessBetween(one: SipOnWire, other: SipOnWire, { lateMsBetween }: LabFacts): number {
  return Math.max(lateMs, lateMsBetween?.(one.record.time, other.record.time) ?? 0);
}

function check(
  copies: Copies,
  messages: readonly SipOnWire[],
  schedule: Schedule,
  facts: LabFacts,
  report: RuleReport,
): void {
  const first = copies[0]!;
  // Whom a P-CSCF does not know it may take for a UE, or not (TS 24.229 7.7).
  if (first.from === 'p-cscf' && first.to === undefined) return;
  const timers = timersOf(first);
  const capMs = schedule.cap === undefined ? Number.POSITIVE_INFINITY : timers[schedule.cap];
  const what = `${first.record.fromNode} repeated ${nameOf(first.message)} to ${first.record.toNode}`;
  report.applies();
  // One that stands late in the trace was sent between others, or before them: which interval is which nobody can tell.
  const isInOrder = !copies.some(({ record }) => isDisplaced(record));
  let previous = first;
  let expectedMs = timers.t1Ms;
  for (const copy of copies.slice(1)) {
    const gapMs = copy.record.time - previous.record.time;
    const latest = latenessBetween(previous, copy, facts);
    const isNear = (ms: number): boolean => gapMs >= ms * earlyPart && gapMs <= ms * latePart + latest;
    const isInTime = isNear(expectedMs) || (schedule.mayBeCapped === true && isNear(capMs));
    if (!isInTime && isInOrder) {
      if (schedule.isTriggered && isAfterInvite(copy, messages)) continue;
      report.breach(`${what} after ${Math.round(gapMs)} ms: it has to be after ${expectedMs} ms`, {
        message: copy.record,
      });
      return;
    }
    previous = copy;
    expectedMs = Math.min(expectedMs * 2, capMs);
  }
  const lifeMs = lifetimeMs(timers);
  const latestMs = lifeMs + latenessBetween(first, previous, facts);
  if (previous.record.time - first.record.time > latestMs && !isDisplaced(previous.record)) {
    report.breach(`${what} for longer than ${lifeMs} ms`, { message: previous.record });
  }
}

/** Whether the INVITE that it answers had been sent, perhaps again, shortly before. */
function isAfterInvite(response: SipOnWire, messages: readonly SipOnWire[]): boolean {
  const { time } = response.record;
  return messages.some(
    (each) =>
      each.message.kind === 'request' &&
      each.message.method === 'INVITE' &&
      isSameHop(each, response) &&
      each.record.time <= time &&
      each.record.time >= time - triggeredMs,
  );
}

/** Each message of the kind with its repetitions. A fault that changes one of them leaves it what it is: a repetition. */
function copiesOf(messages: readonly SipOnWire[], isSubject: (seen: SipOnWire) => boolean): readonly Copies[] {
  const found = new Map<string, SipOnWire[]>();
  for (const seen of messages) {
    if (isPlanted(seen.record) || !isSubject(seen)) continue;
    const { fromNode, toNode, transport } = seen.record;
    const { message } = seen;
    const key = `${fromNode} ${toNode} ${transport} ${nameOf(message)} ${message.topVia.branch} ${message.toTag} ${message.header('RSeq')}`;
    const copies = found.get(key);
    if (copies === undefined) found.set(key, [seen]);
    else copies.push(seen);
  }
  return [...found.values()];
}

const unrepeated: ReadonlySet<string> = new Set(['INVITE', 'ACK']);

const untilResponse: Rule = {
  id: 'SIP-31',
  clause: clauseOf('SIP-31'),
  title: 'INVITE is repeated no more once a response has come',
  endOfDialogue(messages, { facts }, report) {
    const isInvite = ({ message }: SipOnWire): boolean => message.kind === 'request' && message.method === 'INVITE';
    for (const copies of copiesOf(messages, isInvite)) {
      const [first] = copies;
      // What real equipment was sent may have been lost behind the lab.
      if (first === undefined || facts.isExternal(first.record.fromNode)) continue;
      const response = messages.find((each) => hasCome(each, first));
      if (response === undefined) continue;
      report.applies();
      // So long the response may have been on its way to who repeats its request.
      const late = copies.find(
        (copy) =>
          copy.record.time > response.record.time + latenessBetween(response, copy, facts) && !isDisplaced(copy.record),
      );
      if (late === undefined) continue;
      const what = `${first.record.fromNode} repeated INVITE to ${first.record.toNode}`;
      report.breach(`${what} after its ${nameOf(response.message)}: the answer ends the repetition`, {
        message: late.record,
      });
    }
  },
};

/** A response to the request that nothing has kept from its sender or made unreadable. */
function hasCome(response: SipOnWire, request: SipOnWire): boolean {
  return (
    response.message.kind === 'response' &&
    response.message.method === 'INVITE' &&
    response.record.toNode === request.record.fromNode &&
    isSameHop(response, request) &&
    response.record.fault === undefined
  );
}

const inviteRequests = scheduleRule(
  'SIP-31',
  'INVITE is repeated over UDP only, after T1 and then twice as late each time, for 64*T1 at most',
  { cap: undefined },
  ({ message }) => message.kind === 'request' && message.method === 'INVITE',
);

const refusals = scheduleRule(
  'SIP-32',
  'The refusal of an INVITE is repeated over UDP only, after T1 doubling to T2, for 64*T1 at most',
  { cap: 't2Ms', isTriggered: true },
  ({ message }) => message.kind === 'response' && message.status >= 300 && message.method === 'INVITE',
);

const otherRequests = scheduleRule(
  'SIP-33',
  'Requests other than INVITE are repeated over UDP only, after T1 doubling to T2, for 64*T1 at most',
  { cap: 't2Ms', mayBeCapped: true },
  ({ message }) => message.kind === 'request' && !unrepeated.has(message.method),
);

/** Proxies pass on each copy that comes: only the user agent has a schedule. */
const answers = scheduleRule(
  'SIP-53',
  'The 2xx of an INVITE is repeated after T1 doubling to T2, for 64*T1 at most',
  { cap: 't2Ms', overStreams: true },
  ({ message, from }) =>
    from === 'ue' &&
    message.kind === 'response' &&
    message.status >= 200 &&
    message.status < 300 &&
    message.method === 'INVITE',
);

export const sipScheduleRules: readonly Rule[] = [inviteRequests, untilResponse, refusals, otherRequests, answers];
