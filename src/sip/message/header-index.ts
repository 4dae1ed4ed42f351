/** Where the header lines of a message are: offsets only, nothing is copied until it is asked for. */

import { hasAt, isOf, lowerCase, skip, TOKEN, trimEnd } from './characters.js';
import { headerIdAt, UNKNOWN } from './header-names.js';
import { unfold } from './text.js';

/** Numbers a line: identifier (with the fold bit), start of the line, start and end of its value. */
const STRIDE = 4;
const FOLDED = 0x100;
const ID = 0xff;

/** What stopped the scan, with the offset. */
export class ScanFailure {
  constructor(
    readonly cause: 'unterminated' | 'malformed' | 'tooManyLines' | 'loneLineFeed',
    readonly offset: number,
    /** The lines before it, for an answer. */
    readonly index: HeaderIndex,
  ) {}
}

export class HeaderIndex {
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

  /** The value, trimmed and unfolded. */
  value(line: number): string {
    const value = this.text.slice(this.valueStart(line), this.valueEnd(line));
    return this.isFolded(line) ? unfold(value) : value;
  }

  /** The name as written. */
  name(line: number): string {
    const start = this.lineStart(line);
    return this.text.slice(start, skip(TOKEN, this.text, start, this.text.length));
  }

  /** The first line at or after `from` of that header, or -1. `id` is of `headerId(name)`; the name matters for extension headers. */
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
    const start = this.lineStart(line);
    return hasAt(this.text, start, lowerName) && !isOf(TOKEN, this.text.charCodeAt(start + lowerName.length));
  }
}

/**
 * Finds the header lines from `start` (the line after the start line) to the empty line. Each line costs two searches and
 * one table look-up; values are not looked at.
 */
export function indexHeaders(text: string, start: number, linesMax: number): HeaderIndex | ScanFailure {
  const offsets: number[] = [];
  let count = 0;
  let pos = start;
  const failure = (cause: ScanFailure['cause'], offset: number) =>
    new ScanFailure(cause, offset, new HeaderIndex(text, offsets, count, start, pos));
  for (;;) {
    if (text.charCodeAt(pos) === 0x0d && text.charCodeAt(pos + 1) === 0x0a) break;
    let lf = text.indexOf('\n', pos);
    if (lf === -1) return failure('unterminated', text.length);
    if (text.charCodeAt(lf - 1) !== 0x0d || lf === pos) return failure('loneLineFeed', lf);
    let flags = 0;
    // SIP-03: a line that begins with white space continues the one before.
    for (let next = text.charCodeAt(lf + 1); next === 0x20 || next === 0x09; next = text.charCodeAt(lf + 1)) {
      flags = FOLDED;
      lf = text.indexOf('\n', lf + 1);
      if (lf === -1) return failure('unterminated', text.length);
      if (text.charCodeAt(lf - 1) !== 0x0d) return failure('loneLineFeed', lf);
    }
    if (count === linesMax) return failure('tooManyLines', pos); // SIP-11
    const end = lf - 1;
    const colon = text.indexOf(':', pos);
    if (colon === -1 || colon >= end) return failure('malformed', pos);
    const nameEnd = trimEnd(text, pos, colon);
    const id = headerIdAt(text, pos, nameEnd);
    if (id === UNKNOWN && (nameEnd === pos || skip(TOKEN, text, pos, nameEnd) !== nameEnd))
      return failure('malformed', pos);
    const valueStart = skipBlank(text, colon + 1, end);
    offsets.push(id | flags, pos, valueStart, trimBlank(text, valueStart, end));
    count++;
    pos = lf + 1;
  }
  return new HeaderIndex(text, offsets, count, start, pos);
}

/** Past white space and line folds. */
function skipBlank(text: string, pos: number, end: number): number {
  while (pos < end) {
    const code = text.charCodeAt(pos);
    if (code !== 0x20 && code !== 0x09 && code !== 0x0d && code !== 0x0a) break;
    pos++;
  }
  return pos;
}

function trimBlank(text: string, start: number, end: number): number {
  while (end > start) {
    const code = text.charCodeAt(end - 1);
    if (code !== 0x20 && code !== 0x09 && code !== 0x0d && code !== 0x0a) break;
    end--;
  }
  return end;
}
