/** Reads the packets of a capture file: pcap (both byte orders, microseconds and nanoseconds) and pcapng. */
import { FileOctets } from './file-octets.js';

export interface CapturedPacket {
  /** Milliseconds since the Unix epoch; 0 where the file has none. */
  readonly time: number;
  /** LINKTYPE_…, as tcpdump.org numbers them; undefined where the file does not describe the interface. */
  readonly linkType: number | undefined;
  readonly octets: Buffer;
  /** The capture kept less of the packet than there was (snap length). */
  readonly isCut: boolean;
}

export interface PacketFile {
  /** To be read once, each before the next one. */
  readonly packets: Iterable<CapturedPacket>;
  /**
   * The file ends within a packet, or goes on with what is none: the offset from which nothing was read. Known after the
   * packets.
   */
  readonly brokenAt: number | undefined;
}

const SECTION_HEADER = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const INTERFACE_DESCRIPTION = 1;
/** Obsolete, and still written by old programs. */
const PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;
const PCAP_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;
const NANOSECOND_MAGIC = 0xa1b23c4d;
const pcapMagics: ReadonlySet<number> = new Set([0xa1b2c3d4, NANOSECOND_MAGIC]);
/** Options of an interface: what a unit of its times is, and seconds to add to them. */
const TIME_RESOLUTION = 9;
const TIME_OFFSET = 14;

/** Longer than any packet; what a block says beyond that is passed over. */
const BLOCK_MAX = 1 << 24;

/** Whether a file that begins so is pcap or pcapng. */
export function isPacketFile(start: Buffer): boolean {
  return readerOf(start) !== undefined;
}

/** @param pieces of a file. Undefined where it is neither pcap nor pcapng */
export function readPacketFile(pieces: Iterable<Buffer>): PacketFile | undefined {
  const file = new FileOctets(pieces);
  const read = readerOf(file.peek(4));
  return read === undefined ? undefined : new FileReading(file, read);
}

/** Gives the packets, and at last the offset at which the file is broken. */
type PacketReader = (file: FileOctets) => Generator<CapturedPacket, number | undefined>;

function readerOf(start: Buffer): PacketReader | undefined {
  if (start.length < 4) return undefined;
  if (start.readUInt32LE(0) === SECTION_HEADER) return readBlocks;
  if (pcapMagics.has(start.readUInt32LE(0))) return (file) => readRecords(file, little);
  return pcapMagics.has(start.readUInt32BE(0)) ? (file) => readRecords(file, big) : undefined;
}

class FileReading implements PacketFile {
  brokenAt: number | undefined;

  constructor(
    private readonly file: FileOctets,
    private readonly read: PacketReader,
  ) {}

  get packets(): Iterable<CapturedPacket> {
    return this.#packets();
  }

  *#packets(): Generator<CapturedPacket> {
    this.brokenAt = yield* this.read(this.file);
  }
}

interface Words {
  short(octets: Buffer, at: number): number;
  long(octets: Buffer, at: number): number;
}

const little: Words = { short: (octets, at) => octets.readUInt16LE(at), long: (octets, at) => octets.readUInt32LE(at) };
const big: Words = { short: (octets, at) => octets.readUInt16BE(at), long: (octets, at) => octets.readUInt32BE(at) };

/** draft-ietf-opsawg-pcap 4 and 5. */
function* readRecords(file: FileOctets, { long }: Words): Generator<CapturedPacket, number | undefined> {
  const header = file.peek(PCAP_HEADER_LENGTH);
  if (header.length < PCAP_HEADER_LENGTH) return 0;
  const fractionsPerMs = long(header, 0) === NANOSECOND_MAGIC ? 1e6 : 1e3;
  const linkType = long(header, 20) & 0xffff; // above are bits about a frame check sequence
  file.pass(PCAP_HEADER_LENGTH);
  while (file.peek(1).length > 0) {
    const { offset } = file;
    const record = file.peek(RECORD_HEADER_LENGTH);
    if (record.length < RECORD_HEADER_LENGTH) return offset;
    const length = long(record, 8);
    const isCut = length < long(record, 12);
    const time = long(record, 0) * 1_000 + long(record, 4) / fractionsPerMs;
    const octets = file.peek(RECORD_HEADER_LENGTH + Math.min(length, BLOCK_MAX)).subarray(RECORD_HEADER_LENGTH);
    yield { time, linkType, octets, isCut };
    if (!file.pass(RECORD_HEADER_LENGTH + length)) return offset;
  }
  return undefined;
}

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  /** Units of its times in a millisecond. */
  readonly unitsPerMs: number;
  readonly offsetMs: number;
}

/** draft-ietf-opsawg-pcapng 3 and 4. Each section has its own byte order and its own interfaces. */
function* readBlocks(file: FileOctets): Generator<CapturedPacket, number | undefined> {
  let interfaces: Interface[] = [];
  let words = little;
  while (file.peek(1).length > 0) {
    const { offset } = file;
    const start = file.peek(12);
    if (start.length < 12) return offset;
    if (start.readUInt32LE(0) === SECTION_HEADER) {
      words = start.readUInt32LE(8) === BYTE_ORDER_MAGIC ? little : big;
      interfaces = [];
    }
    const type = words.long(start, 0);
    const length = words.long(start, 4);
    if (length < 12) return offset;
    const block = file.peek(Math.min(length - 4, BLOCK_MAX));
    if (type === INTERFACE_DESCRIPTION && block.length >= 16) interfaces.push(interfaceIn(block, words));
    else yield* packetIn(type, block, words, interfaces);
    if (!file.pass(length)) return offset;
  }
  return undefined;
}

/** draft-ietf-opsawg-pcapng 4.2. */
function interfaceIn(block: Buffer, words: Words): Interface {
  const options = optionsOf(block, 16, words);
  const resolution = options.get(TIME_RESOLUTION)?.[0] ?? 6;
  // A negative power of 2 where the highest bit is set, else of 10.
  const unitsPerSecond = resolution >= 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution;
  const offset = options.get(TIME_OFFSET);
  const offsetMs = offset?.length === 8 ? (words.long(offset, words === big ? 4 : 0) | 0) * 1_000 : 0;
  return {
    linkType: words.short(block, 8),
    snapLength: words.long(block, 12),
    unitsPerMs: unitsPerSecond / 1_000,
    offsetMs,
  };
}

/** draft-ietf-opsawg-pcapng 3.5: code, length and value, filled up to 32 bits. */
function optionsOf(block: Buffer, start: number, { short }: Words): ReadonlyMap<number, Buffer> {
  const options = new Map<number, Buffer>();
  for (let at = start; at + 4 <= block.length; ) {
    const length = short(block, at + 2);
    options.set(short(block, at), block.subarray(at + 4, at + 4 + length));
    at += 4 + ((length + 3) & ~3);
  }
  return options;
}

function packetIn(type: number, block: Buffer, words: Words, interfaces: readonly Interface[]): CapturedPacket[] {
  if (type === SIMPLE_PACKET && block.length >= 12) return [simplePacket(block, words, interfaces[0])];
  if ((type !== ENHANCED_PACKET && type !== PACKET) || block.length < 28) return [];
  const { short, long } = words;
  const index = type === ENHANCED_PACKET ? long(block, 8) : short(block, 8);
  const length = long(block, 20);
  const { linkType, unitsPerMs = 1e3, offsetMs = 0 } = interfaces[index] ?? {};
  const time = (long(block, 12) * 2 ** 32 + long(block, 16)) / unitsPerMs + offsetMs;
  return [{ time, linkType, octets: block.subarray(28, 28 + length), isCut: length < long(block, 24) }];
}

/** Of the first interface, and as long as its snap length and the block let it be. */
function simplePacket(block: Buffer, { long }: Words, from: Interface | undefined): CapturedPacket {
  const length = long(block, 8);
  const kept = from === undefined || from.snapLength === 0 ? length : Math.min(length, from.snapLength);
  const octets = block.subarray(12, 12 + kept);
  return { time: 0, linkType: from?.linkType, octets, isCut: kept < length };
}
