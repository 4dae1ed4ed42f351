/** Via (RFC 3261 20.42, RFC 3581): the hop a request took, and the way back. */
import { octetsOf, parseDecimal, skip, skipSpace, TOKEN } from './characters.js';
import { canonicalIpv6, hostOf } from './ipv6.js';
import { type Parameters, readParameters, scanParameters, WatchedParameter } from './parameters.js';
import { scanHost, scanPort, uriSpans } from './uri-scan.js';

export interface Via {
  /** `UDP`, `TCP`, `TLS`, `SCTP` or another token, upper case. */
  readonly transport: string;
  /** sent-by host: lower case, IPv6 without brackets in its shortest form. */
  readonly host: string;
  readonly port?: number | undefined;
  readonly branch?: string | undefined;
  /** Without brackets, whichever way it was written (RFC 5118 4.5). */
  readonly received?: string | undefined;
  /** `true` when asked for and not yet filled in (RFC 3581 3). */
  readonly rport?: number | true | undefined;
  /** Where a response goes instead (RFC 3261 18.2.2). */
  readonly maddr?: string | undefined;
  /** Names lower case, quoted values unquoted. */
  readonly parameters: Parameters;
  /** The whole value as received (unfolded). */
  readonly text: string;
}

/** Found by the last `scanVia`. */
export const branchParameter = new WatchedParameter('branch');
const receivedParameter = new WatchedParameter('received');
const rportParameter = new WatchedParameter('rport');
const maddrParameter = new WatchedParameter('maddr');
/** For who wants no more of a Via. */
export const branchAlone: readonly WatchedParameter[] = [branchParameter];
const watched: readonly WatchedParameter[] = [branchParameter, receivedParameter, rportParameter, maddrParameter];

/** Offsets found by the last successful `scanVia`. */
const spans = { transportStart: 0, transportEnd: 0, hostStart: 0, hostEnd: 0, port: 0, parametersStart: 0 };

/**
 * Scans one value. Returns the offset of the comma after it or `end`, or the complement of the fault's offset. The parameters
 * that are `wanted` then tell of themselves, `branchParameter` among them.
 */
export function scanVia(octets: Uint8Array, start: number, end: number, wanted = watched): number {
  let pos = skipSpace(octets, start, end);
  for (let slash = 0; ; slash++) {
    const tokenStart = pos;
    pos = skip(TOKEN, octets, pos, end);
    if (pos === tokenStart) return ~pos;
    if (slash === 2) {
      spans.transportStart = tokenStart;
      spans.transportEnd = pos;
      break;
    }
    pos = skipSpace(octets, pos, end);
    if (pos >= end || octets[pos] !== 0x2f) return ~pos;
    pos = skipSpace(octets, pos + 1, end);
  }
  const hostStart = skipSpace(octets, pos, end);
  if (hostStart === pos) return ~pos;
  pos = scanSentBy(octets, hostStart, end);
  if (pos < 0) return pos;
  spans.parametersStart = pos;
  return scanParameters(octets, pos, end, wanted);
}

/** host [ COLON port ], white space around the colon (SIP-03). */
function scanSentBy(octets: Uint8Array, start: number, end: number): number {
  const hostEnd = scanHost(octets, start, end);
  if (hostEnd < 0) return hostEnd;
  spans.hostStart = uriSpans.hostStart;
  spans.hostEnd = uriSpans.hostEnd;
  spans.port = 0;
  const colon = skipSpace(octets, hostEnd, end);
  if (colon >= end || octets[colon] !== 0x3a) return hostEnd;
  const pos = scanPort(octets, skipSpace(octets, colon + 1, end), end);
  if (pos >= 0) spans.port = uriSpans.port;
  return pos;
}

/** Most readers want no more than branch, received, rport and maddr: a table of all parameters is made for those that do. */
class ReadVia implements Via {
  private table: Parameters | undefined = undefined;

  // All of one shape, present or not: what reads them stays fast.
  constructor(
    readonly transport: string,
    readonly host: string,
    readonly port: number | undefined,
    readonly branch: string | undefined,
    readonly received: string | undefined,
    readonly rport: number | true | undefined,
    readonly maddr: string | undefined,
    readonly text: string,
    private readonly parametersStart: number,
  ) {}

  get parameters(): Parameters {
    this.table ??= readParameters(this.text, octetsOf(this.text), this.parametersStart);
    return this.table;
  }
}

/** The value that the text is (one value), or undefined when it is none. */
export function parseVia(text: string): Via | undefined {
  const octets = octetsOf(text);
  return scanVia(octets, 0, text.length) === text.length ? readVia(text, 0, text.length) : undefined;
}

/** The value in a span of the text, from the scan of its octets that has just succeeded. */
export function readVia(whole: string, start: number, end: number): Via {
  const { transportStart, transportEnd, hostStart, hostEnd, port, parametersStart } = spans;
  const rport = rportParameter.valueIn(whole);
  const received = textOf(receivedParameter, whole);
  return new ReadVia(
    transportOf(whole.slice(transportStart, transportEnd)),
    hostOf(whole, hostStart, hostEnd),
    port === 0 ? undefined : port,
    textOf(branchParameter, whole),
    received === undefined ? undefined : withoutBrackets(received),
    rport === undefined ? undefined : readPort(rport),
    textOf(maddrParameter, whole),
    whole.slice(start, end),
    parametersStart - start,
  );
}

function textOf(parameter: WatchedParameter, text: string): string | undefined {
  const value = parameter.valueIn(text);
  return value === true ? undefined : value;
}

function transportOf(token: string): string {
  return token === 'UDP' || token === 'TCP' ? token : token.toUpperCase();
}

function readPort(rport: string | true): number | true {
  return rport === true ? true : parseDecimal(rport, 65_535) || true;
}

function withoutBrackets(address: string): string {
  const plain = address.charCodeAt(0) === 0x5b && address.endsWith(']') ? address.slice(1, -1) : address;
  return plain.includes(':') ? (canonicalIpv6(plain) ?? plain) : plain;
}
