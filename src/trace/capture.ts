/** The capture of a run: packets of the network as pcapng, one interface a link. */
import type { Endpoint, Packet } from '../environment/index.js';
import { connectionKey } from './endpoint.js';
import { IpPacketBuilder, type TcpSegment } from './ip-packet.js';
import type { NodeTable } from './node-table.js';
import { type ByteSink, PcapngWriter } from './pcapng.js';
import { TcpConversation } from './tcp-conversation.js';

/**
 * Makes an IP packet of each datagram and TCP segments of each stream (with the hand-shake, also where it was not
 * seen) and writes them at once. A link is an unordered pair of nodes; its interface is named `ue1–pcscf1`.
 */
export class Capture {
  readonly #writer: PcapngWriter;
  readonly #nodes: NodeTable;
  readonly #builder = new IpPacketBuilder();
  readonly #interfaces = new Map<string, number>();
  readonly #conversations = new Map<string, TcpConversation>();
  readonly #emitSegment = (from: Endpoint, to: Endpoint, segment: TcpSegment): void => {
    const comment = segment.payload.length > 0 ? this.#comment : undefined;
    if (segment.payload.length > 0) this.#comment = undefined; // the first segment of a write carries it
    this.#write(from, to, this.#builder.tcp(from, to, segment), comment);
  };
  /** Connections whose octets are records of TLS, and comments for those to come, by connection and sender. */
  readonly #carried = new Set<string>();
  readonly #comments = new Map<string, string>();
  #conversationCount = 0;
  #time = 0;
  #comment: string | undefined;

  constructor(sink: ByteSink, nodes: NodeTable) {
    this.#writer = new PcapngWriter(sink, 'imslab');
    this.#nodes = nodes;
  }

  /** What travelled: of a message in ESP its carrier. `comment` is shown with the packet, for a stream with the first segment of `packet`'s octets. */
  write(packet: Packet, comment: string | undefined): void {
    this.#time = packet.time;
    this.#comment = comment;
    if (packet.protocol === 'tcp') this.#stream(packet);
    else if (packet.kind === 'data') this.#datagram(packet, comment);
  }

  /** On the link of the message's own ends: the carrier's ports may be those of several nodes. */
  #datagram(packet: Packet, comment: string | undefined): void {
    const { from, to, bytes } = packet.carrier ?? packet;
    this.#write(packet.from, packet.to, this.#builder.udp(from, to, bytes), comment);
  }

  /** A line of a key log: with it Wireshark opens what follows. */
  addTlsKeys(line: string): void {
    this.#writer.writeTlsKeys(`${line}\n`);
  }

  #stream({ kind, from, to, bytes, carrier }: Packet): void {
    const key = connectionKey(from, to);
    let conversation = this.#conversations.get(key);
    if (kind === 'close') {
      conversation?.close(from);
      this.#conversations.delete(key);
      if (this.#carried.delete(key)) for (const { port } of [from, to]) this.#comments.delete(`${key} ${port}`);
      return;
    }
    if (conversation === undefined || kind === 'open') {
      // Where the hand-shake was not seen, the end with the lower port is taken for the server.
      const [client, server] = kind === 'open' || from.port >= to.port ? [from, to] : [to, from];
      this.#conversationCount += 1;
      conversation = new TcpConversation(client, server, this.#conversationCount, this.#emitSegment);
      this.#conversations.set(key, conversation);
    }
    if (kind !== 'data') return;
    if (carrier !== undefined) this.#records(conversation, key, from, carrier.bytes);
    else if (!this.#carried.has(key)) conversation.data(from, bytes); // else it was within the records
  }

  /** Of records that are still to be sent what they carry may be known already. */
  #records(conversation: TcpConversation, key: string, from: Endpoint, bytes: Buffer): void {
    this.#carried.add(key);
    const sender = `${key} ${from.port}`;
    if (bytes.length === 0) {
      if (this.#comment !== undefined) this.#comments.set(sender, this.#comment);
      return;
    }
    this.#comment ??= this.#comments.get(sender);
    this.#comments.delete(sender);
    conversation.data(from, bytes);
  }

  #write(from: Endpoint, to: Endpoint, packet: Buffer, comment: string | undefined): void {
    this.#writer.writePacket(this.#interface(from, to), this.#time, packet, comment);
  }

  #interface(from: Endpoint, to: Endpoint): number {
    const name = this.#nodes.linkName(from, to);
    let number = this.#interfaces.get(name);
    if (number === undefined) {
      number = this.#writer.addInterface(name, `Link ${name}`);
      this.#interfaces.set(name, number);
    }
    return number;
  }
}
