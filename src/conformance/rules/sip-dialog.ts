/** What user agents do within a dialog. RFC 3261 12, RFC 3262; SIP-51, SIP-52, SIP-56, CALL-26. */
import { rackFor } from '../../sip/index.js';
import { clauseOf } from '../catalogue.js';
import type { RequestOnWire, ResponseOnWire, Rule, RuleReport, Seen, SipOnWire } from '../rule.js';
import { isSameRoute, isSameUri } from './meaning.js';
import { isDisplaced, isPlanted, isRequest, isResponse, isSameTransaction, nameOf, sending } from './sip-hop.js';

/** How an INVITE or SUBSCRIBE has made a dialog for one of its ends. */
interface End {
  /** Tag of the other end → the Route that its requests have to take, as each message recorded it. */
  readonly routes: ReadonlyMap<string, readonly (readonly string[])[]>;
  readonly localTags: ReadonlySet<string | undefined>;
}

/** Undefined where the node has no part in what opened the dialog, or that is forgotten. */
function endOf(node: string, { callId, fromTag }: RequestOnWire['message'], before: Seen): End | undefined {
  const dialogue = before.dialogue(callId);
  const openings = dialogue.filter(opensDialog);
  const isCaller = openings.some(({ record, message }) => record.fromNode === node && message.fromTag === fromTag);
  const routes = new Map<string, readonly (readonly string[])[]>();
  const add = (tag: string | undefined, recorded: readonly string[]): void => {
    if (tag !== undefined) routes.set(tag, [...(routes.get(tag) ?? []), recorded]);
  };
  const answers = dialogue.filter(isAnswer);
  if (isCaller) {
    // RFC 3261 12.1.2: from its end.
    for (const { message, record } of answers) {
      if (record.toNode === node) add(message.toTag, message.values('Record-Route').toReversed());
    }
    // RFC 6665 4.4.1: a NOTIFY may come before the 2xx, and then makes the dialog.
    for (const { message, record } of dialogue.filter(isNotify)) {
      if (record.toNode === node && message.toTag === fromTag && !routes.has(message.fromTag!)) {
        add(message.fromTag, message.values('Record-Route'));
      }
    }
    return { routes, localTags: new Set([fromTag]) };
  }
  const received = openings.filter(({ record }) => record.toNode === node);
  if (received.length === 0) return undefined;
  // RFC 3261 12.1.1: as it stands.
  for (const { message } of received) add(message.fromTag, message.values('Record-Route'));
  const own = answers.filter(({ record }) => record.fromNode === node);
  return { routes, localTags: new Set(own.map(({ message }) => message.toTag)) };
}

function isOpening(seen: SipOnWire): seen is RequestOnWire {
  return isRequest(seen) && seen.message.method === 'INVITE' && seen.message.toTag === undefined;
}

/** RFC 3261 12.1, RFC 6665 4.4.1. */
function opensDialog(seen: SipOnWire): seen is RequestOnWire {
  return (
    isOpening(seen) || (isRequest(seen) && seen.message.method === 'SUBSCRIBE' && seen.message.toTag === undefined)
  );
}

function isNotify(seen: SipOnWire): seen is RequestOnWire {
  return isRequest(seen) && seen.message.method === 'NOTIFY';
}

/** It makes or confirms a dialog. */
function isAnswer(seen: SipOnWire): seen is ResponseOnWire {
  if (!isResponse(seen) || seen.message.status >= 300) return false;
  const { method, status } = seen.message;
  return (method === 'INVITE' && status > 100) || (method === 'SUBSCRIBE' && status >= 200);
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
    const given = message.values('Route');
    if (!due.some((route) => isSameRoute(route, given))) {
      const [own, recorded] = [given, due.at(-1)!].map((route) => route.join(', ') || 'absent');
      report.breach(`${sending(seen)} with Route ${own}: it has to be ${recorded}, as recorded`);
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

/** How long a message may have been on its way. */
const travelMs = 1_000;

/** RFC 3261 12.2.1.1: the Contact of the other end, which target refresh requests and their 2xx change. */
function checkTarget(seen: RequestOnWire, before: Seen, report: RuleReport): void {
  const targets = targetsOf(seen, before);
  const { requestUri } = seen.message;
  if (targets.length === 0 || targets.some((target) => isSameUri(target, requestUri))) return;
  report.breach(`${sending(seen)} for ${requestUri}: the other end’s Contact is ${targets.join(' or ')}`);
}

/** Latest first: those that have perhaps not come in time, and the last that has. */
function targetsOf({ message, record }: RequestOnWire, before: Seen): readonly string[] {
  const dialogue = before.dialogue(message.callId);
  const targets = new Set<string>();
  for (let index = dialogue.length - 1; index >= 0; index--) {
    const each = dialogue[index]!;
    const tag = each.message.kind === 'request' ? each.message.fromTag : each.message.toTag;
    if (tag !== message.toTag || each.record.toNode !== record.fromNode || !isRefresh(each)) continue;
    if (each.message.contacts === '*') continue;
    for (const { uri } of each.message.contacts) targets.add(uri.text);
    const isOld = record.time - each.record.time > travelMs;
    if (each.message.contacts.length > 0 && isOld && hasTakenEffect(each, dialogue, before)) break;
  }
  return [...targets];
}

/** The least status with which an answer has a target, by method (RFC 3261 12.2, RFC 3311 5.1, 5.2, RFC 6665 4.4.1). */
const refreshing: ReadonlyMap<string, number> = new Map([
  ['INVITE', 101],
  ['UPDATE', 101],
  ['SUBSCRIBE', 200],
  ['NOTIFY', 200],
]);

/** What sets or changes the target of its receiver. */
function isRefresh({ message }: SipOnWire): boolean {
  const least = refreshing.get(message.cseq.method);
  if (least === undefined) return false;
  return message.kind === 'request' || (message.status >= least && message.status < 300);
}

/** A request counts once it was granted; an answer once it cannot be on its way any more. */
function hasTakenEffect(refresh: SipOnWire, dialogue: readonly SipOnWire[], { facts }: Seen): boolean {
  const { record } = refresh;
  if (isRequest(refresh)) {
    return dialogue.some(
      (each) =>
        isResponse(each) &&
        each.record.fromNode === record.toNode &&
        each.message.status >= 200 &&
        each.message.status < 300 &&
        isSameTransaction(each, refresh),
    );
  }
  return record.fault === undefined && !facts.isExternal(record.toNode);
}

const unnumbered: ReadonlySet<string> = new Set(['ACK', 'CANCEL']);

const sequence: Rule = {
  id: 'SIP-52',
  clause: clauseOf('SIP-52'),
  title: 'A user agent numbers its requests upwards within a dialog, as before it under one Call-ID and tag',
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

const receivedSequence: Rule = {
  id: 'SIP-52',
  clause: clauseOf('SIP-52'),
  title:
    'A user agent grants no request whose CSeq is lower than that of the one before it, or that is of no dialog of its own',
  of: ['2xx'],
  from: 'ue',
  response(seen, before, report) {
    const { request, message, record } = seen;
    const tag = request?.message.toTag;
    if (request === undefined || tag === undefined || isPlanted(record) || unnumbered.has(message.method)) return;
    const dialogue = before.dialogue(message.callId);
    const given = dialogue.filter((each) => each.record.id < record.id && isGivenTag(each, record.fromNode));
    if (given.length === 0) return; // forgotten
    report.applies();
    if (!given.some((each) => ownTagOf(each) === tag)) {
      report.breach(`${sending(seen)}, whose To tag ${tag} is of no dialog of this call: 481 was due`);
      return;
    }
    const { sequence: number } = request.message.cseq;
    const higher = dialogue.find(
      (each) =>
        isResponse(each) &&
        each.record.fromNode === record.fromNode &&
        each.record.id < record.id &&
        each.message.status >= 200 &&
        each.message.toTag === message.toTag &&
        each.message.fromTag === message.fromTag &&
        each.message.cseq.sequence > number &&
        hasComeBefore(each, request),
    );
    if (higher !== undefined) {
      report.breach(
        `${sending(seen)} with CSeq ${number} after ${nameOf(higher.message)} with ${higher.message.cseq.sequence}: 500 was due`,
      );
    }
  },
};

/** The request that was answered had come before the other one was sent. */
function hasComeBefore({ record }: ResponseOnWire, request: RequestOnWire): boolean {
  return record.time < request.record.time && !isDisplaced(request.record);
}

/** The node says there who it is in a dialog. */
function isGivenTag(seen: SipOnWire, node: string): boolean {
  return seen.record.fromNode === node && ownTagOf(seen) !== undefined;
}

function ownTagOf({ message }: SipOnWire): string | undefined {
  return message.kind === 'request' ? message.fromTag : message.toTag;
}

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

export const sipDialogRules: readonly Rule[] = [dialog, sequence, receivedSequence, reliable, oneByOne];
