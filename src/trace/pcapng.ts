/**
 * Writes pcapng (draft-ietf-opsawg-pcapng), little-endian, one section. Every call hands whole blocks to the sink, so
 * that what was written is a complete file after any packet.
 */

/** Takes octets in order. The buffer belongs to the sink from then on. */
export type ByteSink = (bytes: Buffer) => void;

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const DECRYPTION_SECRETS = 10;
/** `TLSK`: the secrets are lines of a key log. */
const TLS_KEY_LOG = 0x544c534b;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Each packet begins with its IPv4 or IPv6 header. */
const LINKTYPE_RAW = 101;
const OPTION_END = 0;
const OPTION_COMMENT = 1;
const SECTION_OPTION_APPLICATION = 4;
const INTERFACE_OPTION_NAME = 2;
const INTERFACE_OPTION_DESCRIPTION = 3;
const INTERFACE_OPTION_TIME_RESOLUTION = 9;
/** Time stamps count 10^-6 s: the resolution that a double of milliseconds since 1970 still carries. */
const MICROSECONDS = 6;
const TWO_TO_32 = 0x1_0000_0000;
/** The fixed part of an enhanced packet block: type, length, interface, time (2), captured and original length. */
const PACKET_HEADER_LENGTH = 28;

export class PcapngWriter {
  readonly #sink: ByteSink;
  #interfaceCount = 0;

  /** Writes the section header. `application` names the program, as Wireshark's capture properties show it. */
  constructor(sink: ByteSink, application: string) {
    this.#sink = sink;
    const fixed = Buffer.alloc(16);
    fixed.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
    fixed.writeUInt16LE(1, 4);
    fixed.writeUInt16LE(0, 6);
    fixed.writeBigInt64LE(-1n, 8); // section length: not known in advance
    sink(block(SECTION_HEADER, fixed, [option(SECTION_OPTION_APPLICATION, Buffer.from(application))]));
  }

  /** Declares an interface; packets name it by the number returned. */
  addInterface(name: string, description: string): number {
    const fixed = Buffer.alloc(8);
    fixed.writeUInt16LE(LINKTYPE_RAW, 0);
    fixed.writeUInt32LE(0, 4); // snapshot length: no limit
    const options = [
      option(INTERFACE_OPTION_NAME, Buffer.from(name)),
      option(INTERFACE_OPTION_DESCRIPTION, Buffer.from(description)),
      option(INTERFACE_OPTION_TIME_RESOLUTION, Buffer.of(MICROSECONDS)),
    ];
    this.#sink(block(INTERFACE_DESCRIPTION, fixed, options));
    return this.#interfaceCount++;
  }

  /** Writes lines of a key log, before the packets that need them. */
  writeTlsKeys(lines: string): void {
    const length = Buffer.byteLength(lines, 'latin1');
    const fixed = Buffer.alloc(8 + padded(length));
    fixed.writeUInt32LE(TLS_KEY_LOG, 0);
    fixed.writeUInt32LE(length, 4);
    fixed.write(lines, 8, 'latin1');
    this.#sink(block(DECRYPTION_SECRETS, fixed, []));
  }

  /** Writes one IP packet. `time` in milliseconds since the Unix epoch; `comment` is shown beside the packet. */
  writePacket(interfaceNumber: number, time: number, packet: Buffer, comment: string | undefined): void {
    const commentLength = comment === undefined ? 0 : Buffer.byteLength(comment);
    const optionsLength = commentLength === 0 ? 0 : 4 + padded(commentLength) + 4;
    const total = PACKET_HEADER_LENGTH + padded(packet.length) + optionsLength + 4;
    const bytes = Buffer.alloc(total);
    const microseconds = Math.round(time * 1000);
    bytes.writeUInt32LE(ENHANCED_PACKET, 0);
    bytes.writeUInt32LE(total, 4);
    bytes.writeUInt32LE(interfaceNumber, 8);
    bytes.writeUInt32LE(Math.floor(microseconds / TWO_TO_32), 12);
    bytes.writeUInt32LE(microseconds % TWO_TO_32, 16);
    bytes.writeUInt32LE(packet.length, 20);
    bytes.writeUInt32LE(packet.length, 24);
    packet.copy(bytes, PACKET_HEADER_LENGTH);
    if (comment !== undefined && commentLength > 0) {
      const at = PACKET_HEADER_LENGTH + padded(packet.length);
      bytes.writeUInt16LE(OPTION_COMMENT, at);
      bytes.writeUInt16LE(commentLength, at + 2);
      bytes.write(comment, at + 4); // the end-of-options that follows is all zero
    }
    bytes.writeUInt32LE(total, total - 4);
    this.#sink(bytes);
  }
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function option(code: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt16LE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

function block(type: number, fixed: Buffer, options: readonly Buffer[]): Buffer {
  const end = Buffer.alloc(4);
  end.writeUInt16LE(OPTION_END, 0);
  const body = Buffer.concat([fixed, ...options, end]);
  const head = Buffer.alloc(8);
  const tail = Buffer.alloc(4);
  const total = 12 + body.length;
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(total, 4);
  tail.writeUInt32LE(total, 0);
  return Buffer.concat([head, body, tail]);
}
