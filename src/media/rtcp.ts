/** RTCP packets (RFC 3550 6.4 to 6.6): sender and receiver reports, CNAME, BYE, always in compound packets. */

export interface ReportBlock {
  /** The source that is reported on. */
  readonly ssrc: number;
  /** Part lost since the last report, in 256ths. */
  readonly fractionLost: number;
  /** 24 bits, signed. */
  readonly cumulativeLost: number;
  readonly highestSequence: number;
  /** In timestamp units. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP timestamp of the last sender report; 0: none yet. */
  readonly lastSenderReport: number;
  /** In 1/65536 s. */
  readonly delaySinceLastSenderReport: number;
}

export interface SenderReport {
  readonly kind: 'senderReport';
  readonly ssrc: number;
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
  readonly reports: readonly ReportBlock[];
}

export interface ReceiverReport {
  readonly kind: 'receiverReport';
  readonly ssrc: number;
  readonly reports: readonly ReportBlock[];
}

export interface SourceDescription {
  readonly kind: 'sourceDescription';
  readonly ssrc: number;
  /** ASCII; undefined in a received one without CNAME. */
  readonly cname: string | undefined;
}

export interface Goodbye {
  readonly kind: 'goodbye';
  readonly ssrcs: readonly number[];
}

/** A type that we do not read (APP, feedback), of a peer. */
export interface OtherRtcp {
  readonly kind: 'other';
  readonly type: number;
}

export type RtcpPacket = SenderReport | ReceiverReport | SourceDescription | Goodbye | OtherRtcp;

const packetType = { senderReport: 200, receiverReport: 201, sourceDescription: 202, goodbye: 203 } as const;
const cnameItem = 1;
const reportBlockOctets = 24;

/** One compound packet. The first must be a report (RFC 3550 6.1). */
export function encodeRtcp(packets: readonly Exclude<RtcpPacket, OtherRtcp>[]): Buffer {
  return Buffer.concat(packets.map(encodePacket));
}

function encodePacket(packet: Exclude<RtcpPacket, OtherRtcp>): Buffer {
  switch (packet.kind) {
    case 'senderReport': {
      const out = start(packetType.senderReport, packet.reports.length, 28 + reportBlockOctets * packet.reports.length);
      out.writeUInt32BE(packet.ssrc, 4);
      out.writeUInt32BE(packet.ntpSeconds, 8);
      out.writeUInt32BE(packet.ntpFraction, 12);
      out.writeUInt32BE(packet.rtpTimestamp, 16);
      out.writeUInt32BE(packet.packetCount, 20);
      out.writeUInt32BE(packet.octetCount, 24);
      writeReports(out, 28, packet.reports);
      return out;
    }
    case 'receiverReport': {
      const out = start(
        packetType.receiverReport,
        packet.reports.length,
        8 + reportBlockOctets * packet.reports.length,
      );
      out.writeUInt32BE(packet.ssrc, 4);
      writeReports(out, 8, packet.reports);
      return out;
    }
    case 'sourceDescription': {
      const cname = Buffer.from(packet.cname ?? '', 'latin1').subarray(0, 255);
      // The item list ends with at least one zero octet, then fills the word (RFC 3550 6.5).
      const out = start(packetType.sourceDescription, 1, (8 + 2 + cname.length + 4) & ~3);
      out.writeUInt32BE(packet.ssrc, 4);
      out[8] = cnameItem;
      out[9] = cname.length;
      cname.copy(out, 10);
      return out;
    }
    case 'goodbye': {
      const out = start(packetType.goodbye, packet.ssrcs.length, 4 + 4 * packet.ssrcs.length);
      packet.ssrcs.forEach((ssrc, index) => {
        out.writeUInt32BE(ssrc, 4 + 4 * index);
      });
      return out;
    }
  }
}

/** Undefined: not a valid compound packet (RFC 3550 A.2), or one of its packets is too short for its counts. */
export function decodeRtcp(bytes: Buffer): readonly RtcpPacket[] | undefined {
  const packets: RtcpPacket[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 4 || bytes[at]! >> 6 !== 2) return undefined;
    const end = at + 4 + 4 * bytes.readUInt16BE(at + 2);
    if (end > bytes.length) return undefined;
    const padded = (bytes[at]! & 0x20) !== 0;
    if (padded && end !== bytes.length) return undefined; // only the last may have padding
    const packet = decodePacket(bytes[at + 1]!, bytes[at]! & 0x1f, bytes.subarray(at, end));
    if (packet === undefined) return undefined;
    packets.push(packet);
    at = end;
  }
  const first = packets[0]?.kind;
  return first === 'senderReport' || first === 'receiverReport' ? packets : undefined;
}

function decodePacket(type: number, count: number, bytes: Buffer): RtcpPacket | undefined {
  switch (type) {
    case packetType.senderReport: {
      const reports = readReports(bytes, 28, count);
      if (reports === undefined) return undefined;
      return {
        kind: 'senderReport',
        ssrc: bytes.readUInt32BE(4),
        ntpSeconds: bytes.readUInt32BE(8),
        ntpFraction: bytes.readUInt32BE(12),
        rtpTimestamp: bytes.readUInt32BE(16),
        packetCount: bytes.readUInt32BE(20),
        octetCount: bytes.readUInt32BE(24),
        reports,
      };
    }
    case packetType.receiverReport: {
      const reports = readReports(bytes, 8, count);
      return reports && { kind: 'receiverReport', ssrc: bytes.readUInt32BE(4), reports };
    }
    case packetType.sourceDescription:
      if (count === 0) return { kind: 'other', type };
      return bytes.length < 8
        ? undefined
        : { kind: 'sourceDescription', ssrc: bytes.readUInt32BE(4), cname: readCname(bytes, 8) };
    case packetType.goodbye: {
      if (bytes.length < 4 + 4 * count) return undefined;
      return { kind: 'goodbye', ssrcs: Array.from({ length: count }, (_, i) => bytes.readUInt32BE(4 + 4 * i)) };
    }
    default:
      return { kind: 'other', type };
  }
}

/** A zeroed packet of `octets` with its common header. */
function start(type: number, count: number, octets: number): Buffer {
  const out = Buffer.alloc(octets);
  out[0] = 0x80 | count;
  out[1] = type;
  out.writeUInt16BE(octets / 4 - 1, 2);
  return out;
}

function writeReports(out: Buffer, from: number, reports: readonly ReportBlock[]): void {
  let at = from;
  for (const report of reports) {
    out.writeUInt32BE(report.ssrc, at);
    out[at + 4] = report.fractionLost;
    out.writeIntBE(report.cumulativeLost, at + 5, 3);
    out.writeUInt32BE(report.highestSequence, at + 8);
    out.writeUInt32BE(report.jitter, at + 12);
    out.writeUInt32BE(report.lastSenderReport, at + 16);
    out.writeUInt32BE(report.delaySinceLastSenderReport, at + 20);
    at += reportBlockOctets;
  }
}

function readReports(bytes: Buffer, from: number, count: number): readonly ReportBlock[] | undefined {
  if (bytes.length < from + reportBlockOctets * count) return undefined;
  return Array.from({ length: count }, (_, index) => {
    const at = from + reportBlockOctets * index;
    return {
      ssrc: bytes.readUInt32BE(at),
      fractionLost: bytes[at + 4]!,
      cumulativeLost: bytes.readIntBE(at + 5, 3),
      highestSequence: bytes.readUInt32BE(at + 8),
      jitter: bytes.readUInt32BE(at + 12),
      lastSenderReport: bytes.readUInt32BE(at + 16),
      delaySinceLastSenderReport: bytes.readUInt32BE(at + 20),
    };
  });
}

/** The CNAME among the items of the first chunk. */
function readCname(bytes: Buffer, from: number): string | undefined {
  let at = from;
  while (at + 2 <= bytes.length && bytes[at] !== 0) {
    const end = at + 2 + bytes[at + 1]!;
    if (end > bytes.length) return undefined;
    if (bytes[at] === cnameItem) return bytes.toString('latin1', at + 2, end);
    at = end;
  }
  return undefined;
}
