/** The SIP messages of a capture as texts: links, IP, fragments, tunnels, ESP and TCP are taken off. */
import { EspKeys } from './esp-keys.js';
import { ipPacketOf, isKnownLink } from './frame.js';
import { FragmentAssembler, type IpDatagram } from './ip-datagram.js';
import { type CapturedPacket, type PacketFile, readPacketFile } from './packet-file.js';
import { type StreamMessage, TcpStreams } from './tcp-stream.js';

export interface CapturedSip {
  /** One octet a character, in the order in which they were complete. */
  readonly messages: readonly string[];
  /** What of the capture could not be read, and how to capture it better. */
  readonly shortcomings: readonly string[];
}

const TCP = 6;
const UDP = 17;
const ESP = 50;
/** IPv4 and IPv6 in IP. */
const ipTunnels: ReadonlySet<number> = new Set([4, 41]);
const GTP_PORT = 2152;
const TUNNELS_MAX = 8;

const shortcomingTexts = {
  truncatedFile: () => 'the file ends within a packet: copy it anew, or stop the capture before you copy it',
  cut: (count: number) => `${are(count)} cut by the snap length: capture with tcpdump -s 0`,
  fragments: (count: number) => `${count} fragmented IP ${count === 1 ? 'datagram misses' : 'datagrams miss'} a part`,
  gap: (count: number) => `${count} TCP ${count === 1 ? 'stream misses' : 'streams miss'} octets`,
  esp: (count: number) =>
    `${are(count)} encrypted ESP: put Wireshark's table esp_sa with its keys into the folder of the capture`,
  compressed: (count: number) =>
    `${are(count)} compressed (SigComp, RFC 3320): switch that off in the UE or at the P-CSCF`,
  tls: (count: number) => `${are(count)} TLS, which is not opened: export the SIP messages as text with Wireshark`,
  link: (count: number) =>
    `${are(count)} of a link that is not known here: capture on the network interface itself, or with tcpdump -i any`,
  noSip: (count: number) =>
    count === 0
      ? 'it has no packets: see the capture filter, and which interface it was'
      : `there is no SIP in the clear in its ${count} packets`,
};
type Shortcoming = keyof typeof shortcomingTexts;

function are(count: number): string {
  return count === 1 ? 'one packet is' : `${count} packets are`;
}

/** @param espTable the lines of `esp_sa`; undefined where `file` is no capture */
export function readCapturedSip(file: Buffer, espTable: string): CapturedSip | undefined {
  const packetFile = readPacketFile(file);
  return packetFile === undefined ? undefined : new CaptureReader(espTable).read(packetFile);
}

class CaptureReader {
  readonly #esp: EspKeys;
  readonly #fragments = new FragmentAssembler();
  readonly #streams = new TcpStreams();
  readonly #messages: StreamMessage[] = [];
  readonly #counts = new Map<Shortcoming, number>();
  #packet = 0;

  constructor(espTable: string) {
    this.#esp = new EspKeys(espTable);
  }

  read({ packets, isTruncated }: PacketFile): CapturedSip {
    if (isTruncated) this.#count('truncatedFile');
    for (const packet of packets) this.#readPacket(packet);
    for (const datagram of this.#fragments.incomplete()) {
      this.#count('fragments');
      this.#readDatagram(datagram, 0);
    }
    const { messages, gapCount } = this.#streams.messages();
    if (gapCount > 0) this.#counts.set('gap', gapCount);
    const inOrder = [...this.#messages, ...messages].toSorted((a, b) => a.packet - b.packet);
    const texts = inOrder.map(({ octets }) => octets.toString('latin1')).filter((text) => sipParts.test(text));
    if (texts.length === 0) this.#counts.set('noSip', packets.length);
    return { messages: texts, shortcomings: [...this.#counts].map(([name, count]) => shortcomingTexts[name](count)) };
  }

  #count(shortcoming: Shortcoming): void {
    this.#counts.set(shortcoming, (this.#counts.get(shortcoming) ?? 0) + 1);
  }

  #readPacket({ linkType, octets, isCut }: CapturedPacket): void {
    this.#packet += 1;
    if (isCut) this.#count('cut');
    const packet = ipPacketOf(linkType, octets);
    const datagram = packet === undefined ? undefined : this.#fragments.push(packet);
    if (datagram !== undefined) this.#readDatagram(datagram, 0);
    else if (packet !== undefined) return;
    // A link that is not known may have the message in the clear all the same.
    else if (octets.includes('SIP/2.0')) this.#message(octets);
    else if (!isKnownLink(linkType)) this.#count('link');
  }

  #readDatagram({ addresses, protocol, payload }: IpDatagram, depth: number): void {
    if (depth > TUNNELS_MAX) return;
    if (ipTunnels.has(protocol)) this.#readTunnel(payload, depth);
    else if (protocol === TCP) this.#readTcp(addresses, payload);
    else if (protocol === UDP && payload.length > 8) this.#readUdp(addresses, payload, depth);
    else if (protocol === ESP) this.#readEsp(addresses, payload, depth);
  }

  #readTunnel(packet: Buffer, depth: number): void {
    const datagram = this.#fragments.push(packet);
    if (datagram !== undefined) this.#readDatagram(datagram, depth + 1);
  }

  #readTcp(addresses: string, segment: Buffer): void {
    const headerLength = ((segment[12] ?? 0) >> 4) * 4;
    // RFC 8446 5.1: handshake, version 3.x.
    if (segment[headerLength] === 22 && segment[headerLength + 1] === 3) this.#count('tls');
    this.#streams.push(addresses, segment, this.#packet);
  }

  #readUdp(addresses: string, datagram: Buffer, depth: number): void {
    const content = datagram.subarray(8, Math.max(datagram.readUInt16BE(4), 8));
    const ports = [datagram.readUInt16BE(0), datagram.readUInt16BE(2)];
    // RFC 3948 2: four octets of zero are IKE.
    const mayBeEsp = ports.includes(4500) && content.length > 8 && content.readUInt32BE(0) !== 0;
    if (mayBeEsp || this.#esp.knows(content)) this.#readEsp(addresses, content, depth);
    else if (ports.includes(GTP_PORT)) this.#readTunnel(gtpContent(content), depth);
    // RFC 3320 7: the first five bits are ones; the port tells it from RTP and noise.
    else if (ports.some(isSipPort) && content[0]! >= 0xf8) this.#count('compressed');
    else this.#message(content);
  }

  #readEsp(addresses: string, packet: Buffer, depth: number): void {
    const content = this.#esp.open(packet);
    if (content === undefined) this.#count('esp');
    else this.#readDatagram({ addresses, ...content }, depth + 1);
  }

  #message(octets: Buffer): void {
    this.#messages.push({ octets, packet: this.#packet });
  }
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
