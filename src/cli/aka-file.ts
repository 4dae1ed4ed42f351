/** What `imslab aka explain` reads: text, a capture whose REGISTER may travel in ESP, or the trace of a run that has one beside it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../lab/errors.js';
import { readCapturedSip } from '../trace/index.js';

export interface ReadMessages {
  /** One octet a character. */
  readonly text: string;
  /** What of a capture could not be read. */
  readonly shortcomings: readonly string[];
}

/** `-`: stdin. What is in ESP is made readable with the table `esp_sa` in the folder of the capture. */
export function readMessages(file: string): ReadMessages {
  const octets = read(file);
  const where = file === '-' ? 'stdin' : file;
  if (octets.length === 0) throw new UsageError(`${where}: is empty; give a file with a challenge, or a capture`);
  if (octets.subarray(0, 8).toString('latin1') === '{"time":') return readMessages(captureBeside(file));
  const start = octets.toString('latin1', 0, formatSeenMax);
  const foreign = foreignFormats.find(({ pattern }) => pattern.test(start));
  if (foreign !== undefined) throw new UsageError(`${where}: is ${foreign.name}; ${foreign.mend}`);
  const table = join(dirname(file), 'esp_sa');
  const captured = readCapturedSip(octets, file !== '-' && existsSync(table) ? read(table).toString('latin1') : '');
  if (captured === undefined) return { text: textOf(octets), shortcomings: [] };
  return { text: captured.messages.join('\r\n'), shortcomings: captured.shortcomings };
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
const formatSeenMax = 512;

/** Editors of Windows write UTF-16, with a mark before it. */
function textOf(octets: Buffer): string {
  if (octets[0] === 0xff && octets[1] === 0xfe) return octets.toString('utf16le', 2);
  return octets.toString('latin1');
}

function read(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${file}: cannot be read (${code}); give a file with a challenge, or - for stdin`);
  }
}

/** A trace says what happened to which message, and the capture of the same run has the octets. */
function captureBeside(file: string): string {
  const capture = join(dirname(file), 'capture.pcapng');
  if (file !== '-' && existsSync(capture)) return capture;
  throw new UsageError(`${file}: is a trace, which keeps no headers; give the capture.pcapng of the same run`);
}
