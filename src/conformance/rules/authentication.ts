/** How S-CSCF and HSS prove a user: schemes, vectors in their order, responses. TS 24.229 5.4.1.1, 5.4.1.2; REG-40 to REG-44, AKA-13 to AKA-36. */
import { decodeNonce } from '../../aka/index.js';
import {
  akaV2Password,
  type Credentials,
  type DigestSecret,
  digestAlgorithm,
  expectedResponse,
  parseAuthenticationInfo,
  responseAuthentication,
  type SipRequest,
  sameResponse,
} from '../../sip/index.js';
import type { DiameterOnWire, RequestOnWire, ResponseOnWire, Rule, Seen } from '../rule.js';
import { isSameUri } from './meaning.js';
import { answersChallenge, flowContact, isAka, isBinding, listed, type Vector, vectorOf } from './reading.js';

/** By integrity-protected (TS 24.229 7.2A.2, 5.4.1.1): the schemes that it stands for. */
const schemesFor: ReadonlyMap<string, readonly string[]> = new Map([
  ['no', ['Digest-AKAv1-MD5', 'Digest-AKAv2-MD5']],
  ['yes', ['Digest-AKAv1-MD5', 'Digest-AKAv2-MD5']],
  ['tls-connected', ['Digest-AKAv2-MD5', 'Digest-AKAv2-SHA-256']],
  ['tls-pending', ['SIP Digest']],
  ['tls-yes', ['SIP Digest']],
  ['ip-assoc-pending', ['SIP Digest']],
  ['ip-assoc-yes', ['SIP Digest']],
]);

/** REGISTERs of UEs that a node was sent for this identity and had not answered then; the last one where it had answered all. */
function registersAt(node: string, identity: string, now: number, before: Seen): readonly RequestOnWire[] {
  const all = before
    .registersOf(identity)
    .filter(
      (each): each is RequestOnWire =>
        each.message.kind === 'request' && each.record.toNode === node && each.record.id < now && !each.isLost,
    );
  const answered = new Set(
    before
      .registersOf(identity)
      .filter(({ message, record }) => message.kind === 'response' && record.fromNode === node && record.id < now)
      .map(({ message }) => message.topVia.parameters.get('branch')),
  );
  const open = all.filter(({ message }) => !answered.has(message.topVia.parameters.get('branch')));
  return open.length > 0 ? open : all.slice(-1);
}

const scheme: Rule = {
  id: 'REG-40',
  clause: 'TS 24.229 5.4.1.1, TS 33.203 P.4',
  title: 'What the P-CSCF says of the REGISTER decides how the user is authenticated; else the HSS does',
  of: ['MAR'],
  from: 's-cscf',
  diameter({ message, record }, before, report) {
    const identity = message.avps.text('Public-Identity');
    const asked = message.avps.group('SIP-Auth-Data-Item')?.text('SIP-Authentication-Scheme');
    if (identity === undefined || asked === undefined) return;
    const registers = registersAt(record.fromNode, identity, record.id, before);
    const after = registers[0]?.record.id ?? 0;
    const isSecond = before
      .queriesOf(identity)
      .some(
        (each) =>
          each.message.name === 'MAA' &&
          !each.message.isSuccess &&
          each.record.toNode === record.fromNode &&
          each.record.id > after,
      );
    if (isSecond) return; // the HSS has refused what the word stands for
    const said = registers.map(({ credentials }) => credentials?.integrityProtected?.toLowerCase());
    const expected = said.map((each) => (each === undefined ? undefined : schemesFor.get(each)));
    // Without that word the HSS shall say; where it has nothing to say, anything may be tried.
    if (expected.length === 0 || expected.includes(undefined)) return;
    report.applies();
    if (!expected.some((schemes) => schemes?.includes(asked) === true)) {
      report.breach(
        `${record.fromNode} asked the HSS for ${asked} after integrity-protected="${said.at(-1)}": it stands for ${listed(expected.at(-1)!)}`,
      );
    }
  },
};

/** Algorithms of a challenge by the scheme of what the HSS gave (TS 24.229 5.4.1.2.1A, 5.4.1.2.1B). */
const algorithmFor: ReadonlyMap<string, string> = new Map([
  ['Digest-AKAv1-MD5', 'akav1-md5'],
  ['Digest-AKAv2-MD5', 'akav2-md5'],
]);

const algorithm: Rule = {
  id: 'REG-42',
  clause: 'TS 24.229 5.4.1.2.1A',
  title: 'The algorithm of a challenge is that of what the HSS gave',
  of: ['401 REGISTER'],
  from: 's-cscf',
  response({ message, record, challenges }, before, report) {
    const identity = message.to.uri.text;
    for (const challenge of challenges) {
      const who = `${record.fromNode} challenged ${identity} by ${challenge.algorithm ?? 'MD5'}`;
      if (isAka(challenge)) {
        const given = vectorOf(challenge.nonce ?? '', identity, before, record.fromNode)?.scheme;
        if (given === undefined) continue; // AKA-30
        report.applies();
        if (algorithmFor.get(given) !== challenge.algorithm?.toLowerCase())
          report.breach(`${who}: the HSS gave ${given}`);
        continue;
      }
      const secret = digestItemFor(identity, record.fromNode, before);
      if (secret === undefined) continue;
      report.applies();
      const given = secret.text('Digest-Algorithm') ?? 'MD5';
      if ((challenge.algorithm ?? 'MD5').toLowerCase() !== given.toLowerCase()) {
        report.breach(`${who}: the HSS gave a hash for ${given}`);
      }
      const realm = secret.text('Digest-Realm');
      if (realm !== undefined && realm !== challenge.realm) {
        report.breach(`${who} for realm ${challenge.realm}: the HSS gave a hash for ${realm}`);
      }
    }
  },
};

/** SIP-Digest-Authenticate that a node was given for the identity last. */
function digestItemFor(identity: string, node: string, before: Seen) {
  return before
    .queriesOf(identity)
    .findLast(({ message, record }) => message.name === 'MAA' && message.isSuccess && record.toNode === node)
    ?.message.avps.group('SIP-Auth-Data-Item')
    ?.group('SIP-Digest-Authenticate');
}

/** What the response must have been made with; undefined where nobody can tell. */
function secretFor(credentials: Credentials, identity: string, node: string, before: Seen) {
  const name = credentials.algorithm ?? (isVectorNonce(credentials, identity, node, before) ? 'AKAv1-MD5' : 'MD5');
  const known = digestAlgorithm(name);
  if (known === undefined || credentials.nonce === undefined) return undefined;
  if (known === 'MD5' || known === 'SHA-256') {
    const ha1 = digestItemFor(identity, node, before)?.text('Digest-HA1');
    return ha1 === undefined ? undefined : { algorithm: known, secret: { ha1 } satisfies DigestSecret };
  }
  const vector = vectorOf(credentials.nonce, identity, before, node);
  const password = vector && passwordOf(vector, known);
  return password === undefined ? undefined : { algorithm: known, secret: { password } satisfies DigestSecret };
}

function isVectorNonce({ nonce = '' }: Credentials, identity: string, node: string, before: Seen): boolean {
  return vectorOf(nonce, identity, before, node) !== undefined;
}

/** AKA-31, AKA-32. */
export function passwordOf({ xres, ck, ik }: Vector, known: 'AKAv1-MD5' | 'AKAv2-MD5'): Buffer | undefined {
  if (xres === undefined || known === 'AKAv1-MD5') return xres;
  return ck === undefined || ik === undefined ? undefined : akaV2Password({ res: xres, ik, ck });
}

const proven: Rule = {
  id: 'AKA-35',
  clause: 'TS 24.229 5.4.1.2.2, RFC 2617 3.2.2',
  title: 'A REGISTER is granted on a response that the secret of the HSS gives',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response({ message, record, request }, before, report) {
    const credentials = request?.credentials;
    if (request === undefined || !answersChallenge(credentials) || !credentials.response) return;
    const { method, body } = request.message;
    const found = secretFor(credentials, message.to.uri.text, record.fromNode, before);
    if (found === undefined) return;
    report.applies();
    const expected = expectedResponse(credentials, { ...found.secret, algorithm: found.algorithm, method, body });
    if (expected === undefined || !sameResponse(expected, credentials.response)) {
      report.breach(`${record.fromNode} granted REGISTER of ${message.to.uri.text} on a response that is wrong`);
    }
  },
};

const networkProven: Rule = {
  id: 'AKA-36',
  clause: 'RFC 3310 3.5, RFC 2617 3.2.3',
  title: 'rspauth of a 200 is the digest over the response, with the secret that both have',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response({ message, record, request }, before, report) {
    const value = message.header('Authentication-Info');
    const info = value === undefined ? undefined : parseAuthenticationInfo(value);
    const credentials = request?.credentials;
    if (info?.rspauth === undefined || credentials === undefined) return;
    const found = secretFor(credentials, message.to.uri.text, record.fromNode, before);
    if (found === undefined) return;
    report.applies();
    const expected = responseAuthentication(credentials, {
      ...found.secret,
      algorithm: found.algorithm,
      body: message.body,
    });
    const who = `${record.fromNode} answered REGISTER of ${message.to.uri.text}`;
    if (expected !== undefined && !sameResponse(expected, info.rspauth)) report.breach(`${who} with a wrong rspauth`);
    if (info.cnonce !== undefined && info.cnonce !== credentials.cnonce) report.breach(`${who} with another cnonce`);
  },
};

/** REGISTERs answered 2xx by this node with this nonce before, under whatever Call-ID. */
function grantedBefore(nonce: string, { message, record }: ResponseOnWire, before: Seen): readonly ResponseOnWire[] {
  return before
    .registersOf(message.to.uri.text)
    .filter(
      (each): each is ResponseOnWire =>
        each.message.kind === 'response' &&
        each.message.status >= 200 &&
        each.message.status < 300 &&
        each.record.fromNode === record.fromNode &&
        each.record.id < record.id &&
        each.message.topVia.branch !== message.topVia.branch,
    )
    .filter((each) => each.request?.credentials?.nonce === nonce);
}

const unchallenged: Rule = {
  id: 'REG-44',
  clause: 'TS 24.229 5.4.1.2.2',
  title:
    'Only a protected REGISTER is granted on an answer of before, and only for a contact that is known or of a flow',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response(seen, before, report) {
    const { message, record, request } = seen;
    const credentials = request?.credentials;
    if (request === undefined || !answersChallenge(credentials) || !isAka(credentials)) return;
    const earlier = grantedBefore(credentials.nonce!, seen, before);
    if (earlier.length === 0) return;
    report.applies();
    const who = `${record.fromNode} granted REGISTER of ${message.to.uri.text} on an answer of before`;
    const said = credentials.integrityProtected;
    if (said?.toLowerCase() !== 'yes' && said?.toLowerCase() !== 'tls-connected') {
      report.breach(`${who} with integrity-protected="${said}": it has to challenge it`);
    }
    if (!isBinding(request.message) || flowContact(request.message) !== undefined) return;
    const known = before
      .registersOf(message.to.uri.text)
      .filter((each) => each.message.kind === 'request' && !isOnItsWay(each.message, request.message));
    for (const { uri } of addressesOf(request.message)) {
      const isKnown = known.some((each) =>
        addressesOf(each.message as SipRequest).some((other) => isSameUri(other.uri.text, uri.text)),
      );
      if (!isKnown) report.breach(`${who} for the new contact ${uri.text}: it has to answer 403`);
    }
  },
};

/** The same REGISTER on this hop or another one, or a later one. */
function isOnItsWay(each: SipRequest, { callId, cseq }: SipRequest): boolean {
  return each.callId === callId && each.cseq.sequence >= cseq.sequence;
}

function addressesOf({ contacts }: SipRequest) {
  return contacts === '*' ? [] : contacts;
}

const freshAfterAuts: Rule = {
  id: 'AKA-13',
  clause: 'TS 33.102 6.3.5',
  title: 'A resynchronisation is answered with a vector of a new RAND',
  of: ['MAA'],
  from: 'hss',
  diameter({ message, record, request }, _, report) {
    const told = request?.message.avps.group('SIP-Auth-Data-Item')?.octets('SIP-Authorization');
    if (told?.length !== 30 || !message.isSuccess) return;
    report.applies();
    for (const item of message.avps.groups('SIP-Auth-Data-Item')) {
      const rand = item.octets('SIP-Authenticate')?.subarray(0, 16);
      if (rand?.equals(told.subarray(0, 16)) === true) {
        report.breach(`${record.fromNode} answered a resynchronisation with the RAND that the card had refused`);
      }
    }
  },
};

function itemsIn({ message }: DiameterOnWire) {
  return message.avps.groups('SIP-Auth-Data-Item');
}

const numbered: Rule = {
  id: 'AKA-24',
  clause: 'TS 33.102 C.1, TS 29.228 6.3.1',
  title: 'Several vectors of an answer are numbered one after the other',
  of: ['MAA'],
  from: 'hss',
  diameter(seen, _, report) {
    const items = itemsIn(seen);
    if (items.length < 2) return;
    report.applies();
    const numbers = items.map((item) => item.number('SIP-Item-Number'));
    if (numbers.includes(undefined)) {
      report.breach(
        `${seen.record.fromNode} gave ${items.length} vectors without SIP-Item-Number: their order is not known`,
      );
    } else if (numbers.some((each, index) => index > 0 && each! <= numbers[index - 1]!)) {
      report.breach(
        `${seen.record.fromNode} numbered its vectors ${numbers.join(', ')}: each has to be higher than the one before`,
      );
    }
  },
};

const inOrder: Rule = {
  id: 'AKA-24',
  clause: 'TS 29.228 6.3.1',
  title: 'Several vectors are used in the order of their numbers',
  of: ['401 REGISTER'],
  from: 's-cscf',
  response({ message, record, challenges }, before, report) {
    const identity = message.to.uri.text;
    for (const challenge of challenges.filter(isAka)) {
      const found = vectorOf(challenge.nonce ?? '', identity, before, record.fromNode);
      const items = found === undefined ? [] : itemsIn(found.answer);
      if (items.length < 2) continue;
      report.applies();
      const numberOf = (nonce: string | undefined) =>
        items.find((item) => isNonceOf(nonce, item.octets('SIP-Authenticate')))?.number('SIP-Item-Number');
      const own = numberOf(challenge.nonce) ?? 0;
      const later = before
        .registersOf(identity)
        .filter((each) => each.record.fromNode === record.fromNode && each.record.id < record.id)
        .flatMap((each) => each.challenges.map(({ nonce }) => numberOf(nonce) ?? 0))
        .find((each) => each > own);
      if (later !== undefined) {
        report.breach(`${record.fromNode} challenged ${identity} by vector ${own} after ${later}: they have an order`);
      }
    }
  },
};

function isNonceOf(nonce: string | undefined, authenticate: Buffer | undefined): boolean {
  const read = nonce === undefined ? undefined : decodeNonce(nonce);
  return read !== undefined && authenticate?.equals(Buffer.concat([read.rand, read.autn])) === true;
}

const placed: Rule = {
  id: 'REG-40',
  clause: 'TS 24.229 5.4.1.1',
  title: 'A REGISTER without Authorization is granted only where the HSS knows the place of the UE',
  of: ['2xx REGISTER'],
  from: 's-cscf',
  response({ message, record, request }, before, report) {
    if (request === undefined || request.message.has('Authorization') || !isBinding(request.message)) return;
    report.applies();
    const given = before
      .queriesOf(message.to.uri.text)
      .filter(
        ({ message: each, record: { toNode, id } }) =>
          each.name === 'MAA' && toNode === record.fromNode && id < record.id,
      )
      .flatMap((each) => itemsIn(each).map((item) => item.text('SIP-Authentication-Scheme')));
    if (!given.some((each) => each === 'Early-IMS-Security' || each === 'NASS-Bundled')) {
      report.breach(`${record.fromNode} granted REGISTER of ${message.to.uri.text} without any authentication`);
    }
  },
};

export const authenticationRules: readonly Rule[] = [
  scheme,
  placed,
  algorithm,
  proven,
  networkProven,
  unchallenged,
  freshAfterAuts,
  numbered,
  inOrder,
];
