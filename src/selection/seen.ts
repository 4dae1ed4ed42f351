/** The messages that fields are read from, parsed once for all who ask about the same one. */
import type { DissectedMessage } from '../diameter/index.js';
import { SipRequest, SipResponse } from '../sip/index.js';
import { decimal, skip, TOKEN } from '../sip/message/characters.js';
import { indexHeaders, ScanFailure } from '../sip/message/header-index.js';
import { withCrlf } from '../sip/message/parse.js';
import { dissected, readDiameter } from './diameter-field.js';
import { type FieldPath, parseFieldPath } from './field-path.js';
import type { SeenMessage } from './pattern.js';
import { readSip } from './sip-field.js';

const LINES_MAX = 4_096;

/** The last one that somebody asked about: patterns and fields of a run all ask about the same message in a row. */
let lastSeen: SeenMessage | undefined;
let lastSip: SipRequest | SipResponse | undefined;
let lastDiameter: DissectedMessage | undefined;

function take(seen: SeenMessage): void {
  if (lastSeen === seen) return;
  lastSeen = seen;
  lastSip = seen.protocol === 'sip' ? readMessage(seen.bytes) : undefined;
  lastDiameter = seen.protocol === 'diameter' ? dissected(seen.bytes) : undefined;
}

/** Undefined: its first line is that of no SIP message. */
export function sipOf(seen: SeenMessage): SipRequest | SipResponse | undefined {
  take(seen);
  return lastSip;
}

/**
 * The message as far as it can be read: a pattern is asked about messages that no element would take, too, so nothing but the
 * first line is checked.
 */
export function readMessage(bytes: Buffer): SipRequest | SipResponse | undefined {
  let text = bytes.toString('latin1', firstOctet(bytes));
  let octets = Buffer.from(text, 'latin1');
  let lf = text.indexOf('\n');
  if (lf < 0) return undefined;
  let index = octets[lf - 1] === 0x0d ? indexHeaders(text, octets, lf + 1, LINES_MAX) : undefined;
  if (index === undefined || (index instanceof ScanFailure && index.cause === 'loneLineFeed')) {
    text = withCrlf(text);
    octets = Buffer.from(text, 'latin1');
    lf = text.indexOf('\n');
    index = indexHeaders(text, octets, lf + 1, LINES_MAX);
  }
  const lines = index instanceof ScanFailure ? index.index : index;
  const line = text.slice(0, lf - 1);
  if (/^sip\//i.test(line)) {
    const status = decimal(octets, 8, 11, 699);
    return status < 100 ? undefined : new SipResponse(lines, status, line.slice(12));
  }
  const methodEnd = skip(TOKEN, octets, 0, lf - 1);
  const version = line.lastIndexOf(' ');
  if (methodEnd === 0 || version <= methodEnd) return undefined;
  return new SipRequest(lines, line.slice(0, methodEnd), line.slice(methodEnd + 1, version));
}

/** RFC 3261 7.5: line ends before the start line are no part of it. */
export function firstOctet(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === 0x0d || bytes[at] === 0x0a) at++;
  return at;
}

/** What a matcher is compared with: the values, and of numbers that have names those, too. */
export function comparable(seen: SeenMessage, path: FieldPath): readonly string[] {
  take(seen);
  if (lastSip !== undefined) return readSip(lastSip, path);
  if (lastDiameter === undefined) return [];
  const { values, meanings } = readDiameter(lastDiameter, path);
  return meanings.length === 0 ? values : [...values, ...meanings];
}

export function valuesAt(seen: SeenMessage, path: FieldPath): readonly string[] {
  take(seen);
  if (lastSip !== undefined) return readSip(lastSip, path);
  return lastDiameter === undefined ? [] : readDiameter(lastDiameter, path).values;
}

/** All values of a field; empty: it is not there. Throws PatternError for what is no path. */
export function readField(seen: SeenMessage, path: string): readonly string[] {
  return valuesAt(seen, parseFieldPath(path));
}
