/** AKA in digests: vectors, challenges, and what a UE makes of them. RFC 3310, TS 33.102 6.3; AKA-10 to AKA-35. */
import { decodeAuts, decodeNonce } from '../../aka/index.js';
import { type Credentials, digestAlgorithm, expectedResponse, sameResponse } from '../../sip/index.js';
import type { DiameterOnWire, RequestOnWire, ResponseOnWire, Rule } from '../rule.js';
import { passwordOf } from './authentication.js';
import { answersChallenge, isAka, vectorOf } from './reading.js';

const akaSchemes: ReadonlySet<string | undefined> = new Set(['Digest-AKAv1-MD5', 'Digest-AKAv2-MD5']);

function akaItems({ message }: DiameterOnWire) {
  return message.avps
    .groups('SIP-Auth-Data-Item')
    .filter((item) => akaSchemes.has(item.text('SIP-Authentication-Scheme')));
}

const vector: Rule = {
  id: 'AKA-10',
  clause: 'TS 33.102 6.3.2, TS 29.229 6.3',
  title: 'A vector is RAND and AUTN of 16 octets each, XRES of 4 to 16, CK and IK of 16',
  of: ['MAA'],
  diameter(seen, _, report) {
    for (const item of akaItems(seen)) {
      report.applies();
      const who = `${seen.record.fromNode} gave a vector`;
      const lengthOf = (name: string) => item.octets(name)?.length ?? 0;
      if (lengthOf('SIP-Authenticate') !== 32) {
        report.breach(`${who} with SIP-Authenticate of ${lengthOf('SIP-Authenticate')} octets: RAND and AUTN are 32`);
      }
      const xres = lengthOf('SIP-Authorization');
      if (xres < 4 || xres > 16) report.breach(`${who} with XRES of ${xres} octets: it has 4 to 16`);
      for (const name of ['Confidentiality-Key', 'Integrity-Key']) {
        if (lengthOf(name) !== 16) report.breach(`${who} with ${name} of ${lengthOf(name)} octets: it has 16`);
      }
    }
  },
};

const freshRand: Rule = {
  id: 'AKA-15',
  clause: 'TS 33.102 6.3.2',
  title: 'Each vector has a RAND of its own',
  of: ['MAA'],
  diameter(seen, before, report) {
    const publicIdentity = seen.request?.message.avps.text('Public-Identity');
    if (publicIdentity === undefined) return;
    const rands = (answer: DiameterOnWire) =>
      akaItems(answer).flatMap((item) => item.octets('SIP-Authenticate')?.toString('latin1', 0, 16) ?? []);
    const own = rands(seen);
    if (own.length === 0) return;
    report.applies();
    const earlier = before.queriesOf(publicIdentity).filter(
      ({ message, record }) =>
        message.name === 'MAA' &&
        record.id < seen.record.id &&
        // The answer to a repeated request is the stored one (CX-66).
        message.endToEnd !== seen.message.endToEnd,
    );
    const isRepeated = new Set(own).size < own.length;
    if (isRepeated || earlier.some((each) => rands(each).some((rand) => own.includes(rand)))) {
      report.breach(`${seen.record.fromNode} gave a vector for ${publicIdentity} with a RAND that it had given before`);
    }
  },
};

const nonce: Rule = {
  id: 'AKA-30',
  clause: 'RFC 3310 3.2, TS 24.229 5.4.1.2.1A',
  title: 'The nonce of a challenge is base64 of RAND and AUTN of a vector, and its keys are those of that vector',
  of: ['401 REGISTER'],
  from: 's-cscf',
  response({ message, record, challenges }, before, report) {
    for (const challenge of challenges.filter(isAka)) {
      report.applies();
      const identity = message.to.uri.text;
      const who = `${record.fromNode} challenged ${identity}`;
      if (challenge.nonce === undefined || decodeNonce(challenge.nonce) === undefined) {
        report.breach(`${who} with a nonce that is not base64 of RAND and AUTN`);
        continue;
      }
      const found = vectorOf(challenge.nonce, identity, before, record.fromNode);
      if (found !== undefined) {
        const { ck, ik } = found;
        if (isOther(ck, challenge.ck) || isOther(ik, challenge.ik)) {
          report.breach(`${who} with ck or ik of another vector than the nonce`);
        }
      } else if (before.queriesOf(identity).some(({ message: each }) => each.name === 'MAA' && each.isSuccess)) {
        report.breach(`${who} with a nonce that the HSS did not give: the SIM would refuse it`);
      }
    }
  },
};

function isOther(key: Buffer | undefined, told: string | undefined): boolean {
  return key !== undefined && told !== undefined && key.toString('hex') !== told.toLowerCase();
}

/** The credentials with which a UE answers a challenge of this run. */
function answered({ credentials }: RequestOnWire): Credentials | undefined {
  return answersChallenge(credentials) ? credentials : undefined;
}

const response = (own: 'AKAv1-MD5' | 'AKAv2-MD5', of: Pick<Rule, 'id' | 'clause' | 'title'>): Rule => ({
  ...of,
  of: ['REGISTER'],
  from: 'ue',
  request(seen, before, report) {
    const credentials = answered(seen);
    if (credentials === undefined || credentials.auts !== undefined || !credentials.response) return;
    const { message, record } = seen;
    const algorithm = digestAlgorithm(credentials.algorithm ?? 'AKAv1-MD5');
    const found = vectorOf(credentials.nonce!, message.to.uri.text, before, undefined);
    if (algorithm !== own || found === undefined) return;
    const password = passwordOf(found, own);
    if (password === undefined) return;
    report.applies();
    const { method, body } = message;
    const expected = expectedResponse(credentials, { algorithm, method, password, body });
    if (expected === undefined || !sameResponse(expected, credentials.response)) {
      report.breach(`${record.fromNode} answered the challenge with a response that XRES of the HSS does not give`);
    }
  },
});

const responseV1 = response('AKAv1-MD5', {
  id: 'AKA-31',
  clause: 'RFC 3310 3.3, RFC 2617 3.2.2.1',
  title: 'The response is the digest with RES as the password',
});

const responseV2 = response('AKAv2-MD5', {
  id: 'AKA-32',
  clause: 'RFC 4169 3',
  title: 'The response of AKAv2 is the digest with a password of RES, IK and CK',
});

const resynchronisation: Rule = {
  id: 'AKA-33',
  clause: 'RFC 3310 3.4, TS 24.229 5.1.1.5.3',
  title: 'A synchronisation failure is told with auts of 14 octets and a response over the empty password',
  of: ['REGISTER'],
  from: 'ue',
  request(seen, _, report) {
    const credentials = seen.credentials;
    if (credentials?.auts === undefined) return;
    report.applies();
    const who = `${seen.record.fromNode} asked for resynchronisation`;
    if (decodeAuts(credentials.auts) === undefined) {
      report.breach(`${who} with auts ${credentials.auts}: it has to be base64 of 14 octets`);
    }
    if (!answersChallenge(credentials)) report.breach(`${who} without the nonce that it refuses`);
    const algorithm = digestAlgorithm(credentials.algorithm ?? 'AKAv1-MD5');
    if (!credentials.response || algorithm === undefined) return; // RFC 3310 leaves the response to the UE
    const { method, body } = seen.message;
    const expected = expectedResponse(credentials, { algorithm, method, password: Buffer.alloc(0), body });
    if (expected === undefined || !sameResponse(expected, credentials.response)) {
      report.breach(`${who} with a response that the empty password does not give`);
    }
  },
};

const resynchronisationRequest: Rule = {
  id: 'AKA-33',
  clause: 'TS 29.228 6.3.1, TS 29.229 6.3.11',
  title: 'The S-CSCF brings RAND and AUTS of a synchronisation failure to the HSS',
  of: ['MAR'],
  diameter({ message, record }, before, report) {
    const authorization = message.avps.group('SIP-Auth-Data-Item')?.octets('SIP-Authorization');
    const identity = message.avps.text('Public-Identity');
    if (authorization === undefined || identity === undefined) return;
    report.applies();
    const who = `${record.fromNode} asked the HSS to resynchronise ${identity}`;
    if (authorization.length !== 30) {
      report.breach(`${who} with ${authorization.length} octets in SIP-Authorization: RAND and AUTS are 30`);
      return;
    }
    // Wherever it was seen: between an I-CSCF and an S-CSCF of others it is not.
    const isTold = before.registersOf(identity).some((each) => {
      if (each.message.kind !== 'request') return false;
      const credentials = each.credentials;
      const auts = credentials?.auts === undefined ? undefined : decodeAuts(credentials.auts);
      const rand = decodeNonce(credentials?.nonce ?? '')?.rand;
      return auts !== undefined && rand !== undefined && Buffer.concat([rand, auts]).equals(authorization);
    });
    if (!isTold) report.breach(`${who} with RAND and AUTS that no REGISTER brought`);
  },
};

const macFailure: Rule = {
  id: 'AKA-34',
  clause: 'TS 24.229 5.1.1.5.3, TS 33.203 6.1.2.2',
  title: 'A challenge that is not of the HSS is refused with an empty response and without auts',
  of: ['REGISTER'],
  from: 'ue',
  request(seen, before, report) {
    const credentials = answered(seen);
    if (credentials === undefined) return;
    const { message, record } = seen;
    const identity = message.to.uri.text;
    if (vectorOf(credentials.nonce!, identity, before, undefined) !== undefined) return;
    // The vector may be one of long ago; what was challenged a moment ago is not.
    const isNew = before
      .dialogue(message.callId)
      .some(
        (each) =>
          each.message.kind === 'response' &&
          each.record.toNode === record.fromNode &&
          each.challenges.some((challenge) => isAka(challenge) && challenge.nonce === credentials.nonce),
      );
    const hasVectors = before.queriesOf(identity).some((each) => akaItems(each).length > 0 && !each.message.isRequest);
    if (!isNew || !hasVectors) return;
    report.applies();
    if (credentials.response !== '' || credentials.auts !== undefined) {
      report.breach(
        `${record.fromNode} took a challenge that the HSS did not give: its SIM has to find the MAC wrong and answer with an empty response`,
      );
    }
  },
};

const nonceOnce: Rule = {
  id: 'AKA-35',
  clause: 'TS 24.229 5.4.1.2.2, TS 33.203 6.1.2.1',
  title: 'A challenge is given once: who failed gets a new RAND',
  of: ['401 REGISTER'],
  from: 's-cscf',
  response({ message, record, challenges }, before, report) {
    const own = challenges.filter(isAka);
    if (own.length === 0) return;
    report.applies();
    const { branch } = message.topVia;
    const earlier = before
      .registersOf(message.to.uri.text)
      .filter(
        (each): each is ResponseOnWire =>
          each.message.kind === 'response' &&
          each.message.status === 401 &&
          each.record.fromNode === record.fromNode &&
          each.record.id < record.id &&
          each.message.topVia.branch !== branch,
      );
    const given = new Set(earlier.flatMap((each) => each.challenges.map((challenge) => challenge.nonce)));
    if (own.some((challenge) => given.has(challenge.nonce))) {
      report.breach(`${record.fromNode} challenged ${message.to.uri.text} with a nonce that it had given before`);
    }
  },
};

export const akaRules: readonly Rule[] = [
  vector,
  freshRand,
  nonce,
  responseV1,
  responseV2,
  resynchronisation,
  resynchronisationRequest,
  macFailure,
  nonceOnce,
];
