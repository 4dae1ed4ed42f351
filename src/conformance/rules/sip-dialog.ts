/** What user agents do within a dialog. RFC 3261 12, RFC 3262; SIP-51, SIP-52, SIP-56, CALL-26. */
import { rackFor } from '../../sip/index.js';
import { clauseOf } from '../catalogue.js';
import type { RequestOnWire, ResponseOnWire, Rule, RuleReport, Seen, SipOnWire } from '../rule.js';
import { isDisplaced, isPlanted, isRequest, isResponse, lineOf, nameOf, sending } from './sip-hop.js';

/** How an INVITE has made a dialog for one of its ends. */
interface End {
  /** Tag of the other end → the Route that its requests have to take, as each message recorded it. */
  readonly routes: ReadonlyMap<string, readonly string[]>;
  readonly localTags: ReadonlySet<string | undefined>;
}

/** Undefined where the node has no part in the INVITE, or that is forgotten. */
function endOf(node: string, { callId, fromTag }: RequestOnWire['message'], before: Seen): End | undefined {
  const dialogue = before.dialogue(callId);
  const invites = dialogue.filter(isOpening);
  const isCaller = invites.some(({ record, message }) => record.fromNode === node && message.fromTag === fromTag);
  const routes = new Map<string, readonly string[]>();
  const add = (tag: string | undefined, recorded: readonly string[]): void => {
    if (tag !== undefined) routes.set(tag, [...(routes.get(tag) ?? []), recorded.join(', ')]);
  };
  const answers = dialogue.filter(isAnswer);
  if (isCaller) {
    // RFC 3261 12.1.2: from its end.
    for (const { message, record } of answers) {
      if (record.toNode === node) add(message.toTag, message.values('Record-Route').toReversed());
    }
    return { routes, localTags: new Set([fromTag]) };
  }
  const received = invites.filter(({ record }) => record.toNode === node);
  if (received.length === 0) return undefined;
  // RFC 3261 12.1.1: as it stands.
  for (const { message } of received) add(message.fromTag, message.values('Record-Route'));
  const own = answers.filter(({ record }) => record.fromNode === node);
  return { routes, localTags: new Set(own.map(({ message }) => message.toTag)) };
}

function isOpening(seen: SipOnWire): seen is RequestOnWire {
  return isRequest(seen) && seen.message.method === 'INVITE' && seen.message.toTag === undefined;
}

/** It makes or confirms a dialog. */
function isAnswer(seen: SipOnWire): seen is ResponseOnWire {
  return isResponse(seen) && seen.message.method === 'INVITE' && seen.message.status > 100 && seen.message.status < 300;
}

const dialog: Rule = {
  id: 'SIP-51',
  clause: clauseOf('SIP-51'),
  title: 'A request within a dialog has its tags, its recorded Route and its target',
  of: ['request'],
  from: 'ue',
  request(seen, before, report) {
    const { message, record } = seen;
    if (message.toTag === undefined || message.method === 'CANCEL' || isPlanted(record)) return;
    const end = endOf(record.fromNode, message, before);
    if (end === undefined || isAckOfRefusal(seen, before)) return;
    report.applies();
    const due = end.routes.get(message.toTag);
    if (due === undefined || !end.localTags.has(message.fromTag)) {
      report.breach(
        `${sending(seen)} with tags ${message.fromTag} and ${message.toTag}, which are of no dialog of this call`,
      );
      return;
    }
    const given = lineOf(message, 'Route');
    if (!due.includes(given)) {
      report.breach(
        `${sending(seen)} with Route ${given || 'absent'}: it has to be ${due.at(-1) || 'absent'}, as recorded`,
      );
    }
    checkTarget(seen, before, report);
  },
};

/** It belongs to the INVITE's transaction, and goes as that went (SIP-35). */
function isAckOfRefusal({ message, record }: RequestOnWire, before: Seen): boolean {
  if (message.method !== 'ACK') return false;
  return before
    .dialogue(message.callId)
    .some(
      (each) =>
        isRequest(each) &&
        each.message.method === 'INVITE' &&
        each.record.fromNode === record.fromNode &&
        each.message.topVia.branch === message.topVia.branch,
    );
}

/** RFC 3261 12.2.1.1: the Contact of the other end, which further requests and answers of it may have changed. */
function checkTarget(seen: RequestOnWire, before: Seen, report: RuleReport): void {
  const { message, record } = seen;
  const contacts = new Set<string>();
  for (const each of before.dialogue(message.callId)) {
    const tag = each.message.kind === 'request' ? each.message.fromTag : each.message.toTag;
    if (tag !== message.toTag || each.record.toNode !== record.fromNode || each.message.contacts === '*') continue;
    for (const { uri } of each.message.contacts) contacts.add(uri.text);
  }
  if (contacts.size === 0 || contacts.has(message.requestUri)) return;
  report.breach(`${sending(seen)} for ${message.requestUri}: the other end’s Contact is ${[...contacts].join(' or ')}`);
}

const unnumbered: ReadonlySet<string> = new Set(['ACK', 'CANCEL']);

const sequence: Rule = {
  id: 'SIP-52',
  clause: clauseOf('SIP-52'),
  title: 'CSeq rises with each request that a user agent sends under one Call-ID and tag',
  of: ['request'],
  from: 'ue',
  request(seen, before, report) {
    const { message, record } = seen;
    if (unnumbered.has(message.method) || isPlanted(record) || isDisplaced(record)) return;
    const last = before.dialogue(message.callId).findLast(
      (each) =>
        isRequest(each) &&
        each.record.id < record.id &&
        each.record.fromNode === record.fromNode &&
        !isPlanted(each.record) &&
        each.message.fromTag === message.fromTag &&
        // RFC 3261 12.2.1.1: each dialog of a forked request counts on from it by itself.
        (each.message.toTag === undefined || each.message.toTag === message.toTag) &&
        !unnumbered.has(each.message.method),
    );
    if (last === undefined) return;
    report.applies();
    const rise = message.cseq.sequence - last.message.cseq.sequence;
    // The same request may take another destination or transport (RFC 3263 4.3, RFC 3261 18.1.1).
    const isSame = rise === 0 && last.message.cseq.method === message.method;
    if (rise > 0 || isSame || isDisplaced(last.record)) return;
    report.breach(
      `${sending(seen)} with CSeq ${message.cseq.sequence} after ${nameOf(last.message)} with ${last.message.cseq.sequence}: it has to rise`,
    );
  },
};

const reliable: Rule = {
  id: 'SIP-56',
  clause: clauseOf('SIP-56'),
  title: 'Reliable responses are for who supports them and count up by one, and a PRACK names one of them in RAck',
  of: ['PRACK', '1xx INVITE'],
  from: 'ue',
  request(seen, before, report) {
    if (isPlanted(seen.record)) return;
    const { message } = seen;
    const reliables = reliablesFor(seen, before);
    if (!before.dialogue(message.callId).some(isOpening)) return;
    report.applies();
    const given = message.header('RAck')?.replaceAll(/\s+/g, ' ');
    const due = reliables.map((each) => rackFor(each.message));
    if (given !== undefined && due.includes(given)) return;
    report.breach(
      `${sending(seen)} with RAck ${given ?? 'absent'}: reliable responses had ${due.join(', ') || 'none'}`,
    );
  },
  response(seen, before, report) {
    const { message, request, record } = seen;
    if (rackFor(message) === undefined || request === undefined || isPlanted(record)) return;
    report.applies();
    const asked = request.message;
    if (!asked.hasOption('Supported', '100rel') && !asked.hasOption('Require', '100rel')) {
      report.breach(`${sending(seen)} reliably: its caller does not support 100rel`);
    }
    const last = reliablesOf(seen, before).findLast((each) => each.record.id < record.id);
    const given = Number(message.header('RSeq'));
    if (!(given >= 1 && given < 2 ** 32)) report.breach(`${sending(seen)} with RSeq ${message.header('RSeq')}`);
    if (last === undefined || isDisplaced(record) || isDisplaced(last.record)) return;
    const before1 = Number(last.message.header('RSeq'));
    if (given !== before1 + 1 && given !== before1) {
      report.breach(`${sending(seen)} with RSeq ${given} after ${before1}: it has to count up by one`);
    }
  },
};

/** The reliable responses of one callee in one transaction, as it sent them: each transaction counts from where it likes (RFC 3262 3). */
function reliablesOf({ message }: ResponseOnWire, before: Seen): readonly ResponseOnWire[] {
  return before
    .dialogue(message.callId)
    .filter(
      (each): each is ResponseOnWire =>
        isResponse(each) &&
        each.from === 'ue' &&
        each.message.toTag === message.toTag &&
        each.message.topVia.branch === message.topVia.branch &&
        !isPlanted(each.record) &&
        rackFor(each.message) !== undefined,
    );
}

/** Those that a PRACK may be about: as the callee sent them or, where that is no node of the lab, as they came. */
function reliablesFor({ message, record }: RequestOnWire, before: Seen): readonly ResponseOnWire[] {
  return before
    .dialogue(message.callId)
    .filter(
      (each): each is ResponseOnWire =>
        isResponse(each) &&
        each.record.id < record.id &&
        (each.from === 'ue' || each.record.toNode === record.fromNode) &&
        each.message.toTag === message.toTag &&
        !isPlanted(each.record) &&
        rackFor(each.message) !== undefined,
    );
}

const oneByOne: Rule = {
  id: 'CALL-26',
  clause: clauseOf('CALL-26'),
  title: 'A reliable response waits for the PRACK of the one before',
  of: ['1xx INVITE'],
  from: 'ue',
  response(seen, before, report) {
    const { message, record } = seen;
    if (rackFor(message) === undefined || isPlanted(record) || isDisplaced(record)) return;
    const last = reliablesOf(seen, before).findLast(
      (each) => each.record.id < record.id && each.message.header('RSeq') !== message.header('RSeq'),
    );
    if (last === undefined) return;
    report.applies();
    const due = rackFor(last.message);
    const isAcknowledged = before
      .dialogue(message.callId)
      .some(
        (each) =>
          isRequest(each) &&
          each.message.method === 'PRACK' &&
          each.record.toNode === record.fromNode &&
          each.record.id < record.id &&
          each.message.header('RAck')?.replaceAll(/\s+/g, ' ') === due,
      );
    if (!isAcknowledged) {
      report.breach(`${sending(seen)} before the PRACK of its ${last.message.status}: reliable ones go one by one`);
    }
  },
};

export const sipDialogRules: readonly Rule[] = [dialog, sequence, reliable, oneByOne];
