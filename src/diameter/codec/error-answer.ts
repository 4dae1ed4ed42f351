/** Answers that report a fault, made from the request's octets because it may not be decodable (RFC 6733 6.2, 7.2). */
import type { RawAvp } from '../dictionaries/application.js';
import type { CompiledApplication } from './compiled-application.js';
import { flag, headerLength, readHeader } from './decode.js';
import { encode } from './encode.js';
import { avpEnd, dataOffset, readRawAvp } from './view.js';

const sessionIdCode = 263;
const proxyInfoCode = 284;
const noStateMaintained = 1;

export interface Failure {
  readonly resultCode: number;
  readonly failedAvp?: RawAvp | undefined;
  /** Error-Message, for a person. */
  readonly reason?: string | undefined;
  /** The result is that vendor's, in Experimental-Result (RFC 6733 7.6). */
  readonly vendor?: number | undefined;
  /** Of 3006 (RFC 6733 6.12 to 6.14). */
  readonly redirect?: RedirectAvps | undefined;
}

export interface RedirectAvps {
  /** Redirect-Host: DiameterURIs, the first preferred. */
  readonly hosts: readonly string[];
  /** Redirect-Host-Usage; DONT_CACHE where absent. */
  readonly usage?: number | undefined;
  /** Redirect-Max-Cache-Time, s. */
  readonly cacheSeconds?: number | undefined;
}

export interface AnswerOrigin {
  readonly originHost: string;
  readonly originRealm: string;
}

/** The top-level AVPs of a message up to the first that cannot be found. */
export function readableAvps(bytes: Buffer): RawAvp[] {
  const avps: RawAvp[] = [];
  let at = headerLength;
  while (bytes.length - at >= 8) {
    const dataAt = dataOffset(bytes, at);
    const end = avpEnd(bytes, at);
    if (end < dataAt || end > bytes.length) break;
    avps.push(readRawAvp(bytes, at));
    at = (end + 3) & ~3;
  }
  return avps;
}

/**
 * RFC 6733 7.2. E is set with 3xxx and never otherwise (7.1.3, 7.1.5). `application` is the base protocol's where the
 * request's own is not known.
 */
export function encodeErrorAnswer(
  request: Buffer,
  application: CompiledApplication,
  origin: AnswerOrigin,
  failure: Failure,
): Buffer {
  const header = readHeader(request);
  const avps = readableAvps(request);
  const sessionId = avps.find((avp) => avp.vendor === 0 && avp.code === sessionIdCode);
  const { resultCode, vendor, redirect } = failure;
  const isProtocolError = vendor === undefined && resultCode >= 3000 && resultCode < 4000;
  const flags = (header.flags & flag.proxiable) | (isProtocolError ? flag.error : 0);
  const isVendorSpecific = application.vendor !== 0;
  return encode(header.command, header.application, flags, header, application.errorAnswer, {
    'Session-Id': sessionId?.data.toString('utf8'),
    'Vendor-Specific-Application-Id': isVendorSpecific
      ? { 'Vendor-Id': application.vendor, 'Auth-Application-Id': application.id }
      : undefined,
    'Auth-Session-State': isVendorSpecific ? noStateMaintained : undefined,
    'Origin-Host': origin.originHost,
    'Origin-Realm': origin.originRealm,
    'Result-Code': vendor === undefined ? resultCode : undefined,
    'Experimental-Result':
      vendor === undefined ? undefined : { 'Vendor-Id': vendor, 'Experimental-Result-Code': resultCode },
    'Redirect-Host': redirect?.hosts,
    'Redirect-Host-Usage': redirect?.usage,
    'Redirect-Max-Cache-Time': redirect?.cacheSeconds,
    'Error-Message': failure.reason,
    'Failed-AVP': failure.failedAvp === undefined ? undefined : [{ AVP: [failure.failedAvp] }],
    // RFC 6733 6.2: in the order of the request.
    AVP: avps.filter((avp) => avp.vendor === 0 && avp.code === proxyInfoCode),
  });
}
