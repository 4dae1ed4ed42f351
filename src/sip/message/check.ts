/**
 * The verdict on the headers that every element needs (SIP-08, SIP-09, SIP-10, SIP-11): there, once, well formed, in range
 * and of one mind. Nothing is built while checking but the topmost Via, which every element reads next.
 */
import { DIGIT, decimal, hasAt, isOf, octetsOfName, skip, skipSpace, TOKEN, trimEnd, WORD } from './characters.js';
import type { HeaderIndex } from './header-index.js';
import {
  CALL_ID,
  CHECKED_MAX,
  CONTACT,
  CONTENT_LENGTH,
  CSEQ,
  EXPIRES,
  FROM,
  MAX_FORWARDS,
  RECORD_ROUTE,
  ROUTE,
  TO,
  UNKNOWN,
  VIA,
} from './header-names.js';
import type { Limits } from './limits.js';
import { scanAddress, tagParameter } from './name-address.js';
import { branchAlone, branchParameter, readVia, scanVia, type Via } from './via.js';

export interface Fault {
  readonly reason: string;
  readonly offset: number;
  /** The answer to a request; undefined: none. */
  readonly status: number | undefined;
  readonly rule: string;
}

/** The methods that this project knows; the CSeq of others is answered 501 (RFC 4475 3.1.2.18). */
const methods = new Set(
  'INVITE ACK BYE CANCEL OPTIONS REGISTER PRACK SUBSCRIBE NOTIFY PUBLISH INFO REFER MESSAGE UPDATE'.split(' '),
);

const cookie = octetsOfName('z9hg4bk');

/** What each checked header is called in a fault, and the rule it falls under. */
const checked: readonly (readonly [name: string, rule: string])[] = [
  ['', ''],
  ['Via', 'RFC 3261 20.42'],
  ['From', 'RFC 3261 20.20'],
  ['To', 'RFC 3261 20.39'],
  ['Call-ID', 'RFC 3261 20.8'],
  ['CSeq', 'SIP-09'],
  ['Max-Forwards', 'SIP-09'],
  ['Content-Length', 'SIP-10'],
  ['Contact', 'RFC 3261 20.10'],
  ['Route', 'RFC 3261 20.34'],
  ['Record-Route', 'RFC 3261 20.30'],
  ['Expires', 'SIP-09'],
];

interface Seen {
  /** The first of each header, by identifier; -1: there is none. */
  readonly lines: Int32Array;
  topVia: Via | undefined;
  viaCount: number;
  hasCookie: boolean;
  hasFromTag: boolean;
  contentLength: number;
}

/** What one pass over the lines leaves behind; reused, since checks never nest. */
const seen: Seen = {
  lines: new Int32Array(CHECKED_MAX + 1),
  topVia: undefined,
  viaCount: 0,
  hasCookie: false,
  hasFromTag: false,
  contentLength: -1,
};

/**
 * Checks the headers of a request (`method` given) or response; `octets` are those of the text. Returns the offset of the
 * end of the message, or what is wrong with it.
 */
export function checkHeaders(
  index: HeaderIndex,
  octets: Uint8Array,
  method: string | undefined,
  isStream: boolean,
  limits: Limits,
): Fault | number {
  const { lines } = seen;
  // `fill` goes into the runtime.
  for (let id = 0; id < lines.length; id++) lines[id] = -1;
  seen.topVia = undefined;
  seen.viaCount = 0;
  seen.hasCookie = false;
  seen.hasFromTag = false;
  seen.contentLength = -1;
  const last = method === undefined ? CONTENT_LENGTH : CHECKED_MAX;
  for (let line = 0; line < index.count; line++) {
    const id = index.id(line);
    if (id === UNKNOWN || id > last || (id === MAX_FORWARDS && method === undefined)) continue;
    if (lines[id] !== -1 && id >= FROM && id <= CONTENT_LENGTH) {
      return fault(`${checked[id]![0]} is there twice`, index.lineStart(line), 'SIP-08');
    }
    const offset = faultInValue(index, octets, line, id);
    if (offset !== -1) return fault(`${checked[id]![0]} is malformed`, offset, checked[id]![1]);
    if (lines[id] === -1) lines[id] = line;
    if (seen.viaCount > limits.viaCountMax)
      return { reason: 'too many Via', offset: index.lineStart(line), status: 513, rule: 'SIP-11' };
  }
  return faultInPresence(index, method) ?? messageEnd(index, isStream);
}

/** Of the message that was checked last. */
export function checkedTopVia(): Via | undefined {
  return seen.topVia;
}

function fault(reason: string, offset: number, rule: string): Fault {
  return { reason, offset, status: 400, rule };
}

/** Offset of the fault in the line's value, or -1. */
function faultInValue(index: HeaderIndex, octets: Uint8Array, line: number, id: number): number {
  const start = index.valueStart(line);
  const isFirst = seen.lines[id] === -1;
  if (!index.isFolded(line)) return checkValue(id, index.text, octets, start, index.valueEnd(line), isFirst);
  const value = index.value(line);
  return checkValue(id, value, Buffer.from(value, 'latin1'), 0, value.length, isFirst) === -1 ? -1 : start;
}

/** `octets` are those of the text. */
function checkValue(
  id: number,
  text: string,
  octets: Uint8Array,
  start: number,
  end: number,
  isFirst: boolean,
): number {
  switch (id) {
    case VIA:
      return isFirst ? checkTopVia(text, octets, start, end) : checkVias(octets, start, end);
    case FROM:
    case TO: {
      const stop = scanAddress(octets, start, end);
      if (id === FROM) seen.hasFromTag = tagParameter.start !== -1;
      return stop === end ? -1 : position(stop);
    }
    case CALL_ID:
      return start < end && skip(WORD, octets, start, end) === end ? -1 : start;
    case CSEQ:
      return checkCSeq(octets, start, end);
    case MAX_FORWARDS:
      return decimal(octets, start, end, 255) === -1 ? start : -1;
    case CONTENT_LENGTH:
      seen.contentLength = decimal(octets, start, end, 0x7fff_ffff);
      return seen.contentLength === -1 ? start : -1;
    case CONTACT:
      return end - start === 1 && octets[start] === 0x2a ? -1 : checkAddresses(octets, start, end);
    case ROUTE:
    case RECORD_ROUTE:
      return checkAddresses(octets, start, end);
    case EXPIRES:
      return decimal(octets, start, end, 0xffff_ffff) === -1 ? start : -1;
    default:
      return -1;
  }
}

function position(stop: number): number {
  return stop < 0 ? ~stop : stop;
}

function checkAddresses(octets: Uint8Array, start: number, end: number): number {
  for (let pos = start; ; pos++) {
    pos = scanAddress(octets, pos, end);
    if (pos < 0) return ~pos;
    if (pos === end) return -1;
  }
}

function checkTopVia(text: string, octets: Uint8Array, start: number, end: number): number {
  const stop = scanVia(octets, start, end);
  if (stop < 0) return ~stop;
  countVia(octets);
  // RFC 4475 3.2.1: the cookie alone is no branch.
  if (seen.hasCookie && branchParameter.end - branchParameter.start === cookie.length) return branchParameter.start;
  seen.topVia = readVia(text, start, trimEnd(octets, start, stop));
  return stop === end ? -1 : checkVias(octets, stop + 1, end);
}

function checkVias(octets: Uint8Array, start: number, end: number): number {
  for (let pos = start; ; pos++) {
    pos = scanVia(octets, pos, end, branchAlone);
    if (pos < 0) return ~pos;
    countVia(octets);
    if (pos === end) return -1;
  }
}

/** Of the Via that was scanned last. */
function countVia(octets: Uint8Array): void {
  seen.viaCount++;
  // The last Via is that of the sender: without the cookie it is one of RFC 2543.
  seen.hasCookie = branchParameter.start !== -1 && hasAt(octets, branchParameter.start, cookie);
}

/** 1*DIGIT LWS Method. */
function checkCSeq(octets: Uint8Array, start: number, end: number): number {
  const digitsEnd = skip(DIGIT, octets, start, end);
  if (decimal(octets, start, digitsEnd, 0x7fff_ffff) === -1) return start; // SIP-09
  const methodStart = skipSpace(octets, digitsEnd, end);
  if (methodStart === digitsEnd || methodStart === end) return digitsEnd;
  const stop = skip(TOKEN, octets, methodStart, end);
  return stop === end ? -1 : stop;
}

/** SIP-08: mandatory headers, the tag of From, the method of CSeq. */
function faultInPresence(index: HeaderIndex, method: string | undefined): Fault | undefined {
  const { lines } = seen;
  for (let id = VIA; id <= CSEQ; id++) {
    if (lines[id] === -1) return fault(`${checked[id]![0]} is missing`, index.end, 'SIP-08');
  }
  if (method === undefined) return undefined;
  // A sender of RFC 2543 (no cookie) needs no tag.
  if (seen.hasCookie && !seen.hasFromTag) return fault('From has no tag', index.valueStart(lines[FROM]!), 'SIP-08');
  const methodStart = index.valueEnd(lines[CSEQ]!) - method.length;
  const isSame = index.text.startsWith(method, methodStart) && !isOf(TOKEN, index.text.charCodeAt(methodStart - 1));
  if (isSame) return undefined;
  return { ...fault('CSeq has another method', methodStart, 'SIP-08'), status: methods.has(method) ? 400 : 501 };
}

/** SIP-10: where the body ends. */
function messageEnd(index: HeaderIndex, isStream: boolean): Fault | number {
  const bodyStart = index.end + 2;
  const { contentLength } = seen;
  if (contentLength === -1) {
    return isStream ? fault('Content-Length is missing', index.end, 'SIP-10') : index.text.length;
  }
  const end = bodyStart + contentLength;
  if (end > index.text.length) {
    return fault('Content-Length is larger than the body', index.valueStart(seen.lines[CONTENT_LENGTH]!), 'SIP-10');
  }
  return end;
}
