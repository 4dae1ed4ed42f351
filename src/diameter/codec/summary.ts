/**
 * A message in one line, as trace and ladder show it (RFC 6733 3, 4.1). Walks header and top-level AVPs by itself and never
 * fails, because a trace must also show what the codec refuses.
 */
import type { CommandDefinition } from '../dictionaries/application.js';
import { vendor3gpp } from '../dictionaries/cx.dictionary.js';
import { experimentalResultCodes, resultCodes } from '../dictionaries/result-codes.js';
import { spokenApplications } from '../dictionaries/spoken.js';
import { flag, headerLength, readHeader } from './decode.js';
import { foreignNames } from './foreign-names.js';
import { avpEnd, dataOffset } from './view.js';

export interface DiameterSummary {
  /** `UAR`, `UAA 2001 FIRST_REGISTRATION`, `CCR`, `UAR (retransmitted)`. */
  readonly summary: string;
  readonly sessionId: string | undefined;
  readonly hopByHop: number;
  readonly endToEnd: number;
}

type Abbreviations = readonly [request: string, answer: string];

/** Commands of applications that imslab does not speak itself, by code. */
// biome-ignore format: a line a specification
const foreignCommands: readonly (readonly [code: number, stem: string])[] = [
  [258, 'RA'], [265, 'AA'], [271, 'AC'], [272, 'CC'], [274, 'AS'], [275, 'ST'], // RFC 6733, RFC 7155, RFC 8506
  [316, 'UL'], [317, 'CL'], [318, 'AI'], [319, 'ID'], [320, 'DS'], [321, 'PU'], [322, 'RS'], [323, 'NO'], // TS 29.272 7.2
];

const abbreviations: ReadonlyMap<number, Abbreviations> = new Map([
  ...foreignCommands.map(([code, stem]): [number, Abbreviations] => [code, [`${stem}R`, `${stem}A`]]),
  ...spokenApplications.flatMap(({ commands }) =>
    Object.values<CommandDefinition>(commands).map((command): [number, Abbreviations] => [
      command.code,
      command.abbreviations,
    ]),
  ),
]);

const sessionIdCode = 263;
const vendorIdCode = 266;
const resultCodeCode = 268;
const experimentalResultCode = 297;
const experimentalResultCodeCode = 298;

/** `bytes` holds the 20 octets of a header at least. */
export function summariseDiameter(bytes: Buffer): DiameterSummary {
  const { flags, command, hopByHop, endToEnd } = readHeader(bytes);
  const isRequest = (flags & flag.request) !== 0;
  const retransmitted = (flags & flag.retransmitted) !== 0 ? ' (retransmitted)' : '';
  const session = findAvp(bytes, headerLength, bytes.length, sessionIdCode);
  return {
    summary: `${commandText(command, isRequest)}${isRequest ? '' : resultText(bytes)}${retransmitted}`,
    sessionId: session === undefined ? undefined : bytes.toString('utf8', session.start, session.end),
    hopByHop,
    endToEnd,
  };
}

/** Where nobody has a short name, the long one: `Push-Profile-Request`, `Command-8388000-Answer`. */
function commandText(code: number, isRequest: boolean): string {
  const short = abbreviations.get(code)?.[isRequest ? 0 : 1];
  return short ?? `${foreignNames().commands.get(code) ?? `Command-${code}`}-${isRequest ? 'Request' : 'Answer'}`;
}

/** ` 2001 SUCCESS`; empty where the answer carries no result. */
function resultText(bytes: Buffer): string {
  const plain = findAvp(bytes, headerLength, bytes.length, resultCodeCode);
  if (plain !== undefined) return named(bytes, plain, resultCodes);
  const group = findAvp(bytes, headerLength, bytes.length, experimentalResultCode);
  const inner = group && findAvp(bytes, group.start, group.end, experimentalResultCodeCode);
  if (group === undefined || inner === undefined) return '';
  // TS 29.229 6.2: the code has its 3GPP meaning only beside 3GPP's Vendor-Id.
  const vendor = findAvp(bytes, group.start, group.end, vendorIdCode);
  const is3gpp = vendor !== undefined && numberIn(bytes, vendor) === vendor3gpp;
  return named(bytes, inner, is3gpp ? experimentalResultCodes : {});
}

function named(bytes: Buffer, avp: AvpSpan, names: Readonly<Record<number, string>>): string {
  const code = numberIn(bytes, avp);
  if (code === undefined) return '';
  const name = names[code];
  return name === undefined ? ` ${code}` : ` ${code} ${name}`;
}

function numberIn(bytes: Buffer, { start, end }: AvpSpan): number | undefined {
  return end - start < 4 ? undefined : bytes.readUInt32BE(start);
}

interface AvpSpan {
  readonly start: number;
  readonly end: number;
}

/** The data of the first AVP without a vendor that has this code, between two offsets. */
function findAvp(bytes: Buffer, from: number, to: number, wanted: number): AvpSpan | undefined {
  for (let at = from; at + 8 <= to; ) {
    const start = dataOffset(bytes, at);
    const end = avpEnd(bytes, at);
    if (end < start || end > to) return undefined;
    if (start === at + 8 && bytes.readUInt32BE(at) === wanted) return { start, end };
    at = (end + 3) & ~3;
  }
  return undefined;
}
