/** What `imslab aka explain` reads: text, a capture whose REGISTER may travel in ESP, or the trace of a run that has one beside it. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../lab/errors.js';
import { isPacketFile, readCapturedSip } from '../trace/index.js';
import { espTableBeside, openOctets, refuseForeignFormat } from './octets-file.js';

export interface ReadMessages {
  /** One octet a character. */
  readonly text: string;
  /** What of a capture could not be read. */
  readonly shortcomings: readonly string[];
}

/** `-`: stdin. What is in ESP is made readable with the table `esp_sa` in the folder of the capture. */
export function readMessages(file: string): ReadMessages {
  const { start, pieces } = openOctets(file, 'a file with a challenge');
  const where = file === '-' ? 'stdin' : file;
  if (start.length === 0) throw new UsageError(`${where}: is empty; give a file with a challenge, or a capture`);
  if (start.subarray(0, 8).toString('latin1') === '{"time":') return readMessages(captureBeside(file));
  refuseForeignFormat(start, where);
  const captured = isPacketFile(start) ? readCapturedSip(pieces, espTableBeside(file)) : undefined;
  if (captured === undefined) return { text: textOf(Buffer.concat([...pieces])), shortcomings: [] };
  return { text: captured.messages.join('\r\n'), shortcomings: captured.shortcomings };
}

/** Editors of Windows write UTF-16, with a mark before it. */
function textOf(octets: Buffer): string {
  if (octets[0] === 0xff && octets[1] === 0xfe) return octets.toString('utf16le', 2);
  return octets.toString('latin1');
}

/** A trace says what happened to which message, and the capture of the same run has the octets. */
function captureBeside(file: string): string {
  const capture = join(dirname(file), 'capture.pcapng');
  if (file !== '-' && existsSync(capture)) return capture;
  throw new UsageError(`${file}: is a trace, which keeps no headers; give the capture.pcapng of the same run`);
}
