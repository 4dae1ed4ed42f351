/** What watchers are told when contacts end or are cut short, and why. RFC 3680 5.3; TS 24.229 5.4.1.4 to 5.4.1.6; REG-72 to REG-75. */
import type { ContactElement, RegInfo } from '../../ims/reg-event/index.js';
import type { DiameterOnWire, RequestOnWire, Rule, Seen } from '../rule.js';
import { historyOf } from './cx-hss.js';
import { isSameUri } from './meaning.js';
import { contactSeconds } from './reading.js';
import { earlierNotices, regInfoIn } from './reg-event-reading.js';
import { isDisplaced, isRequest } from './sip-hop.js';

interface Ended {
  readonly aor: string;
  readonly contact: ContactElement;
}

/** Contacts that this NOTIFY of a notifier ends. */
function endedIn({ message, source }: RequestOnWire): readonly Ended[] {
  const info = source === undefined ? regInfoIn(message) : undefined;
  return (info?.registrations ?? []).flatMap(({ aor, contacts }) =>
    contacts.filter(({ state }) => state === 'terminated').map((contact) => ({ aor, contact })),
  );
}

/**
 * The last word of the UE about this contact removes it: a REGISTER under the Call-ID of its binding, or any of its identity; or
 * the wildcard under the Call-ID of another contact that ends with it.
 */
function isRemovedByUe({ aor, contact }: Ended, seen: RequestOnWire, before: Seen): boolean {
  const last = lastRegister([...dialogueOf(contact, before), ...before.registersOf(aor)], seen);
  if (last !== undefined && removes(last, contact.uri)) return true;
  return endedIn(seen).some((other) => lastRegister(dialogueOf(other.contact, before), seen)?.message.contacts === '*');
}

function dialogueOf({ callId }: ContactElement, before: Seen): ReturnType<Seen['dialogue']> {
  return callId === undefined ? [] : before.dialogue(callId);
}

/** A REGISTER that has come so long ago is over, whatever became of it (timer F of the core, TS 24.229 7.7). */
const openMs = 32_000 + 5_000;

/** The UE's last word about the contact removed it, and that may count still. */
function isBeingRemoved(ended: Ended, seen: RequestOnWire, before: Seen): boolean {
  const { aor, contact } = ended;
  const last = lastRegister([...dialogueOf(contact, before), ...before.registersOf(aor)], seen);
  return last === undefined || seen.record.time - last.record.time < openMs || isGranted(last, seen, before);
}

function isGranted({ message, record }: RequestOnWire, seen: RequestOnWire, before: Seen): boolean {
  return before
    .dialogue(message.callId)
    .some(
      (each) =>
        each.message.kind === 'response' &&
        each.message.status < 300 &&
        each.message.status >= 200 &&
        each.record.fromNode === record.toNode &&
        each.record.id < seen.record.id &&
        each.message.topVia.branch === message.topVia.branch,
    );
}

/** Some REGISTER has removed it, and a stream shows the one or the other later than it was written: their order is not known. */
function mayBeRemoved({ aor, contact }: Ended, seen: RequestOnWire, before: Seen): boolean {
  return [...dialogueOf(contact, before), ...before.registersOf(aor)].some(
    (each) =>
      isRequest(each) &&
      each.message.method === 'REGISTER' &&
      each.record.toNode === seen.record.fromNode &&
      each.record.id < seen.record.id &&
      (isDisplaced(each.record) || isDisplaced(seen.record)) &&
      removes(each, contact.uri),
  );
}

/** The last REGISTER of these that came to the notifier before it said so, and that it has not refused by then. */
function lastRegister(messages: ReturnType<Seen['dialogue']>, { record }: RequestOnWire): RequestOnWire | undefined {
  const earlier = messages.filter((each) => each.message.method === 'REGISTER' && each.record.id < record.id);
  const refused = new Set(
    earlier.flatMap(({ message, record: { fromNode } }) =>
      message.kind === 'response' && message.status >= 300 && fromNode === record.fromNode
        ? [message.topVia.branch]
        : [],
    ),
  );
  return earlier
    .filter(
      (each): each is RequestOnWire =>
        each.message.kind === 'request' &&
        each.record.toNode === record.fromNode &&
        !each.isLost &&
        !refused.has(each.message.topVia.branch),
    )
    .sort((a, b) => a.record.id - b.record.id)
    .at(-1);
}

function removes({ message }: RequestOnWire, uri: string): boolean {
  const { contacts } = message;
  if (contacts === '*') return true;
  const seconds = contactSeconds(message);
  return contacts.some((each, index) => seconds[index] === 0 && isSameUri(each.uri.text, uri));
}

/** What the HSS has ordered the notifier since that told of something last. */
function ordersBefore(order: 'RTR' | 'PPR', seen: RequestOnWire, aor: string, before: Seen): readonly DiameterOnWire[] {
  const after = earlierNotices(seen, before).at(-1)?.record.id ?? 0;
  return historyOf(aor, before).filter(
    ({ message, record, isLost }) =>
      message.name === order &&
      record.toNode === seen.record.fromNode &&
      record.id > after &&
      record.id < seen.record.id &&
      !isLost,
  );
}

const removed: Rule = {
  id: 'REG-72',
  clause: 'TS 24.229 5.4.1.4',
  title: 'Watchers are told unregistered of a contact that its UE removed, and of no other one',
  of: ['NOTIFY'],
  from: 's-cscf',
  request(seen, before, report) {
    if (before.facts.isExternal(seen.record.fromNode)) return;
    for (const ended of endedIn(seen)) {
      const { aor, contact } = ended;
      const isRemoved = isRemovedByUe(ended, seen, before);
      if (!isRemoved && contact.event !== 'unregistered') continue;
      if (ordersBefore('RTR', seen, aor, before).length > 0) continue; // both at once
      // An identity that was barred goes by itself, and its end may wait 5 s for the document that tells of the other ones too.
      if (ordersBefore('PPR', seen, aor, before).length > 0) continue;
      report.applies();
      const who = `${seen.record.fromNode} told of ${aor} that ${contact.uri} ended by ${contact.event}`;
      if (!isRemoved) {
        if (!mayBeRemoved(ended, seen, before)) report.breach(`${who}: its UE has not removed it`);
      } else if (contact.event !== 'unregistered' && isBeingRemoved(ended, seen, before))
        report.breach(`${who}: its UE has removed it, so that it is unregistered`);
    }
  },
};

/** Clocks and timers of a busy machine are a little apart. */
const earlyMs = 1_500;

/** When the contact ends by what was told of it before; undefined where that was not seen. */
function endOf({ aor, contact }: Ended, seen: RequestOnWire, before: Seen): number | undefined {
  for (const { message, record } of earlierNotices(seen, before).toReversed()) {
    const known = contactIn(regInfoIn(message), aor, contact.id);
    if (known !== undefined) return known.expires === undefined ? undefined : record.time + known.expires * 1_000;
  }
  return undefined;
}

function contactIn(info: RegInfo | undefined, aor: string, id: string): ContactElement | undefined {
  return info?.registrations.find((each) => each.aor === aor)?.contacts.find((each) => each.id === id);
}

const expired: Rule = {
  id: 'REG-73',
  clause: 'TS 24.229 5.4.1.5, TS 29.228 A.4.4.1',
  title: 'A contact expires when its time is over, not before',
  of: ['NOTIFY'],
  from: 's-cscf',
  request(seen, before, report) {
    for (const ended of endedIn(seen)) {
      if (ended.contact.event !== 'expired') continue;
      const end = endOf(ended, seen, before);
      if (end === undefined) continue;
      report.applies();
      const left = end - seen.record.time;
      if (left > earlyMs) {
        report.breach(
          `${seen.record.fromNode} told of ${ended.aor} that ${ended.contact.uri} expired: it had ${Math.round(left / 1_000)} s left`,
        );
      }
    }
  },
};

/** By Reason-Code (TS 29.229 6.3.17): whether the UE shall come back. PERMANENT_TERMINATION, SERVER_CHANGE, REMOVE_S-CSCF. */
const eventFor: ReadonlyMap<number | undefined, string> = new Map([
  [0, 'rejected'],
  [2, 'deactivated'],
  [3, 'deactivated'],
]);

const terminated: Rule = {
  id: 'REG-74',
  clause: 'TS 24.229 5.4.1.5, TS 29.228 6.1.3',
  title: 'When the HSS ends a registration the event tells the UE whether to come back',
  of: ['NOTIFY'],
  from: 's-cscf',
  request(seen, before, report) {
    for (const ended of endedIn(seen)) {
      const { aor, contact } = ended;
      const order = ordersBefore('RTR', seen, aor, before).at(-1);
      if (order === undefined || isRemovedByUe(ended, seen, before)) continue;
      const reason = order.message.avps.group('Deregistration-Reason')?.number('Reason-Code');
      const expected = eventFor.get(reason);
      if (expected === undefined) continue; // NEW_SERVER_ASSIGNED is told by the new one
      report.applies();
      if (contact.event !== expected) {
        report.breach(
          `${seen.record.fromNode} told of ${aor} that ${contact.uri} ended by ${contact.event} after RTR with reason ${reason}: it has to be ${expected}`,
        );
      }
    }
  },
};

const shortened: Rule = {
  id: 'REG-75',
  clause: 'TS 24.229 5.4.1.6',
  title: 'A contact that is shortened has less time than before',
  of: ['NOTIFY'],
  from: 's-cscf',
  request(seen, before, report) {
    const info = seen.source === undefined ? regInfoIn(seen.message) : undefined;
    for (const { aor, contacts } of info?.registrations ?? []) {
      for (const contact of contacts) {
        if (contact.event !== 'shortened' || contact.expires === undefined) continue;
        const end = endOf({ aor, contact }, seen, before);
        if (end === undefined) continue;
        report.applies();
        const left = (end - seen.record.time) / 1_000;
        if (contact.expires > left + 1) {
          report.breach(
            `${seen.record.fromNode} told of ${aor} that ${contact.uri} is shortened to ${contact.expires} s: it had ${Math.round(left)} s`,
          );
        }
      }
    }
  },
};

export const regEventEndRules: readonly Rule[] = [removed, expired, terminated, shortened];
