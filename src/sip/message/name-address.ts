/** name-addr and addr-spec with header parameters (RFC 3261 20.10, 25.1; SIP-06): From, To, Contact, Route and their kin. */
import { isOf, skip, skipSpace, TOKEN, trimEnd } from './characters.js';
import { scanParameters, skipQuoted } from './parameters.js';
import { unquote } from './text.js';
import { noParameters, type Parameters, parseUri, type Uri } from './uri.js';
import { scanUri } from './uri-scan.js';

export interface NameAddress {
  /** Unquoted octets; `decodeUtf8` for display. */
  readonly displayName?: string;
  readonly uri: Uri;
  /** Header parameters: names lower case, quoted values unquoted. */
  readonly parameters: Parameters;
  /** The whole value as received (unfolded). */
  readonly text: string;
}

/** Offsets found by the last successful `scanAddress`. */
const spans = { displayEnd: 0, uriStart: 0, uriEnd: 0, parametersStart: 0 };

/**
 * Scans one value. Returns the offset of the comma after it or `end`, or the complement of the fault's offset. `watched`
 * then tells of the tag.
 */
export function scanAddress(text: string, start: number, end: number): number {
  const pos = skipSpace(text, start, end);
  if (pos === end) return ~pos;
  const code = text.charCodeAt(pos);
  let laquot = pos;
  if (code === 0x22) {
    const close = skipQuoted(text, pos, end);
    if (close === pos) return ~pos;
    laquot = skipSpace(text, close, end);
    if (text.charCodeAt(laquot) !== 0x3c || laquot >= end) return ~laquot;
  } else if (code !== 0x3c) {
    laquot = skipDisplayTokens(text, pos, end);
  }
  spans.displayEnd = laquot;
  if (laquot < end && text.charCodeAt(laquot) === 0x3c) {
    spans.uriStart = laquot + 1;
    spans.uriEnd = text.indexOf('>', laquot);
    if (spans.uriEnd === -1 || spans.uriEnd >= end) return ~laquot;
    spans.parametersStart = spans.uriEnd + 1;
  } else {
    // SIP-06: without <> the URI ends at the first `;`, `,` or white space, and may not hold a `?`.
    spans.displayEnd = pos;
    spans.uriStart = pos;
    spans.uriEnd = endOfBareUri(text, pos, end);
    if (spans.uriEnd < 0) return spans.uriEnd;
    spans.parametersStart = spans.uriEnd;
  }
  const fault = scanUri(text, spans.uriStart, spans.uriEnd);
  if (fault !== -1) return ~fault;
  return scanParameters(text, spans.parametersStart, end, undefined, 'tag');
}

/** *(token LWS) before `<`; anything else is not a display name and leaves the position where it was. */
function skipDisplayTokens(text: string, start: number, end: number): number {
  let pos = start;
  while (pos < end && isOf(TOKEN, text.charCodeAt(pos))) pos = skipSpace(text, skip(TOKEN, text, pos, end), end);
  return pos < end && text.charCodeAt(pos) === 0x3c ? pos : start;
}

function endOfBareUri(text: string, start: number, end: number): number {
  let pos = start;
  for (; pos < end; pos++) {
    const code = text.charCodeAt(pos);
    if (code === 0x3b || code === 0x2c || code === 0x20 || code === 0x09) break;
    if (code === 0x3f) return ~pos;
  }
  return pos;
}

/** The value that the text is (one value, no comma list), or undefined when it is none. */
export function parseAddress(text: string): NameAddress | undefined {
  const stop = scanAddress(text, 0, text.length);
  return stop === text.length ? readAddress(text) : undefined;
}

/** Builds the value from the spans of the scan that has just succeeded on the same whole text. */
function readAddress(text: string): NameAddress | undefined {
  const { displayEnd, uriStart, uriEnd, parametersStart } = spans;
  const uri = parseUri(text.slice(uriStart, uriEnd));
  if (uri === undefined) return undefined;
  let parameters = noParameters;
  if (skipSpace(text, parametersStart, text.length) < text.length) {
    const read = new Map<string, string | true>();
    scanParameters(text, parametersStart, text.length, read);
    parameters = read;
  }
  const nameStart = skipSpace(text, 0, displayEnd);
  const nameEnd = trimEnd(text, nameStart, displayEnd);
  if (nameEnd === nameStart) return { uri, parameters, text };
  return { displayName: unquote(text.slice(nameStart, nameEnd)), uri, parameters, text };
}
