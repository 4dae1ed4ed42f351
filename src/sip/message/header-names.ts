/**
 * The headers that this project knows by name (SIP-02, SIP-04): spelling, compact form, and whether the grammar is a comma
 * list. Everything else is an extension header: kept, forwarded, found by name, never split.
 */
import { hasAt, lowerCase, octetsOfName } from './characters.js';

/** Identifiers of the headers that the parser checks: the first rows of the table, in its order. */
export const UNKNOWN = 0;
export const VIA = 1;
export const FROM = 2;
export const TO = 3;
export const CALL_ID = 4;
export const CSEQ = 5;
export const MAX_FORWARDS = 6;
export const CONTENT_LENGTH = 7;
export const CONTACT = 8;
export const ROUTE = 9;
export const RECORD_ROUTE = 10;
export const EXPIRES = 11;
/** The highest identifier that the parser checks. */
export const CHECKED_MAX = 11;

type Row = readonly [name: string, grammar?: 'list', compact?: string];

const rows: readonly Row[] = [
  ['Via', 'list', 'v'],
  ['From', undefined, 'f'],
  ['To', undefined, 't'],
  ['Call-ID', undefined, 'i'],
  ['CSeq'],
  ['Max-Forwards'],
  ['Content-Length', undefined, 'l'],
  ['Contact', 'list', 'm'],
  ['Route', 'list'],
  ['Record-Route', 'list'],
  ['Expires'],
  ['Accept', 'list'],
  ['Accept-Contact', 'list', 'a'],
  ['Accept-Encoding', 'list'],
  ['Accept-Language', 'list'],
  ['Accept-Resource-Priority', 'list'],
  ['Alert-Info', 'list'],
  ['Allow', 'list'],
  ['Allow-Events', 'list', 'u'],
  ['Authentication-Info'],
  ['Authorization'],
  ['Call-Info', 'list'],
  ['Content-Disposition'],
  ['Content-Encoding', 'list', 'e'],
  ['Content-Language', 'list'],
  ['Content-Type', undefined, 'c'],
  ['Date'],
  ['Diversion', 'list'],
  ['Error-Info', 'list'],
  ['Event', undefined, 'o'],
  ['Feature-Caps', 'list'],
  ['Flow-Timer'],
  ['Geolocation', 'list'],
  ['Geolocation-Routing'],
  ['History-Info', 'list'],
  ['Identity', undefined, 'y'],
  ['Identity-Info', undefined, 'n'],
  ['In-Reply-To', 'list'],
  ['Join'],
  ['Max-Breadth'],
  ['MIME-Version'],
  ['Min-Expires'],
  ['Min-SE'],
  ['Organization'],
  ['P-Access-Network-Info', 'list'],
  ['P-Answer-State'],
  ['P-Asserted-Identity', 'list'],
  ['P-Asserted-Service'],
  ['P-Associated-URI', 'list'],
  ['P-Called-Party-ID'],
  ['P-Charging-Function-Addresses'],
  ['P-Charging-Vector'],
  ['P-Early-Media', 'list'],
  ['P-Media-Authorization', 'list'],
  ['P-Preferred-Identity', 'list'],
  ['P-Preferred-Service'],
  ['P-Private-Network-Indication'],
  ['P-Profile-Key'],
  ['P-Served-User'],
  ['P-User-Database'],
  ['P-Visited-Network-ID', 'list'],
  ['Path', 'list'],
  ['Priority'],
  ['Privacy'],
  ['Proxy-Authenticate'],
  ['Proxy-Authorization'],
  ['Proxy-Require', 'list'],
  ['RAck'],
  ['Reason', 'list'],
  ['Recv-Info', 'list'],
  ['Refer-Sub'],
  ['Refer-To', undefined, 'r'],
  ['Referred-By', undefined, 'b'],
  ['Reject-Contact', 'list', 'j'],
  ['Replaces'],
  ['Reply-To'],
  ['Request-Disposition', 'list', 'd'],
  ['Require', 'list'],
  ['Resource-Priority', 'list'],
  ['Retry-After'],
  ['RSeq'],
  ['Security-Client', 'list'],
  ['Security-Server', 'list'],
  ['Security-Verify', 'list'],
  ['Server'],
  ['Service-Route', 'list'],
  ['Session-Expires', undefined, 'x'],
  ['Session-ID'],
  ['SIP-ETag'],
  ['SIP-If-Match'],
  ['Subject', undefined, 's'],
  ['Subscription-State'],
  ['Supported', 'list', 'k'],
  ['Target-Dialog'],
  ['Timestamp'],
  ['Unsupported', 'list'],
  ['User-Agent'],
  ['Warning', 'list'],
  ['WWW-Authenticate'],
];

/** All of them as their RFCs spell them. */
export const headerNames: readonly string[] = rows.map(([name]) => name);

const canonicalNames: readonly string[] = ['', ...headerNames];
const lowerNames: readonly Uint8Array[] = canonicalNames.map((name) => octetsOfName(name.toLowerCase()));
/** All canonical names in one row: most lines are spelled so, and the comparison needs no folding. */
const spellings = octetsOfName(canonicalNames.join(''));
const spellingStarts = new Uint16Array(rows.length + 2);
canonicalNames.forEach((name, id) => {
  spellingStarts[id + 1] = spellingStarts[id]! + name.length;
});
const listHeaders = Uint8Array.from(['', ...rows.map(([, grammar]) => grammar)], (grammar) =>
  grammar === 'list' ? 1 : 0,
);
const idsByName = new Map<string, number>();
const compactIds = new Uint8Array(256);
const buckets = new Uint8Array(512);
const nextInBucket = new Uint8Array(rows.length + 1);

rows.forEach(([name, , compact], row) => {
  const id = row + 1;
  const lower = lowerNames[id]!;
  idsByName.set(name, id).set(name.toLowerCase(), id);
  if (compact !== undefined) {
    idsByName.set(compact, id).set(compact.toUpperCase(), id);
    compactIds[compact.charCodeAt(0)] = id;
    compactIds[compact.toUpperCase().charCodeAt(0)] = id;
  }
  const bucket = bucketOf(lower, 0, lower.length);
  nextInBucket[id] = buckets[bucket]!;
  buckets[bucket] = id;
});

function bucketOf(octets: Uint8Array, start: number, length: number): number {
  const first = octets[start]! | 32;
  const middle = octets[start + (length >> 1)]! | 32;
  const last = octets[start + length - 1]! | 32;
  return (length * 37 + first * 7 + middle * 11 + last * 3) & 511;
}

/** The identifier of the header name in the span, compact forms included; `UNKNOWN` for an extension header. */
export function headerIdAt(octets: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length <= 1) return length === 1 ? compactIds[octets[start]!]! : UNKNOWN;
  for (let id = buckets[bucketOf(octets, start, length)]!; id !== 0; id = nextInBucket[id]!) {
    const spellingStart = spellingStarts[id]!;
    if (spellingStarts[id + 1]! - spellingStart !== length) continue;
    let i = 0;
    while (i < length && octets[start + i] === spellings[spellingStart + i]) i++;
    if (i === length || hasAt(octets, start, lowerNames[id]!)) return id;
  }
  return UNKNOWN;
}

/** The identifier of a header name in any case or compact; `UNKNOWN` for an extension header. */
export function headerId(name: string): number {
  return idsByName.get(name) ?? idsByName.get(lowerCase(name)) ?? UNKNOWN;
}

/** Headers that this project knows, to be looked for all at once. */
export class HeaderSet {
  private readonly members = new Uint8Array(canonicalNames.length);

  constructor(names: readonly string[]) {
    for (const name of names) {
      const id = headerId(name);
      if (id === UNKNOWN) throw new TypeError(`${name} is an extension header`);
      this.members[id] = 1;
    }
  }

  has(id: number): boolean {
    return this.members[id] === 1;
  }
}

/** The name as its RFC spells it; an extension header's name as it was given. */
export function canonicalName(name: string, id = headerId(name)): string {
  return id === UNKNOWN ? name : canonicalNames[id]!;
}

/** A line of this header may hold several values, separated by commas (SIP-04). */
export function isListHeader(id: number): boolean {
  return listHeaders[id] === 1;
}
