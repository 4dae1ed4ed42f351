/**
 * The header lines of a new or edited message: numbers of lines that another text has, and a few new lines. An edit of an edited message stands on
 * the first text again, so that a message which passes through several hands is put together once, when it is sent.
 */
import { lowerCase } from './characters.js';
import { HeaderIndex, type HeaderLines, placesIn } from './header-index.js';
import { oneLine } from './header-line.js';
import { UNKNOWN } from './header-names.js';

const SPACE = 0x20;
/** Room for lines to come: an array that `push` makes longer gets half its length and 16 more. */
export const SPARE = 4;

export interface NewLine {
  readonly id: number;
  readonly name: string;
  /** As it will stand on the line. */
  readonly value: string;
}

/** A line as it will stand. */
export function newLine(id: number, name: string, value: string): NewLine {
  return { id, name, value: oneLine(value) };
}

/** The lines that a new message stands on. */
const nothing = new HeaderIndex('', [], 0, 0, 0);

/** ~0, ~1, ~2 …: the numbers of new lines, copied for each message. */
const newNumbers: number[] = [];

export class EditedLines implements HeaderLines {
  private joined: string | undefined = undefined;

  /** Of a message that is new from its start line (with CRLF) to its body. */
  static new(startLine: string, added: readonly NewLine[], body: string): EditedLines {
    const room = added.length + SPARE;
    while (newNumbers.length < room) newNumbers.push(~newNumbers.length);
    return new EditedLines(nothing, newNumbers.slice(0, room), added.length, added, startLine, body);
  }

  constructor(
    /** Whose lines are meant. */
    readonly base: HeaderIndex,
    /** Numbers of lines of `base`, or complements of indexes into `added`. Not changed any more. */
    readonly lines: readonly number[],
    /** How many of them count. */
    readonly count: number,
    readonly added: readonly NewLine[],
    /** Instead of that of `base`; with its CRLF. */
    readonly startLine: string | undefined,
    /** Instead of that of `base`. */
    readonly newBody: string | undefined,
  ) {}

  get text(): string {
    this.joined ??= joined(this);
    return this.joined;
  }

  get body(): string {
    return this.newBody ?? this.base.body;
  }

  get length(): number {
    if (this.joined !== undefined) return this.joined.length;
    const { base, lines, count, added } = this;
    let length = (this.startLine === undefined ? base.start : this.startLine.length) + '\r\n'.length;
    for (let at = 0; at < count; at++) {
      const line = lines[at]!;
      if (line >= 0) length += base.lineEnd(line) - base.lineStart(line);
      else length += added[~line]!.name.length + added[~line]!.value.length + ': \r\n'.length;
    }
    return length + (this.newBody === undefined ? base.bodyLength : this.newBody.length);
  }

  value(line: number): string {
    const number = this.lines[line]!;
    return number >= 0 ? this.base.value(number) : trimmed(this.added[~number]!.value);
  }

  placed(): HeaderIndex {
    return placesIn(this.text, this.startLine === undefined ? this.base.start : this.startLine.length);
  }

  find(id: number, name: string, from: number): number {
    return findLine(this.base, this.lines, this.count, this.added, id, name, from);
  }
}

/** Values of new lines are written as they were given. */
function trimmed(value: string): string {
  return value.charCodeAt(0) > SPACE && value.charCodeAt(value.length - 1) > SPACE ? value : value.trim();
}

/** Position among the first `count` of `lines` of the first line of that header at or after `from`, or -1. */
export function findLine(
  base: HeaderIndex,
  lines: readonly number[],
  count: number,
  added: readonly NewLine[],
  id: number,
  name: string,
  from: number,
): number {
  const lowerName = id === UNKNOWN ? lowerCase(name) : '';
  for (let at = from; at < count; at++) {
    const line = lines[at]!;
    if (line >= 0) {
      if (base.id(line) === id && (id !== UNKNOWN || base.hasName(line, lowerName))) return at;
    } else {
      const known = added[~line]!;
      if (known.id === id && (id !== UNKNOWN || lowerCase(known.name) === lowerName)) return at;
    }
  }
  return -1;
}

/** What follows each other in the text that it comes from is copied in one piece. */
function joined({ base, lines, count, added, startLine, newBody }: EditedLines): string {
  const original = base.text;
  let text = startLine ?? original.slice(0, base.start);
  for (let at = 0; at < count; ) {
    const first = lines[at]!;
    at++;
    if (first < 0) {
      const { name, value } = added[~first]!;
      text += `${name}: ${value}\r\n`;
      continue;
    }
    let last = first;
    while (at < count && lines[at] === last + 1) {
      last++;
      at++;
    }
    text += original.slice(base.lineStart(first), base.lineEnd(last));
  }
  return newBody === undefined ? text + original.slice(base.end) : `${text}\r\n${newBody}`;
}
