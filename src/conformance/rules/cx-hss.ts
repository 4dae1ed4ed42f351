/** What an HSS answers by its state, as far as the trace shows that state. TS 29.228 6.1, TS 29.229 6.2. */
import type { DiameterOnWire, Rule, Seen } from '../rule.js';
import { isSameUri } from './meaning.js';
import { assignment, assignments, deregistrations } from './reading.js';

const capabilitiesWanted = 2;
/** With these an S-CSCF changes what the HSS has stored. */
const orders: ReadonlySet<string> = new Set(['SAR', 'MAR']);

/** Experimental-Result-Code → answers in which it may stand (cx.md 4.7 after TS 29.229 6.2). */
const experimentalIn: ReadonlyMap<number, readonly string[]> = new Map([
  [2001, ['UAA']],
  [2002, ['UAA']],
  [2003, ['LIA']],
  [2004, ['SAA']],
  [5002, ['UAA', 'SAA', 'MAA']],
  [5003, ['LIA', 'UAA']],
  [5004, ['UAA']],
  [5005, ['SAA']],
  [5006, ['MAA']],
  [5007, ['SAA']],
  [5008, ['PPA', 'RTA']],
  [5009, ['PPA']],
]);

const result: Rule = {
  id: 'CX-RESULT',
  clause: 'TS 29.229 6.2, RFC 6733 7',
  title: 'An answer has one result: Result-Code, or the vendor’s own in the commands that know it',
  of: ['Cx answer'],
  diameter({ message, record }, _, report) {
    report.applies();
    const who = `${message.name} of ${record.fromNode}`;
    const { avps, resultCode, experimentalResult } = message;
    const group = avps.group('Experimental-Result');
    if ((resultCode !== undefined) === (group !== undefined)) {
      report.breach(
        `${who} has ${group === undefined ? 'neither' : 'both'} Result-Code and Experimental-Result: it has to be one`,
      );
      return;
    }
    const isProtocolError = resultCode !== undefined && resultCode >= 3000 && resultCode < 4000;
    if (message.isError !== isProtocolError) {
      report.breach(
        `${who} has ${message.resultText} with the E bit ${message.isError ? 'set' : 'clear'}: it goes with 3xxx only`,
      );
    }
    if (group === undefined) return;
    if (group.number('Vendor-Id') !== 10415) report.breach(`${who} has an Experimental-Result without Vendor-Id 10415`);
    const commands = experimentalResult === undefined ? undefined : experimentalIn.get(experimentalResult);
    if (commands !== undefined && !commands.includes(message.name)) {
      report.breach(`${who} has ${message.resultText}: that belongs into ${commands.join(', ')}`);
    }
  },
};

/** What has been told to the HSS about who serves an identity, and when. */
interface Assigned {
  readonly serverName: string;
  readonly answer: DiameterOnWire;
}

/**
 * The S-CSCF that the HSS has stored, by its own answers; undefined where nobody can know: the HSS or its peer has begun
 * anew, a registration has ended or failed, reassignment is allowed.
 */
function storedBefore(seen: DiameterOnWire, publicIdentity: string, before: Seen): Assigned | undefined {
  if (isRepeated(seen, before)) return undefined;
  const hss = seen.record.fromNode;
  let stored: Assigned | undefined;
  /** Orders that the HSS may have carried out, while its answer still travels. */
  const open = new Set<DiameterOnWire>();
  /** Of the last termination. */
  let ended = 0;
  for (const each of historyOf(publicIdentity, before)) {
    const { message, record } = each;
    if (record.id >= seen.record.id) break;
    const request = each.request?.message.avps;
    if (message.name === 'RTR' || message.name === 'RTA') {
      stored = undefined;
      ended = record.id;
    }
    if (message.isRequest && orders.has(message.name) && record.toNode === hss && !each.isLost) open.add(each);
    if (record.fromNode !== hss || message.isRequest) continue;
    if (each.request !== undefined) open.delete(each.request);
    // An answer that was under way while the HSS ended the registration may say what was before that.
    if (request === undefined || each.request!.record.id < ended) stored = undefined;
    else if (message.name === 'SAA') stored = afterAssignment(each, request.number('Server-Assignment-Type'), stored);
    else if (request.number('User-Authorization-Type') === capabilitiesWanted)
      stored = undefined; // may move
    else if (message.name === 'MAA' && message.isSuccess) stored = named(each) ?? stored;
  }
  if (seen.request !== undefined) open.delete(seen.request); // of the answer at hand
  if (stored === undefined || open.size > 0 || hasRestarted(hss, stored, seen, before)) return undefined;
  return stored;
}

/** The answer of then, to a request that came again (CX-66). */
function isRepeated({ message, record }: DiameterOnWire, before: Seen): boolean {
  return before
    .session(message.sessionId ?? '')
    .some(
      (each) => !each.message.isRequest && each.record.id < record.id && each.message.endToEnd === message.endToEnd,
    );
}

/** All of the user whose identity this is: what is said of another of its identities counts as well. */
export function historyOf(publicIdentity: string, before: Seen): readonly DiameterOnWire[] {
  const history = before.queriesOf(publicIdentity);
  const userName = history.find(({ message }) => message.avps.has('User-Name'))?.message.avps.text('User-Name');
  if (userName === undefined) return history;
  const ofUser = before.queriesOf(userName);
  const locations = history.filter(({ message }) => message.name === 'LIR' || message.name === 'LIA'); // no User-Name
  return locations.length === 0 ? ofUser : [...ofUser, ...locations].sort((a, b) => a.record.id - b.record.id);
}

function afterAssignment(answer: DiameterOnWire, type: number | undefined, stored: Assigned | undefined) {
  if (!answer.message.isSuccess) return stored;
  if (deregistrations.has(type)) return undefined;
  if (type === assignment.authenticationFailure || type === assignment.authenticationTimeout) return undefined;
  return assignments.has(type) ? named(answer) : stored;
}

function named(answer: DiameterOnWire): Assigned | undefined {
  const serverName = answer.request?.message.avps.text('Server-Name');
  return serverName === undefined ? undefined : { serverName, answer };
}

/** A connection was made anew since: the HSS may have lost what it knew. */
function hasRestarted(hss: string, { answer }: Assigned, seen: DiameterOnWire, before: Seen): boolean {
  const peers = [answer.record.toNode, seen.record.toNode];
  return peers.some((peer) =>
    before.peering(hss, peer).some(({ message, record }) => message.name === 'CEA' && record.id > answer.record.id),
  );
}

const storedServer: Rule = {
  id: 'CX-UAA',
  clause: 'TS 29.228 6.1.1.1',
  title: 'UAA names the S-CSCF that the HSS has stored for the user',
  of: ['UAA'],
  from: 'hss',
  diameter(seen, before, report) {
    const { message, record, request } = seen;
    const publicIdentity = request?.message.avps.text('Public-Identity');
    if (request === undefined || publicIdentity === undefined) return;
    const who = `${record.fromNode} answered UAR for ${publicIdentity} with ${message.resultText}`;
    if (message.experimentalResult === 2002) {
      report.applies();
      if (!message.avps.has('Server-Name') && !message.avps.has('Server-Capabilities')) {
        report.breach(`${who} without Server-Name: the I-CSCF has to know where the user is`);
      }
    }
    if (!message.isSuccess || request.message.avps.number('User-Authorization-Type') === capabilitiesWanted) return;
    const stored = storedBefore(seen, publicIdentity, before);
    // What was asked before the S-CSCF was stored may be answered without it.
    if (stored === undefined || request.record.id < stored.answer.record.id) return;
    report.applies();
    const name = message.avps.text('Server-Name');
    if (name === undefined || !isSameUri(name, stored.serverName)) {
      report.breach(`${who} and ${name ?? 'no Server-Name'}: it had stored ${stored.serverName}`);
    }
  },
};

const locationServer: Rule = {
  id: 'CX-LIA',
  clause: 'TS 29.228 6.1.4.1',
  title: 'LIA names the S-CSCF that the HSS has stored for the user',
  of: ['LIA'],
  from: 'hss',
  diameter(seen, before, report) {
    const { message, record, request } = seen;
    const publicIdentity = request?.message.avps.text('Public-Identity');
    const name = message.avps.text('Server-Name');
    if (request === undefined || publicIdentity === undefined || name === undefined) return;
    const stored = storedBefore(seen, publicIdentity, before);
    if (stored === undefined || request.record.id < stored.answer.record.id) return;
    report.applies();
    if (!isSameUri(name, stored.serverName)) {
      report.breach(
        `${record.fromNode} answered LIR for ${publicIdentity} with ${name}: it had stored ${stored.serverName}`,
      );
    }
  },
};

const oneServer: Rule = {
  id: 'REG-62',
  clause: 'TS 29.228 6.1.2.1',
  title: 'Without reassignment no second S-CSCF is assigned to a user',
  of: ['SAA'],
  from: 'hss',
  diameter(seen, before, report) {
    const { message, record, request } = seen;
    const avps = request?.message.avps;
    const serverName = avps?.text('Server-Name');
    const publicIdentity = avps?.text('Public-Identity');
    if (request === undefined || serverName === undefined || publicIdentity === undefined) return;
    if (!assignments.has(avps?.number('Server-Assignment-Type')) || !message.isSuccess) return;
    const stored = storedBefore(seen, publicIdentity, before);
    if (stored === undefined || request.record.id < stored.answer.record.id) return;
    report.applies();
    if (!isSameUri(serverName, stored.serverName)) {
      report.breach(
        `${record.fromNode} assigned ${serverName} to ${publicIdentity}, which ${stored.serverName} serves: it has to answer 5005`,
      );
    }
  },
};

export const cxHssRules: readonly Rule[] = [result, storedServer, locationServer, oneServer];
