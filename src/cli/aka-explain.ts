/** `imslab aka explain`: says of a captured challenge, and of the answer to it, whether MAC, SQN or RES is what differs, and why. */
import {
  alternatives,
  authenticationFunctions,
  decodeAuts,
  decodeNonce,
  decodeSqn,
  diagnoseAuts,
  diagnoseMacFailure,
  encodeSqn,
  isAutnOf,
  type KeyMistake,
  openAuts,
} from '../aka/index.js';
import { UsageError } from '../lab/errors.js';
import { akaV2Password, digestAlgorithm, digestResponse } from '../sip/index.js';
import { type CapturedAnswer, type CapturedExchange, isAka, readExchange } from './aka-capture.js';
import { diagnoseResponse } from './aka-digest-mistakes.js';
import { readMessages } from './aka-file.js';
import { printJson, type Row, row, rowLines } from './aka-output.js';
import { type CardKeys, cardKeys, type KeyOptions } from './aka-values.js';
import { indBitsOf, sqnNote, staleness, windowOf } from './aka-vector.js';
import { EXIT_FAILED, EXIT_PASSED } from './exit.js';

export interface ExplainOptions extends KeyOptions {
  readonly sqnMs?: string;
  readonly indBits?: string;
  readonly delta?: string;
  readonly ageLimit?: string;
  readonly json?: boolean;
}

/** What one look has found. `finding` is absent where everything fits, or nothing could be compared. */
interface Look {
  readonly rows: readonly Row[];
  readonly finding?: KeyMistake | undefined;
}

interface DecodedChallenge {
  readonly rand: Buffer;
  readonly autn: Buffer;
  /** AKAv1-MD5 or AKAv2-MD5. */
  readonly algorithm: string;
}

/** @returns 1 when something differs */
export function explain(file: string, options: ExplainOptions): number {
  const exchange = readExchange(readMessages(file), options.imsi);
  const challenge = decoded(file, exchange);
  const card = cardKeys(options, exchange.challenge?.realm ?? exchange.answer?.credentials.realm);
  const looks = [lookAtMac(challenge, card)];
  // The key that made the challenge is another one: its SQN and RES cannot be told.
  if (looks[0]!.finding === undefined) {
    const sqn = sqnOf(challenge, card);
    looks.push(lookAtSqn(sqn, options, card));
    if (exchange.answer !== undefined) looks.push(lookAtAnswer(exchange, exchange.answer, challenge, card, sqn));
  }
  const verdict = looks.find(({ finding }) => finding !== undefined)?.finding;
  print(
    looks.flatMap(({ rows }) => rows),
    verdict ?? fitting(exchange),
    options.json,
  );
  return verdict === undefined ? EXIT_PASSED : EXIT_FAILED;
}

/** RAND and AUTN are in the challenge, and once more in the answer. */
function decoded(file: string, { challenge, answer }: CapturedExchange): DecodedChallenge {
  const where = file === '-' ? 'stdin' : file;
  const source = challenge ?? answer?.credentials;
  if (source === undefined) {
    throw new UsageError(
      `${where}: has no WWW-Authenticate and no Authorization with a nonce; give the 401 or the REGISTER after it, or one of these lines`,
    );
  }
  if (source.algorithm !== undefined && !isAka(source.algorithm)) {
    throw new UsageError(
      `${where}: asks for ${source.algorithm}, which is no AKA; compute the response with imslab aka digest --digest ${source.algorithm}`,
    );
  }
  const nonce = decodeNonce(source.nonce ?? '');
  if (nonce === undefined) {
    throw new UsageError(
      `${where}: nonce="${source.nonce ?? ''}" is not base64 of RAND and AUTN, 32 octets or more (RFC 3310 3.2); copy the whole line`,
    );
  }
  return { ...nonce, algorithm: source.algorithm ?? 'AKAv1-MD5' };
}

function lookAtMac({ rand, autn }: DecodedChallenge, card: CardKeys): Look {
  const key = authenticationFunctions(card.material);
  const fits = isAutnOf(card.material, rand, autn);
  const expected = key.f1(rand, xored(autn, key.f5(rand)), autn.subarray(6, 8)).macA;
  const rows = [
    row('rand', 'RAND', rand),
    row('autn', 'AUTN', autn),
    row('amf', 'AMF', autn.subarray(6, 8)),
    row('mac', 'MAC', autn.subarray(8), 'of the challenge'),
    row('xmac', 'XMAC', expected, fits ? 'of these keys: equal' : 'of these keys: differs'),
  ];
  return { rows, finding: fits ? undefined : diagnoseMacFailure({ ...card, rand, autn }) };
}

function sqnOf({ rand, autn }: DecodedChallenge, { material }: CardKeys): bigint {
  return decodeSqn(xored(autn, authenticationFunctions(material).f5(rand)));
}

function xored(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.subarray(0, 6).map((octet, index) => octet ^ b[index]!));
}

function lookAtSqn(sqn: bigint, options: ExplainOptions, card: CardKeys): Look {
  const { sqnState, indBits } = windowOf(options, card);
  const own = row('sqn', 'SQN', encodeSqn(sqn), sqnNote(sqn, indBits));
  if (options.sqnMs === undefined) return { rows: [own] };
  const { highest } = sqnState;
  const isAcceptable = sqnState.isAcceptable(sqn);
  const why = isAcceptable ? 'the card takes the challenge' : staleness(sqn, highest, indBits);
  const rows = [own, row('sqnMs', 'SQN_MS', encodeSqn(highest), why)];
  return { rows, finding: isAcceptable ? undefined : staleSqn(why) };
}

function staleSqn(why: string): KeyMistake {
  return {
    cause: 'sqnNotAcceptable',
    text: `the card does not take the sequence number: ${why}`,
    clause: 'TS 33.102 6.3.3',
    next: 'the UE answers with auts; see whether the S-CSCF sends it on in MAR and the HSS then begins at SQN_MS',
  };
}

function lookAtAnswer(
  exchange: CapturedExchange,
  answer: CapturedAnswer,
  challenge: DecodedChallenge,
  card: CardKeys,
  sqn: bigint,
): Look {
  const { credentials } = answer;
  const strange = strangeParameter(exchange, answer, card);
  if (strange !== undefined) return { rows: [], finding: strange };
  if (credentials.auts !== undefined) return lookAtAuts(credentials.auts, challenge, card, sqn);
  if ((credentials.response ?? '') === '') {
    return {
      rows: [row('response', 'response', '""', 'the UE found the MAC wrong (RFC 3310 3.4)')],
      finding: {
        cause: 'cardHasOtherKeys',
        text: 'these keys made the challenge, and the UE found its MAC wrong: the card has other keys, or another algorithm such as XOR',
        clause: 'TS 33.102 6.3.3',
        next: 'read K and OPc of the card anew, and see that it is no test card',
      },
    };
  }
  return lookAtResponse(answer, challenge, card);
}

/** What differs without any computation. */
function strangeParameter(
  { challenge }: CapturedExchange,
  { credentials, requestUri }: CapturedAnswer,
  { privateIdentity }: CardKeys,
): KeyMistake | undefined {
  const { username = '', realm = '', nonce = '', uri = '' } = credentials;
  const differs = (
    name: string,
    has: string,
    wanted: string,
    of: string,
    clause: string,
    next: string,
  ): KeyMistake => ({
    cause: `${name}Differs`,
    text: `the answer has ${name} "${has}", and ${of} has "${wanted}"`,
    clause,
    next,
  });
  if (challenge !== undefined && nonce !== challenge.nonce) {
    const next = 'see whether these two messages belong together, and whether the UE answered an earlier challenge';
    return differs('nonce', nonce, challenge.nonce ?? '', 'the challenge', 'RFC 2617 3.2.2', next);
  }
  if (challenge !== undefined && realm !== challenge.realm) {
    return differs(
      'realm',
      realm,
      challenge.realm ?? '',
      'the challenge',
      'RFC 2617 3.2.2',
      'let the UE copy the realm',
    );
  }
  if (privateIdentity !== undefined && username !== privateIdentity) {
    const next = 'compare the IMPI of the UE with the private identity of the subscriber';
    return differs('username', username, privateIdentity, 'the subscriber', 'TS 24.229 5.1.1.2', next);
  }
  if (requestUri !== undefined && uri !== requestUri) {
    return differs('uri', uri, requestUri, 'the Request-URI', 'RFC 2617 3.2.2.5', 'let the UE copy the Request-URI');
  }
  return undefined;
}

function lookAtAuts(text: string, { rand, autn }: DecodedChallenge, card: CardKeys, sqn: bigint): Look {
  const auts = decodeAuts(text);
  if (auts === undefined) {
    return {
      rows: [row('autsParameter', 'auts', text)],
      finding: {
        cause: 'autsMalformed',
        text: 'auts is not base64 of 14 octets',
        clause: 'RFC 3310 3.4',
        next: 'let the UE encode the 14 octets of AUTS: 20 characters, the last one =',
      },
    };
  }
  const { sqnMs, macFits } = openAuts(authenticationFunctions(card.material), rand, auts);
  const highest = decodeSqn(sqnMs);
  const indBits = indBitsOf({}, card);
  const rows = [
    row('auts', 'AUTS', auts, `MAC-S ${macFits ? 'fits' : 'differs'}`),
    row('sqnOfCard', 'SQN_MS', sqnMs, sqnNote(highest, indBits)),
  ];
  if (!macFits) return { rows, finding: diagnoseAuts({ ...card, rand, auts, amf: autn.subarray(6, 8) }) };
  return { rows, finding: staleSqn(staleness(sqn, highest, indBits)) };
}

function lookAtResponse(answer: CapturedAnswer, { rand, algorithm }: DecodedChallenge, card: CardKeys): Look {
  const { credentials, method = 'REGISTER', requestUri, addresses, body } = answer;
  const { username = '', realm = '', uri = '', nonce = '', qop, nc, cnonce, response = '' } = credentials;
  const aka = authenticationFunctions(card.material).f2345(rand);
  const known = digestAlgorithm(algorithm)!;
  const password = known === 'AKAv2-MD5' ? akaV2Password(aka) : aka.res;
  const parts = { algorithm: known, password, username, realm, method, uri, nonce, qop, nc, cnonce, body };
  const expected = digestResponse(parts);
  const fits = expected === response.toLowerCase();
  const rows = [
    row('res', 'RES', aka.res),
    row('response', 'response', response, 'of the UE'),
    row('expected', 'expected', expected, fits ? 'of these keys: equal' : 'of these keys: differs'),
  ];
  if (fits) return { rows };
  const situation = { parts, aka, rand, alternatives: [...alternatives(card)], requestUri, addresses };
  return { rows, finding: diagnoseResponse(situation, response) ?? unknownResponse };
}

const unknownResponse: KeyMistake = {
  cause: 'resDiffers',
  text: 'the MAC of the challenge fits and the response does not: the UE computed with another RES, or with other texts than those of its Authorization',
  clause: 'RFC 3310 3.3',
  next: 'compare A1 and A2 of `imslab aka digest` with those of the UE; a proxy may have changed Authorization',
};

function fitting({ answer }: CapturedExchange): KeyMistake {
  return {
    cause: 'none',
    text: answer === undefined ? 'the challenge fits these keys' : 'the challenge and the response fit these keys',
    clause: 'TS 33.102 6.3.3',
    next:
      answer === undefined
        ? 'give the REGISTER that answers it too (of a capture in ESP: with its table esp_sa in the same folder), or the SQN of the card with --sqn-ms'
        : 'look for the reason beyond AKA: 403 comes from the subscription, roaming or barring too',
  };
}

function print(rows: readonly Row[], { cause, text, clause, next }: KeyMistake, json: boolean | undefined): void {
  if (json) {
    const values = Object.fromEntries(rows.map(({ key, value }) => [key, value]));
    printJson({ ...values, verdict: { cause, sentence: `${sentence(text)}.`, clause, next: `${sentence(next)}.` } });
    return;
  }
  for (const line of rowLines(rows)) console.log(line);
  console.log(`\n${sentence(text)} (${clause}).\nNext: ${next}.`);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
