/**
 * What a trace shows of a Diameter message (RFC 6733 3, 4.1). Walks header and top-level AVPs itself and never fails,
 * because a trace must also show what the codec refuses.
 */
import type { CommandDefinition } from '../diameter/dictionaries/application.js';
import { baseDictionary } from '../diameter/dictionaries/base.dictionary.js';
import { cxDictionary } from '../diameter/dictionaries/cx.dictionary.js';
import { experimentalResultCodes, resultCodes } from '../diameter/dictionaries/result-codes.js';

export interface DiameterSummary {
  /** `UAR`, `UAA 2001 DIAMETER_FIRST_REGISTRATION`. */
  readonly summary: string;
  readonly sessionId: string | undefined;
  readonly hopByHop: number;
  readonly endToEnd: number;
}

type Abbreviations = readonly [request: string, answer: string];

/** Commands of applications that imslab does not speak itself, by code. */
// biome-ignore format: a line a specification
const FOREIGN_COMMANDS: readonly (readonly [code: number, stem: string])[] = [
  [258, 'RA'], [265, 'AA'], [271, 'AC'], [272, 'CC'], [274, 'AS'], [275, 'ST'], // RFC 6733, RFC 7155, RFC 8506
  [306, 'UD'], [307, 'PU'], [308, 'SN'], [309, 'PN'], // TS 29.329 6.1
  [316, 'UL'], [317, 'CL'], [318, 'AI'], [319, 'ID'], [320, 'DS'], [321, 'PU'], [322, 'RS'], [323, 'NO'], // TS 29.272 7.2
];

const COMMANDS: ReadonlyMap<number, Abbreviations> = new Map([
  ...FOREIGN_COMMANDS.map(([code, stem]): [number, Abbreviations] => [code, [`${stem}R`, `${stem}A`]]),
  ...[baseDictionary, cxDictionary].flatMap(({ commands }) =>
    Object.values<CommandDefinition>(commands).map(({ code, abbreviations }): [number, Abbreviations] => [
      code,
      abbreviations,
    ]),
  ),
]);

const HEADER_LENGTH = 20;
const REQUEST = 0x80;
const SESSION_ID = 263;
const RESULT_CODE = 268;
const EXPERIMENTAL_RESULT = 297;
const EXPERIMENTAL_RESULT_CODE = 298;

/** `bytes`: one whole message with its 20-octet header. */
export function summariseDiameter(bytes: Buffer): DiameterSummary {
  const code = bytes.readUIntBE(5, 3);
  const isRequest = (bytes[4]! & REQUEST) !== 0;
  const command = COMMANDS.get(code)?.[isRequest ? 0 : 1] ?? `${code} ${isRequest ? 'request' : 'answer'}`;
  const session = findAvp(bytes, HEADER_LENGTH, bytes.length, SESSION_ID);
  return {
    summary: isRequest ? command : `${command} ${result(bytes)}`.trimEnd(),
    sessionId: session === undefined ? undefined : bytes.toString('utf8', session.start, session.end),
    hopByHop: bytes.readUInt32BE(12),
    endToEnd: bytes.readUInt32BE(16),
  };
}

/** `2001 DIAMETER_SUCCESS`; empty where the answer carries no result. */
function result(bytes: Buffer): string {
  const plain = findAvp(bytes, HEADER_LENGTH, bytes.length, RESULT_CODE);
  if (plain !== undefined) return named(bytes, plain, resultCodes);
  const group = findAvp(bytes, HEADER_LENGTH, bytes.length, EXPERIMENTAL_RESULT);
  const inner = group && findAvp(bytes, group.start, group.end, EXPERIMENTAL_RESULT_CODE);
  return inner === undefined ? '' : named(bytes, inner, experimentalResultCodes);
}

function named(bytes: Buffer, avp: AvpSpan, names: Readonly<Record<number, string>>): string {
  if (avp.end - avp.start < 4) return '';
  const code = bytes.readUInt32BE(avp.start);
  const name = names[code];
  return name === undefined ? String(code) : `${code} DIAMETER_${name}`;
}

interface AvpSpan {
  readonly start: number;
  readonly end: number;
}

/** The data of the first AVP without a vendor that has this code, between two offsets. */
function findAvp(bytes: Buffer, from: number, to: number, wanted: number): AvpSpan | undefined {
  for (let at = from; at + 8 <= to; ) {
    const hasVendor = (bytes[at + 4]! & 0x80) !== 0;
    const length = bytes.readUIntBE(at + 5, 3);
    const end = at + length;
    if (length < 8 || end > to) return undefined;
    if (!hasVendor && bytes.readUInt32BE(at) === wanted) return { start: at + 8, end };
    at += (length + 3) & ~3;
  }
  return undefined;
}
