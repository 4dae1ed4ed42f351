/** Reads a file that a user gives for a capture, and says what it is where it is none. */
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../lab/errors.js';

/** Of the beginning of a file, for its format. */
const formatSeenMax = 512;
/** Large enough that a capture is read in few of them. */
const PIECE_LENGTH = 1 << 20;

/** A file that is read from its beginning to its end, once. */
export interface OctetsFile {
  /** What formats are told by. */
  readonly start: Buffer;
  /** All of it, the start as well. Throws UsageError where it cannot be read on. */
  readonly pieces: Iterable<Buffer>;
}

/** @param file `-`: stdin. @param wanted for the error: `a capture`. Throws UsageError where it cannot be read */
export function openOctets(file: string, wanted: string): OctetsFile {
  const rest = piecesOf(file, wanted);
  const { value, done } = rest.next();
  const first = done === true ? Buffer.alloc(0) : value;
  return { start: first.subarray(0, formatSeenMax), pieces: after(first, rest) };
}

function* after(first: Buffer, rest: Iterable<Buffer>): Generator<Buffer, void> {
  yield first;
  yield* rest;
}

/** The first is as long as what formats are told by, if the file is. */
function* piecesOf(file: string, wanted: string): Generator<Buffer, void> {
  let descriptor: number | undefined;
  try {
    descriptor = file === '-' ? 0 : openSync(file, 'r');
    for (let piece = nextPiece(descriptor); piece.length > 0; piece = nextPiece(descriptor)) yield piece;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const trouble = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`;
    throw new UsageError(`${file}: ${trouble}; give ${wanted}, or - for stdin`);
  } finally {
    if (descriptor !== undefined && descriptor !== 0) closeSync(descriptor);
  }
}

/** Full, but the last one; a pipe gives what it has. */
function nextPiece(descriptor: number): Buffer {
  const piece = Buffer.allocUnsafeSlow(PIECE_LENGTH);
  let length = 0;
  for (let count = 1; count > 0 && length < PIECE_LENGTH; length += count)
    count = readSync(descriptor, piece, length, PIECE_LENGTH - length, null);
  return piece.subarray(0, length);
}

/** The lines of Wireshark's table `esp_sa` in the folder of a capture; none where there is no such table. */
export function espTableBeside(file: string): string {
  const table = join(dirname(file), 'esp_sa');
  return file !== '-' && existsSync(table) ? readFileSync(table, 'latin1') : '';
}

interface ForeignFormat {
  /** Of the first octets, one a character. */
  readonly pattern: RegExp;
  readonly name: string;
  /** What to do with it. */
  readonly mend: string;
}

const convert = 'convert it with editcap -F pcapng FILE NEW.pcapng';
const itself = 'give the capture itself';

/** Files that a capture is often kept in, and that are none to us. */
const foreignFormats: readonly ForeignFormat[] = [
  { pattern: /^[^ -\xff]\x8b/, name: 'compressed (gzip)', mend: 'unpack it with gunzip first' },
  { pattern: /^\x28\xb5\x2f\xfd/, name: 'compressed (zstd)', mend: 'unpack it with unzstd first' },
  { pattern: /^\xfd7zXZ/, name: 'compressed (xz)', mend: 'unpack it with unxz first' },
  { pattern: /^PK[^ -\xff]{2}/, name: 'a ZIP archive', mend: 'unpack it with unzip first' },
  { pattern: /^snoop\0/, name: 'a capture of snoop', mend: convert },
  { pattern: /^(GMBU|RTSS)/, name: 'a capture of Network Monitor', mend: convert },
  { pattern: /^(\x34\xcd\xb2\xa1|\xa1\xb2\xcd\x34)/, name: 'a modified pcap', mend: convert },
  { pattern: /^(\xef\xbb\xbf)?<\?xml/, name: 'XML', mend: itself },
  { pattern: /^\[\s*\{\s*"_index"/, name: 'JSON of tshark', mend: itself },
  {
    pattern: /^(.*\n)?0{3,8} {2}[0-9a-f]{2} [0-9a-f]{2} /i,
    name: 'a hex dump',
    mend: 'make a capture of it with text2pcap FILE NEW.pcap',
  },
];

/** Throws UsageError for a file that a capture is kept in, and that is none to us. */
export function refuseForeignFormat(start: Buffer, where: string): void {
  const text = start.toString('latin1');
  const foreign = foreignFormats.find(({ pattern }) => pattern.test(text));
  if (foreign !== undefined) throw new UsageError(`${where}: is ${foreign.name}; ${foreign.mend}`);
}
