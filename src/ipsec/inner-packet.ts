/**
 * What stands inside ESP: a UDP header (RFC 768) before the datagram's octets and, in a tunnel, an IP header before that
 * (RFC 791, RFC 8200).
 */
import { addressOctets } from '../address-octets.js';
import type { Endpoint, IpsecMode } from '../environment/index.js';
import type { EspContent } from './esp.js';

/** IP protocol numbers. */
export const UDP = 17;
export const TCP = 6;
const IPV4 = 4;
const IPV6 = 41;

const UDP_HEADER_LENGTH = 8;
const IPV4_HEADER_LENGTH = 20;
const IPV6_HEADER_LENGTH = 40;
const HOP_LIMIT = 64;

/** A datagram from inside. */
export interface InnerDatagram {
  readonly fromPort: number;
  readonly toPort: number;
  readonly bytes: Buffer;
  /** From the inner IP header of a tunnel. */
  readonly addresses: { readonly from: Buffer; readonly to: Buffer } | undefined;
}

/** The datagram as the content of an ESP packet. */
export function innerPacket(from: Endpoint, to: Endpoint, bytes: Buffer, mode: IpsecMode): EspContent {
  const source = octetsOf(from.address);
  const destination = octetsOf(to.address);
  const datagram = udpDatagram(source, from.port, destination, to.port, bytes);
  if (mode === 'trans') return { payload: datagram, nextHeader: UDP };
  const isIpv4 = source.length === 4;
  const header = isIpv4
    ? ipv4Header(source, destination, datagram.length)
    : ipv6Header(source, destination, datagram.length);
  return { payload: Buffer.concat([header, datagram]), nextHeader: isIpv4 ? IPV4 : IPV6 };
}

/** The datagram that an ESP packet of that mode holds, or in one sentence why it holds none. */
export function readInnerPacket({ payload, nextHeader }: EspContent, mode: IpsecMode): InnerDatagram | string {
  if (mode === 'trans') return nextHeader === UDP ? readDatagram(payload, undefined) : notUdp(nextHeader);
  if (nextHeader === IPV4) return readIpv4(payload);
  if (nextHeader === IPV6) return readIpv6(payload);
  return `next header ${nextHeader} is no IP packet`;
}

/** Of an address that the network has, so there are octets. */
export function octetsOf(address: string): Buffer {
  return addressOctets(address) ?? Buffer.alloc(4);
}

function udpDatagram(source: Buffer, fromPort: number, destination: Buffer, toPort: number, bytes: Buffer): Buffer {
  const datagram = Buffer.allocUnsafe(UDP_HEADER_LENGTH + bytes.length);
  datagram.writeUInt16BE(fromPort, 0);
  datagram.writeUInt16BE(toPort, 2);
  datagram.writeUInt16BE(datagram.length, 4);
  datagram.writeUInt16BE(0, 6);
  bytes.copy(datagram, UDP_HEADER_LENGTH);
  // Over the pseudo header of RFC 768 or RFC 8200 8.1, whose fields add up to the same.
  const sum = sum16(source) + sum16(destination) + UDP + datagram.length + sum16(datagram);
  datagram.writeUInt16BE(complement(sum) || 0xffff, 6); // 0 would mean "none"
  return datagram;
}

/** The checksum goes unproven: the ICV has covered it. */
function readDatagram(packet: Buffer, addresses: InnerDatagram['addresses']): InnerDatagram | string {
  const length = packet.length < UDP_HEADER_LENGTH ? 0 : packet.readUInt16BE(4);
  if (length < UDP_HEADER_LENGTH || length > packet.length) return 'its UDP header is broken';
  return {
    fromPort: packet.readUInt16BE(0),
    toPort: packet.readUInt16BE(2),
    bytes: packet.subarray(UDP_HEADER_LENGTH, length),
    addresses,
  };
}

function readIpv4(packet: Buffer): InnerDatagram | string {
  const headerLength = packet.length < IPV4_HEADER_LENGTH ? 0 : (packet[0]! & 0xf) * 4;
  if (headerLength < IPV4_HEADER_LENGTH || headerLength > packet.length || packet[0]! >> 4 !== 4) {
    return 'its inner IP header is broken';
  }
  if (packet[9] !== UDP) return notUdp(packet[9]!);
  const addresses = { from: packet.subarray(12, 16), to: packet.subarray(16, 20) };
  return readDatagram(packet.subarray(headerLength), addresses);
}

function readIpv6(packet: Buffer): InnerDatagram | string {
  if (packet.length < IPV6_HEADER_LENGTH || packet[0]! >> 4 !== 6) return 'its inner IP header is broken';
  if (packet[6] !== UDP) return notUdp(packet[6]!);
  const addresses = { from: packet.subarray(8, 24), to: packet.subarray(24, 40) };
  return readDatagram(packet.subarray(IPV6_HEADER_LENGTH), addresses);
}

function notUdp(protocol: number): string {
  return protocol === TCP ? 'TCP inside ESP is not carried here' : `IP protocol ${protocol} is not UDP`;
}

function ipv4Header(source: Buffer, destination: Buffer, length: number): Buffer {
  const header = Buffer.alloc(IPV4_HEADER_LENGTH);
  header[0] = 0x45;
  header.writeUInt16BE(IPV4_HEADER_LENGTH + length, 2);
  header.writeUInt16BE(0x4000, 6); // don't fragment
  header[8] = HOP_LIMIT;
  header[9] = UDP;
  source.copy(header, 12);
  destination.copy(header, 16);
  header.writeUInt16BE(complement(sum16(header)), 10);
  return header;
}

function ipv6Header(source: Buffer, destination: Buffer, length: number): Buffer {
  const header = Buffer.alloc(IPV6_HEADER_LENGTH);
  header[0] = 0x60;
  header.writeUInt16BE(length, 4);
  header[6] = UDP;
  header[7] = HOP_LIMIT;
  source.copy(header, 8);
  destination.copy(header, 24);
  return header;
}

/** The sum of the 16-bit words, an odd last octet as the high one (RFC 1071). */
function sum16(bytes: Buffer): number {
  let sum = 0;
  const even = bytes.length & ~1;
  for (let at = 0; at < even; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  return even === bytes.length ? sum : sum + (bytes[even]! << 8);
}

function complement(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return ~folded & 0xffff;
}
