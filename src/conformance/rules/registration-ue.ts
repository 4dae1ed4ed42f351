/** What a UE's REGISTER must be. TS 24.229 5.1.1; REG-01 to REG-18. */
import type { MessageRecord } from '../../environment/index.js';
import { canonicalIdentity } from '../../ims/identity/index.js';
import type { RequestOnWire, Rule, RuleReport, Seen, SipOnWire } from '../rule.js';
import { isSameUri } from './meaning.js';
import {
  answersChallenge,
  contactSeconds,
  deregistrations,
  lastExchange,
  nextNonceOf,
  registersFrom,
} from './reading.js';
import { isDisplaced, isPlanted } from './sip-hop.js';

/** TS 23.003 13.2: MNC with two digits gets a 0 before it. */
const usimIdentity = /^(\d{3})(\d{2})(\d)\d{8,9}@ims\.mnc(\d{3})\.mcc(\d{3})\.3gppnetwork\.org$/i;
const imeiUrn = /^<urn:gsma:imei:\d{8}-\d{6}-\d(;.*)?>$/;

const identitiesOfUsim: Rule = {
  id: 'REG-01',
  clause: 'TS 23.003 13.2, 13.3',
  title: 'The private identity has no scheme, and one that is made of an IMSI names the network of that IMSI',
  of: ['REGISTER'],
  from: 'ue',
  request({ record, credentials }, _, report) {
    const username = credentials?.username;
    if (username === undefined) return;
    report.applies();
    const who = record.fromNode;
    if (/^(sips?|tel):/i.test(username) || !username.includes('@')) {
      report.breach(`${who} gave ${username} as its private identity: it has to be user@domain without a scheme`);
      return;
    }
    const [, country, network, digit, mnc, mcc] = usimIdentity.exec(username) ?? [];
    if (mnc === undefined) return;
    if (mcc !== country || (mnc !== `0${network}` && mnc !== `${network}${digit}`)) {
      report.breach(`${who} gave ${username} as its private identity: IMSI and domain name different networks`);
    }
  },
};

const instance: Rule = {
  id: 'REG-04',
  clause: 'RFC 7254, RFC 5626 4.1, TS 24.229 5.1.1.2.1',
  title: '+sip.instance is a URN in angle brackets, of 8, 6 and 1 digits where it is an IMEI, and stays the same',
  of: ['REGISTER'],
  from: 'ue',
  request({ message, record }, before, report) {
    const id = instanceOf(message);
    if (id === undefined) return;
    report.applies();
    if (!id.startsWith('<') || !id.endsWith('>')) {
      report.breach(`${record.fromNode} sent +sip.instance ${id}: the URN has to stand between < and >`);
    } else if (id.toLowerCase().startsWith('<urn:gsma:imei:') && !imeiUrn.test(id)) {
      report.breach(`${record.fromNode} sent +sip.instance ${id}: an IMEI has to be written 12345678-123456-0`);
    }
    const earlier = registersFrom(record.fromNode, message.callId, before).find(
      (each) => each.record.id < record.id && instanceOf(each.message) !== undefined,
    );
    const first = earlier && instanceOf(earlier.message);
    if (first !== undefined && first !== id) {
      report.breach(`${record.fromNode} sent +sip.instance ${id} after ${first}: the device has to stay the same`);
    }
  },
};

const register: Rule = {
  id: 'REG-10',
  clause: 'TS 24.229 5.1.1.2.1',
  title: 'REGISTER goes to the home domain, From and To are the identity to register, Contact leads to the UE',
  of: ['REGISTER'],
  from: 'ue',
  request({ message, record }, { facts }, report) {
    report.applies();
    const who = record.fromNode;
    const { uri } = message;
    if (uri.user !== undefined || uri.host.toLowerCase() !== facts.home.toLowerCase()) {
      report.breach(`${who} sent REGISTER to ${message.requestUri}: the Request-URI has to be sip:${facts.home}`);
    }
    if (canonicalIdentity(message.from.uri.text) !== canonicalIdentity(message.to.uri.text)) {
      report.breach(
        `${who} registers ${message.to.uri.text} in the name of ${message.from.uri.text}: From has to be To`,
      );
    }
    if (message.toTag !== undefined) report.breach(`${who} sent REGISTER with a tag in To: it opens no dialog`);
    if (message.contacts !== '*' && message.contacts.length === 0) {
      report.breach(`${who} sent REGISTER without Contact: nothing can be bound or removed`);
    }
    if (!message.hasOption('Supported', 'path')) {
      report.breach(`${who} sent REGISTER without Supported: path, so the way back over the P-CSCF may be refused`);
    }
    if (message.has('Path')) report.breach(`${who} sent REGISTER with Path: only proxies behind it may write that`);
  },
};

const emptyAuthorization: Rule = {
  id: 'REG-11',
  clause: 'TS 24.229 5.1.1.2.2',
  title: 'REGISTER of a UE with a SIM names private identity, realm and URI, and without a nonce no response',
  of: ['REGISTER'],
  from: 'ue',
  request({ record, credentials }, { facts }, report) {
    const who = record.fromNode;
    if (credentials === undefined) {
      // A device of another kind may go without (GIBA, TS 33.203 Annex T).
      if (facts.isExternal(who) || facts.sendsNoCredentials?.(who)) return;
      report.applies();
      report.breach(`${who} sent REGISTER without Authorization: the S-CSCF learns its private identity from there`);
      return;
    }
    report.applies();
    const { username, realm, uri, nonce, response } = credentials;
    if (username === undefined || username === '') {
      report.breach(`${who} sent Authorization without username: it has to be the private identity`);
    }
    if (realm !== undefined && !answersChallenge(credentials) && realm.toLowerCase() !== facts.home.toLowerCase()) {
      report.breach(`${who} sent Authorization with realm ${realm}: it has to be the home domain ${facts.home}`);
    }
    if (uri !== undefined && !isSameUri(uri, `sip:${facts.home}`)) {
      report.breach(`${who} sent Authorization with uri ${uri}: it has to be sip:${facts.home}`);
    }
    if (realm === undefined || uri === undefined || nonce === undefined || response === undefined) {
      report.breach(`${who} sent Authorization without realm, uri, nonce or response: they belong there, if empty`);
    } else if (nonce === '' && response !== '') {
      report.breach(`${who} sent a response without a nonce: there was no challenge to answer`);
    }
  },
};

const challengeAnswer: Rule = {
  id: 'REG-12',
  clause: 'TS 24.229 5.1.1.5.1, RFC 2617 3.2.2, RFC 3261 10.2',
  title:
    'A challenge is answered with its nonce, realm, algorithm and quality, in the same Call-ID, CSeq one higher each time',
  of: ['REGISTER'],
  from: 'ue',
  request(seen, before, report) {
    const { message, record, credentials } = seen;
    const who = record.fromNode;
    if (isPlanted(record)) return;
    const earlier = registersFrom(who, message.callId, before).filter(
      (each) => each.record.id < record.id && !isPlanted(each.record),
    );
    judgeNumber(seen, earlier, before, report);
    if (!answersChallenge(credentials)) return;
    const challenges = challengesTo(before, message.callId, who);
    const answered = challenges.findLast(({ challenge }) => challenge.nonce === credentials.nonce)?.challenge;
    if (answered === undefined) {
      judgeNonce(seen, earlier, before, report);
      return;
    }
    report.applies();
    if (credentials.realm !== answered.realm) {
      report.breach(`${who} answered for realm ${credentials.realm}, challenged was ${answered.realm}`);
    }
    if (
      credentials.algorithm !== undefined &&
      answered.algorithm !== undefined &&
      credentials.algorithm.toLowerCase() !== answered.algorithm.toLowerCase()
    ) {
      report.breach(`${who} answered by ${credentials.algorithm}, challenged was ${answered.algorithm}`);
    }
    if (answered.qop.length > 0 && credentials.qop !== undefined) {
      if (!answered.qop.includes(credentials.qop.toLowerCase())) {
        report.breach(`${who} answered with qop ${credentials.qop}, offered was ${answered.qop.join(', ')}`);
      }
      if (credentials.nc === undefined || credentials.cnonce === undefined) {
        report.breach(
          `${who} answered with qop but without nc or cnonce: the response cannot be computed without them`,
        );
      }
    }
  },
};

/** RFC 3261 10.2: each REGISTER of a Call-ID is one higher than the one before. */
function judgeNumber(
  { message, record }: RequestOnWire,
  earlier: readonly RequestOnWire[],
  before: Seen,
  report: RuleReport,
): void {
  if (earlier.length === 0 || isDisplaced(record) || earlier.some((each) => isDisplaced(each.record))) return;
  const last = earlier.reduce((one, each) => (each.message.cseq.sequence > one.message.cseq.sequence ? each : one));
  report.applies();
  const rise = message.cseq.sequence - last.message.cseq.sequence;
  // A repetition, or the same request to another proxy or by another transport (RFC 3263 4.3, RFC 3261 18.1.1).
  const isSame = message.topVia.branch === last.message.topVia.branch || !isSameWay(record, last.record);
  if (rise === 1 || (rise === 0 && isSame)) return;
  // What real equipment sent may have been lost before the lab; what found no connection was never sent.
  const mayBeUnseen =
    before.facts.isExternal(record.fromNode) || [record, last.record].some(({ transport }) => transport === 'tcp');
  if (rise > 1 && (mayBeUnseen || isAnswered(message.cseq.sequence - 1, message.callId, record.fromNode, before)))
    return;
  report.breach(
    `${record.fromNode} sent REGISTER with CSeq ${message.cseq.sequence} after ${last.message.cseq.sequence}: it has to be one higher`,
  );
}

/** There was a request of that number, if a fault made another one of it on its way. */
function isAnswered(sequence: number, callId: string, ue: string, before: Seen): boolean {
  return before
    .dialogue(callId)
    .some(
      ({ message, record }) =>
        message.kind === 'response' && message.cseq.sequence === sequence && record.toNode === ue,
    );
}

/** A nonce that came in no 401 of this Call-ID. */
function judgeNonce(
  { message, record, credentials }: RequestOnWire,
  earlier: readonly RequestOnWire[],
  before: Seen,
  report: RuleReport,
): void {
  const who = record.fromNode;
  const nonce = credentials?.nonce;
  const registers = before.registersOf(message.to.uri.text);
  const other = registers.find(
    (each) =>
      each.message.callId !== message.callId &&
      each.record.toNode === who &&
      each.record.id < record.id &&
      each.challenges.some((challenge) => challenge.nonce === nonce),
  );
  if (other !== undefined) {
    report.applies();
    report.breach(
      `${who} answered under Call-ID ${message.callId} a challenge that it was given under ${other.message.callId}: a registration keeps its Call-ID`,
    );
    return;
  }
  const isOld = earlier.some((each) => each.credentials?.nonce === nonce);
  if (isOld || !registers.some((each) => each.message.callId === message.callId && isChallengeTo(who, each))) return;
  // RFC 2617 3.2.3: a 2xx may name the next one.
  if (registers.some(({ message: each }) => nextNonceOf(each) === nonce)) return;
  report.applies();
  report.breach(
    `${who} answered with a nonce that it was not given in this Call-ID: it has to repeat the nonce of the 401`,
  );
}

const refresh: Rule = {
  id: 'REG-15',
  clause: 'TS 24.229 5.1.1.4.1',
  title: 'A re-registration carries realm and nonce as last received and the response as last calculated',
  of: ['REGISTER'],
  from: 'ue',
  request(seen, before, report) {
    const { record } = seen;
    const last = lastExchange(seen, before);
    if (last?.response === undefined || last.response.message.status !== 200 || last.response.isLost) return;
    const granted = Math.max(0, ...contactSeconds(last.response.message).map((each) => each ?? 0));
    const elapsed = (record.time - last.response.record.time) / 1000;
    const earlier = last.request.credentials;
    // Before that a UE may begin anew, because its registration was lost or it was switched off and on.
    const isRefresh = elapsed >= (granted > 1200 ? granted - 600 : granted / 2) - 1 && elapsed < granted;
    if (!isRefresh || !answersChallenge(earlier) || hasEnded(seen, last.response, before)) return;
    report.applies();
    const own = seen.credentials;
    const nonces = [earlier.nonce, nextNonceOf(last.response.message)];
    if (own?.nonce === undefined || !nonces.includes(own.nonce) || own.realm !== earlier.realm) {
      report.breach(
        `${record.fromNode} re-registers ${own?.nonce ? 'with another nonce' : 'without a nonce'}: Authorization has to repeat what was last received`,
      );
    }
  },
};

/** The network has ended the registration since: the UE begins anew (TS 24.229 5.1.1.7, 5.4.1.5). */
function hasEnded({ message, credentials }: RequestOnWire, granted: SipOnWire, before: Seen): boolean {
  const identities = [message.to.uri.text, credentials?.username ?? message.to.uri.text];
  return identities.some((identity) =>
    before
      .queriesOf(identity)
      .some(
        (each) =>
          each.record.id > granted.record.id &&
          (each.message.name === 'RTR' ||
            (each.message.name === 'SAR' && deregistrations.has(each.message.avps.number('Server-Assignment-Type')))),
      ),
  );
}

const intervalTooBrief: Rule = {
  id: 'REG-16',
  clause: 'TS 24.229 5.1.1.2.1, RFC 3261 10.2.8',
  title: 'After 423 the UE asks for Min-Expires at least',
  of: ['REGISTER'],
  from: 'ue',
  request(seen, before, report) {
    const { message, record } = seen;
    const last = lastExchange(seen, before);
    if (last?.response?.message.status !== 423 || last.response.isLost) return;
    const least = Number.parseInt(last.response.message.header('Min-Expires') ?? '', 10);
    const asked = contactSeconds(message).flatMap((each) => each ?? []);
    if (Number.isNaN(least) || asked.length === 0) return;
    report.applies();
    const brief = asked.find((each) => each !== 0 && each < least);
    if (brief !== undefined) {
      report.breach(
        `${record.fromNode} asked for ${brief} s after 423 with Min-Expires ${least}: it has to ask for ${least} s`,
      );
    }
  },
};

const removal: Rule = {
  id: 'REG-18',
  clause: 'TS 24.229 5.1.1.6, RFC 3261 10.2.2',
  title: 'Contact: * goes with Expires: 0, and with no other contact',
  of: ['REGISTER'],
  from: 'ue',
  request({ message, record }, _, report) {
    const hasStar = message.values('Contact').includes('*');
    if (!hasStar && message.expires !== 0) return;
    report.applies();
    if (hasStar && (message.expires !== 0 || message.values('Contact').length > 1)) {
      report.breach(
        `${record.fromNode} sent Contact: * with Expires ${message.expires ?? 'absent'}: it has to be alone, with Expires: 0`,
      );
    }
  },
};

export const ueRegistrationRules: readonly Rule[] = [
  identitiesOfUsim,
  instance,
  register,
  emptyAuthorization,
  challengeAnswer,
  refresh,
  intervalTooBrief,
  removal,
];

function instanceOf({ contacts }: RequestOnWire['message']): string | undefined {
  if (contacts === '*') return undefined;
  const id = contacts[0]?.parameters.get('+sip.instance');
  return typeof id === 'string' ? id : undefined;
}

function isSameWay(one: MessageRecord, other: MessageRecord): boolean {
  return one.transport === other.transport && one.to.address === other.to.address && one.to.port === other.to.port;
}

function isChallengeTo(ue: string, { message, record }: SipOnWire): boolean {
  return message.kind === 'response' && message.status === 401 && record.toNode === ue;
}

function challengesTo(before: Seen, callId: string, ue: string) {
  return before
    .dialogue(callId)
    .filter((each) => isChallengeTo(ue, each))
    .flatMap(({ record, challenges }) => challenges.map((challenge) => ({ challenge, record })));
}
