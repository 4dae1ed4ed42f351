/** Packets and capture files as the specifications lay them out, for whoever reads captures. */

export const source = Buffer.of(192, 0, 2, 1);
export const destination = Buffer.of(198, 51, 100, 1);
export const IPV4 = 0x0800;
export const IPV6 = 0x86dd;
export const UDP = 17;
export const TCP = 6;
export const ESP = 50;
export const SCTP = 132;

/** Numbers of 16 bits, big-endian. */
export function shorts(...values: readonly number[]): Buffer {
  const octets = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) octets.writeUInt16BE(value, index * 2);
  return octets;
}

export function longs(...values: readonly number[]): Buffer {
  const octets = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) octets.writeUInt32BE(value, index * 4);
  return octets;
}

export function udp(payload: Buffer | string, ports: readonly [number, number] = [5060, 5060]): Buffer {
  const octets = Buffer.from(payload);
  return Buffer.concat([shorts(...ports, 8 + octets.length, 0), octets]);
}

export function tcp(sequence: number, payload: Buffer | string, flags = 0x18): Buffer {
  return Buffer.concat([
    shorts(49152, 5060),
    longs(sequence >>> 0, 1),
    Buffer.of(0x50, flags),
    shorts(65535, 0, 0),
    Buffer.from(payload),
  ]);
}

interface Ipv4Options {
  readonly id?: number;
  readonly offset?: number;
  readonly hasMore?: boolean;
  readonly from?: Buffer;
  readonly to?: Buffer;
}

/** RFC 791 3.1. `offset` and `hasMore` make a fragment. */
export function ipv4(
  protocol: number,
  payload: Buffer,
  { id = 1, offset = 0, hasMore = false, from = source, to = destination }: Ipv4Options = {},
): Buffer {
  const flags = (offset / 8) | (hasMore ? 0x2000 : 0);
  return Buffer.concat([
    Buffer.of(0x45, 0),
    shorts(20 + payload.length, id, flags),
    Buffer.of(64, protocol, 0, 0),
    from,
    to,
    payload,
  ]);
}

/** RFC 8200 3. `next` names the first of the extension headers, which `payload` begins with. */
export function ipv6(next: number, payload: Buffer): Buffer {
  const prefix = Buffer.concat([longs(0x20010db8), Buffer.alloc(8)]);
  const addresses = [prefix, source, prefix, destination];
  return Buffer.concat([longs(0x60000000), shorts(payload.length), Buffer.of(next, 64), ...addresses, payload]);
}

export function ethernet(type: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(12, 2), shorts(type), payload]);
}

/** RFC 4303 2 with NULL encryption (RFC 2410) and an ICV of `icvLength` octets. */
export function nullEsp(protocol: number, payload: Buffer, icvLength = 12): Buffer {
  const padding = (8 - ((payload.length + 2) % 4)) % 4;
  const trailer = Buffer.of(...Array.from({ length: padding }, (_, index) => index + 1), padding, protocol);
  return Buffer.concat([longs(0x1234, 1), payload, trailer, Buffer.alloc(icvLength, 0xaa)]);
}

interface PcapOptions {
  readonly linkType?: number;
  readonly isBig?: boolean;
  readonly magic?: number;
  readonly snapLength?: number;
  /** Of each frame, in whole seconds. */
  readonly seconds?: readonly number[];
}

function numbers(isBig: boolean, ...values: readonly number[]): Buffer {
  const octets = longs(...values);
  return isBig ? octets : octets.swap32();
}

/** draft-ietf-opsawg-pcap 4, 5. */
export function pcap(
  frames: readonly Buffer[],
  { linkType = 1, isBig = false, magic = 0xa1b2c3d4, snapLength = 0xffff, seconds = [] }: PcapOptions = {},
): Buffer {
  const version = isBig ? shorts(2, 4) : shorts(2, 4).swap16();
  const parts = [numbers(isBig, magic), version, numbers(isBig, 0, 0, snapLength, linkType)];
  for (const [index, frame] of frames.entries()) {
    const kept = frame.subarray(0, snapLength);
    parts.push(numbers(isBig, seconds[index] ?? 0, 0, kept.length, frame.length), kept);
  }
  return Buffer.concat(parts);
}

export type NgBlock =
  | { readonly type: 'interface'; readonly linkType: number; readonly snapLength?: number }
  | { readonly type: 'enhanced' | 'obsolete'; readonly from: number; readonly frame: Buffer }
  | { readonly type: 'simple'; readonly frame: Buffer; readonly length?: number };

/** One section of pcapng (draft-ietf-opsawg-pcapng 4). */
export function section(isBig: boolean, blocks: readonly NgBlock[]): Buffer {
  const short = (value: number) => (isBig ? shorts(value) : shorts(value).swap16());
  const long = (...values: readonly number[]) => numbers(isBig, ...values);
  const block = (type: number, ...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    const padding = Buffer.alloc((4 - (body.length % 4)) % 4);
    const length = long(body.length + padding.length + 12);
    return Buffer.concat([long(type), length, body, padding, length]);
  };
  const write = (each: NgBlock): Buffer => {
    if (each.type === 'interface') return block(1, short(each.linkType), short(0), long(each.snapLength ?? 0));
    const { frame } = each;
    if (each.type === 'simple') return block(3, long(each.length ?? frame.length), frame);
    const lengths = long(frame.length, frame.length);
    if (each.type === 'enhanced') return block(6, long(each.from, 0, 0), lengths, frame);
    return block(2, short(each.from), short(0), long(0, 0), lengths, frame);
  };
  const header = block(0x0a0d0d0a, long(0x1a2b3c4d), short(1), short(0), Buffer.alloc(8, 0xff));
  return Buffer.concat([header, ...blocks.map(write)]);
}

interface DataChunk {
  readonly tsn: number;
  readonly stream?: number;
  readonly sequence?: number;
  readonly protocol?: number;
  readonly isUnordered?: boolean;
  readonly isFirst?: boolean;
  readonly isLast?: boolean;
}

/** RFC 9260 3.2. `length` where the chunk says another one than it has. */
export function sctpChunk(type: number, flags: number, value: Buffer, length = 4 + value.length): Buffer {
  return Buffer.concat([Buffer.of(type, flags), shorts(length), value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

/** RFC 9260 3.3.1; Diameter in the clear (RFC 6733 11.4) where `protocol` does not say another one. */
export function sctpData(payload: Buffer | string, chunk: DataChunk): Buffer {
  const { tsn, stream = 0, sequence = 0, protocol = 46, isUnordered = false, isFirst = true, isLast = true } = chunk;
  const flags = (isUnordered ? 4 : 0) | (isFirst ? 2 : 0) | (isLast ? 1 : 0);
  const header = [longs(tsn >>> 0), shorts(stream, sequence), longs(protocol)];
  return sctpChunk(0, flags, Buffer.concat([...header, Buffer.from(payload)]));
}

/** RFC 9260 3.1. */
export function sctp(tag: number, chunks: readonly Buffer[], ports: readonly [number, number] = [49153, 3868]): Buffer {
  return Buffer.concat([shorts(...ports), longs(tag, 0), ...chunks]);
}
