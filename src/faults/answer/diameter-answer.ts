import { encode } from '../../diameter/codec/encode.js';
import { readableAvps } from '../../diameter/codec/error-answer.js';
import { base, cx, type RawAvp, sh, vendor3gpp } from '../../diameter/index.js';
import { changeDiameter } from '../change/diameter-change.js';
import type { FaultAction } from '../fault.js';
import type { DiameterOrigin } from '../transit.js';

type AnswerAction = Extract<FaultAction, { do: 'answer' }>;

const HEADER_OCTETS = 20;
const REQUEST = 0x80;
const PROXIABLE = 0x40;
const ERROR = 0x20;
const sessionId = 263;
const originHost = 264;
const proxyInfo = 284;
const originRealm = 296;
const noStateMaintained = 1;

/**
 * TS 29.229 6.2, TS 29.329 6.2: what an Experimental-Result-Code says, and in the answers to which commands (TS 29.228 6.1, Annex A, TS 29.328 6.1). The
 * same numbers in the answers to others, and 5012 in all, are Result-Codes of RFC 6733.
 */
const experimentalCodes: Readonly<Record<number, readonly number[] | 'all'>> = {
  2001: [300],
  2002: [300],
  2003: [302],
  2004: [301],
  2005: [300, 302],
  5001: 'all',
  5002: [300, 301, 303, 306, 307, 308],
  5003: [300, 302],
  5004: [300],
  5005: [301],
  5006: [303],
  5007: [301],
  5008: [305, 307, 309],
  5009: [305],
  5011: 'all',
  4100: 'all',
  4101: 'all',
  5100: 'all',
  5101: 'all',
  5102: 'all',
  5103: 'all',
  5104: 'all',
  5105: 'all',
  5106: 'all',
  5107: 'all',
  5108: 'all',
};

/**
 * The answer of `origin` to a request (RFC 6733 6.2): its session and identifiers, one result code, and what `headers` names
 * by AVP. Undefined: the octets are no request.
 */
export function answerDiameter(
  request: Buffer,
  origin: DiameterOrigin,
  { result, headers = {} }: AnswerAction,
): Buffer | undefined {
  if (request.length < HEADER_OCTETS || request[0] !== 1 || (request[4]! & REQUEST) === 0) return undefined;
  const command = request.readUIntBE(5, 3);
  const application = request.readUInt32BE(8);
  const avps = readableAvps(request);
  const spoken = application === cx.id ? cx : application === sh.id ? sh : undefined;
  const isExperimental = spoken !== undefined && result !== undefined && isExperimentalCode(result, command);
  const flags = (request[4]! & PROXIABLE) | (isProtocolError(result, isExperimental) ? ERROR : 0);
  const ids = { hopByHop: request.readUInt32BE(12), endToEnd: request.readUInt32BE(16) };
  const answer = encode(command, application, flags, ids, (spoken ?? base).errorAnswer, {
    'Session-Id': textOf(avps, sessionId),
    'Vendor-Specific-Application-Id': spoken && { 'Vendor-Id': spoken.vendor, 'Auth-Application-Id': spoken.id },
    'Auth-Session-State': spoken && noStateMaintained,
    'Origin-Host': origin.originHost,
    'Origin-Realm': origin.originRealm,
    'Result-Code': isExperimental ? undefined : result,
    'Experimental-Result': isExperimental ? { 'Vendor-Id': vendor3gpp, 'Experimental-Result-Code': result } : undefined,
    // RFC 6733 6.2: in the order of the request.
    AVP: avps.filter((avp) => avp.vendor === 0 && avp.code === proxyInfo),
  });
  if (Object.keys(headers).length === 0) return answer;
  const changed = changeDiameter(answer, headers);
  if (Buffer.isBuffer(changed)) return changed;
  return 'bytes' in changed ? changed.bytes : answer;
}

function isExperimentalCode(result: number, command: number): boolean {
  const commands = experimentalCodes[result];
  return commands === 'all' || (commands?.includes(command) ?? false);
}

/** RFC 6733 7.1.3: answers with 3xxx have the E bit. */
function isProtocolError(result: number | undefined, isExperimental: boolean): boolean {
  return result !== undefined && !isExperimental && result >= 3000 && result < 4000;
}

/** Who a peer says that it is in the first message of a connection; undefined: it is no Diameter message, or does not say. */
export function readOrigin(bytes: Buffer): DiameterOrigin | undefined {
  if (bytes.length < HEADER_OCTETS || bytes[0] !== 1) return undefined;
  const avps = readableAvps(bytes);
  const host = textOf(avps, originHost);
  const realm = textOf(avps, originRealm);
  return host === undefined || realm === undefined ? undefined : { originHost: host, originRealm: realm };
}

function textOf(avps: readonly RawAvp[], code: number): string | undefined {
  return avps.find((avp) => avp.vendor === 0 && avp.code === code)?.data.toString('utf8');
}
