/**
 * What routing looks at in messages whose application need not be known (RFC 6733 6.1): read from their octets at the top
 * level, and changed there.
 */

import { headerLength } from '../codec/decode.js';
import { msisdnDigits } from '../codec/msisdn.js';
import { avpEnd, dataOffset, readRawAvp } from '../codec/view.js';
import type { RawAvp } from '../dictionaries/application.js';
import { vendor3gpp } from '../dictionaries/cx.dictionary.js';
import { sameHost } from './local-node.js';

export interface RoutingAvps {
  readonly application: number;
  sessionId: string | undefined;
  originHost: string | undefined;
  destinationHost: string | undefined;
  destinationRealm: string | undefined;
  readonly routeRecords: string[];
  /** User-Name. */
  userName: string | undefined;
  /**
   * Public-Identity of 3GPP's applications, the first; that of Sh stands inside User-Identity, where MSISDN may stand for it:
   * then its tel URI.
   */
  publicIdentity: string | undefined;
}

const nothing = Buffer.alloc(0);
const codes = { proxyHost: 280, routeRecord: 282, proxyInfo: 284 } as const;
const publicIdentityCode = 601;
const msisdnCode = 701;
const userIdentityCode = 700;

type TextAvp = 'sessionId' | 'originHost' | 'destinationHost' | 'destinationRealm' | 'userName';

const texts: Readonly<Record<number, TextAvp | undefined>> = {
  1: 'userName',
  263: 'sessionId',
  264: 'originHost',
  283: 'destinationRealm',
  293: 'destinationHost',
};

/** Calls `visit` with where each AVP between two offsets begins. False: one does not fit. */
function eachAvp(bytes: Buffer, start: number, end: number, visit: (at: number) => void): boolean {
  let at = start;
  while (at < end) {
    if (end - at < 8) return false;
    const next = avpEnd(bytes, at);
    if (next < dataOffset(bytes, at) || next > end) return false;
    visit(at);
    at = (next + 3) & ~3;
  }
  return true;
}

function vendorOf(bytes: Buffer, at: number): number {
  return dataOffset(bytes, at) === at + 12 ? bytes.readUInt32BE(at + 8) : 0;
}

function textOf(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', dataOffset(bytes, at), avpEnd(bytes, at));
}

/** Undefined: its AVPs do not fit. Of an AVP that is there twice the first counts. */
export function readRouting(bytes: Buffer): RoutingAvps | undefined {
  const found: RoutingAvps = {
    application: bytes.readUInt32BE(8),
    sessionId: undefined,
    originHost: undefined,
    destinationHost: undefined,
    destinationRealm: undefined,
    routeRecords: [],
    userName: undefined,
    publicIdentity: undefined,
  };
  const visitIdentity = (at: number): void => {
    if (vendorOf(bytes, at) !== vendor3gpp) return;
    const code = bytes.readUInt32BE(at);
    if (code === publicIdentityCode) found.publicIdentity ??= textOf(bytes, at);
    else if (code === msisdnCode) {
      found.publicIdentity ??= `tel:+${msisdnDigits(bytes.subarray(dataOffset(bytes, at), avpEnd(bytes, at)))}`;
    } else if (code === userIdentityCode) eachAvp(bytes, dataOffset(bytes, at), avpEnd(bytes, at), visitIdentity);
  };
  const isWhole = eachAvp(bytes, headerLength, bytes.length, (at) => {
    if (vendorOf(bytes, at) !== 0) {
      visitIdentity(at);
      return;
    }
    const code = bytes.readUInt32BE(at);
    const name = texts[code];
    if (name !== undefined) found[name] ??= textOf(bytes, at);
    else if (code === codes.routeRecord) found.routeRecords.push(textOf(bytes, at));
  });
  return isWhole ? found : undefined;
}

/** Where the first AVP begins that does not fit; the end where all do. */
export function firstUnfit(bytes: Buffer): number {
  let at = headerLength;
  eachAvp(bytes, headerLength, bytes.length, (fit) => {
    at = paddedEnd(bytes, fit);
  });
  return at;
}

/** The first AVP of the base protocol with the code. */
function findAvp(bytes: Buffer, code: number): RawAvp | undefined {
  let found: RawAvp | undefined;
  eachAvp(bytes, headerLength, bytes.length, (at) => {
    if (found === undefined && vendorOf(bytes, at) === 0 && bytes.readUInt32BE(at) === code) {
      found = readRawAvp(bytes, at);
    }
  });
  return found;
}

export function unsignedAvp(bytes: Buffer, code: number): number | undefined {
  const avp = findAvp(bytes, code);
  return avp?.data.length === 4 ? avp.data.readUInt32BE(0) : undefined;
}

/** All texts of an AVP of the base protocol. */
export function textAvps(bytes: Buffer, code: number): readonly string[] {
  const found: string[] = [];
  eachAvp(bytes, headerLength, bytes.length, (at) => {
    if (vendorOf(bytes, at) === 0 && bytes.readUInt32BE(at) === code) found.push(textOf(bytes, at));
  });
  return found;
}

/** An AVP of the base protocol with the M bit, padded. */
function encodeAvp(code: number, data: Buffer): Buffer {
  const bytes = Buffer.alloc((8 + data.length + 3) & ~3);
  bytes.writeUInt32BE(code, 0);
  bytes.writeUInt32BE(((0x40 << 24) | (8 + data.length)) >>> 0, 4);
  data.copy(bytes, 8);
  return bytes;
}

export function routeRecord(host: string): Buffer {
  return encodeAvp(codes.routeRecord, Buffer.from(host, 'utf8'));
}

const proxyStateCode = 33;

/** RFC 6733 6.7.2. */
export function proxyInfo(host: string, state: Buffer): Buffer {
  const members = [encodeAvp(codes.proxyHost, Buffer.from(host, 'utf8')), encodeAvp(proxyStateCode, state)];
  return encodeAvp(codes.proxyInfo, Buffer.concat(members));
}

/** The message with AVPs behind its own, which stay as they are. */
export function withAvps(bytes: Buffer, avps: readonly Buffer[]): Buffer {
  return withLength(Buffer.concat([bytes, ...avps]));
}

/** The message without the last Proxy-Info of `host` (RFC 6733 6.2.1); undefined where there is none. */
export function withoutProxyInfo(bytes: Buffer, host: string): Buffer | undefined {
  let last = -1;
  eachAvp(bytes, headerLength, bytes.length, (at) => {
    if (!isProxyInfo(bytes, at)) return;
    eachAvp(bytes, dataOffset(bytes, at), avpEnd(bytes, at), (inner) => {
      if (bytes.readUInt32BE(inner) === codes.proxyHost && sameHost(textOf(bytes, inner), host)) last = at;
    });
  });
  if (last < 0) return undefined;
  return withLength(Buffer.concat([bytes.subarray(0, last), bytes.subarray(paddedEnd(bytes, last))]));
}

/** Its AVPs Proxy-Info as they stand, one after the other. */
export function proxyInfosOf(bytes: Buffer): Buffer {
  const found: Buffer[] = [];
  eachAvp(bytes, headerLength, bytes.length, (at) => {
    if (isProxyInfo(bytes, at)) found.push(bytes.subarray(at, paddedEnd(bytes, at)));
  });
  return found.length === 0 ? nothing : Buffer.concat(found);
}

/** The message with these in the place of its own (RFC 6733 6.2): itself where that changes nothing. */
export function withProxyInfos(bytes: Buffer, proxyInfos: Buffer): Buffer {
  const kept: Buffer[] = [];
  let from = 0;
  eachAvp(bytes, headerLength, bytes.length, (at) => {
    if (!isProxyInfo(bytes, at)) return;
    kept.push(bytes.subarray(from, at));
    from = paddedEnd(bytes, at);
  });
  if (from === 0 && proxyInfos.length === 0) return bytes;
  return withLength(Buffer.concat([...kept, bytes.subarray(from), proxyInfos]));
}

function isProxyInfo(bytes: Buffer, at: number): boolean {
  return bytes.readUInt32BE(at) === codes.proxyInfo && vendorOf(bytes, at) === 0;
}

function paddedEnd(bytes: Buffer, at: number): number {
  return (avpEnd(bytes, at) + 3) & ~3;
}

function withLength(bytes: Buffer): Buffer {
  bytes.writeUIntBE(bytes.length, 1, 3);
  return bytes;
}
