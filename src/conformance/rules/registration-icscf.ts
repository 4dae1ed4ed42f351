/** How an I-CSCF brings REGISTER to an S-CSCF. TS 24.229 5.3.1; REG-30 to REG-32, REG-61. */

import { canonicalIdentity, privateIdentityIn } from '../../ims/identity/index.js';
import { parseUri, unquote } from '../../sip/index.js';
import type { DiameterMessage } from '../diameter-message.js';
import type { DiameterOnWire, RequestOnWire, Rule, Seen, SipOnWire } from '../rule.js';
import { isSameAddressList, isSameHeader, isSameUri } from './meaning.js';
import { answersBetween, isDeregistration, listed } from './reading.js';
import { isRequest, isSameTransaction } from './sip-hop.js';

/** User-Authorization-Type (TS 29.229 6.3.24). */
const authorization = { registration: 0, deregistration: 1, registrationAndCapabilities: 2 } as const;
/** UAR-Flags, bit 0: emergency registration (TS 29.229 6.3.52). */
const emergencyFlag = 1;

/** REGISTERs that a node was sent for this identity. */
function registersTo(node: string, publicIdentity: string, before: Seen): readonly RequestOnWire[] {
  return before
    .registersOf(publicIdentity)
    .filter(
      (each): each is RequestOnWire => each.message.kind === 'request' && each.record.toNode === node && !each.isLost,
    );
}

const userAuthorization: Rule = {
  id: 'REG-30',
  clause: 'TS 24.229 5.3.1.2, TS 29.228 6.1.1',
  title: 'UAR asks about the identities, the visited network and the kind of the REGISTER that came',
  of: ['UAR'],
  from: 'i-cscf',
  diameter({ message, record }, before, report) {
    const publicIdentity = message.avps.text('Public-Identity');
    if (publicIdentity === undefined) return; // CX-UAR
    const received = registersTo(record.fromNode, publicIdentity, before);
    report.applies();
    const who = `${record.fromNode} asked the HSS about ${publicIdentity}`;
    if (received.length === 0) {
      report.breach(`${who}, for which it had no REGISTER: Public-Identity has to be the identity in To`);
      return;
    }
    const differences = received.map((each) => authorizationDifferences(message, each));
    if (differences.some((each) => each.length === 0)) return;
    for (const difference of differences.at(-1)!) report.breach(`${who} ${difference}`);
  },
};

/** In what UAR is not about this REGISTER. */
function authorizationDifferences({ avps }: DiameterMessage, { message }: RequestOnWire): readonly string[] {
  const differences: string[] = [];
  const userName = avps.text('User-Name');
  const privateIdentity = privateIdentityIn(message);
  if (userName !== privateIdentity) {
    differences.push(`with User-Name ${userName}: the REGISTER names ${privateIdentity}`);
  }
  const visited = message.values('P-Visited-Network-ID')[0];
  const asked = avps.text('Visited-Network-Identifier');
  // The octets of the AVP are free (TS 29.229 6.3.1): some I-CSCFs leave the quotes in place.
  if (visited !== undefined && asked !== undefined && unquote(asked) !== unquote(visited)) {
    differences.push(`in visited network ${asked}: the REGISTER names ${visited}`);
  }
  const type = avps.number('User-Authorization-Type') ?? authorization.registration;
  const removes = isDeregistration(message);
  if (type !== authorization.registrationAndCapabilities && removes !== (type === authorization.deregistration)) {
    differences.push(`with User-Authorization-Type ${type}: the REGISTER ${removes ? 'removes' : 'binds'}`);
  }
  const isEmergency = message.contacts !== '*' && message.contacts.some(({ uri }) => uri.parameters.has('sos'));
  if ((((avps.number('UAR-Flags') ?? 0) & emergencyFlag) !== 0) !== isEmergency) {
    differences.push(`${isEmergency ? 'without' : 'with'} the emergency flag: Contact says otherwise`);
  }
  return differences;
}

/** UAAs that came between a REGISTER's first arrival and what the I-CSCF did about it: it asks once, however often it came. */
function authorizationsFor(
  request: SipOnWire,
  until: SipOnWire,
  before: Seen,
  command: 'UAA' | 'UAR' = 'UAA',
): readonly DiameterOnWire[] {
  const node = until.record.fromNode;
  const publicIdentity = request.message.to.uri.text;
  const after = before
    .dialogue(request.message.callId)
    .find((each) => isRequest(each) && each.record.toNode === node && isSameTransaction(each, request));
  const interval = { node, publicIdentity, after: after ?? request, until };
  return answersBetween(command, interval, before).filter(({ isLost }) => !isLost);
}

const forwarding: Rule = {
  id: 'REG-31',
  clause: 'TS 24.229 5.3.1.2, 5.3.1.3',
  title: 'REGISTER goes on to the S-CSCF that the HSS named, with another Request-URI and otherwise untouched',
  of: ['REGISTER'],
  from: 'i-cscf',
  request(seen, before, report) {
    const { message, record, source } = seen;
    if (source === undefined) return;
    report.applies();
    const who = `${record.fromNode} forwarded REGISTER`;
    if (message.has('Record-Route')) report.breach(`${who} with Record-Route: a registration is no dialog`);
    if (!isSameAddressList(message.values('Path'), source.message.values('Path'))) {
      report.breach(
        `${who} with Path ${listed(message.values('Path'))}: it had received ${listed(source.message.values('Path'))}`,
      );
    }
    for (const name of ['Authorization', 'P-Charging-Vector', 'P-Visited-Network-ID', 'Contact', 'Expires']) {
      if (!isSameHeader(name, message, source.message)) {
        report.breach(
          `${who} with another ${name} than it received: only Request-URI, Via, Max-Forwards and Route change`,
        );
      }
    }
    const answers = authorizationsFor(source, seen, before);
    if (answers.length === 0) {
      // What it was answered may not be told from the answers to others (CX-67).
      if (authorizationsFor(source, seen, before, 'UAR').length > 0) return;
      if (before.queriesOf(message.to.uri.text).length > 0 || !before.facts.isExternal(record.fromNode)) {
        report.breach(`${who} without having asked the HSS who serves the user`);
      }
      return;
    }
    const names = answers.map(({ message: answer }) => answer.avps.text('Server-Name'));
    const isFree = names.includes(undefined); // capabilities, from which it chooses
    if (!isFree && !names.some((name) => name !== undefined && isSameUri(name, message.requestUri))) {
      report.breach(`${who} to ${message.requestUri}: the HSS named ${listed(names as string[])}`);
    }
  },
};

const serverUri: Rule = {
  id: 'REG-31',
  clause: 'TS 24.229 5.3.1.2',
  title: 'The Request-URI behind the I-CSCF is the URI of an S-CSCF',
  of: ['REGISTER'],
  from: 'i-cscf',
  request({ message, record }, { facts }, report) {
    report.applies();
    const uri = parseUri(message.requestUri);
    if (uri?.user === undefined && uri?.host.toLowerCase() === facts.home.toLowerCase()) {
      report.breach(
        `${record.fromNode} forwarded REGISTER with the home domain in the Request-URI: it has to be the S-CSCF`,
      );
    }
  },
};

/** REG-32: results that mean 403. Experimental 5003 and Result-Code 5003 are different things. */
const refused: ReadonlySet<string> = new Set(
  [5001, 5002, 5003, 5004].map((code) => `Experimental-Result-Code ${code}`).concat('Result-Code 5003'),
);

const refusals: Rule = {
  id: 'REG-32',
  clause: 'TS 24.229 5.3.1.2, 5.3.1.3',
  title: 'What the HSS refuses becomes 403, what it cannot answer becomes 480',
  of: ['response REGISTER'],
  from: 'i-cscf',
  response(seen, before, report) {
    const { message, record, request, source } = seen;
    if (message.status < 200 || request === undefined || source !== undefined) return;
    const answers = authorizationsFor(request, seen, before);
    const answer = answers.at(-1);
    if (answer === undefined || answer.message.isSuccess) return;
    // Of several only one that came when it asked again is certain to be about this REGISTER.
    const type = answer.request?.message.avps.number('User-Authorization-Type');
    if (answers.length > 1 && type !== authorization.registrationAndCapabilities) return;
    report.applies();
    const { resultText } = answer.message;
    const expected = refused.has(resultText) ? 403 : 480;
    if (message.status !== expected) {
      report.breach(
        `${record.fromNode} answered REGISTER with ${message.status} after ${resultText} in UAA: it has to be ${expected}`,
      );
    }
  },
};

/** The node has given its final answer to what it passes on here. */
function isAnswered(source: RequestOnWire, { record }: RequestOnWire, before: Seen): boolean {
  return before
    .dialogue(source.message.callId)
    .some(
      (each) =>
        each.message.kind === 'response' &&
        each.message.status >= 200 &&
        each.record.id < record.id &&
        each.record.fromNode === record.fromNode &&
        each.message.topVia.branch === source.message.topVia.branch,
    );
}

const reassignment: Rule = {
  id: 'REG-61',
  clause: 'TS 24.229 5.3.1.3, TS 29.228 6.1.1',
  title: 'Before another S-CSCF is tried the HSS is asked for capabilities',
  of: ['REGISTER'],
  from: 'i-cscf',
  request(seen, before, report) {
    const { message, record, source } = seen;
    if (source === undefined) return;
    const earlier = before
      .dialogue(message.callId)
      .findLast(
        (each): each is RequestOnWire =>
          each.record.id < record.id && each.record.fromNode === record.fromNode && each.source === source,
      );
    if (earlier === undefined || isSameUri(earlier.message.requestUri, message.requestUri)) return;
    // A stream that opens late brings what was written before the other S-CSCF was tried.
    if (isAnswered(source, seen, before)) return;
    report.applies();
    const publicIdentity = canonicalIdentity(message.to.uri.text) ?? message.to.uri.text;
    const interval = { node: record.fromNode, publicIdentity, after: earlier, until: seen };
    const asked = answersBetween('UAR', interval, before).some(
      (each) => each.message.avps.number('User-Authorization-Type') === authorization.registrationAndCapabilities,
    );
    if (!asked) {
      report.breach(
        `${record.fromNode} tried ${message.requestUri} after ${earlier.message.requestUri} without UAR of type REGISTRATION_AND_CAPABILITIES`,
      );
    }
  },
};

export const icscfRegistrationRules: readonly Rule[] = [
  userAuthorization,
  forwarding,
  serverUri,
  refusals,
  reassignment,
];
