/**
 * What an S-CSCF has to send after something happened to a registration, where it sends nothing. TS 24.229 5.4.1.6, 5.4.1.7,
 * 5.4.2.1.2; REG-75, REG-93, CALL-80.
 */
import type { MessageRecord } from '../../environment/index.js';
import { canonicalIdentity } from '../../ims/identity/index.js';
import { isRegEvent } from '../../ims/reg-event/index.js';
import type { RegistrationType } from '../../ims/subscription/filter-criteria.js';
import { matchingCriteria } from '../../ims/subscription/matching-criteria.js';
import type { RequestOnWire, ResponseOnWire, Rule, Seen, SipOnWire } from '../rule.js';
import { isSameUri } from './meaning.js';
import { freeIdentities, profileOf } from './profiles.js';
import { contactSeconds, isBinding, isDeregistration, isEmergency, usesAka } from './reading.js';
import { abandonedMs, isTerminated, noticesFrom, regInfoIn } from './reg-event-reading.js';
import { hasRestarted, identitiesOfSet } from './restarted-scscf.js';
import { isDisplaced, isRequest, isResponse } from './sip-hop.js';

/** RFC 3680 4.10 lets nothing that has ended wait; this is for a busy machine. */
const newsMs = 1_000;
/** reg-await-auth (TS 24.229 7.8), 4 min: a challenge that was sent so long ago may still be the one that is answered. */
const pendingMs = 240_000;

/** What an S-CSCF granted a UE. */
function isGrant(seen: SipOnWire): seen is ResponseOnWire {
  if (!isResponse(seen) || seen.message.method !== 'REGISTER' || seen.from !== 's-cscf') return false;
  const { message } = seen;
  return message.status >= 200 && message.status < 300 && message.vias.length > 1 && seen.request !== undefined;
}

/** No contact of the identity is left. */
function hasEndedAll({ message, request }: ResponseOnWire): boolean {
  return isDeregistration(request!.message) && contactSeconds(message).every((each) => each === 0);
}

/** REGISTERs of any identity of the set, in order, as far as the sender of the message knew it. */
function registersOfSet(identity: string, record: MessageRecord, before: Seen): readonly SipOnWire[] {
  const dialogues = new Set(identitiesOfSet(identity, record, before).flatMap((each) => before.registersOf(each)));
  return [...dialogues].sort((a, b) => a.record.id - b.record.id);
}

interface Watch {
  /** The first 2xx to SUBSCRIBE. */
  readonly granted: ResponseOnWire;
  readonly until: number;
}

/** The subscription that this dialogue is, as far as the notifier granted it; undefined where it is none, or is disturbed. */
function watchIn(messages: readonly SipOnWire[]): Watch | undefined {
  const granted = messages.filter(
    (each): each is ResponseOnWire =>
      isResponse(each) &&
      each.message.method === 'SUBSCRIBE' &&
      each.from === 's-cscf' &&
      each.source === undefined &&
      each.message.status >= 200 &&
      each.message.status < 300,
  );
  const [first] = granted;
  const last = granted.at(-1);
  if (first?.request === undefined || last === undefined || !isRegEvent(first.request.message)) return undefined;
  const notifier = first.record.fromNode;
  // A notifier drops a watcher that refuses or does not answer in time (RFC 6665 4.2.2, RFC 3261 17.1.2.2); when something
  // came that stands late in the trace nobody can tell.
  const wasTaken = messages
    .filter(isRequest)
    .every(
      (notice) =>
        notice.message.method !== 'NOTIFY' ||
        notice.record.fromNode !== notifier ||
        messages.some(
          (each) =>
            isResponse(each) &&
            !each.isLost &&
            !isDisplaced(each.record) &&
            !isDisplaced(notice.record) &&
            each.record.toNode === notifier &&
            each.message.topVia.branch === notice.message.topVia.branch &&
            each.message.status >= 200 &&
            each.message.status < 300,
        ),
    );
  if (!wasTaken) return undefined;
  const until = last.record.time + (last.message.expires ?? 0) * 1_000;
  return { granted: first, until };
}

/** The notifier has ended the subscription before that: another registration has nothing to do with it (RFC 6665 4.2.2). */
function isOver(messages: readonly SipOnWire[], notifier: string, { record: { id } }: RequestOnWire): boolean {
  return messages.some(
    (each) =>
      isRequest(each) &&
      each.message.method === 'NOTIFY' &&
      each.record.fromNode === notifier &&
      each.record.id < id &&
      isTerminated(each.message),
  );
}

/** On the same hop, in either direction. */
function isBetween({ record }: SipOnWire, { record: { fromNode, toNode } }: SipOnWire): boolean {
  return (
    (record.fromNode === fromNode && record.toNode === toNode) ||
    (record.fromNode === toNode && record.toNode === fromNode)
  );
}

const endIsTold: Rule = {
  id: 'REG-93',
  clause: 'TS 24.229 5.4.2.1.2, RFC 3680 4.7.1',
  title: 'Who watches a registration is told that its UE has ended it',
  endOfDialogue(messages, before, report) {
    const watch = watchIn(messages);
    if (watch === undefined || before.facts.isExternal(watch.granted.record.fromNode)) return;
    const { granted, until } = watch;
    const { fromNode: notifier, time: since } = granted.record;
    const identity = granted.message.to.uri.text;
    for (const end of registersOfSet(identity, granted.record, before)) {
      const { record } = end;
      if (!isGrant(end) || record.fromNode !== notifier || !hasEndedAll(end)) continue;
      if (record.time <= since || record.time >= until || before.now < record.time + newsMs) continue;
      if (hasRestarted(identity, granted.record, before) || isOver(messages, notifier, end.request!)) continue;
      report.applies();
      const isTold = messages.some(
        (each) =>
          isRequest(each) &&
          each.message.method === 'NOTIFY' &&
          each.record.fromNode === notifier &&
          each.record.id > end.request!.record.id &&
          (each.record.time < record.time + newsMs || isDisplaced(each.record)),
      );
      // What a stream cannot bring over a link that loses is seen by nobody.
      if (isTold || messages.some((each) => each.isLost && isBetween(each, granted))) continue;
      if (before.mayHaveLost(notifier, end.request!.record.time, record.time + abandonedMs)) continue;
      const watcher = messages[0]!.message.from.uri.text;
      report.breach(
        `${notifier} ended the registration of ${identity} without a NOTIFY to ${watcher}, who watches it`,
        {
          message: record,
        },
      );
    }
  },
};

/** Application servers that a REGISTER of any of these types is for. */
function serversFor(grant: ResponseOnWire, types: readonly RegistrationType[], before: Seen): readonly string[] {
  const { message } = grant.request!;
  const profile = profileOf(message.to.uri.text, grant.record, before);
  if (profile === undefined) return [];
  const [first = [], ...others] = types.map((registrationType) =>
    matchingCriteria(profile, {
      method: 'REGISTER',
      requestUri: `sip:${before.facts.home}`,
      registrationType,
      sessionCase: 0,
      values: (header) => message.values(header),
    }).map(({ applicationServer }) => applicationServer.serverName),
  );
  return [...new Set(first)].filter((server) => others.every((each) => each.includes(server)));
}

const serverIsTold: Rule = {
  id: 'CALL-80',
  clause: 'TS 24.229 5.4.1.7',
  title: 'An application server that was told of a registration is told of what becomes of it',
  endOfDialogue(messages, before, report) {
    for (const grant of messages) {
      if (!isGrant(grant) || grant.isLost) continue;
      const { record, message } = grant;
      const asked = grant.request!.message;
      const isEnd = hasEndedAll(grant);
      if ((!isEnd && !isBinding(asked)) || isEmergency(asked) || before.now < record.time + newsMs) continue;
      if (before.facts.isExternal(record.fromNode)) continue;
      const profile = profileOf(message.to.uri.text, record, before);
      const [identity] = profile === undefined ? [] : freeIdentities(profile);
      if (identity === undefined || (isEnd && isHeldByAnother(identity, grant, before))) continue;
      const told = before
        .registersOf(identity)
        .filter((each): each is RequestOnWire => isRequest(each) && isThirdParty(each, record.fromNode));
      // Whether it was the first or another one nobody can tell: what matches both has to be told.
      for (const server of serversFor(grant, isEnd ? ['de'] : ['initial', 're'], before)) {
        const ofServer = told.filter((each) => isSameUri(each.message.requestUri, server));
        if (ofServer.length === 0) continue; // it leads nowhere perhaps
        report.applies();
        const isTold = ofServer.some(
          (each) => each.record.id > grant.request!.record.id && each.record.time < record.time + newsMs,
        );
        if (isTold) continue;
        const what = isEnd ? 'is not registered any more' : 'is registered';
        report.breach(
          `${record.fromNode} did not tell ${server} that ${identity} ${what}: a filter criterion asks for it`,
          {
            message: record,
          },
        );
      }
    }
  },
};

/** Another private identity has a contact of the identity, which is therefore registered (REG-80). */
function isHeldByAnother(identity: string, { record, request }: ResponseOnWire, before: Seen): boolean {
  const own = request!.credentials?.username;
  const last = new Map<string | undefined, number>();
  for (const each of registersOfSet(identity, record, before)) {
    const username = each.record.id < record.id && isGrant(each) ? each.request!.credentials?.username : own;
    if (username === own) continue;
    const seconds = Math.max(0, ...contactSeconds(each.message).map((one) => one ?? 0));
    last.set(username, seconds === 0 ? 0 : each.record.time + 1_000 * seconds);
  }
  return [...last.values()].some((until) => until > record.time);
}

function isThirdParty({ message, record, source }: RequestOnWire, scscf: string): boolean {
  return source === undefined && record.fromNode === scscf && message.vias.length === 1;
}

const challengedWhenShortened: Rule = {
  id: 'REG-75',
  clause: 'TS 24.229 5.4.1.6',
  title: 'Whose registration was shortened for that has to authenticate with its next REGISTER',
  endOfDialogue(messages, before, report) {
    const [first] = messages;
    const notifier = messages.find((each) => isResponse(each) && each.source === undefined && each.from === 's-cscf');
    if (first === undefined || notifier === undefined || !isRegEvent(first.message)) return;
    const node = notifier.record.fromNode;
    if (before.facts.isExternal(node)) return;
    for (const notice of noticesFrom(node, first.message.callId, before)) {
      for (const { aor, contacts } of regInfoIn(notice.message)?.registrations ?? []) {
        for (const { event, uri } of contacts) {
          if (event === 'shortened') judgeNext(aor, uri, notice, before, report);
        }
      }
    }
  },
};

/** The first grant of the contact after it was shortened. */
function judgeNext(
  aor: string,
  uri: string,
  notice: RequestOnWire,
  before: Seen,
  report: { applies(): void; breach(sentence: string, about: { message: MessageRecord }): void },
): void {
  const node = notice.record.fromNode;
  const later = registersOfSet(aor, notice.record, before).filter(
    ({ record }) => record.time >= notice.record.time - pendingMs,
  );
  const grant = later.find(
    (each): each is ResponseOnWire =>
      isGrant(each) &&
      each.record.fromNode === node &&
      each.record.id > notice.record.id &&
      each.request!.record.id > notice.record.id &&
      isBinding(each.request!.message) &&
      each.request!.message.contacts !== '*' &&
      each.request!.message.contacts.some((contact) => isSameUri(contact.uri.text, uri)),
  );
  if (grant === undefined || !usesAka(grant.request!, before)) return;
  if (hasRestarted(aor, notice.record, before)) return;
  report.applies();
  const sameCall = later.filter(
    ({ message, record }) =>
      record.fromNode === node && record.id < grant.record.id && message.callId === grant.message.callId,
  );
  // What an earlier grant has used up is no challenge of this one.
  const granted = sameCall.filter(isGrant).map(({ message }) => message.cseq.sequence);
  const settled = Math.max(0, ...granted.filter((sequence) => sequence < grant.message.cseq.sequence));
  const isChallenged = sameCall.some(
    ({ message, challenges }) =>
      message.kind === 'response' && challenges.length > 0 && message.cseq.sequence > settled,
  );
  if (isChallenged) return;
  report.breach(
    `${node} granted ${canonicalIdentity(aor) ?? aor} without a challenge after it had shortened ${uri} for one: 401 was due`,
    { message: grant.record },
  );
}

export const registrationNewsRules: readonly Rule[] = [endIsTold, serverIsTold, challengedWhenShortened];
