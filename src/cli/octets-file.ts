/** Reads a file that a user gives for a capture, and says what it is where it is none. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../lab/errors.js';

/** @param file `-`: stdin. @param wanted for the error: `a capture` */
export function readOctets(file: string, wanted: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`${file}: cannot be read (${code}); give ${wanted}, or - for stdin`);
  }
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
const formatSeenMax = 512;

/** Throws UsageError for a file that a capture is kept in, and that is none to us. */
export function refuseForeignFormat(octets: Buffer, where: string): void {
  const start = octets.toString('latin1', 0, formatSeenMax);
  const foreign = foreignFormats.find(({ pattern }) => pattern.test(start));
  if (foreign !== undefined) throw new UsageError(`${where}: is ${foreign.name}; ${foreign.mend}`);
}
