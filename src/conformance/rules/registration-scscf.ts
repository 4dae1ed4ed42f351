/** How an S-CSCF authenticates and registers. TS 24.229 5.4.1; REG-40 to REG-49, REG-72, REG-80, REG-81. */
import { canonicalIdentity, privateIdentityIn } from '../../ims/identity/index.js';
import type { NameAddress, SipRequest } from '../../sip/index.js';
import type { RequestOnWire, ResponseOnWire, Rule, Seen } from '../rule.js';
import { isSameAddressList } from './meaning.js';
import { profileOf } from './profiles.js';
import {
  answersChallenge,
  assignments,
  contactSeconds,
  deregistrations,
  isAka,
  isBinding,
  isDeregistration,
  isSameBinding,
  listed,
} from './reading.js';
import { chargingParameter, isKey } from './registration-pcscf.js';
import { hadConnection } from './restarted-scscf.js';
import { isDisplaced } from './sip-hop.js';

const challenge: Rule = {
  id: 'REG-42',
  clause: 'TS 24.229 5.4.1.2.1A',
  title: 'The challenge names realm, nonce and AKA as its algorithm, and carries both keys to the P-CSCF',
  of: ['401 REGISTER'],
  from: 's-cscf',
  response({ message, record, challenges }, { facts }, report) {
    // SIP Digest and others have challenges of their own (TS 24.229 5.4.1.2.1B).
    if (challenges.length > 0 && !challenges.some((each) => isAka(each) || isKey(each.ck))) return;
    report.applies();
    const who = `${record.fromNode} challenged ${message.to.uri.text}`;
    if (message.toTag === undefined) report.breach(`${who} without a tag in To`);
    // It may offer SIP Digest beside it.
    const own = challenges.find((each) => isAka(each) || isKey(each.ck)) ?? challenges[0];
    if (own === undefined) {
      report.breach(`${who} without a digest in WWW-Authenticate`);
      return;
    }
    if (own.realm?.toLowerCase() !== facts.home.toLowerCase()) {
      report.breach(`${who} for realm ${own.realm}: it has to be the home domain ${facts.home}`);
    }
    if (!isAka(own)) report.breach(`${who} with algorithm ${own.algorithm}: with keys it has to be AKA`);
    if (!isKey(own.ck) || !isKey(own.ik)) {
      report.breach(`${who} without ck and ik of 32 hexadecimal digits: the P-CSCF needs both`);
    }
  },
};

const authentication: Rule = {
  id: 'REG-41',
  clause: 'TS 24.229 5.4.1.2.1',
  title: 'A REGISTER that came unprotected and answers no challenge is challenged, not granted',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response({ message, record, request }, _, report) {
    const credentials = request?.credentials;
    if (credentials === undefined || credentials.integrityProtected !== 'no') return;
    report.applies();
    if (!answersChallenge(credentials) || !credentials.response) {
      report.breach(
        `${record.fromNode} granted REGISTER of ${message.to.uri.text} without authentication: it has to challenge it`,
      );
    }
  },
};

const ownChallenge: Rule = {
  id: 'REG-43',
  clause: 'TS 24.229 5.4.1.2.2',
  title: 'A response counts only for a challenge that went out under the same Call-ID',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response({ message, record, request }, before, report) {
    const credentials = request?.credentials;
    if (!answersChallenge(credentials)) return;
    const challenges = before
      .dialogue(message.callId)
      .filter(
        (each): each is ResponseOnWire =>
          each.message.kind === 'response' && each.message.status === 401 && each.record.fromNode === record.fromNode,
      );
    // SIP Digest counts with nc, under whatever Call-ID (RFC 2617 3.2.2).
    if (!challenges.some((each) => each.challenges.some(isAka))) return; // or long ago
    report.applies();
    const isKnown = challenges.some((each) => each.challenges.some(({ nonce }) => nonce === credentials.nonce));
    if (!isKnown) {
      report.breach(`${record.fromNode} granted REGISTER with a nonce that it had not given under this Call-ID`);
    }
  },
};

const assignmentFirst: Rule = {
  id: 'REG-43',
  clause: 'TS 24.229 5.4.1.2.2, TS 29.228 6.1.2',
  title: 'Before a user is told to be registered the HSS is told who serves it',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response(seen, before, report) {
    const { message, record, request } = seen;
    if (request === undefined || !isBinding(request.message)) return;
    // A refresh may go without where the profile is known; a first registration is seen from its first REGISTER on.
    const exchanges = before.dialogue(message.callId).filter((each) => each.record.id < record.id);
    const isFirst =
      exchanges.some(({ credentials }) => credentials?.nonce === '') &&
      !exchanges.some(({ message: each }) => each.kind === 'response' && each.status >= 200 && each.status < 300);
    if (!isFirst) return;
    report.applies();
    const assigned = before
      .queriesOf(message.to.uri.text)
      .some(
        (each) =>
          each.message.name === 'SAA' &&
          each.message.isSuccess &&
          each.record.toNode === record.fromNode &&
          assignments.has(each.request?.message.avps.number('Server-Assignment-Type')),
      );
    if (!assigned) {
      report.breach(
        `${record.fromNode} granted REGISTER of ${message.to.uri.text} without a successful SAR: the HSS has to know`,
      );
    }
  },
};

const grantedAnswer: Rule = {
  id: 'REG-45',
  clause: 'TS 24.229 5.4.1.2.2F',
  title: 'The 200 copies Path, gives a Service-Route, and lists identities and contacts with their times',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response({ message, record, request }, _, report) {
    if (request === undefined || !isBinding(request.message)) return;
    report.applies();
    const who = `${record.fromNode} granted REGISTER of ${message.to.uri.text}`;
    const path = request.message.values('Path');
    if (!isSameAddressList(path, message.values('Path'))) {
      report.breach(`${who} with Path ${listed(message.values('Path'))}: it has to copy ${listed(path)}`);
    }
    const [route] = message.serviceRoute;
    if (route === undefined) report.breach(`${who} without Service-Route: calls of the UE would not find their way`);
    else if (!route.uri.parameters.has('lr')) report.breach(`${who} with Service-Route ${route.text}, which lacks ;lr`);
    if (!message.has('P-Associated-URI')) {
      report.breach(`${who} without P-Associated-URI: the UE does not learn its identities`);
    }
    const { contacts } = message;
    const asked = request.message.contacts;
    if (contacts === '*' || contacts.length === 0) report.breach(`${who} without Contact: it has to list the bindings`);
    else if (contacts.some(({ parameters }) => !parameters.has('expires'))) {
      report.breach(`${who} with a Contact without expires: each binding has its own time`);
    } else if (asked !== '*' && !contacts.some((contact) => asked.some((each) => isSameBinding(each, contact)))) {
      report.breach(`${who} without the Contact that was registered`);
    }
  },
};

const charging: Rule = {
  id: 'REG-45',
  clause: 'TS 24.229 5.4.1.2.2F, 7.2A.5',
  title: 'The 200 repeats the charging identity and the originating network, and adds the terminating one',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response({ message, record, request }, _, report) {
    if (request === undefined || !request.message.has('P-Charging-Vector')) return;
    report.applies();
    const who = `${record.fromNode} answered REGISTER of ${message.to.uri.text}`;
    if (!message.has('P-Charging-Vector')) {
      report.breach(`${who} without P-Charging-Vector: it had received one`);
      return;
    }
    for (const name of ['icid-value', 'orig-ioi']) {
      const received = chargingParameter(request.message, name);
      if (received !== undefined && chargingParameter(message, name) !== received) {
        report.breach(`${who} with ${name} ${chargingParameter(message, name)}: it had received ${received}`);
      }
    }
    if (chargingParameter(message, 'term-ioi') === undefined) {
      report.breach(`${who} without term-ioi: it has to name its own network`);
    }
  },
};

const expiry: Rule = {
  id: 'REG-47',
  clause: 'TS 24.229 5.4.1.2.2, RFC 3261 10.3',
  title: 'No contact gets more time than it asked for, and 423 says how much is the least',
  of: ['2xx REGISTER', '423 REGISTER'],
  from: 's-cscf',
  response({ message, record, request }, _, report) {
    if (request === undefined) return;
    const asked = contactSeconds(request.message);
    const who = `${record.fromNode} answered REGISTER of ${message.to.uri.text}`;
    if (message.status === 423) {
      report.applies();
      const least = Number.parseInt(message.header('Min-Expires') ?? '', 10);
      if (Number.isNaN(least))
        report.breach(`${who} with 423 but without Min-Expires: the UE cannot know what to ask for`);
      else if (asked.every((each) => each !== undefined && each >= least)) {
        report.breach(`${who} with 423 and Min-Expires ${least}: it was asked for ${asked.join(', ')} s`);
      }
      return;
    }
    const { contacts } = request.message;
    if (contacts === '*' || message.contacts === '*') return;
    const times = contactSeconds(message);
    message.contacts.forEach((contact, index) => {
      const { uri } = contact;
      const wanted = asked[contacts.findIndex((each) => isSameBinding(each, contact))];
      const given = times[index];
      if (wanted === undefined || given === undefined) return;
      report.applies();
      if (given > wanted)
        report.breach(`${who} with ${given} s for ${uri.text}: asked was ${wanted} s, and less may be given, not more`);
    });
  },
};

const sequence: Rule = {
  id: 'REG-49',
  clause: 'RFC 3261 10.3 step 7',
  title: 'Under one Call-ID only a REGISTER with a higher CSeq than the granted one changes a binding',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response({ message, record, request }, before, report) {
    if (request === undefined) return;
    const earlier = before
      .dialogue(message.callId)
      .filter(
        (each): each is ResponseOnWire =>
          each.message.kind === 'response' &&
          each.message.status === 200 &&
          each.record.fromNode === record.fromNode &&
          each.record.id < record.id &&
          each.message.topVia.branch !== message.topVia.branch &&
          each.request !== undefined &&
          isBinding(each.request.message) &&
          isAboutTheSame(request.message, each.request.message),
      );
    if (earlier.length === 0) return;
    report.applies();
    const { sequence: own } = request.message.cseq;
    const granted = earlier.find((each) => own <= each.message.cseq.sequence)?.message.cseq.sequence;
    if (granted !== undefined) {
      report.breach(
        `${record.fromNode} granted REGISTER with CSeq ${own} after ${granted} of the same Call-ID: it has to fail`,
      );
    }
  },
};

/** Every flow of a UE has an order of its own (RFC 5626 6), and the wildcard is about all of them. */
function isAboutTheSame({ contacts }: SipRequest, { contacts: before }: SipRequest): boolean {
  if (contacts === '*' || before === '*') return true;
  return contacts.some((each) => before.some((other) => isSameBinding(each, other)));
}

/** TS 24.229 5.4.1.4, TS 29.228 6.1.2.1: who shares the public identity has contacts of its own, which `*` leaves alone. */
function isOfAnotherCard(contact: NameAddress, { message }: RequestOnWire, before: Seen): boolean {
  const own = privateIdentityIn(message);
  const bound = before
    .registersOf(message.to.uri.text)
    .map((each) => each.message)
    .filter((each): each is SipRequest => each.kind === 'request' && isBinding(each))
    .findLast(({ contacts }) => contacts !== '*' && contacts.some((each) => isSameBinding(each, contact)));
  return bound !== undefined && privateIdentityIn(bound) !== own;
}

const deregistration: Rule = {
  id: 'REG-72',
  clause: 'TS 24.229 5.4.1.4',
  title: 'When the last contact goes the HSS is told, and the 200 lists no living contact that was removed',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response(seen, before, report) {
    const { message, record, request } = seen;
    if (request === undefined || !isDeregistration(request.message)) return;
    report.applies();
    const who = `${record.fromNode} answered the de-registration of ${message.to.uri.text}`;
    const removed = request.message.contacts;
    const times = contactSeconds(message);
    const living = message.contacts === '*' ? [] : message.contacts.filter((_, index) => (times[index] ?? 0) > 0);
    for (const contact of living) {
      const isMeant =
        removed === '*'
          ? !isOfAnotherCard(contact, request, before)
          : removed.some((each) => isSameBinding(each, contact));
      if (isMeant) {
        report.breach(`${who} with ${contact.uri.text} still bound`);
      }
    }
    if (living.length > 0) return;
    const last = before
      .queriesOf(message.to.uri.text)
      .findLast(
        (each) => each.message.name === 'SAR' && each.record.fromNode === record.fromNode && each.record.id < record.id,
      );
    const type = last?.message.avps.number('Server-Assignment-Type');
    if (!assignments.has(type) && !deregistrations.has(type) && type !== undefined && type < 9) {
      report.breach(`${who} with ${message.status} after SAR of type ${type}: it has to be a de-registration`);
    }
  },
};

const endAtHss: Rule = {
  id: 'REG-72',
  clause: 'TS 24.229 5.4.1.4',
  title: 'An S-CSCF that reaches the HSS tells it of the end before it answers the UE',
  endOfDialogue(messages, before, report) {
    for (const seen of messages) {
      const { message, record, request, from } = seen as ResponseOnWire;
      const isAnswer = message.kind === 'response' && message.status >= 200 && message.status < 300;
      if (!isAnswer || message.cseq.method !== 'REGISTER' || from !== 's-cscf' || seen.isRetransmission) continue;
      if (request === undefined || !isDeregistration(request.message)) continue;
      if (contactSeconds(message).some((each) => (each ?? 0) > 0)) continue;
      report.applies();
      const identity = message.to.uri.text;
      const told = before
        .queriesOf(identity)
        .filter((each) => each.message.name === 'SAR' && each.record.fromNode === record.fromNode);
      const last = told.findLast((each) => each.record.id < record.id);
      if (!assignments.has(last?.message.avps.number('Server-Assignment-Type'))) continue;
      // One that stands late in the trace may have been under way.
      const isUnderWay = told.some((each) => each.record.id > record.id && (each.isLost || isDisplaced(each.record)));
      if (isUnderWay || !hadConnection(identity, record, before)) continue;
      report.breach(
        `${record.fromNode} answered the de-registration of ${identity} with ${message.status} but without SAR: the HSS still takes the user for registered`,
        { message: record },
      );
    }
  },
};

const implicitSet: Rule = {
  id: 'REG-80',
  clause: 'TS 24.229 5.4.1.2.2F, TS 29.228 6.5',
  title: 'P-Associated-URI lists the identities of the set that are not barred, the default one first',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response(seen, before, report) {
    const { message, record } = seen;
    if (!message.has('P-Associated-URI')) return; // REG-45
    const profile = profileOf(message.to.uri.text, record, before);
    if (profile === undefined) return;
    report.applies();
    const told = message.addresses('P-Associated-URI').map(({ uri }) => canonicalIdentity(uri.text) ?? uri.text);
    const free = profile.publicIdentities
      .filter(({ barred }) => !barred)
      .map(({ uri }) => canonicalIdentity(uri) ?? uri)
      .filter((uri) => !uri.includes('!')); // wildcards are not listed
    const missing = free.filter((uri) => !told.includes(uri));
    const who = `${record.fromNode} told ${message.to.uri.text} the identities ${listed(told)}`;
    if (missing.length > 0) report.breach(`${who}: ${listed(missing)} is in its set too`);
    else if (free.length > 0 && told[0] !== free[0])
      report.breach(`${who}: the default identity ${free[0]} has to be first`);
  },
};

const barredIdentity: Rule = {
  id: 'REG-81',
  clause: 'TS 24.229 5.4.1.2.2F',
  title: 'A barred identity is not in P-Associated-URI',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response(seen, before, report) {
    const { message, record } = seen;
    const profile = profileOf(message.to.uri.text, record, before);
    if (profile === undefined) return;
    report.applies();
    const told = message.addresses('P-Associated-URI').map(({ uri }) => canonicalIdentity(uri.text) ?? uri.text);
    for (const { uri, barred } of profile.publicIdentities) {
      if (barred && told.includes(canonicalIdentity(uri) ?? uri)) {
        report.breach(`${record.fromNode} listed ${uri} in P-Associated-URI, which is barred`);
      }
    }
  },
};

export const scscfRegistrationRules: readonly Rule[] = [
  challenge,
  authentication,
  ownChallenge,
  assignmentFirst,
  grantedAnswer,
  charging,
  expiry,
  sequence,
  deregistration,
  endAtHss,
  implicitSet,
  barredIdentity,
];
