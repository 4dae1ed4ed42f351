/** `imslab aka opc|vector|check|auts`: one step of AKA each, with everything between. */
import { randomBytes } from 'node:crypto';
import {
  type AuthenticationFunctions,
  authenticationFunctions,
  checkAutn,
  computeOpc,
  computeTopc,
  decodeAuts,
  decodeSqn,
  defaultIndBits,
  diagnoseAuts,
  diagnoseMacFailure,
  encodeAuts,
  encodeNonce,
  encodeSqn,
  generateAuts,
  generateVector,
  type KeyMaterial,
  kcOf,
  milenageSteps,
  openAuts,
  sresOf,
  UsimSqnWindow,
} from '../aka/index.js';
import { UsageError } from '../lab/errors.js';
import { printRows, type Row, row } from './aka-output.js';
import {
  type CardKeys,
  cardKeys,
  challengedKeys,
  challengeOf,
  hexOctets,
  type KeyOptions,
  sequenceNumber,
  sqnOctets,
  wholeNumber,
} from './aka-values.js';
import { EXIT_FAILED, EXIT_PASSED } from './exit.js';

interface Printed {
  readonly json?: boolean;
}

interface SqnOptions {
  readonly sqnMs?: string;
  readonly indBits?: string;
  readonly delta?: string;
  readonly ageLimit?: string;
}

/** OP → OPc, TOP → TOPc. */
export function opc({ json, ...options }: KeyOptions & Printed): number {
  if (options.k === undefined) throw new UsageError('--k: is missing; give it with --op, or with --top for TUAK');
  if (options.top !== undefined && options.op !== undefined) {
    throw new UsageError('--top: stands beside --op; keep one of them');
  }
  if (options.top !== undefined) {
    const iterations = wholeNumber('--iterations', options.iterations ?? '1', 1, 255);
    const topc = computeTopc(hexOctets('--k', options.k, 16, 32), hexOctets('--top', options.top, 32), iterations);
    printRows([row('topc', 'TOPc', topc, 'TS 35.231 6.2')], json);
    return EXIT_PASSED;
  }
  if (options.op === undefined) throw new UsageError('--op: is missing; give it, or --top for TUAK');
  if (options.iterations !== undefined) throw new UsageError('--iterations: is of --top and not of --op; leave it out');
  const computed = computeOpc(hexOctets('--k', options.k, 16), hexOctets('--op', options.op, 16));
  printRows([row('opc', 'OPc', computed, 'OP xor E_K(OP), TS 35.206 5.1')], json);
  return EXIT_PASSED;
}

/** Every value of an authentication vector. */
export function vector({
  json,
  ...options
}: KeyOptions & Printed & { rand?: string; sqn?: string; amf?: string; indBits?: string }): number {
  const card = cardKeys(options);
  const { material } = card;
  const rand = options.rand === undefined ? randomBytes(16) : hexOctets('--rand', options.rand, 16); // AKA-15
  const sqn = options.sqn === undefined ? encodeSqn(card.sqn ?? 0n) : sqnOctets('--sqn', options.sqn);
  const amf = options.amf === undefined ? (card.amf ?? Buffer.alloc(2)) : hexOctets('--amf', options.amf, 2);
  const indBits = indBitsOf(options, card);
  const key = authenticationFunctions(material);
  const { macA, macS } = key.f1(rand, sqn, amf);
  const { res, ck, ik, ak } = key.f2345(rand);
  const inputs = [
    row('algorithm', 'algorithm', material.algorithm),
    ...keyRows(material),
    row('rand', 'RAND', rand),
    row('sqn', 'SQN', sqn, sqnNote(decodeSqn(sqn), indBits)),
    row('amf', 'AMF', amf, amf[0]! & 0x80 ? 'separation bit set: EPS and 5G (TS 33.102 H)' : undefined),
  ];
  const results = [
    row('macA', 'MAC-A', macA, 'f1'),
    row('macS', 'MAC-S', macS, 'f1*'),
    row('res', 'RES', res, 'f2'),
    row('ck', 'CK', ck, 'f3'),
    row('ik', 'IK', ik, 'f4'),
    row('ak', 'AK', ak, 'f5'),
    row('akStar', 'AK*', key.f5Star(rand), 'f5*'),
  ];
  printRows(
    [...inputs, ...stepRows(material, rand, sqn, amf), ...results, ...vectorRows(material, rand, sqn, amf)],
    json,
  );
  return EXIT_PASSED;
}

function keyRows(material: KeyMaterial): readonly Row[] {
  const rows = [row('k', 'K', material.k)];
  if (material.algorithm === 'milenage') rows.push(row('opc', 'OPc', material.opc));
  if (material.algorithm === 'tuak') rows.push(row('topc', 'TOPc', material.topc));
  return rows;
}

/** What the algorithm computes between its input and its output. */
function stepRows(material: KeyMaterial, rand: Buffer, sqn: Buffer, amf: Buffer): readonly Row[] {
  if (material.algorithm === 'xor') {
    return [row('x', 'X', authenticationFunctions(material).f2345(rand).res, 'K xor RAND')];
  }
  if (material.algorithm === 'tuak') return [];
  const { temp, in1, out } = milenageSteps(material, { rand, sqn, amf });
  const [out1, out2, out3, out4, out5] = out;
  return [
    row('temp', 'TEMP', temp, 'E_K(RAND xor OPc)'),
    row('in1', 'IN1', in1, 'SQN || AMF || SQN || AMF'),
    row('out1', 'OUT1', out1!, 'MAC-A || MAC-S'),
    row('out2', 'OUT2', out2!, 'AK || 2 octets || RES'),
    row('out3', 'OUT3', out3!, 'CK'),
    row('out4', 'OUT4', out4!, 'IK'),
    row('out5', 'OUT5', out5!, 'AK* || 10 octets'),
  ];
}

/** AUTN has room for a MAC of 64 bits (TS 33.102 6.3.7), the 2G values for keys of 128. */
function vectorRows(material: KeyMaterial, rand: Buffer, sqn: Buffer, amf: Buffer): readonly Row[] {
  if (material.algorithm === 'tuak' && (material.macBits ?? 64) !== 64) return [];
  const key = authenticationFunctions(material);
  const { autn, xres, ck, ik } = generateVector({ key, rand, sqn, amf });
  return [
    row('sqnXorAk', 'SQN xor AK', autn.subarray(0, 6)),
    row('autn', 'AUTN', autn, '(SQN xor AK) || AMF || MAC-A'),
    row('nonce', 'nonce', encodeNonce(rand, autn), 'base64(RAND || AUTN), RFC 3310 3.2'),
    row('sres', 'SRES', sresOf(xres), '2G, TS 33.102 6.8.1.2'),
    ...(ck.length === 16 && ik.length === 16 ? [row('kc', 'Kc', kcOf(ck, ik), '2G')] : []),
  ];
}

/** A USIM's look at a challenge. */
export function check(
  options: KeyOptions & Printed & SqnOptions & { rand?: string; autn?: string; nonce?: string },
): number {
  const card = challengedKeys(options);
  const { rand, autn } = challengeOf(options);
  const key = authenticationFunctions(card.material);
  const { sqnState, indBits } = windowOf(options, card);
  const highest = sqnState.highest;
  const result = checkAutn({ key, rand, autn, sqnState });
  const rows = [
    row('rand', 'RAND', rand),
    row('autn', 'AUTN', autn),
    row('ak', 'AK', key.f5(rand)),
    row('amf', 'AMF', autn.subarray(6, 8)),
    row('mac', 'MAC', autn.subarray(8)),
  ];
  if (result.outcome === 'macFailure') {
    const { cause, text, clause, next } = diagnoseMacFailure({ ...card, rand, autn });
    rows.push(
      row('xmac', 'XMAC', result.expected, 'differs: MAC failure (TS 33.102 6.3.3)'),
      row('outcome', 'outcome', 'macFailure'),
      row('cause', 'cause', cause),
      row('text', 'because', text, `(${clause})`),
      row('next', 'next', next),
    );
    printRows(rows, options.json);
    return EXIT_FAILED;
  }
  rows.push(row('xmac', 'XMAC', autn.subarray(8), 'equal'));
  rows.push(row('sqn', 'SQN', encodeSqn(result.sqn), sqnNote(result.sqn, indBits)));
  if (result.outcome === 'syncFailure') {
    rows.push(
      row('sqnMs', 'SQN_MS', encodeSqn(highest), `${staleness(result.sqn, highest, indBits)}: synchronisation failure`),
      row('auts', 'AUTS', result.auts, '(SQN_MS xor AK*) || MAC-S'),
      row('autsParameter', 'auts', encodeAuts(result.auts), 'as in Authorization, RFC 3310 3.4'),
      row('outcome', 'outcome', 'syncFailure'),
    );
    printRows(rows, options.json);
    return EXIT_FAILED;
  }
  const { res, ck, ik } = result;
  rows.push(row('res', 'RES', res), row('ck', 'CK', ck), row('ik', 'IK', ik), row('outcome', 'outcome', 'ok'));
  printRows(rows, options.json);
  return EXIT_PASSED;
}

/** The window of a card that has accepted --sqn-ms. */
export function windowOf(options: SqnOptions, card: CardKeys): { sqnState: UsimSqnWindow; indBits: number } {
  const indBits = indBitsOf(options, card);
  const startingAt = options.sqnMs === undefined ? (card.sqn ?? 0n) : sequenceNumber('--sqn-ms', options.sqnMs);
  const sqnState = new UsimSqnWindow({
    indBits,
    startingAt,
    ...(options.delta !== undefined && { delta: BigInt(wholeNumber('--delta', options.delta, 1, 2 ** 43)) }),
    ...(options.ageLimit !== undefined && {
      ageLimit: BigInt(wholeNumber('--age-limit', options.ageLimit, 1, 2 ** 43)),
    }),
  });
  return { sqnState, indBits };
}

export function indBitsOf(options: { readonly indBits?: string }, card: CardKeys): number {
  if (options.indBits === undefined) return card.indBits ?? defaultIndBits;
  return wholeNumber('--ind-bits', options.indBits, 0, 16);
}

/** Why a card does not take `sqn`, in words. */
export function staleness(sqn: bigint, highest: bigint, indBits: number): string {
  const ahead = (sqn >> BigInt(indBits)) - (highest >> BigInt(indBits));
  if (ahead > 0n) return `SEQ of the challenge is ${ahead} ahead, more than Delta (TS 33.102 C.2.1)`;
  return ahead === 0n
    ? 'SEQ of the challenge is the one that the card had last (TS 33.102 C.2.2)'
    : `SEQ of the challenge is ${-ahead} behind the card (TS 33.102 C.2.2)`;
}

export function sqnNote(sqn: bigint, indBits: number): string {
  const bits = BigInt(indBits);
  return `SEQ ${sqn >> bits}, IND ${BigInt.asUintN(indBits, sqn)}`;
}

function autsOf(text: string): Buffer {
  const plain = text.trim().replace(/^"(.*)"$/, '$1');
  const decoded = decodeAuts(plain) ?? Buffer.from(plain.replace(/^0x|[\s:.-]+/gi, ''), 'hex');
  if (decoded.length === 14) return decoded;
  throw new UsageError(
    `--auts: '${text}' is not an AUTS of 14 octets; write 28 hexadecimal digits, or the 20 characters of base64 after auts= (RFC 3310 3.4)`,
  );
}

type AutsOptions = KeyOptions & Printed & { rand?: string; auts?: string; sqnMs?: string; amf?: string };

/** Opens an AUTS (--auts), or makes one for --sqn-ms. */
export function auts(options: AutsOptions): number {
  const card = challengedKeys(options);
  if (options.auts !== undefined && options.sqnMs !== undefined) {
    throw new UsageError('--sqn-ms: stands beside --auts, which has it; keep one of them');
  }
  if (options.rand === undefined) throw new UsageError('--rand: is missing; give the RAND of the refused challenge');
  const challenged: Challenged = {
    card,
    key: authenticationFunctions(card.material),
    rand: hexOctets('--rand', options.rand, 16),
    indBits: indBitsOf({}, card),
  };
  return options.auts === undefined ? makeAuts(challenged, options) : showAuts(challenged, options.auts, options);
}

/** Whose AUTS it is, and of which challenge. */
interface Challenged {
  readonly card: CardKeys;
  readonly key: AuthenticationFunctions;
  readonly rand: Buffer;
  readonly indBits: number;
}

function akStarRow({ key, rand }: Challenged): Row {
  return row('akStar', 'AK*', key.f5Star(rand), 'f5*');
}

function makeAuts(challenged: Challenged, options: AutsOptions): number {
  if (options.sqnMs === undefined) {
    throw new UsageError('--sqn-ms: is missing; give it to make an AUTS, or --auts to open one');
  }
  const sqnMs = sequenceNumber('--sqn-ms', options.sqnMs);
  const made = generateAuts({ ...challenged, sqnMs });
  printRows(
    [
      row('sqnMs', 'SQN_MS', encodeSqn(sqnMs), sqnNote(sqnMs, challenged.indBits)),
      akStarRow(challenged),
      row('macS', 'MAC-S', made.subarray(6), 'f1* over SQN_MS, RAND and AMF* 0000'),
      row('auts', 'AUTS', made, '(SQN_MS xor AK*) || MAC-S'),
      row('autsParameter', 'auts', encodeAuts(made), 'as in Authorization, RFC 3310 3.4'),
    ],
    options.json,
  );
  return EXIT_PASSED;
}

function showAuts(challenged: Challenged, text: string, options: AutsOptions): number {
  const { card, key, rand, indBits } = challenged;
  const given = autsOf(text);
  const opened = openAuts(key, rand, given);
  const rows = [
    akStarRow(challenged),
    row('sqnMs', 'SQN_MS', opened.sqnMs, sqnNote(decodeSqn(opened.sqnMs), indBits)),
    row('macS', 'MAC-S', given.subarray(6)),
    row('xmacS', 'XMAC-S', opened.expected, opened.macFits ? 'equal' : 'differs: no new vector (TS 33.102 6.3.5)'),
    row('outcome', 'outcome', opened.macFits ? 'ok' : 'macFailure'),
  ];
  if (!opened.macFits) {
    const amf = options.amf === undefined ? card.amf : hexOctets('--amf', options.amf, 2);
    const { cause, text: because, clause, next } = diagnoseAuts({ ...card, rand, auts: given, amf });
    rows.push(row('cause', 'cause', cause), row('text', 'because', because, `(${clause})`), row('next', 'next', next));
  }
  printRows(rows, options.json);
  return opened.macFits ? EXIT_PASSED : EXIT_FAILED;
}
