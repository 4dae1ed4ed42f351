/**
 * IPv4 (RFC 791), IPv6 (RFC 8200), UDP (RFC 768) and TCP (RFC 9293) headers around octets that had none: imslab's
 * sockets see payloads only, the capture shows packets.
 */
import { addressOctets } from '../address-octets.js';
import type { Endpoint } from '../environment/index.js';

const UDP = 17;
const TCP = 6;
const HOP_LIMIT = 64;
const IPV4_HEADER_LENGTH = 20;
const IPV6_HEADER_LENGTH = 40;
const UDP_HEADER_LENGTH = 8;
const TCP_HEADER_LENGTH = 20;
/** The longest UDP payload that one IP packet carries: 65535 octets less the IPv4 and UDP headers. */
export const DATAGRAM_MAX = 65_507;

export const FIN = 0x01;
export const SYN = 0x02;
export const PSH = 0x08;
export const ACK = 0x10;

export interface TcpSegment {
  readonly sequence: number;
  readonly acknowledgement: number;
  /** `SYN | ACK` and so on. */
  readonly flags: number;
  /** Whole 32-bit words. */
  readonly options: Buffer;
  readonly payload: Buffer;
}

/** Builds packets; IPv4 identifications count up for each sender, so that one order of packets gives one capture. */
export class IpPacketBuilder {
  readonly #addresses = new Map<string, Buffer>();
  readonly #identifications = new Map<string, number>();

  /** One UDP datagram in one IP packet (a loopback interface has an MTU of 65536 and shows the same). */
  udp(from: Endpoint, to: Endpoint, payload: Buffer): Buffer {
    const content = payload.length > DATAGRAM_MAX ? payload.subarray(0, DATAGRAM_MAX) : payload;
    const length = UDP_HEADER_LENGTH + content.length;
    const { packet, at } = this.#packet(from, to, UDP, length);
    packet.writeUInt16BE(from.port, at);
    packet.writeUInt16BE(to.port, at + 2);
    packet.writeUInt16BE(length, at + 4);
    content.copy(packet, at + UDP_HEADER_LENGTH);
    const sum = transportChecksum(packet, at, UDP);
    packet.writeUInt16BE(sum === 0 ? 0xffff : sum, at + 6); // RFC 768: 0 would mean "none"
    return packet;
  }

  tcp(from: Endpoint, to: Endpoint, segment: TcpSegment): Buffer {
    const headerLength = TCP_HEADER_LENGTH + segment.options.length;
    const { packet, at } = this.#packet(from, to, TCP, headerLength + segment.payload.length);
    packet.writeUInt16BE(from.port, at);
    packet.writeUInt16BE(to.port, at + 2);
    packet.writeUInt32BE(segment.sequence, at + 4);
    packet.writeUInt32BE(segment.acknowledgement, at + 8);
    packet[at + 12] = (headerLength / 4) << 4;
    packet[at + 13] = segment.flags;
    packet.writeUInt16BE(0xffff, at + 14); // window
    segment.options.copy(packet, at + TCP_HEADER_LENGTH);
    segment.payload.copy(packet, at + headerLength);
    packet.writeUInt16BE(transportChecksum(packet, at, TCP), at + 16);
    return packet;
  }

  /** A zeroed packet with its IP header; the transport header begins at `at`. */
  #packet(from: Endpoint, to: Endpoint, protocol: number, length: number): { packet: Buffer; at: number } {
    const source = this.#address(from.address);
    const destination = this.#address(to.address);
    if (source.length === 4 && destination.length === 4) {
      const identification = ((this.#identifications.get(from.address) ?? 0) + 1) & 0xffff;
      this.#identifications.set(from.address, identification);
      return { packet: ipv4(source, destination, identification, protocol, length), at: IPV4_HEADER_LENGTH };
    }
    return { packet: ipv6(mapped(source), mapped(destination), protocol, length), at: IPV6_HEADER_LENGTH };
  }

  #address(text: string): Buffer {
    let bytes = this.#addresses.get(text);
    if (bytes === undefined) {
      bytes = addressBytes(text);
      this.#addresses.set(text, bytes);
    }
    return bytes;
  }
}

function ipv4(source: Buffer, destination: Buffer, identification: number, protocol: number, length: number): Buffer {
  const packet = Buffer.alloc(IPV4_HEADER_LENGTH + length);
  packet[0] = 0x45;
  packet.writeUInt16BE(packet.length, 2);
  packet.writeUInt16BE(identification, 4);
  packet.writeUInt16BE(0x4000, 6); // don't fragment
  packet[8] = HOP_LIMIT;
  packet[9] = protocol;
  source.copy(packet, 12);
  destination.copy(packet, 16);
  packet.writeUInt16BE(fold(sum16(packet, 0, IPV4_HEADER_LENGTH)), 10);
  return packet;
}

function ipv6(source: Buffer, destination: Buffer, protocol: number, length: number): Buffer {
  const packet = Buffer.alloc(IPV6_HEADER_LENGTH + length);
  packet[0] = 0x60;
  packet.writeUInt16BE(length, 4);
  packet[6] = protocol;
  packet[7] = HOP_LIMIT;
  source.copy(packet, 8);
  destination.copy(packet, 24);
  return packet;
}

/** The checksum over pseudo header, transport header and payload (RFC 9293 3.1, RFC 8200 8.1). */
function transportChecksum(packet: Buffer, at: number, protocol: number): number {
  const isIpv4 = at === IPV4_HEADER_LENGTH;
  const addresses = isIpv4 ? sum16(packet, 12, 20) : sum16(packet, 8, 40);
  return fold(addresses + protocol + (packet.length - at) + sum16(packet, at, packet.length));
}

/** The sum of the big-endian 16-bit words; an odd last octet counts as the high one. Below 2^32 for any packet. */
function sum16(bytes: Buffer, start: number, end: number): number {
  let sum = 0;
  const evenEnd = end - ((end - start) & 1);
  for (let i = start; i < evenEnd; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  return evenEnd === end ? sum : sum + (bytes[evenEnd]! << 8);
}

/** The one's complement of the one's complement sum (RFC 1071). */
function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/** An IPv4 address as IPv4-mapped IPv6 (RFC 4291 2.5.5.2), where the two ends of a packet differ in family. */
function mapped(address: Buffer): Buffer {
  return address.length === 16 ? address : Buffer.concat([Buffer.alloc(10), Buffer.of(0xff, 0xff), address]);
}

/** 4 or 16 octets of a numeric address (a zone such as `%lo` is dropped). Anything else becomes 0.0.0.0. */
export function addressBytes(text: string): Buffer {
  const zone = text.indexOf('%');
  return addressOctets(zone < 0 ? text : text.slice(0, zone)) ?? Buffer.alloc(4);
}
