/** What a notifier of the registration event package tells, and when. RFC 3680, RFC 6665; TS 24.229 5.4.2.1; REG-90 to REG-93. */
import { canonicalIdentity } from '../../ims/identity/index.js';
import { isRegEvent, RegInfoView, regInfoType, stateAfter } from '../../ims/reg-event/index.js';
import type { RequestOnWire, ResponseOnWire, Rule, Seen, SipOnWire } from '../rule.js';
import { freeIdentities, profileOf } from './profiles.js';
import { listed } from './reading.js';
import { abandonedMs, earlierNotices, isTerminated, noticesFrom, regInfoIn } from './reg-event-reading.js';
import { hasRestarted } from './restarted-scscf.js';
import { isDisplaced } from './sip-hop.js';

/** RFC 3680 4.4, where a SUBSCRIBE does not say how long. */
const defaultSeconds = 3_761;

const accepted: Rule = {
  id: 'REG-90',
  clause: 'TS 24.229 5.4.2.1, RFC 3680 4',
  title: 'A subscription to registrations gets no more time than it asked for, and only whom the registration is of',
  of: ['2xx SUBSCRIBE'],
  from: 's-cscf',
  response({ message, record, request, source }, before, report) {
    if (request === undefined || source !== undefined || !isRegEvent(request.message)) return;
    report.applies();
    const who = `${record.fromNode} accepted SUBSCRIBE of ${message.from.uri.text}`;
    const asked = request.message.expires ?? defaultSeconds;
    if (message.expires === undefined) report.breach(`${who} without Expires: the watcher cannot know for how long`);
    else if (message.expires > asked) report.breach(`${who} for ${message.expires} s: asked were ${asked} s`);
    // A P-CSCF and an application server may watch as well; what came by way of a P-CSCF is of a UE.
    if (request.source?.from !== 'ue' || request.message.toTag !== undefined) return;
    const profile = profileOf(message.to.uri.text, record, before);
    const asserted = request.message.address('P-Asserted-Identity')?.uri.text;
    if (profile === undefined || asserted === undefined) return;
    if (!freeIdentities(profile).includes(canonicalIdentity(asserted) ?? asserted)) {
      report.breach(`${who} asserted as ${asserted}, which is no free identity of that user: it has to answer 403`);
    }
  },
};

const notifiedAtOnce: Rule = {
  id: 'REG-90',
  clause: 'TS 24.229 5.4.2.1, RFC 3680 4',
  title: 'Whoever subscribes is notified at once',
  endOfDialogue(messages, before, report) {
    const { now } = before;
    for (const each of messages) {
      const { message, record, from, source } = each;
      if (message.kind === 'request' || message.method !== 'SUBSCRIBE' || from !== 's-cscf') continue;
      const { request } = each as ResponseOnWire;
      const isAccepted = message.status >= 200 && message.status < 300 && source === undefined;
      if (!isAccepted || request === undefined || !isRegEvent(request.message) || now - record.time < 1_000) continue;
      report.applies();
      // It may have been repeated since, and notified the first time.
      const first = messages.find((other) => other.message.topVia.branch === request.message.topVia.branch) ?? request;
      const isNotified = messages.some(
        (other) =>
          other.message.kind === 'request' &&
          other.message.method === 'NOTIFY' &&
          other.record.fromNode === record.fromNode &&
          other.record.id > first.record.id,
      );
      if (isNotified || hasRestarted(request.message.to.uri.text, record, before)) continue;
      // It is large, so that it goes over a connection, which may never have come about.
      if (before.mayHaveLost(record.fromNode, first.record.time, record.time + abandonedMs)) continue;
      report.breach(`${record.fromNode} accepted SUBSCRIBE of ${message.from.uri.text} without NOTIFY`, {
        message: record,
      });
    }
  },
};

const document: Rule = {
  id: 'REG-91',
  clause: 'RFC 3680 5, TS 24.229 5.4.2.1.2',
  title: 'The first document is full and of version 0; each further one is one higher and keeps its ids',
  of: ['NOTIFY'],
  from: 's-cscf',
  request(seen, before, report) {
    if (!isNotice(seen)) return;
    const { message, record } = seen;
    if (message.body.length === 0 && isTerminated(message)) return; // it may end without a word (RFC 6665 4.2.2)
    report.applies();
    const who = `${record.fromNode} notified ${message.to.uri.text}`;
    const info = regInfoIn(message);
    if (info === undefined) {
      report.breach(`${who} with a body that is no document of ${regInfoType}`);
      return;
    }
    const earlier = earlierNotices(seen, before);
    const previous = earlier.map((each) => regInfoIn(each.message)).findLast((each) => each !== undefined);
    if (previous === undefined) {
      const isFirst = before
        .dialogue(message.callId)
        .some((each) => each.record.toNode === record.fromNode && isOpening(each));
      if (isFirst && before.mayHaveLost(record.fromNode, record.time - abandonedMs, record.time)) return;
      if (isFirst && info.state !== 'full') report.breach(`${who} first with a partial document: it has to be full`);
      if (isFirst && info.version !== 0) report.breach(`${who} first with version ${info.version}: it begins with 0`);
      return;
    }
    if (info.version !== previous.version + 1) {
      report.breach(`${who} with version ${info.version} after ${previous.version}: it has to be one higher`);
    }
    for (const { aor, id } of info.registrations) {
      const known = previous.registrations.find((each) => each.aor === aor);
      if (known !== undefined && known.id !== id) {
        report.breach(`${who} of ${aor} under id ${id} after ${known.id}: it has to keep its id`);
      }
    }
  },
};

const identities: Rule = {
  id: 'REG-91',
  clause: 'TS 24.229 5.4.2.1.2',
  title: 'A full document names every identity of the set that is not barred, and no barred one',
  of: ['NOTIFY'],
  from: 's-cscf',
  request(seen, before, report) {
    const { message, record } = seen;
    const info = isNotice(seen) ? regInfoIn(message) : undefined;
    const profile = info && profileOf(message.from.uri.text, record, before);
    if (info === undefined || profile === undefined) return;
    report.applies();
    const told = info.registrations.map(({ aor }) => canonicalIdentity(aor) ?? aor);
    const who = `${record.fromNode} notified ${message.to.uri.text} of ${listed(told)}`;
    const missing = freeIdentities(profile).filter((each) => !told.includes(each));
    if (info.state === 'full' && missing.length > 0 && !isTerminated(message)) {
      report.breach(`${who}: ${listed(missing)} is in the set too`);
    }
    const barred = profile.publicIdentities
      .filter((each) => each.barred)
      .map(({ uri }) => canonicalIdentity(uri) ?? uri);
    const shown = told.filter((each) => barred.includes(each));
    if (shown.length > 0) report.breach(`${who}: ${listed(shown)} is barred`);
  },
};

const states: Rule = {
  id: 'REG-92',
  clause: 'RFC 3680 5.1, TS 24.229 5.4.2.1.2',
  title: 'Each event leaves a contact in its state; active registrations have an active contact, ended ones none',
  of: ['NOTIFY'],
  from: 's-cscf',
  request(seen, before, report) {
    const info = isNotice(seen) ? regInfoIn(seen.message) : undefined;
    if (info === undefined) return;
    report.applies();
    const { fromNode, id: now } = seen.record;
    for (const { aor, state, contacts } of info.registrations) {
      const who = `${fromNode} told of ${aor}`;
      for (const { event, state: own, expires, retryAfter } of contacts) {
        if (stateAfter[event] !== own) report.breach(`${who} a contact that is ${own} by ${event}`);
        if (event === 'shortened' && expires === undefined) {
          report.breach(`${who} a shortened contact without expires: nobody can know until when`);
        }
        if (event === 'probation' && retryAfter === undefined) {
          report.breach(`${who} a contact on probation without retry-after`);
        }
        const isExplicit = before.registersOf(aor).some(({ record }) => record.id < now);
        // What an S-CSCF has got back from the HSS does not say which identity its UE had named (TS 23.380 4.3.2).
        const isKnown = !isExplicit && !before.facts.isExternal(fromNode) && !isRestored(aor, fromNode, before);
        if (event === 'registered' && isKnown) {
          report.breach(`${who} that it is registered: no REGISTER named it, so that it is created`);
        }
      }
      const living = contacts.filter((each) => each.state === 'active').length;
      if (state === 'terminated' && living > 0) report.breach(`${who} that it has ended, with an active contact`);
      if (state === 'active' && living === 0 && info.state === 'full') {
        report.breach(`${who} that it is active, without an active contact`);
      }
    }
  },
};

/** RFC 3680 4.10, in ms; clocks of a busy machine are a little apart. */
const spacingMs = 5_000 - 50;

const spacing: Rule = {
  id: 'REG-93',
  clause: 'RFC 3680 4.10, RFC 6665 4.2.2',
  title: 'At most one NOTIFY in 5 s, unless something has ended or a SUBSCRIBE asked for it',
  of: ['NOTIFY'],
  from: 's-cscf',
  request(seen, before, report) {
    const { message, record } = seen;
    const last = isNotice(seen) ? earlierNotices(seen, before).at(-1) : undefined;
    if (last === undefined || isTerminated(message)) return;
    const hasEnded = regInfoIn(message)?.registrations.some(
      ({ state, contacts }) => state === 'terminated' || contacts.some((each) => each.state === 'terminated'),
    );
    const isAsked = before
      .dialogue(message.callId)
      .some(
        (each) =>
          each.message.kind === 'request' &&
          each.message.method === 'SUBSCRIBE' &&
          each.record.toNode === record.fromNode &&
          each.record.id > last.record.id &&
          each.record.id < record.id,
      );
    // A stream that repeats what was lost shows a NOTIFY later than its notifier wrote it.
    if (hasEnded || isAsked || isDisplaced(last.record) || isDisplaced(record)) return;
    report.applies();
    const elapsed = record.time - last.record.time;
    if (elapsed < spacingMs) {
      report.breach(
        `${record.fromNode} notified ${message.to.uri.text} again after ${Math.round(elapsed)} ms: 5 s have to pass`,
      );
    }
  },
};

const ending: Rule = {
  id: 'REG-93',
  clause: 'RFC 6665 4.2.2',
  title: 'The subscription ends with the last identity, and nothing is told after its end',
  of: ['NOTIFY'],
  from: 's-cscf',
  request(seen, before, report) {
    if (!isNotice(seen)) return;
    const { message, record } = seen;
    const notices = noticesFrom(record.fromNode, message.callId, before);
    const earlier = notices.filter((each) => each.record.id < record.id);
    report.applies();
    const who = `${record.fromNode} notified ${message.to.uri.text}`;
    if (isDisplaced(record)) return; // it was written before, and nobody can tell before what
    if (earlier.some((each) => isTerminated(each.message))) {
      report.breach(`${who} after it had ended the subscription`);
      return;
    }
    const view = new RegInfoView();
    for (const each of [...earlier, seen]) {
      const info = regInfoIn(each.message);
      if (info !== undefined) view.apply(info);
    }
    const hasBegun = view.version !== undefined && regInfoIn(message) !== undefined;
    if (hasBegun && view.registrations.length === 0 && !isTerminated(message)) {
      report.breach(`${who} that nothing is registered any more, with an active subscription: it has to end`);
    }
  },
};

/** The notifier has lost its registrations since it assigned itself to the user. */
function isRestored(aor: string, notifier: string, before: Seen): boolean {
  const assigned = before
    .queriesOf(aor)
    .find(({ message, record }) => message.name === 'SAA' && record.toNode === notifier);
  return assigned?.request !== undefined && hasRestarted(aor, assigned.request.record, before);
}

/** A NOTIFY of the package that this node made. */
function isNotice({ message, source }: RequestOnWire): boolean {
  return source === undefined && isRegEvent(message);
}

function isOpening({ message }: SipOnWire): boolean {
  return message.kind === 'request' && message.method === 'SUBSCRIBE' && message.toTag === undefined;
}

export const regEventRules: readonly Rule[] = [accepted, notifiedAtOnce, document, identities, states, spacing, ending];
