/** What a proxy does to what it forwards. RFC 3261 16, TS 24.229 4.4, 5.2.6, 5.3.2, 5.4.3; SIP-40 to SIP-47, SIP-60, SIP-70. */
import type { SipMessage } from '../../sip/index.js';
import { clauseOf } from '../catalogue.js';
import type { RequestOnWire, ResponseOnWire, Rule, RuleReport, Seen, SipOnWire } from '../rule.js';
import { isSameHeader, isSameRouteValue } from './meaning.js';
import { branchOf, forwarding, isProxy, isResponse, isSameTransaction, sourcesOf } from './sip-hop.js';

const hopsAtStart = 70;
/** What the parser says of a Request-URI that is neither sip, sips, tel nor urn (RFC 3261 16.3 item 2). */
const unroutable = 416;
/** RFC 3329: what a P-CSCF knows of Proxy-Require. */
const knownOptions: ReadonlySet<string> = new Set(['sec-agree']);
/** Methods whose initial requests make dialogs (RFC 3261 16.6 item 4). */
const dialogForming: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER']);

const admission: Rule = {
  id: 'SIP-40',
  clause: clauseOf('SIP-40'),
  title:
    'A proxy forwards no request without hops left, of a scheme it cannot route, or that requires of it what it does not know',
  of: ['request'],
  request(seen, _, report) {
    const { source } = seen;
    if (source === undefined || !isProxy(seen.from)) return;
    report.applies();
    const { message } = source;
    if (message.maxForwards === 0) report.breach(`${forwarding(seen)} that came with Max-Forwards 0: 483 was due`);
    const unknown = message.values('Proxy-Require').find((option) => !knownOptions.has(option.toLowerCase()));
    if (unknown !== undefined && message.method !== 'ACK') {
      report.breach(`${forwarding(seen)} that came with Proxy-Require: ${unknown}: 420 was due`);
    }
  },
  malformed(record, { status }, { facts }, report) {
    if (status !== unroutable || !isProxy(facts.roleOf(record.fromNode))) return;
    report.applies();
    report.breach(
      `${record.fromNode} sent ${record.toNode} a request of a URI scheme that it cannot route: 416 was due`,
    );
  },
};

const ownRoute: Rule = {
  id: 'SIP-41',
  clause: clauseOf('SIP-41'),
  title: 'A proxy takes its own value from the top of Route',
  of: ['request'],
  request(seen, _, report) {
    const { source } = seen;
    const top = source?.message.routes[0];
    if (source === undefined || top === undefined || !isProxy(seen.from)) return;
    // A name may be anybody's; an address where the request arrived is its receiver's.
    const { address, port } = source.record.to;
    if (top.uri.host !== address || (top.uri.port ?? 5060) !== port) return;
    report.applies();
    const count = (message: SipMessage): number =>
      message.values('Route').filter((value) => isSameRouteValue(value, top.text)).length;
    if (count(seen.message) >= count(source.message)) {
      report.breach(`${forwarding(seen)} with its own Route value ${top.text} still in it`);
    }
  },
};

const forwarded: Rule = {
  id: 'SIP-42',
  clause: clauseOf('SIP-42'),
  title:
    'A forwarded request has one hop less, a Via more, and Record-Route of P-CSCF and S-CSCF but not of the I-CSCF',
  of: ['request'],
  request(seen, before, report) {
    if (!isProxy(seen.from)) return;
    const { source } = seen;
    if (source === undefined) {
      checkVia(seen, before, report);
      return;
    }
    report.applies();
    checkHops(seen, before, report);
    if (seen.message.toTag === undefined && dialogForming.has(seen.message.method))
      checkRecordRoute(seen, source, report);
  },
};

function checkVia(seen: RequestOnWire, before: Seen, report: RuleReport): void {
  const { message, record } = seen;
  const received = before
    .dialogue(message.callId)
    .find(
      (each) =>
        each.record.id < record.id &&
        each.record.toNode === record.fromNode &&
        each.record.fromNode !== record.fromNode &&
        each.message.kind === 'request' &&
        isSameTransaction(each, seen),
    );
  if (received === undefined) return;
  report.applies();
  report.breach(`${forwarding(seen)} without a Via of its own on top`);
}

function checkHops(seen: RequestOnWire, before: Seen, report: RuleReport): void {
  const due = sourcesOf(seen, before).map(({ message: { maxForwards } }) =>
    maxForwards === undefined ? hopsAtStart : maxForwards - 1,
  );
  const { maxForwards } = seen.message;
  if (maxForwards !== undefined && due.includes(maxForwards)) return;
  report.breach(`${forwarding(seen)} with Max-Forwards ${maxForwards ?? 'absent'}: it has to be ${due.at(-1)}`);
}

function checkRecordRoute(seen: RequestOnWire, source: RequestOnWire, report: RuleReport): void {
  const added = seen.message.recordRoutes.length - source.message.recordRoutes.length;
  if (seen.from === 'i-cscf') {
    if (added !== 0) report.breach(`${forwarding(seen)} with a Record-Route of its own: it stays out of dialogs`);
  } else if (added < 1) {
    report.breach(`${forwarding(seen)} without a Record-Route of its own: it has to see the whole dialog`);
  } else if (seen.message.recordRoutes[0]?.uri.parameters.has('lr') !== true) {
    report.breach(`${forwarding(seen)} with Record-Route ${seen.message.recordRoutes[0]?.text}: it lacks lr`);
  }
}

const responseVia: Rule = {
  id: 'SIP-44',
  clause: clauseOf('SIP-44'),
  title: 'A response has the Via values of its request, and goes to who sent that request',
  of: ['response'],
  response(seen, _, report) {
    const { request, message, record } = seen;
    if (request === undefined) return;
    report.applies();
    if (request.record.toNode !== record.fromNode) {
      report.breach(
        `${forwarding(seen)} under the Via of a request that ${request.record.toNode} was sent: a proxy takes off its own, and no other`,
      );
      return;
    }
    const due = request.message.vias;
    const given = message.vias;
    const isSame = due.length === given.length && due.every((via, index) => via.branch === given[index]?.branch);
    if (!isSame)
      report.breach(`${forwarding(seen)} with ${given.length} Via: they have to be the ${due.length} of its request`);
  },
};

const kept = ['From', 'To', 'CSeq', 'Contact', 'Content-Type'] as const;

const untouched: Rule = {
  id: 'SIP-47',
  clause: clauseOf('SIP-47'),
  title: 'A proxy changes neither From, To, CSeq, Contact nor body of what it forwards',
  of: ['request', 'response'],
  request: (seen, before, report) => checkKept(seen, before, report),
  response: (seen, before, report) => checkKept(seen, before, report),
};

function checkKept<TSeen extends RequestOnWire | ResponseOnWire>(seen: TSeen, before: Seen, report: RuleReport): void {
  if (!isProxy(seen.from) || seen.source === undefined) return;
  const sources = sourcesOf(seen, before);
  if (isOwnRefusal(seen, sources)) return;
  report.applies();
  const { message } = seen;
  const changed: string[] = kept.filter((name) =>
    sources.every((source) => !isSameHeader(name, source.message, message)),
  );
  if (sources.every((source) => source.message.body !== message.body)) changed.push('the body');
  if (changed.length > 0)
    report.breach(`${forwarding(seen)} with ${changed.join(' and ')} changed: they are the ends’`);
}

/**
 * Made by the proxy itself, whose timer expired while the next hop's refusal was on its way: the tag is its own (RFC 3261
 * 16.8, 9.1).
 */
function isOwnRefusal({ message }: RequestOnWire | ResponseOnWire, sources: readonly SipOnWire[]): boolean {
  return (
    message.kind === 'response' &&
    message.status >= 300 &&
    sources.every((source) => source.message.toTag !== message.toTag)
  );
}

const unavailable: Rule = {
  id: 'SIP-60',
  clause: clauseOf('SIP-60'),
  title: 'A proxy passes no 503 of its next hop on as such',
  of: ['response'],
  response(seen, before, report) {
    const { request, message, record } = seen;
    if (request === undefined || message.status < 300 || !isProxy(seen.from)) return;
    const hasRefused = before
      .dialogue(message.callId)
      .some(
        (each) =>
          isResponse(each) &&
          each.message.status === 503 &&
          each.record.toNode === record.fromNode &&
          each.record.id < record.id &&
          each.message.vias[1]?.branch === branchOf(message),
      );
    if (!hasRefused) return;
    report.applies();
    if (message.status === 503) {
      report.breach(`${forwarding(seen)} from its next hop: it speaks of that hop only, so 500 was due`);
    }
  },
};

/** TS 24.229 4.4, 4.5.5. */
const insideOnly = [
  'P-Charging-Vector',
  'P-Charging-Function-Addresses',
  'P-Visited-Network-ID',
  'P-Served-User',
  'P-Profile-Key',
  'P-User-Database',
] as const;

const trustDomain: Rule = {
  id: 'SIP-70',
  clause: clauseOf('SIP-70'),
  title: 'What the network says to itself does not reach a UE',
  of: ['request', 'response'],
  from: 'p-cscf',
  to: 'ue',
  request: (seen, _, report) => checkInside(seen, report),
  response: (seen, _, report) => checkInside(seen, report),
};

function checkInside(seen: RequestOnWire | ResponseOnWire, report: RuleReport): void {
  report.applies();
  const leaked: string[] = insideOnly.filter((name) => seen.message.has(name));
  if (isResponse(seen)) {
    if (seen.message.has('Reason')) leaked.push('Reason'); // TS 24.229 4.4.7
    const { request } = seen;
    const isAsked = request?.message.hasOption('P-Early-Media', 'supported') !== false;
    // Within a dialog the request that began it tells.
    const isInitial = request?.message.method === 'INVITE' && request.message.toTag === undefined;
    if (isInitial && !isAsked && seen.message.has('P-Early-Media')) leaked.push('P-Early-Media');
  }
  if (leaked.length > 0) report.breach(`${forwarding(seen)} with ${leaked.join(', ')}: that stays in the network`);
}

/** TS 24.229 4.4: whatever a UE says of these is not believed. */
const fromInsideOnly = ['History-Info', 'Feature-Caps', 'P-Served-User', 'P-Profile-Key', 'P-User-Database'] as const;

const notBelieved: Rule = {
  id: 'SIP-70',
  clause: clauseOf('SIP-70'),
  title: 'What only the network may say is not taken over from a UE',
  of: ['request', 'response'],
  from: 'p-cscf',
  request: (seen, _, report) => checkBelieved(seen, report),
  response: (seen, _, report) => checkBelieved(seen, report),
};

function checkBelieved(seen: RequestOnWire | ResponseOnWire, report: RuleReport): void {
  const { source, message, to } = seen;
  if (source?.from !== 'ue' || to === 'ue') return;
  report.applies();
  const taken: string[] = fromInsideOnly.filter((name) => {
    const said = source.message.header(name);
    return said !== undefined && message.headers(name).includes(said);
  });
  const early = message.values('P-Early-Media').filter((value) => value.toLowerCase() !== 'supported');
  if (early.length > 0) taken.push('P-Early-Media');
  if (taken.length > 0) {
    report.breach(`${forwarding(seen)} with ${taken.join(', ')} of a UE: only the network may say that`);
  }
}

export const sipProxyRules: readonly Rule[] = [
  admission,
  ownRoute,
  forwarded,
  responseVia,
  untouched,
  unavailable,
  trustDomain,
  notBelieved,
];
