/** Reads the packets of a capture file: pcap (both byte orders, microseconds and nanoseconds) and pcapng. */

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
  readonly packets: readonly CapturedPacket[];
  /** The file ends within a packet, or goes on with what is none: the offset from which nothing was read. */
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

/** What it could read of `file`; undefined where it is neither pcap nor pcapng. */
export function readPacketFile(file: Buffer): PacketFile | undefined {
  if (file.length < 4) return undefined;
  if (file.readUInt32LE(0) === SECTION_HEADER) return readBlocks(file);
  const isLittle = pcapMagics.has(file.readUInt32LE(0));
  return isLittle || pcapMagics.has(file.readUInt32BE(0)) ? readRecords(file, wordsOf(isLittle)) : undefined;
}

interface Words {
  short(octets: Buffer, at: number): number;
  long(octets: Buffer, at: number): number;
}

const little: Words = { short: (octets, at) => octets.readUInt16LE(at), long: (octets, at) => octets.readUInt32LE(at) };
const big: Words = { short: (octets, at) => octets.readUInt16BE(at), long: (octets, at) => octets.readUInt32BE(at) };

function wordsOf(isLittle: boolean): Words {
  return isLittle ? little : big;
}

/** draft-ietf-opsawg-pcap 4 and 5. */
function readRecords(file: Buffer, { long }: Words): PacketFile {
  const packets: CapturedPacket[] = [];
  if (file.length < PCAP_HEADER_LENGTH) return { packets, brokenAt: 0 };
  const fractionsPerMs = long(file, 0) === NANOSECOND_MAGIC ? 1e6 : 1e3;
  const linkType = long(file, 20) & 0xffff; // above are bits about a frame check sequence
  let at = PCAP_HEADER_LENGTH;
  while (at + RECORD_HEADER_LENGTH <= file.length) {
    const start = at + RECORD_HEADER_LENGTH;
    const length = long(file, at + 8);
    const octets = file.subarray(start, start + length);
    const time = long(file, at) * 1_000 + long(file, at + 4) / fractionsPerMs;
    packets.push({ time, linkType, octets, isCut: length < long(file, at + 12) });
    if (start + length > file.length) break;
    at = start + length;
  }
  return { packets, brokenAt: at === file.length ? undefined : at };
}

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  /** Units of its times in a millisecond. */
  readonly unitsPerMs: number;
  readonly offsetMs: number;
}

/** draft-ietf-opsawg-pcapng 3 and 4. Each section has its own byte order and its own interfaces. */
function readBlocks(file: Buffer): PacketFile {
  const packets: CapturedPacket[] = [];
  let interfaces: Interface[] = [];
  let words = little;
  let at = 0;
  while (at + 12 <= file.length) {
    if (file.readUInt32LE(at) === SECTION_HEADER) {
      words = wordsOf(file.readUInt32LE(at + 8) === BYTE_ORDER_MAGIC);
      interfaces = [];
    }
    const type = words.long(file, at);
    const length = words.long(file, at + 4);
    if (length < 12) break;
    const block = file.subarray(at, Math.min(at + length - 4, file.length));
    if (type === INTERFACE_DESCRIPTION && block.length >= 16) {
      interfaces.push(interfaceIn(block, words));
    } else packets.push(...packetIn(type, block, words, interfaces));
    if (at + length > file.length) break;
    at += length;
  }
  return { packets, brokenAt: at === file.length ? undefined : at };
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
