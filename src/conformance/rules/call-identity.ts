/** Who calls whom, by which service and from where, on its way through the network. TS 24.229 4.4, 4.5, 5.2.6, 5.4.3; CALL-01 to CALL-16. */
import { canonicalIdentity } from '../../ims/identity/index.js';
import { clauseOf } from '../catalogue.js';
import type { RequestOnWire, ResponseOnWire, Role, Rule, RuleReport, Seen, SipOnWire } from '../rule.js';
import { isSameRoute, isSameUri } from './meaning.js';
import { isEmergency } from './reading.js';
import { forwarding, isProxy, lineOf, sending } from './sip-hop.js';

/** They are of a dialog or transaction that another request has begun. */
const dependent: ReadonlySet<string> = new Set(['REGISTER', 'ACK', 'CANCEL', 'PRACK', 'BYE']);

function isInitial({ toTag, method }: RequestOnWire['message']): boolean {
  return toTag === undefined && !dependent.has(method);
}

const recordedWay: Rule = {
  id: 'CALL-01',
  clause: clauseOf('CALL-01'),
  title: 'A request within a dialog leaves P-CSCF and S-CSCF on the recorded way',
  of: ['ACK', 'BYE', 'INVITE', 'UPDATE', 'PRACK'],
  request(seen, before, report) {
    const { message, source } = seen;
    if (message.toTag === undefined || source === undefined || !isProxy(seen.from)) return;
    const given = message.values('Route');
    const isRecorded = isOnRecordedWay(given, message, before);
    if (isRecorded === undefined) return;
    report.applies();
    // RFC 3261 16.4, 16.12: it takes its own value off, and leaves those behind it.
    const [own, ...behind] = given.length === 0 ? source.message.addresses('Route') : [];
    const isEmptied = behind.some(({ uri }) => uri.host !== own!.uri.host);
    if (!isRecorded || isEmptied) {
      report.breach(`${forwarding(seen)} with Route ${given.join(', ') || 'absent'}, which is not the recorded way`);
    }
  },
};

/** What is left of a Record-Route of the dialog, in the direction of this request. Undefined: none has been recorded. */
function isOnRecordedWay(
  given: readonly string[],
  message: RequestOnWire['message'],
  before: Seen,
): boolean | undefined {
  const dialogue = before.dialogue(message.callId);
  let isKnown = false;
  // The latest is the way of nearly all of them.
  for (let index = dialogue.length - 1; index >= 0; index--) {
    const route = recordedRoute(dialogue[index]!, message);
    if (route === undefined) continue;
    if (given.length <= route.length && isSameRoute(given, route.slice(route.length - given.length))) return true;
    isKnown = true;
  }
  return isKnown ? false : undefined;
}

/** What the message records for requests of that direction. */
function recordedRoute(
  recording: SipOnWire,
  { fromTag, toTag }: RequestOnWire['message'],
): readonly string[] | undefined {
  const { message } = recording;
  if (message.cseq.method !== 'INVITE') return undefined;
  if (message.kind === 'request') {
    const isOpposite = message.toTag === undefined && message.fromTag === toTag;
    return isOpposite ? message.values('Record-Route') : undefined;
  }
  if (message.fromTag !== fromTag || message.toTag !== toTag) return undefined;
  const recorded = message.values('Record-Route');
  return recorded.length > 0 ? recorded.toReversed() : undefined;
}

const assertedIdentity: Rule = {
  id: 'CALL-10',
  clause: clauseOf('CALL-10'),
  title: 'Behind the P-CSCF a request has one asserted identity, with its other form at most, and it is the UE’s',
  of: ['request'],
  request(seen, before, report) {
    const { message, source } = seen;
    if (source === undefined || !isInitial(message) || isEmergency(message)) return;
    const isEntering = seen.from === 'p-cscf' && source.from === 'ue';
    const isPassedOn = seen.from === 's-cscf' && source.from === 'p-cscf' && source.message.has('P-Asserted-Identity');
    if (!isEntering && !isPassedOn) return;
    report.applies();
    const asserted = message.addresses('P-Asserted-Identity').map(({ uri }) => uri);
    const schemes = new Set(asserted.map(({ scheme }) => scheme));
    if (asserted.length === 0) report.breach(`${forwarding(seen)} without P-Asserted-Identity`);
    else if (schemes.size < asserted.length) {
      report.breach(
        `${forwarding(seen)} with ${lineOf(message, 'P-Asserted-Identity')}: at most a SIP and a tel URI may be asserted`,
      );
    }
    if (!isEntering) return;
    if (message.has('P-Preferred-Identity'))
      report.breach(`${forwarding(seen)} with P-Preferred-Identity: that ends here`);
    checkOwn(seen, source.record.fromNode, before, report);
  },
};

/** The P-Associated-URI of what the UE was granted says what is its own. */
function checkOwn(seen: RequestOnWire, ue: string, before: Seen, report: RuleReport): void {
  const own = before.grantsOf(ue)?.flatMap(({ associated }) => associated.map(canonicalIdentity)) ?? [];
  if (own.length === 0) return;
  const foreign = seen.message
    .addresses('P-Asserted-Identity')
    .find(({ uri }) => !own.includes(canonicalIdentity(uri.text)));
  if (foreign !== undefined) report.breach(`${forwarding(seen)} as ${foreign.uri.text}, which is no identity of ${ue}`);
}

const privacy: Rule = {
  id: 'CALL-11',
  clause: clauseOf('CALL-11'),
  title: 'An identity that asks for privacy is not asserted towards a UE',
  of: ['request', 'response'],
  from: 'p-cscf',
  to: 'ue',
  request: (seen, _, report) => checkPrivacy(seen, report),
  response: (seen, _, report) => checkPrivacy(seen, report),
};

function checkPrivacy(seen: RequestOnWire | ResponseOnWire, report: RuleReport): void {
  const { message } = seen;
  const asks = message
    .headers('Privacy')
    .some((value) => value.split(';').some((part) => part.trim().toLowerCase() === 'id'));
  if (!asks) return;
  report.applies();
  if (message.has('P-Asserted-Identity')) {
    report.breach(`${forwarding(seen)} with P-Asserted-Identity, whose owner asks for Privacy: id`);
  }
}

const calledParty: Rule = {
  id: 'CALL-12',
  clause: clauseOf('CALL-12'),
  title: 'The S-CSCF names the dialled identity in P-Called-Party-ID where it puts the contact in its place',
  of: ['request'],
  from: 's-cscf',
  to: 'p-cscf',
  request(seen, _, report) {
    const { message, source } = seen;
    if (source === undefined || !isInitial(message) || isSameUri(message.requestUri, source.message.requestUri)) return;
    report.applies();
    const called = message.address('P-Called-Party-ID')?.uri.text;
    if (called === undefined || !isSameUri(called, source.message.requestUri)) {
      report.breach(
        `${forwarding(seen)} with P-Called-Party-ID ${called ?? 'absent'}: dialled was ${source.message.requestUri}`,
      );
    }
  },
};

const charging: Rule = {
  id: 'CALL-13',
  clause: clauseOf('CALL-13'),
  title: 'The P-CSCF gives a request its charging identity, which stays the same on every leg and in every answer',
  of: ['request', '18x INVITE', '2xx INVITE'],
  request(seen, _, report) {
    const { message, source } = seen;
    // A port that the topology does not name may be a UE's, which charging information does not reach (SIP-70).
    if (source === undefined || !isProxy(seen.from) || !isInside(seen.to) || !isInitial(message)) return;
    const vector = vectorOf(message);
    const given = vectorOf(source.message).icid;
    // Who is sent none by a node before it has none to pass on; that one is told so itself.
    if (vector.icid === undefined && given === undefined && source.from !== 'ue') return;
    report.applies();
    if (vector.icid === undefined) {
      report.breach(`${forwarding(seen)} without icid-value in P-Charging-Vector`);
      return;
    }
    if (source.from === 'ue') {
      if (!/^type 1/i.test(vector.origIoi ?? '')) {
        report.breach(
          `${forwarding(seen)} with orig-ioi ${vector.origIoi ?? 'absent'}: from a visited network it is of type 1`,
        );
      }
      return;
    }
    if (given !== undefined && given !== vector.icid) {
      report.breach(`${forwarding(seen)} with icid ${vector.icid}: it came with ${given}`);
    }
  },
  response(seen, _, report) {
    const { message, request } = seen;
    if (request === undefined || !isProxy(seen.from) || !isProxy(seen.to)) return;
    const { icid } = vectorOf(request.message);
    if (icid === undefined) return;
    report.applies();
    const vector = vectorOf(message);
    if (vector.icid !== icid) {
      report.breach(`${forwarding(seen)} with icid ${vector.icid ?? 'absent'}: its request has ${icid}`);
    } else if (vector.termIoi === undefined) {
      report.breach(`${forwarding(seen)} without term-ioi in P-Charging-Vector`);
    }
  },
};

/** Proxies and application servers of the home network. */
function isInside(role: Role | undefined): boolean {
  return isProxy(role) || role === 'as';
}

interface ChargingVector {
  readonly icid: string | undefined;
  readonly origIoi: string | undefined;
  readonly termIoi: string | undefined;
}

/** RFC 7315 5.6. */
function vectorOf(message: RequestOnWire['message'] | ResponseOnWire['message']): ChargingVector {
  const value = message.header('P-Charging-Vector') ?? '';
  const parameter = (name: string): string | undefined =>
    new RegExp(`(?:^|;)\\s*${name}\\s*=\\s*"?([^";]*)`, 'i').exec(value)?.[1]?.trim() || undefined;
  return { icid: parameter('icid-value'), origIoi: parameter('orig-ioi'), termIoi: parameter('term-ioi') };
}

const earlyMedia: Rule = {
  id: 'CALL-14',
  clause: clauseOf('CALL-14'),
  title: 'A UE says in its INVITE that it supports P-Early-Media',
  of: ['INVITE'],
  from: 'ue',
  request(seen, { facts }, report) {
    if (seen.message.toTag !== undefined || facts.isExternal(seen.record.fromNode)) return;
    report.applies();
    if (!seen.message.hasOption('P-Early-Media', 'supported')) {
      report.breach(`${sending(seen)} without P-Early-Media: supported`);
    }
  },
};

const accessNetwork: Rule = {
  id: 'CALL-15',
  clause: clauseOf('CALL-15'),
  title: 'Access network information reaches the network, and no other UE',
  of: ['request', 'response'],
  from: 'p-cscf',
  request(seen, _, report) {
    const { message, source } = seen;
    const given = source?.from === 'ue' ? source.message.values('P-Access-Network-Info') : [];
    if (seen.to === 'ue') checkAccess(seen, report);
    else if (given.some((value) => !value.toLowerCase().includes('network-provided'))) {
      report.applies();
      if (!message.has('P-Access-Network-Info')) {
        report.breach(`${forwarding(seen)} without the P-Access-Network-Info of its UE`);
      }
    }
  },
  response(seen, _, report) {
    if (seen.to === 'ue') checkAccess(seen, report);
  },
};

function checkAccess(seen: RequestOnWire | ResponseOnWire, report: RuleReport): void {
  if (seen.source === undefined) return;
  report.applies();
  if (seen.message.has('P-Access-Network-Info')) {
    report.breach(`${forwarding(seen)} with P-Access-Network-Info: where a UE is, is not for another one`);
  }
}

const service: Rule = {
  id: 'CALL-16',
  clause: clauseOf('CALL-16'),
  title: 'The S-CSCF makes the preferred service the asserted one, and no UE asserts one itself',
  of: ['request'],
  request(seen, _, report) {
    const { message, source } = seen;
    if (source === undefined || !isInitial(message)) return;
    if (seen.from === 'p-cscf' && source.from === 'ue' && source.message.has('P-Asserted-Service')) {
      report.applies();
      if (message.has('P-Asserted-Service')) report.breach(`${forwarding(seen)} with the P-Asserted-Service of a UE`);
    }
    const preferred = source.message.header('P-Preferred-Service');
    if (seen.from !== 's-cscf' || source.from !== 'p-cscf' || preferred === undefined) return;
    report.applies();
    if (message.has('P-Preferred-Service'))
      report.breach(`${forwarding(seen)} with P-Preferred-Service: that ends here`);
    if (!message.values('P-Asserted-Service').some((value) => isSameUri(value, preferred))) {
      report.breach(
        `${forwarding(seen)} with P-Asserted-Service ${message.header('P-Asserted-Service') ?? 'absent'}: preferred was ${preferred}`,
      );
    }
  },
};

const messageSizeMax = 1_300;

const pageMode: Rule = {
  id: 'CALL-64',
  clause: clauseOf('CALL-64'),
  title: 'MESSAGE makes no dialog, so it has neither Record-Route nor Contact, and a UE sends at most 1300 octets',
  of: ['MESSAGE'],
  request(seen, _, report) {
    report.applies();
    const { message, record } = seen;
    for (const name of ['Record-Route', 'Contact']) {
      if (message.has(name)) report.breach(`${sending(seen)} with ${name}: it makes no dialog`);
    }
    // RFC 3428 8: the whole request as its sender made it; what proxies add is theirs.
    const size = record.bytes.length;
    if (seen.from === 'ue' && size > messageSizeMax) {
      report.breach(`${sending(seen)} with ${size} octets: more than ${messageSizeMax} need a session`);
    }
  },
};

export const callIdentityRules: readonly Rule[] = [
  recordedWay,
  assertedIdentity,
  privacy,
  calledParty,
  charging,
  earlyMedia,
  accessNetwork,
  service,
  pageMode,
];
