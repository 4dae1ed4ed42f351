/** RTP packets (RFC 3550 5.1, 5.3.1). */

export interface RtpHeader {
  /** True on the first packet of a talkspurt (RFC 3551 4.1). */
  readonly marker: boolean;
  /** 0 … 127. */
  readonly payloadType: number;
  /** 16 bits. */
  readonly sequenceNumber: number;
  /** 32 bits, in units of the clock rate. */
  readonly timestamp: number;
  readonly ssrc: number;
}

export interface RtpPacket extends RtpHeader {
  readonly csrcs: readonly number[];
  /** Without padding; a slice of the datagram. */
  readonly payload: Buffer;
}

const fixedHeaderOctets = 12;

/** A packet without contributing sources, extension or padding. */
export function encodeRtp(header: RtpHeader, payload: Buffer): Buffer {
  const packet = Buffer.allocUnsafe(fixedHeaderOctets + payload.length);
  packet[0] = 0x80; // version 2
  packet[1] = (header.marker ? 0x80 : 0) | header.payloadType;
  packet.writeUInt16BE(header.sequenceNumber, 2);
  packet.writeUInt32BE(header.timestamp, 4);
  packet.writeUInt32BE(header.ssrc, 8);
  payload.copy(packet, fixedHeaderOctets);
  return packet;
}

/** Undefined: not RTP version 2, or shorter than its header says (RFC 3550 A.1). */
export function decodeRtp(bytes: Buffer): RtpPacket | undefined {
  if (bytes.length < fixedHeaderOctets || bytes[0]! >> 6 !== 2) return undefined;
  const csrcCount = bytes[0]! & 0x0f;
  let start = fixedHeaderOctets + 4 * csrcCount;
  if (bytes[0]! & 0x10) {
    if (bytes.length < start + 4) return undefined;
    start += 4 + 4 * bytes.readUInt16BE(start + 2); // RFC 3550 5.3.1
  }
  let end = bytes.length;
  if (bytes[0]! & 0x20) end -= bytes[end - 1]! || Number.POSITIVE_INFINITY; // a padding count of 0 is not possible
  if (start > end) return undefined;
  const csrcs: number[] = [];
  for (let i = 0; i < csrcCount; i++) csrcs.push(bytes.readUInt32BE(fixedHeaderOctets + 4 * i));
  return {
    marker: (bytes[1]! & 0x80) !== 0,
    payloadType: bytes[1]! & 0x7f,
    sequenceNumber: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    csrcs,
    payload: bytes.subarray(start, end),
  };
}
