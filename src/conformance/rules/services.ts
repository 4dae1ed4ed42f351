/** What an S-CSCF says to application servers with the requests of their users. TS 24.229 5.4.3.2, 5.4.3.3; RFC 5502, RFC 8498. */
import { clauseOf } from '../catalogue.js';
import type { RequestOnWire, Rule } from '../rule.js';
import { isInitial } from './reading.js';
import { forwarding } from './sip-hop.js';

/** It serves a user with the request: what it notifies of, and registrations, go elsewhere. */
function isForService(seen: RequestOnWire): boolean {
  return isInitial(seen) && seen.message.method !== 'NOTIFY' && seen.source !== undefined;
}

/**
 * A server of the operator's own, which is no node: the second value of Route leads back from it (TS 24.229 5.4.3.2). What else
 * goes to nobody that is known has no such value.
 */
function isForUnknownServer({ message, to }: RequestOnWire): boolean {
  return to === undefined && message.has('P-Served-User') && message.routes.length > 1;
}

const servedUser: Rule = {
  id: 'CX-55',
  clause: clauseOf('CX-55'),
  title: 'Towards an application server the S-CSCF names the served user and the session case, and towards nobody else',
  of: ['request'],
  from: 's-cscf',
  request(seen, _, report) {
    if (!isForService(seen)) return;
    const { message, to } = seen;
    if (to === 'as' || isForUnknownServer(seen)) {
      report.applies();
      const served = message.address('P-Served-User');
      const [sessionCase, state] = ['sescase', 'regstate'].map((name) => served?.parameters.get(name));
      const isCase = sessionCase === 'orig' || sessionCase === 'term';
      const says = (isCase && (state === 'reg' || state === 'unreg')) || served?.parameters.has('orig-cdiv');
      if (served === undefined) report.breach(`${forwarding(seen)} without P-Served-User`);
      else if (says !== true) {
        report.breach(`${forwarding(seen)} with P-Served-User ${message.header('P-Served-User')}, which says no case`);
      }
    } else if (message.has('P-Served-User')) {
      report.applies();
      report.breach(`${forwarding(seen)} with P-Served-User, which is for application servers alone`);
    }
  },
};

const dialogIdentifier: Rule = {
  id: 'CALL-03',
  clause: clauseOf('CALL-03'),
  title: 'A request to an application server has a way back of its own, which no other request has',
  of: ['request'],
  from: 's-cscf',
  request(seen, before, report) {
    if (!isForService(seen) || seen.isRetransmission) return;
    const { message, record, source, to } = seen;
    if (to !== 'as' && !isForUnknownServer(seen)) return;
    report.applies();
    const back = message.routes[1]?.uri.text;
    if (back === undefined) {
      report.breach(`${forwarding(seen)} without a Route that leads back`);
      return;
    }
    const other = before.dialogue(message.callId).find(
      (each) =>
        each.record.id < record.id &&
        each.message.kind === 'request' &&
        each.record.fromNode === record.fromNode &&
        // Of one request several copies may leave, over one transport and another.
        each.source?.record.id !== source?.record.id &&
        each.message.method === message.method &&
        each.message.routes[1]?.uri.text === back,
    );
    if (other !== undefined) {
      report.breach(`${forwarding(seen)} with the original dialog identifier of another request: ${back}`);
    }
  },
};

export const serviceRules: readonly Rule[] = [servedUser, dialogIdentifier];
