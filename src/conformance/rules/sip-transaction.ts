/** What belongs to a transaction. RFC 3261 8.2.6.2, 9.1, 17.1.1.3, RFC 4320; SIP-30, SIP-34 to SIP-36. */
import { coreTimers } from '../../sip/index.js';
import { clauseOf } from '../catalogue.js';
import type { RequestOnWire, ResponseOnWire, Rule, RuleReport, Seen } from '../rule.js';
import { isSameEnd, isSameRoute, isSameUri } from './meaning.js';
import { branchOf, isPlanted, isRequest, isResponse, isSameHop, lineOf, sending } from './sip-hop.js';

const responses: Rule = {
  id: 'SIP-30',
  clause: clauseOf('SIP-30'),
  title: 'A response repeats From, To and CSeq of the request whose branch it has, and adds a tag to To',
  of: ['response'],
  response(seen, _, report) {
    const { request, message } = seen;
    if (request === undefined) {
      // A request that could not be parsed is refused all the same.
      if (message.status >= 300 || isPlanted(seen.record)) return;
      report.applies();
      report.breach(`${sending(seen)} under a branch that no request has had`);
      return;
    }
    report.applies();
    const asked = request.message;
    if (message.cseq.sequence !== asked.cseq.sequence) {
      report.breach(`${sending(seen)} with CSeq ${message.cseq.sequence}: its request has ${asked.cseq.sequence}`);
    }
    // RFC 3261 8.2.6.2, 20: what they mean; display names and white space may be written anew.
    if (message.fromTag !== asked.fromTag || !isSameUri(message.from.uri.text, asked.from.uri.text)) {
      report.breach(`${sending(seen)} with From ${message.from.text}: its request has ${asked.from.text}`);
    }
    const isOtherTag = asked.toTag !== undefined && message.toTag !== asked.toTag;
    if (isOtherTag || !isSameUri(message.to.uri.text, asked.to.uri.text)) {
      report.breach(`${sending(seen)} with To ${message.to.text}: its request has ${asked.to.text}`);
    } else if (message.toTag === undefined && message.status > 100 && !isUntagged(seen.source)) {
      report.breach(`${sending(seen)} without a tag in To: every response but 100 has to have one`);
    }
  },
};

/** Whoever only passed it on is not to blame. */
function isUntagged(source: ResponseOnWire | undefined): boolean {
  return source !== undefined && source.message.toTag === undefined;
}

/** RFC 4320 4.1: a 100 when timer E of the client has come to T2, not earlier. */
const lateTryingMs = 7 * coreTimers.t1Ms;

const nonInvite: Rule = {
  id: 'SIP-34',
  clause: clauseOf('SIP-34'),
  title: 'A request other than INVITE gets no provisional response but 100, over UDP a late one, and no 408',
  of: ['response'],
  response(seen, _, report) {
    const { message, request, record } = seen;
    if (message.method === 'INVITE' || isPlanted(record)) return;
    report.applies();
    if (message.status === 408) {
      report.breach(`${sending(seen)}: its sender has given up by itself, so nothing has to be sent`);
    } else if (message.status > 100 && message.status < 200) {
      report.breach(`${sending(seen)}: there are provisional responses to INVITE only`);
    } else if (message.status === 100 && request !== undefined && record.transport === 'udp') {
      const afterMs = record.time - request.record.time;
      if (afterMs < lateTryingMs && !request.isRetransmission) {
        report.breach(
          `${sending(seen)} after ${Math.round(afterMs)} ms: over UDP it has to wait until its request is repeated no more often`,
        );
      }
    }
  },
};

const acknowledgement: Rule = {
  id: 'SIP-35',
  clause: clauseOf('SIP-35'),
  title:
    'The ACK of a refusal repeats branch, URI and Route of the INVITE; that of a 2xx has its number and a branch of its own',
  of: ['ACK'],
  request(seen, before, report) {
    if (isPlanted(seen.record)) return;
    const { message } = seen;
    const invite = inviteOf(seen, before);
    if (invite === undefined) {
      if (seen.from === 'ue') checkAckOfAnswer(seen, before, report);
      return;
    }
    report.applies();
    const finals = before
      .dialogue(message.callId)
      .filter((each): each is ResponseOnWire => isResponse(each) && isSameHop(each, seen) && isFinalOfInvite(each));
    if (finals.length > 0 && finals.every((each) => each.message.status < 300)) {
      report.breach(`${sending(seen)} for a 2xx under the branch of the INVITE: it has to have its own`);
      return;
    }
    for (const difference of differences(seen, invite)) {
      report.breach(`${sending(seen)} with ${difference}: it has to be as in its INVITE`);
    }
    if (finals.length > 0 && finals.every((each) => !isSameEnd(each.message.to, message.to))) {
      report.breach(`${sending(seen)} with To ${message.to.text}: it has to be that of the refusal`);
    }
  },
};

/** RFC 3261 13.2.2.4. */
function checkAckOfAnswer(seen: RequestOnWire, before: Seen, report: RuleReport): void {
  const { message, record } = seen;
  const { sequence } = message.cseq;
  const dialogue = before.dialogue(message.callId);
  const hasAsked = dialogue.some(
    (each) => isRequest(each) && each.message.method === 'INVITE' && each.record.fromNode === record.fromNode,
  );
  if (!hasAsked) return;
  report.applies();
  const isAnswered = dialogue.some(
    (each) =>
      isResponse(each) &&
      isFinalOfInvite(each) &&
      each.message.status < 300 &&
      each.message.cseq.sequence === sequence &&
      each.record.toNode === record.fromNode,
  );
  if (!isAnswered) report.breach(`${sending(seen)} for CSeq ${sequence}, of which it has had no 2xx`);
}

function isFinalOfInvite({ message }: ResponseOnWire): boolean {
  return message.status >= 200 && message.method === 'INVITE';
}

const cancellation: Rule = {
  id: 'SIP-36',
  clause: clauseOf('SIP-36'),
  title:
    'CANCEL repeats branch, URI, To, From, number and Route of its INVITE, after a provisional response, with one Via',
  of: ['CANCEL'],
  request(seen, before, report) {
    if (isPlanted(seen.record)) return;
    report.applies();
    const { message } = seen;
    const invite = inviteOf(seen, before);
    if (invite === undefined) {
      report.breach(`${sending(seen)} under a branch that no INVITE of its own has had`);
      return;
    }
    for (const difference of differences(seen, invite)) {
      report.breach(`${sending(seen)} with ${difference}: it has to be as in its INVITE`);
    }
    if (!isSameEnd(message.to, invite.message.to)) {
      report.breach(`${sending(seen)} with To ${message.to.text}: it has to be as in its INVITE`);
    }
    for (const name of ['Require', 'Proxy-Require']) {
      if (message.has(name)) report.breach(`${sending(seen)} with ${name}: a CANCEL cannot be refused for it`);
    }
    const isTried = before
      .dialogue(message.callId)
      .some((each) => isResponse(each) && isSameHop(each, seen) && each.message.method === 'INVITE');
    if (!isTried) report.breach(`${sending(seen)} before any response to its INVITE: it has to wait for one`);
  },
};

/** The INVITE of the same sender on this hop under the same branch. */
function inviteOf(seen: RequestOnWire, before: Seen): RequestOnWire | undefined {
  const found = before
    .dialogue(seen.message.callId)
    .find(
      (each) =>
        isRequest(each) &&
        each.message.method === 'INVITE' &&
        branchOf(each.message) === branchOf(seen.message) &&
        each.record.fromNode === seen.record.fromNode,
    );
  return found as RequestOnWire | undefined;
}

/** Of an ACK or CANCEL from its INVITE, in what both have in common. */
function differences({ message }: RequestOnWire, invite: RequestOnWire): readonly string[] {
  const asked = invite.message;
  const found: string[] = [];
  if (!isSameUri(message.requestUri, asked.requestUri)) found.push(`Request-URI ${message.requestUri}`);
  if (message.cseq.sequence !== asked.cseq.sequence) found.push(`CSeq ${message.cseq.sequence}`);
  if (!isSameEnd(message.from, asked.from)) found.push(`From ${message.from.text}`);
  if (!isSameRoute(message.values('Route'), asked.values('Route')))
    found.push(`Route ${lineOf(message, 'Route') || 'absent'}`);
  if (message.vias.length !== 1) found.push(`${message.vias.length} Via`);
  return found;
}

export const sipTransactionRules: readonly Rule[] = [responses, nonInvite, acknowledgement, cancellation];
