/** What `imslab aka explain` reads: text, a capture whose REGISTER may travel in ESP, or the trace of a run that has one beside it. */
import { createDecipheriv } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../lab/errors.js';

/** One octet a character. `-`: stdin. What is in ESP is made readable with the table `esp_sa` in the folder of the capture. */
export function readMessages(file: string): string {
  const octets = read(file);
  if (octets.subarray(0, 8).toString('latin1') === '{"time":') return readMessages(captureBeside(file));
  const table = join(dirname(file), 'esp_sa');
  if (file === '-' || !existsSync(table)) return octets.toString('latin1');
  const associations = associationsIn(read(table).toString('latin1'));
  const packets = packetsIn(octets);
  if (packets.length === 0 || associations.size === 0) return octets.toString('latin1');
  return packets.map((packet) => (opened(packet, associations) ?? packet).toString('latin1')).join('\r\n');
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

interface Opening {
  readonly cipher: string;
  readonly key: Buffer;
  /** Octets before what is encrypted, and behind it. */
  readonly ivLength: number;
  readonly icvLength: number;
  readonly salt: Buffer;
}

/** By SPI, in hexadecimal digits; associations without encryption can be read as they are. */
function associationsIn(table: string): ReadonlyMap<string, Opening> {
  const openings = new Map<string, Opening>();
  for (const line of table.split('\n')) {
    const [, , , spi = '', encryption = '', keyText = ''] = [...line.matchAll(/"([^"]*)"/g)].map(([, field]) => field);
    const opening = openingOf(encryption, Buffer.from(keyText.slice(2), 'hex'));
    if (opening !== undefined) openings.set(spi.slice(2).toLowerCase(), opening);
  }
  return openings;
}

/** Names as Wireshark has them. RFC 3602, RFC 2451, RFC 4106; an HMAC of 96 bits behind the first two. */
function openingOf(name: string, key: Buffer): Opening | undefined {
  const none = Buffer.alloc(0);
  const bits = key.length * 8;
  if (name.startsWith('AES-CBC')) return { cipher: `aes-${bits}-cbc`, key, ivLength: 16, icvLength: 12, salt: none };
  if (name.startsWith('TripleDES')) return { cipher: 'des-ede3-cbc', key, ivLength: 8, icvLength: 12, salt: none };
  if (!name.startsWith('AES-GCM')) return undefined;
  const salt = key.subarray(-4);
  return { cipher: `aes-${bits - 32}-gcm`, key: key.subarray(0, -4), ivLength: 8, icvLength: 16, salt };
}

/** Headers of link, IP and UDP end before this. */
const headersMax = 96;

/** What the ESP packet in a frame carries, its transport header first; undefined where it is none of ours. */
function opened(frame: Buffer, associations: ReadonlyMap<string, Opening>): Buffer | undefined {
  for (let at = 20; at < Math.min(headersMax, frame.length - 8); at += 2) {
    const opening = associations.get(frame.toString('hex', at, at + 4));
    if (opening === undefined) continue;
    const { cipher, key, ivLength, icvLength, salt } = opening;
    const iv = Buffer.concat([salt, frame.subarray(at + 8, at + 8 + ivLength)]);
    const encrypted = frame.subarray(at + 8 + ivLength, frame.length - icvLength);
    try {
      const decipher = createDecipheriv(cipher, key, iv);
      if (cipher.endsWith('cbc')) decipher.setAutoPadding(false);
      const plain = decipher.update(encrypted);
      // RFC 4303 2.4: padding, its length, and the next header.
      return plain.subarray(0, plain.length - 2 - plain[plain.length - 2]!);
    } catch {
      // No whole blocks, or no key of the right length: it was no ESP packet.
    }
  }
  return undefined;
}

/** Of pcapng or pcap, little-endian; none of what is neither. */
function packetsIn(file: Buffer): readonly Buffer[] {
  const magic = file.length < 24 ? 0 : file.readUInt32LE(0);
  if (magic === 0x0a0d0d0a) return enhancedPackets(file);
  return magic === 0xa1b2c3d4 || magic === 0xa1b23c4d ? plainPackets(file) : [];
}

function enhancedPackets(file: Buffer): readonly Buffer[] {
  const packets: Buffer[] = [];
  for (let at = 0; at + 28 < file.length; ) {
    const length = file.readUInt32LE(at + 4);
    if (length < 12) break;
    if (file.readUInt32LE(at) === 6) packets.push(file.subarray(at + 28, at + 28 + file.readUInt32LE(at + 20)));
    at += length;
  }
  return packets;
}

function plainPackets(file: Buffer): readonly Buffer[] {
  const packets: Buffer[] = [];
  for (let at = 24; at + 16 < file.length; ) {
    const length = file.readUInt32LE(at + 8);
    packets.push(file.subarray(at + 16, at + 16 + length));
    at += 16 + length;
  }
  return packets;
}
