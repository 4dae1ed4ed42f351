/** A minimal pcapng reader of the tests' own: little-endian, one section, interface and enhanced packet blocks. */

export interface CapturedInterface {
  readonly linkType: number;
  readonly name: string;
  readonly timeResolution: number;
}

export interface CapturedPacket {
  readonly interfaceNumber: number;
  /** Microseconds since the Unix epoch. */
  readonly time: bigint;
  readonly bytes: Buffer;
  readonly comment: string | undefined;
}

export interface Captured {
  readonly application: string | undefined;
  readonly interfaces: CapturedInterface[];
  readonly packets: CapturedPacket[];
}

export function readPcapng(file: Buffer): Captured {
  const interfaces: CapturedInterface[] = [];
  const packets: CapturedPacket[] = [];
  let application: string | undefined;
  for (let at = 0; at < file.length; ) {
    const type = file.readUInt32LE(at);
    const length = file.readUInt32LE(at + 4);
    if (length % 4 !== 0 || file.readUInt32LE(at + length - 4) !== length) throw new Error(`bad block at ${at}`);
    const body = file.subarray(at + 8, at + length - 4);
    if (type === 0x0a0d0d0a) {
      if (body.readUInt32LE(0) !== 0x1a2b3c4d) throw new Error('not little-endian');
      application = options(body.subarray(16)).get(4)?.toString();
    } else if (type === 1) {
      const found = options(body.subarray(8));
      const [name = Buffer.alloc(0), resolution = Buffer.of(6)] = [found.get(2), found.get(9)];
      interfaces.push({ linkType: body.readUInt16LE(0), name: name.toString(), timeResolution: resolution[0]! });
    } else if (type === 6) packets.push(packet(body));
    else throw new Error(`unknown block type ${type}`);
    at += length;
  }
  return { application, interfaces, packets };
}

function packet(body: Buffer): CapturedPacket {
  const length = body.readUInt32LE(12);
  const bytes = body.subarray(20, 20 + length);
  const comment = options(body.subarray(20 + ((length + 3) & ~3)))
    .get(1)
    ?.toString();
  const time = (BigInt(body.readUInt32LE(4)) << 32n) | BigInt(body.readUInt32LE(8));
  return { interfaceNumber: body.readUInt32LE(0), time, bytes, comment };
}

function options(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length; ) {
    const code = bytes.readUInt16LE(at);
    const length = bytes.readUInt16LE(at + 2);
    if (code === 0) break;
    found.set(code, bytes.subarray(at + 4, at + 4 + length));
    at += 4 + ((length + 3) & ~3);
  }
  return found;
}

export interface IpPacket {
  readonly version: number;
  readonly protocol: number;
  readonly identification: number | undefined;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly payload: Buffer;
  /** Every checksum of the packet adds up to 0xffff (RFC 1071). */
  readonly checksumsHold: boolean;
}

/** Takes an IPv4 or IPv6 packet with UDP or TCP apart. */
export function readIpPacket(bytes: Buffer): IpPacket {
  const version = bytes[0]! >> 4;
  const is4 = version === 4;
  const headerLength = is4 ? (bytes[0]! & 15) * 4 : 40;
  const protocol = bytes[is4 ? 9 : 6]!;
  const addresses = is4 ? bytes.subarray(12, 20) : bytes.subarray(8, 40);
  const announced = is4 ? bytes.readUInt16BE(2) : 40 + bytes.readUInt16BE(4);
  if (announced !== bytes.length) throw new Error(`IP length ${announced} of ${bytes.length}`);
  const content = bytes.subarray(headerLength);
  const pseudo = Buffer.from([0, protocol, content.length >> 8, content.length & 0xff]);
  const isTcp = protocol === 6;
  const half = addresses.length / 2;
  return {
    version,
    protocol,
    identification: is4 ? bytes.readUInt16BE(4) : undefined,
    source: addresses.subarray(0, half).toString('hex'),
    destination: addresses.subarray(half).toString('hex'),
    sourcePort: content.readUInt16BE(0),
    destinationPort: content.readUInt16BE(2),
    sequence: isTcp ? content.readUInt32BE(4) : 0,
    acknowledgement: isTcp ? content.readUInt32BE(8) : 0,
    flags: isTcp ? content[13]! : 0,
    payload: content.subarray(isTcp ? (content[12]! >> 4) * 4 : 8),
    checksumsHold:
      onesSum(Buffer.concat([addresses, pseudo, content])) === 0xffff &&
      (!is4 || onesSum(bytes.subarray(0, headerLength)) === 0xffff),
  };
}

function onesSum(bytes: Buffer): number {
  const even = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.of(0)]);
  let sum = 0;
  for (let at = 0; at < even.length; at += 2) {
    sum += even.readUInt16BE(at);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}
