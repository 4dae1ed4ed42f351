/** A text file line by line, however large it is: what is read stays a piece of it. */
import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';

const pieceSize = 1 << 20;

/** A longer one has lost a quote. */
const rowMax = 1 << 16;

/** The file's text in pieces that end where a line does (the last one where the file does). Throws what `fs` throws. */
export function* textPieces(file: string): Generator<string> {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(pieceSize);
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const length = readSync(descriptor, buffer, 0, pieceSize, null);
      if (length === 0) break;
      const octets = Buffer.concat([rest, buffer.subarray(0, length)]);
      const end = octets.lastIndexOf(0x0a) + 1;
      if (end > 0) yield textOf(octets.subarray(0, end));
      rest = octets.subarray(end);
    }
    if (rest.length > 0) yield textOf(rest);
  } finally {
    closeSync(descriptor);
  }
}

/** Throws as `TextDecoder` does: another encoding would give texts that nobody wrote. */
function textOf(octets: Buffer): string {
  if (!isUtf8(octets)) throw Object.assign(new Error('not UTF-8'), { code: 'ERR_ENCODING_INVALID_ENCODED_DATA' });
  return octets.toString('utf8');
}

export interface TextRow {
  /** Without its line end. */
  readonly text: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** A double quote of it is not closed. */
  readonly isOpen?: true;
}

/** The rows of a CSV file (RFC 4180); comma, semicolon or tab, as its first row has it. Empty rows are left out. */
export function* csvRows(pieces: Iterable<string>): Generator<TextRow> {
  let separator = '';
  let line = 0;
  let open: { text: string; line: number } | undefined;
  for (const piece of pieces) {
    for (const each of linesIn(line === 0 ? piece.replace(/^\uFEFF/, '') : piece)) {
      line++;
      const row: { text: string; line: number } =
        open === undefined ? { text: each, line } : { text: `${open.text}\n${each}`, line: open.line };
      open = undefined;
      if (isBlank(row.text)) continue;
      if (separator === '') separator = separatorOf(row.text);
      if (!row.text.includes('"')) yield { ...row, cells: row.text.split(separator) };
      else if (countQuotes(row.text) % 2 === 0) yield { ...row, cells: cellsOf(row.text, separator) };
      else if (row.text.length < rowMax)
        open = row; // a line end within quotes
      else yield { ...row, cells: cellsOf(row.text, separator), isOpen: true };
    }
  }
  if (open !== undefined) yield { ...open, cells: cellsOf(open.text, separator), isOpen: true };
}

/** Spreadsheets write rows without anything as separators alone. */
function isBlank(text: string): boolean {
  const first = text.charCodeAt(0);
  // All others begin with what is no space and no separator.
  if (first > 0x2c && first !== 0x3b) return false;
  return /^[\s,;]*$/.test(text);
}

function* linesIn(piece: string): Generator<string> {
  let start = 0;
  while (start < piece.length) {
    const end = piece.indexOf('\n', start);
    const stop = end < 0 ? piece.length : end;
    yield piece.slice(start, piece[stop - 1] === '\r' ? stop - 1 : stop);
    start = stop + 1;
  }
}

function separatorOf(header: string): string {
  return [';', '\t'].find((each) => header.includes(each) && !header.includes(',')) ?? ',';
}

function countQuotes(text: string): number {
  return text.split('"').length - 1;
}

function cellsOf(text: string, separator: string): readonly string[] {
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    const end = cellEnd(text, at, separator);
    const cell = text.slice(at, end);
    cells.push(cell.startsWith('"') ? cell.slice(1, cell.endsWith('"') ? -1 : undefined).replaceAll('""', '"') : cell);
    if (end >= text.length) return cells;
    at = end + 1;
  }
}

function cellEnd(text: string, start: number, separator: string): number {
  let isQuoted = false;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '"') isQuoted = !isQuoted;
    else if (text[at] === separator && !isQuoted) return at;
  }
  return text.length;
}

/** Where a cell begins in its row, from 1; one beyond the last where there is no such cell. */
export function cellColumn({ text, cells }: TextRow, index: number): number {
  const separator = [',', ';', '\t'].find((each) => cells.length > 1 && cellsOf(text, each).length === cells.length);
  let at = 0;
  for (let cell = 0; cell < index && at < text.length; cell++) at = cellEnd(text, at, separator ?? ',') + 1;
  return at + 1;
}

/** A cell as it is written: in quotes where it has to be. */
export function csvCell(value: string): string {
  return /[",;\t\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
