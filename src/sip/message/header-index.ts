/** Where the header lines of a message are: offsets only, nothing is copied until it is asked for. */

import { isOf, lowerCase, octetsOf, skip, TOKEN, trimEnd } from './characters.js';
import { CSEQ, headerIdAt, UNKNOWN, VIA } from './header-names.js';
import { unfold } from './text.js';

/** Numbers a line: identifier (with the fold bit), start of the line, start and end of its value. */
const STRIDE = 4;

/** Where the numbers of the message under scan are collected; each message then gets a copy of just its length. */
const scratch: number[] = [];
const FOLDED = 0x100;
const ID = 0xff;

/** What stopped the scan, with the offset. */
export class ScanFailure {
  constructor(
    readonly cause: 'unterminated' | 'malformed' | 'tooManyLines' | 'loneLineFeed',
    readonly offset: number,
    /** The lines before it, and those after it that an answer repeats. */
    readonly index: HeaderIndex,
  ) {}
}

/** The header lines of a message, whichever text they come from. */
export interface HeaderLines {
  /** The whole message, latin1. */
  readonly text: string;
  /** Of `text`, which need not be put together for it. */
  readonly length: number;
  /** The octets after the empty line, latin1. */
  readonly body: string;
  /** How many header lines. */
  readonly count: number;
  /** The value, trimmed and unfolded. */
  value(line: number): string;
  /** The first line at or after `from` of that header, or -1. `id` is of `headerId(name)`; the name matters for extension headers. */
  find(id: number, name: string, from: number): number;
  /** The same lines with their places in `text`. */
  placed(): HeaderIndex;
}

export class HeaderIndex implements HeaderLines {
  constructor(
    readonly text: string,
    private readonly offsets: readonly number[],
    /** How many header lines. */
    readonly count: number,
    /** Offset of the first header line. */
    readonly start: number,
    /** Offset of the empty line after the last. */
    readonly end: number,
  ) {}

  placed(): HeaderIndex {
    return this;
  }

  get length(): number {
    return this.text.length;
  }

  get body(): string {
    return this.text.slice(this.end + 2);
  }

  /** Without making a text of it. */
  get bodyLength(): number {
    return this.text.length - this.end - 2;
  }

  /** The same lines of a text that ends earlier. */
  cutAt(end: number): HeaderIndex {
    return new HeaderIndex(this.text.slice(0, end), this.offsets, this.count, this.start, this.end);
  }

  id(line: number): number {
    return this.offsets[line * STRIDE]! & ID;
  }

  isFolded(line: number): boolean {
    return (this.offsets[line * STRIDE]! & FOLDED) !== 0;
  }

  lineStart(line: number): number {
    return this.offsets[line * STRIDE + 1]!;
  }

  /** Offset of the next line. */
  lineEnd(line: number): number {
    return line + 1 < this.count ? this.lineStart(line + 1) : this.end;
  }

  valueStart(line: number): number {
    return this.offsets[line * STRIDE + 2]!;
  }

  valueEnd(line: number): number {
    return this.offsets[line * STRIDE + 3]!;
  }

  value(line: number): string {
    const value = this.text.slice(this.valueStart(line), this.valueEnd(line));
    return this.isFolded(line) ? unfold(value) : value;
  }

  /** The name as written. */
  name(line: number): string {
    const start = this.lineStart(line);
    let end = start;
    while (isOf(TOKEN, this.text.charCodeAt(end))) end++;
    return this.text.slice(start, end);
  }

  find(id: number, name: string, from: number): number {
    if (id === UNKNOWN) return this.findByName(lowerCase(name), from);
    const { offsets } = this;
    for (let at = from * STRIDE, end = this.count * STRIDE; at < end; at += STRIDE) {
      if ((offsets[at]! & ID) === id) return at / STRIDE;
    }
    return -1;
  }

  private findByName(lowerName: string, from: number): number {
    for (let line = from; line < this.count; line++) {
      if (this.id(line) === UNKNOWN && this.hasName(line, lowerName)) return line;
    }
    return -1;
  }

  /** The line's name as written is this one, case ignored. */
  hasName(line: number, lowerName: string): boolean {
    return lowerCase(this.name(line)) === lowerName;
  }
}

/** The lines of a text that was put together here, so that nothing can be wrong with it. */
export function placesIn(text: string, headersStart: number): HeaderIndex {
  const index = indexHeaders(text, octetsOf(text), headersStart, Number.MAX_SAFE_INTEGER);
  return index instanceof ScanFailure ? index.index : index;
}

/** What is wrong, and where. */
type Flaw = Pick<ScanFailure, 'cause' | 'offset'>;

/**
 * Finds the header lines from `start` (the line after the start line) to the empty line; `octets` are those of the text.
 * Each line costs a search for its end, a look at its name and one table look-up; values are not looked at. After a line that
 * cannot be read only what an answer repeats is of interest.
 */
export function indexHeaders(
  text: string,
  octets: Uint8Array,
  start: number,
  linesMax: number,
): HeaderIndex | ScanFailure {
  let numbers = 0;
  let pos = start;
  let flaw: Flaw | undefined;
  const length = text.length;
  while (pos + 1 >= length || octets[pos] !== 0x0d || octets[pos + 1] !== 0x0a) {
    let lf = text.indexOf('\n', pos);
    if (lf === -1) return failure(flaw ?? unterminated(length), indexOf(text, numbers, start, length));
    let flags = 0;
    if (octets[lf - 1] !== 0x0d || lf === pos) return loneLineFeed(lf, text, numbers, start);
    // SIP-03: a line that begins with white space continues the one before.
    while (lf + 1 < length && (octets[lf + 1] === 0x20 || octets[lf + 1] === 0x09)) {
      flags = FOLDED;
      lf = text.indexOf('\n', lf + 1);
      if (lf === -1) return failure(flaw ?? unterminated(length), indexOf(text, numbers, start, length));
      if (octets[lf - 1] !== 0x0d) return loneLineFeed(lf, text, numbers, start);
    }
    let colon = pos;
    while (colon < lf && octets[colon] !== 0x3a) colon++;
    const nameEnd = colon >= lf ? pos : octets[colon - 1]! > 0x20 ? colon : trimEnd(octets, pos, colon);
    const id = headerIdAt(octets, pos, nameEnd);
    const isMalformed = id === UNKNOWN && (nameEnd === pos || skip(TOKEN, octets, pos, nameEnd) !== nameEnd);
    if (numbers >= linesMax * STRIDE) flaw ??= { cause: 'tooManyLines', offset: pos }; // SIP-11
    if (isMalformed) flaw ??= { cause: 'malformed', offset: pos };
    if (flaw !== undefined && !isForAnswer(id, numbers, linesMax)) {
      pos = lf + 1;
      continue;
    }
    const end = lf - 1;
    const isPlain = octets[colon + 1] === 0x20 && octets[colon + 2]! > 0x20;
    const valueStart = isPlain ? colon + 2 : skipBlank(octets, colon + 1, end);
    scratch[numbers] = id | flags;
    scratch[numbers + 1] = pos;
    scratch[numbers + 2] = valueStart;
    scratch[numbers + 3] = octets[end - 1]! > 0x20 ? end : trimBlank(octets, valueStart, end);
    numbers += STRIDE;
    pos = lf + 1;
  }
  const index = indexOf(text, numbers, start, pos);
  return flaw === undefined ? index : failure(flaw, index);
}

/** RFC 3261 8.2.6.2: Via, From, To, Call-ID, CSeq; beyond the bound on lines the first of each. */
function isForAnswer(id: number, numbers: number, linesMax: number): boolean {
  if (id < VIA || id > CSEQ) return false;
  if (numbers < linesMax * STRIDE) return true;
  for (let at = 0; at < numbers; at += STRIDE) if ((scratch[at]! & ID) === id) return false;
  return true;
}

function unterminated(offset: number): Flaw {
  return { cause: 'unterminated', offset };
}

function loneLineFeed(offset: number, text: string, numbers: number, start: number): ScanFailure {
  return failure({ cause: 'loneLineFeed', offset }, indexOf(text, numbers, start, offset));
}

function failure({ cause, offset }: Flaw, index: HeaderIndex): ScanFailure {
  return new ScanFailure(cause, offset, index);
}

function indexOf(text: string, numbers: number, start: number, end: number): HeaderIndex {
  return new HeaderIndex(text, scratch.slice(0, numbers), numbers / STRIDE, start, end);
}

/** Past white space and line folds. */
function skipBlank(octets: Uint8Array, pos: number, end: number): number {
  while (pos < end && isBlank(octets[pos]!)) pos++;
  return pos;
}

function trimBlank(octets: Uint8Array, start: number, end: number): number {
  while (end > start && isBlank(octets[end - 1]!)) end--;
  return end;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}
