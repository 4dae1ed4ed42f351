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
import { strangeParameter } from './aka-strange-parameter.js';
import { type CardKeys, challengedKeys, isHexNonce, type KeyOptions } from './aka-values.js';
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
  const { text, shortcomings } = readMessages(file);
  for (const shortcoming of shortcomings) console.error(`note: ${nameOf(file)}: ${shortcoming}`);
  const { imsi, ...byHand } = options;
  const exchange = readExchange(text, imsi);
  refuseStrangers(file, exchange, imsi);
  const challenge = decoded(file, exchange);
  const keys = options.subscribers === undefined ? byHand : options;
  const card = challengedKeys(keys, exchange.challenge?.realm ?? exchange.answer?.credentials.realm);
  windowOf(options, card); // refuses what cannot be used, also where the MAC leads no further
  const looks = [
    lookAtMac(challenge, card, exchange.challenge?.algorithm !== undefined || exchange.challenge === undefined),
  ];
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

function nameOf(file: string): string {
  return file === '-' ? 'stdin' : file;
}

/** Keys are of one card; of a capture with several users it takes a word whose. */
function refuseStrangers(file: string, { users }: CapturedExchange, imsi: string | undefined): void {
  if (users.length < 2 || users.some((user) => imsi !== undefined && user.startsWith(imsi))) return;
  const named = users.length > usersNamedMax ? [...users.slice(0, usersNamedMax), '…'] : users;
  const what = imsi === undefined ? `has ${users.length} users` : `has none with the IMSI ${imsi}`;
  throw new UsageError(`${nameOf(file)}: ${what}: ${named.join(', ')}; say with --imsi whose card it is`);
}

const usersNamedMax = 5;

/** RAND and AUTN are in the challenge, and once more in the answer. */
function decoded(file: string, { challenge, answer }: CapturedExchange): DecodedChallenge {
  const where = nameOf(file);
  const source = challenge ?? answer?.credentials;
  if (source === undefined) {
    throw new UsageError(
      `${where}: has no WWW-Authenticate and no Authorization with a nonce; give the 401 or the REGISTER after it, or one of these lines`,
    );
  }
  const { algorithm, nonce: text = '' } = source;
  if (algorithm !== undefined && !isAka(algorithm)) throw new UsageError(`${where}: ${otherAlgorithm(algorithm)}`);
  const nonce = decodeNonce(text);
  if (nonce === undefined && algorithm === undefined && challenge !== undefined) {
    throw new UsageError(`${where}: names no algorithm, and so ${otherAlgorithm('MD5')} (RFC 2617 3.2.1)`);
  }
  if (nonce === undefined || isHexNonce(text)) {
    const octets = Buffer.from(text, 'base64').length;
    const found = nonce === undefined ? `, it has ${octets}` : ': it is hexadecimal digits';
    throw new UsageError(
      `${where}: nonce="${text}" is not base64 of RAND and AUTN, 32 octets or more${found} (RFC 3310 3.2); copy the whole line as it is on the wire`,
    );
  }
  return { ...nonce, algorithm: algorithm ?? 'AKAv1-MD5' };
}

function otherAlgorithm(algorithm: string): string {
  const known = digestAlgorithm(algorithm);
  if (known === undefined) {
    return `asks for ${algorithm}, which imslab does not compute; let the network offer AKAv1-MD5 or AKAv2-MD5`;
  }
  return `asks for ${algorithm}, which is no AKA; compute the response with imslab aka digest --digest ${known} --password …`;
}

/** @param namesAka whether the challenge says that it is one of AKA */
function lookAtMac({ rand, autn }: DecodedChallenge, card: CardKeys, namesAka: boolean): Look {
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
  if (fits) return { rows };
  const found = diagnoseMacFailure({ ...card, rand, autn });
  return { rows, finding: namesAka || !unknownCauses.has(found.cause) ? found : noAlgorithm };
}

/** No usual mistake fitted. */
const unknownCauses: ReadonlySet<string> = new Set(['kOrOpcDiffer', 'kOrTopcDiffer', 'xorDiffers']);

const noAlgorithm: KeyMistake = {
  cause: 'noAlgorithm',
  text: 'the challenge names no algorithm, and so asks for MD5 with a password; taken for AKA all the same, it was not made of these keys',
  clause: 'RFC 2617 3.2.1',
  next: 'see which scheme the subscriber has in the HSS; `imslab aka digest --digest MD5` computes the response of a password',
};

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

function lookAtAuts(text: string, { rand, autn }: DecodedChallenge, card: CardKeys, sqn: bigint): Look {
  const auts = decodeAuts(text);
  if (auts === undefined) {
    return {
      rows: [row('autsParameter', 'auts', text)],
      finding: {
        cause: 'autsMalformed',
        text: 'the parameter auts is not base64 of 14 octets',
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
  const { sqnState } = windowOf({ sqnMs: `0x${sqnMs.toString('hex')}` }, card);
  return { rows, finding: sqnState.isAcceptable(sqn) ? needlessAuts : staleSqn(staleness(sqn, highest, indBits)) };
}

const needlessAuts: KeyMistake = {
  cause: 'autsWithoutNeed',
  text: 'by the SQN_MS that AUTS brings the card would have taken this challenge',
  clause: 'TS 33.102 C.2.1, C.2.2',
  next: 'see whether AUTS answers an earlier challenge, and which Delta, age limit and bits of IND the card has',
};

function lookAtResponse(answer: CapturedAnswer, { rand, algorithm }: DecodedChallenge, card: CardKeys): Look {
  const { credentials, requestUri, addresses, body } = answer;
  const { username = '', realm = '', uri = '', nonce = '', qop, nc, cnonce, response = '' } = credentials;
  const aka = authenticationFunctions(card.material).f2345(rand);
  const known = digestAlgorithm(algorithm)!;
  const password = known === 'AKAv2-MD5' ? akaV2Password(aka) : aka.res;
  const texts = { algorithm: known, password, username, realm, uri, nonce, qop, nc, cnonce, body };
  const under = (method: string) => ({ ...texts, method });
  const isFitting = (method: string): boolean => digestResponse(under(method)) === response.toLowerCase();
  // Header lines alone do not say of which request they are.
  const method = answer.method ?? challengedMethods.find(isFitting) ?? challengedMethods[0]!;
  const parts = under(method);
  const expected = digestResponse(parts);
  const fits = isFitting(method);
  const rows = [
    row('res', 'RES', aka.res),
    row('response', 'response', response, 'of the UE'),
    row('expected', 'expected', expected, `of these keys, for ${method}: ${fits ? 'equal' : 'differs'}`),
  ];
  if (fits) return { rows };
  const situation = { parts, aka, rand, alternatives: [...alternatives(card)], requestUri, addresses };
  const isBodyUnknown = answer.method === undefined && qop === 'auth-int';
  return { rows, finding: diagnoseResponse(situation, response) ?? (isBodyUnknown ? bodyMissing : unknownResponse) };
}

const challengedMethods = [
  'REGISTER',
  'INVITE',
  'SUBSCRIBE',
  'MESSAGE',
  'PUBLISH',
  'REFER',
  'OPTIONS',
  'UPDATE',
  'BYE',
];

const bodyMissing: KeyMistake = {
  cause: 'bodyMissing',
  text: 'the response is none for an empty body, and with qop=auth-int the body counts',
  clause: 'RFC 2617 3.2.2.3',
  next: 'give the whole request, with its start line and its body, and not the header alone',
};

const unknownResponse: KeyMistake = {
  cause: 'resDiffers',
  text: 'the MAC of the challenge fits and the response does not: the UE computed with another RES, or with other texts than those of its Authorization',
  clause: 'RFC 3310 3.3',
  next: 'compare A1 and A2 of `imslab aka digest` with those of the UE; a proxy may have changed Authorization',
};

function fitting({ answer, isSilent }: CapturedExchange): KeyMistake {
  if (isSilent) {
    return {
      cause: 'notAnswered',
      text: 'the challenge fits these keys, and nothing answers it; challenges before it were answered',
      clause: 'TS 24.229 5.1.1.5.1',
      next: 'see whether the 401 reached the UE, and its log: some say nothing where their card finds the MAC wrong, instead of an empty response (RFC 3310 3.4)',
    };
  }
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
