/** The messages of a capture: links, IP, fragments, tunnels, ESP and TCP are taken off. */
import { addressText } from '../../address-octets.js';
import type { Endpoint, MessageRecord } from '../../environment/index.js';
import { keptOctets } from '../kept-octets.js';
import { messageProtocol } from '../message-kind.js';
import { EspKeys } from './esp-keys.js';
import { ipPacketOf, isKnownLink } from './frame.js';
import { FragmentAssembler, type IpDatagram } from './ip-datagram.js';
import { type CapturedPacket, type PacketFile, readPacketFile } from './packet-file.js';
import { SctpMessages } from './sctp-messages.js';
import { type Arrival, isTlsRecord, TcpStreams } from './tcp-stream.js';

export interface CapturedMessage {
  /** Of the packet that completed it, from 1, as Wireshark counts. */
  readonly frame: number;
  /** Milliseconds since the Unix epoch; 0 where the file has no times. */
  readonly time: number;
  readonly transport: MessageRecord['transport'];
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly isInEsp: boolean;
  /** The capture has all of it. */
  readonly isWhole: boolean;
  readonly octets: Buffer;
}

export interface CapturedMessages {
  /** SIP, Diameter and pieces of them, by the time at which each was complete. */
  readonly messages: readonly CapturedMessage[];
  readonly packetCount: number;
  /** What of the capture could not be read, and how to capture it better. */
  readonly shortcomings: readonly string[];
}

export interface CapturedSip {
  /** One octet a character, by the time at which each was complete. */
  readonly messages: readonly string[];
  /** What of the capture could not be read, and how to capture it better. */
  readonly shortcomings: readonly string[];
}

const TCP = 6;
const UDP = 17;
const ESP = 50;
const SCTP = 132;
/** IPv4 and IPv6 in IP. */
const ipTunnels: ReadonlySet<number> = new Set([4, 41]);
const GTP_PORT = 2152;
/** RFC 6951 4.1. */
const SCTP_PORT = 9899;
const TUNNELS_MAX = 8;

const shortcomingTexts = {
  truncatedFile: (offset: number) =>
    `the file ends within a packet, at offset ${offset}: copy it anew, or stop the capture before you copy it`,
  cut: (count: number) => `${are(count)} cut by the snap length: capture with tcpdump -s 0`,
  fragments: (count: number) => `${count} fragmented IP ${count === 1 ? 'datagram misses' : 'datagrams miss'} a part`,
  gap: (count: number) => `${count} TCP ${count === 1 ? 'stream misses' : 'streams miss'} octets`,
  esp: (count: number) =>
    `${are(count)} encrypted ESP: put Wireshark's table esp_sa with its keys into the folder of the capture`,
  compressed: (count: number) =>
    `${are(count)} compressed (SigComp, RFC 3320): switch that off in the UE or at the P-CSCF`,
  tls: (count: number) => `${are(count)} TLS, which is not opened: export the SIP messages as text with Wireshark`,
  chunks: (count: number) => `${count} SCTP ${count === 1 ? 'stream misses' : 'streams miss'} chunks`,
  dtls: (count: number) =>
    `${count} SCTP ${count === 1 ? 'message is' : 'messages are'} Diameter in DTLS, which is not opened: let the peers use SCTP without it`,
  interleaved: (count: number) =>
    `${count} SCTP ${count === 1 ? 'chunk is' : 'chunks are'} I-DATA (RFC 8260), which is not read: switch interleaving off at one of the peers`,
  link: (count: number) =>
    `${are(count)} of a link that is not known here: capture on the network interface itself, or with tcpdump -i any`,
};
type Shortcoming = keyof typeof shortcomingTexts;

function are(count: number): string {
  return count === 1 ? 'one packet is' : `${count} packets are`;
}

/**
 * @param file in pieces, of which no more is held than is of interest
 * @param espTable the lines of `esp_sa`; undefined where `file` is no capture
 */
export function readCapturedMessages(file: Iterable<Buffer>, espTable: string): CapturedMessages | undefined {
  const packetFile = readPacketFile(file);
  return packetFile === undefined ? undefined : new CaptureReader(espTable).read(packetFile);
}

/** Its SIP and pieces of it as text; `file` and `espTable` as above. */
export function readCapturedSip(file: Iterable<Buffer>, espTable: string): CapturedSip | undefined {
  const captured = readCapturedMessages(file, espTable);
  if (captured === undefined) return undefined;
  const { packetCount, shortcomings } = captured;
  const messages = captured.messages
    .map(({ octets }) => octets.toString('latin1'))
    .filter((text) => sipParts.test(text));
  return {
    messages,
    shortcomings: messages.length > 0 ? shortcomings : [...shortcomings, nothingOf('SIP', packetCount)],
  };
}

/** That a capture has none of what is looked for. */
export function nothingOf(what: string, packetCount: number): string {
  return packetCount === 0
    ? 'it has no packets: see the capture filter, and which interface it was'
    : `there is no ${what} in the clear in its ${packetCount} packets`;
}

/** What a packet was found in. */
interface Outside {
  readonly depth: number;
  readonly isInEsp: boolean;
}

const outermost: Outside = { depth: 0, isInEsp: false };

class CaptureReader {
  readonly #esp: EspKeys;
  readonly #fragments = new FragmentAssembler();
  readonly #streams = new TcpStreams((message) => this.#add(message));
  readonly #associations = new SctpMessages(isOfInterest);
  readonly #messages: CapturedMessage[] = [];
  readonly #counts = new Map<Shortcoming, number>();
  #frame = 0;
  #time = 0;
  #isWhole = true;

  constructor(espTable: string) {
    this.#esp = new EspKeys(espTable);
  }

  read(file: PacketFile): CapturedMessages {
    for (const packet of file.packets) this.#readPacket(packet);
    this.#giveUpFragments();
    const gaps = { gap: this.#streams.end(), chunks: this.#associations.gapCount };
    for (const name of ['gap', 'chunks'] as const) if (gaps[name] > 0) this.#counts.set(name, gaps[name]);
    if (file.brokenAt !== undefined) this.#counts.set('truncatedFile', file.brokenAt);
    return {
      // Packets of several interfaces, or of a file that was put together, may stand in any order.
      messages: this.#messages
        .map((each) => this.#withOneAddress(each))
        .sort((a, b) => a.time - b.time || a.frame - b.frame),
      packetCount: this.#frame,
      shortcomings: [...this.#counts].map(([name, count]) => shortcomingTexts[name](count)),
    };
  }

  #count(shortcoming: Shortcoming): void {
    this.#counts.set(shortcoming, (this.#counts.get(shortcoming) ?? 0) + 1);
  }

  #readPacket({ time, linkType, octets, isCut }: CapturedPacket): void {
    this.#giveUpFragments(time);
    this.#frame += 1;
    this.#time = time;
    this.#isWhole = !isCut;
    if (isCut) this.#count('cut');
    const packet = ipPacketOf(linkType, octets);
    const datagram = packet === undefined ? undefined : this.#fragments.push(packet, time);
    if (datagram !== undefined) this.#readDatagram(datagram, outermost);
    else if (packet !== undefined) return;
    // A link that is not known may have the message in the clear all the same.
    else if (octets.includes('SIP/2.0'))
      this.#keep({ ...this.#arrival(outermost), ...nowhere, isWhole: false, octets });
    else if (!isKnownLink(linkType)) this.#count('link');
  }

  /** Datagrams that miss a fragment. */
  #giveUpFragments(time?: number): void {
    for (const datagram of this.#fragments.takeIncomplete(time)) {
      this.#count('fragments');
      this.#isWhole = false;
      this.#readDatagram(datagram, outermost);
    }
  }

  #readDatagram(datagram: IpDatagram, outside: Outside): void {
    const { protocol, payload } = datagram;
    if (outside.depth > TUNNELS_MAX) return;
    if (ipTunnels.has(protocol)) this.#readTunnel(payload, outside);
    else if (protocol === TCP) this.#readTcp(datagram, outside);
    else if (protocol === UDP && payload.length > 8) this.#readUdp(datagram, outside);
    else if (protocol === ESP) this.#readEsp(datagram.addresses, payload, outside);
    else if (protocol === SCTP) this.#readSctp(datagram.addresses, payload, outside);
  }

  #readTunnel(packet: Buffer, { depth, isInEsp }: Outside): void {
    const datagram = this.#fragments.push(packet, this.#time);
    if (datagram !== undefined) this.#readDatagram(datagram, { depth: depth + 1, isInEsp });
  }

  #readTcp({ addresses, payload: segment }: IpDatagram, { isInEsp }: Outside): void {
    const headerLength = ((segment[12] ?? 0) >> 4) * 4;
    if (isTlsRecord(segment.subarray(headerLength))) this.#count('tls');
    const arrival = { frame: this.#frame, time: this.#time, isInEsp };
    this.#streams.push(endsOf(addresses), segment, arrival);
  }

  #readUdp({ addresses, payload: datagram }: IpDatagram, outside: Outside): void {
    const length = Math.max(datagram.readUInt16BE(4), 8);
    const content = datagram.subarray(8, length);
    const ports = [datagram.readUInt16BE(0), datagram.readUInt16BE(2)] as const;
    // RFC 3948 2: four octets of zero are IKE.
    const mayBeEsp = ports.includes(4500) && content.length > 8 && content.readUInt32BE(0) !== 0;
    if (mayBeEsp || this.#esp.knows(content)) this.#readEsp(addresses, content, outside);
    else if (ports.includes(GTP_PORT)) this.#readTunnel(gtpContent(content), outside);
    else if (ports.includes(SCTP_PORT)) this.#readSctp(addresses, content, outside);
    // RFC 3320 7: the first five bits are ones; the port tells it from RTP and noise.
    else if (ports.some(isSipPort) && content[0]! >= 0xf8) this.#count('compressed');
    else {
      const [from, to] = endsOf(addresses);
      const isWhole = length === datagram.length;
      this.#message(content, { address: from, port: ports[0] }, { address: to, port: ports[1] }, outside, isWhole);
    }
  }

  #readSctp(addresses: string, packet: Buffer, { isInEsp }: Outside): void {
    const { messages, unread } = this.#associations.push(addresses, packet);
    for (const each of unread) this.#count(each);
    const arrival = { frame: this.#frame, time: this.#time, isInEsp, transport: 'sctp' } as const;
    for (const message of messages) this.#add({ ...arrival, ...message });
  }

  /** An end of SCTP has several, and may answer from another one than it was asked at. */
  #withOneAddress(message: CapturedMessage): CapturedMessage {
    if (message.transport !== 'sctp') return message;
    const { from, to } = message;
    return { ...message, from: this.#associations.firstSeen(from), to: this.#associations.firstSeen(to) };
  }

  #readEsp(addresses: string, packet: Buffer, { depth }: Outside): void {
    const content = this.#esp.open(packet);
    if (content === undefined) this.#count('esp');
    else this.#readDatagram({ addresses, ...content }, { depth: depth + 1, isInEsp: true });
  }

  #message(octets: Buffer, from: Endpoint, to: Endpoint, outside: Outside, isWhole: boolean): void {
    this.#add({ ...this.#arrival(outside), from, to, isWhole: isWhole && this.#isWhole, octets });
  }

  #arrival({ isInEsp }: Outside): Arrival & { readonly transport: 'udp' } {
    return { frame: this.#frame, time: this.#time, isInEsp, transport: 'udp' };
  }

  /** Whether it is of interest. */
  #add(message: CapturedMessage): boolean {
    if (!isOfInterest(message.octets, message.transport)) return false;
    this.#keep(message);
    return true;
  }

  #keep(message: CapturedMessage): void {
    this.#messages.push({ ...message, octets: keptOctets(message.octets) });
  }
}

/** SIP, Diameter and what may be a piece of SIP. */
function isOfInterest(octets: Buffer, transport: CapturedMessage['transport']): boolean {
  const protocol = messageProtocol(octets, transport);
  if (protocol === 'other') return sipParts.test(octets.toString('latin1'));
  return protocol === 'sip' || protocol === 'diameter';
}

/** Where a packet has no address that is known here. */
const nowhere = { from: { address: '', port: 0 }, to: { address: '', port: 0 } };

function endsOf(addresses: string): readonly [from: string, to: string] {
  const half = addresses.length / 2;
  const texts = [addresses.slice(0, half), addresses.slice(half)].map((digits) =>
    addressText(Buffer.from(digits, 'hex')),
  );
  return [texts[0]!, texts[1]!];
}

/** What is neither SIP nor a piece of it is of no use to who reads for SIP. */
const sipParts = /SIP\/2\.0|-Authenticate|Authorization/i;

function isSipPort(port: number): boolean {
  return port === 5060 || port === 5062 || port === 5064;
}

/** TS 29.281 5.1: eight octets; four more with any of the flags, and extension headers. */
function gtpContent(packet: Buffer): Buffer {
  const flags = packet[0] ?? 0;
  let at = 8;
  if ((flags & 0x07) !== 0) {
    at = 12;
    let next = (flags & 0x04) !== 0 ? (packet[11] ?? 0) : 0;
    while (next !== 0 && at < packet.length) {
      const length = Math.max(packet[at]!, 1) * 4;
      next = packet[at + length - 1] ?? 0;
      at += length;
    }
  }
  return packet.subarray(at);
}
