/** name-addr and addr-spec with header parameters (RFC 3261 20.10, 25.1; SIP-06): From, To, Contact, Route and their kin. */
import { isOf, octetsOf, skip, skipSpace, TOKEN, trimEnd } from './characters.js';
import { type Parameters, readParameters, scanParameters, skipQuoted, WatchedParameter } from './parameters.js';
import { unquote } from './text.js';
import { readUri, type Uri } from './uri.js';
import { scanUri } from './uri-scan.js';

export interface NameAddress {
  /** Unquoted octets; `decodeUtf8` for display. */
  readonly displayName?: string | undefined;
  readonly uri: Uri;
  /** Header parameters: names lower case, quoted values unquoted. */
  readonly parameters: Parameters;
  /** The whole value as received (unfolded). */
  readonly text: string;
}

/** Of From and To: found by the last `scanAddress`. */
export const tagParameter = new WatchedParameter('tag');
const watched: readonly WatchedParameter[] = [tagParameter];

/** Offsets found by the last successful `scanAddress`. */
const spans = { displayEnd: 0, uriStart: 0, uriEnd: 0, parametersStart: 0 };

/**
 * Scans one value. Returns the offset of the comma after it or `end`, or the complement of the fault's offset.
 * `tagParameter` then tells of the tag.
 */
export function scanAddress(octets: Uint8Array, start: number, end: number): number {
  const pos = skipSpace(octets, start, end);
  if (pos === end) return ~pos;
  const code = octets[pos]!;
  let laquot = pos;
  if (code === 0x22) {
    const close = skipQuoted(octets, pos, end);
    if (close === pos) return ~pos;
    laquot = skipSpace(octets, close, end);
    if (octets[laquot] !== 0x3c || laquot >= end) return ~laquot;
  } else if (code !== 0x3c) {
    laquot = skipDisplayTokens(octets, pos, end);
  }
  spans.displayEnd = laquot;
  if (laquot < end && octets[laquot] === 0x3c) {
    const stop = scanUri(octets, laquot + 1, end);
    if (stop < 0) return stop;
    if (stop === end || octets[stop] !== 0x3e) return ~stop;
    spans.uriStart = laquot + 1;
    spans.uriEnd = stop;
    spans.parametersStart = stop + 1;
  } else {
    // SIP-06: without <> the URI ends at the first `;`, `,` or white space, and may not hold a `?`.
    const uriEnd = endOfBareUri(octets, pos, end);
    if (uriEnd < 0) return uriEnd;
    const stop = scanUri(octets, pos, uriEnd);
    if (stop !== uriEnd) return stop < 0 ? stop : ~stop;
    spans.displayEnd = pos;
    spans.uriStart = pos;
    spans.uriEnd = uriEnd;
    spans.parametersStart = uriEnd;
  }
  return scanParameters(octets, spans.parametersStart, end, watched);
}

/** *(token LWS) before `<`; anything else is not a display name and leaves the position where it was. */
function skipDisplayTokens(octets: Uint8Array, start: number, end: number): number {
  let pos = start;
  while (pos < end && isOf(TOKEN, octets[pos]!)) pos = skipSpace(octets, skip(TOKEN, octets, pos, end), end);
  return pos < end && octets[pos] === 0x3c ? pos : start;
}

function endOfBareUri(octets: Uint8Array, start: number, end: number): number {
  let pos = start;
  for (; pos < end; pos++) {
    const code = octets[pos]!;
    if (code === 0x3b || code === 0x2c || code === 0x20 || code === 0x09) break;
    if (code === 0x3f) return ~pos;
  }
  return pos;
}

/** The tag of a value of From or To, for who wants nothing else of it; undefined also where the text is no such value. */
export function tagIn(text: string): string | undefined {
  if (scanAddress(octetsOf(text), 0, text.length) !== text.length) return undefined;
  const tag = tagParameter.valueIn(text);
  return tag === true ? undefined : tag;
}

/** Most readers want the URI: a table of the parameters is made for those that ask for one. */
class ReadAddress implements NameAddress {
  private table: Parameters | undefined = undefined;

  // All of one shape, with a name or without: what reads them stays fast.
  constructor(
    readonly displayName: string | undefined,
    readonly uri: Uri,
    readonly text: string,
    private readonly parametersStart: number,
  ) {}

  get parameters(): Parameters {
    this.table ??= readParameters(this.text, octetsOf(this.text), this.parametersStart);
    return this.table;
  }
}

/** The value that the text is (one value, no comma list), or undefined when it is none. */
export function parseAddress(text: string): NameAddress | undefined {
  const octets = octetsOf(text);
  if (scanAddress(octets, 0, text.length) !== text.length) return undefined;
  const { displayEnd, uriStart, uriEnd, parametersStart } = spans;
  const nameStart = skipSpace(octets, 0, displayEnd);
  const nameEnd = trimEnd(octets, nameStart, displayEnd);
  const uri = readUri(text, uriStart, uriEnd);
  const displayName = nameEnd === nameStart ? undefined : unquote(text.slice(nameStart, nameEnd));
  return new ReadAddress(displayName, uri, text, parametersStart);
}
