/**
 * One TCP connection as packets. The network reports `open`, writes and `close`; this makes the hand-shake, sequence
 * and acknowledgement numbers, segments and FINs that a capture on the wire would show (RFC 9293).
 */
import type { Endpoint } from '../environment/index.js';
import { ACK, FIN, PSH, SYN, type TcpSegment } from './ip-packet.js';

/** Ethernet's: what most captures in the field show. */
export const SEGMENT_MAX = 1460;
/** A receiver acknowledges by itself when so much is open, so that the announced window is never overrun. */
const UNACKNOWLEDGED_MAX = 32_768;
const NONE = Buffer.alloc(0);
/** Option 2, maximum segment size. */
const SEGMENT_SIZE_OPTION = Buffer.of(2, 4, SEGMENT_MAX >> 8, SEGMENT_MAX & 0xff);

interface Side {
  readonly endpoint: Endpoint;
  /** Sequence number of the next octet it sends. */
  next: number;
  /** The highest octet of this side that the other has acknowledged. */
  acknowledged: number;
}

export type SegmentSink = (from: Endpoint, to: Endpoint, segment: TcpSegment) => void;

export class TcpConversation {
  readonly #client: Side;
  readonly #server: Side;
  readonly #emit: SegmentSink;

  /** Emits the hand-shake. `ordinal` numbers the connections of a capture and seeds the initial sequence numbers. */
  constructor(client: Endpoint, server: Endpoint, ordinal: number, emit: SegmentSink) {
    const initial = Math.imul(ordinal, 0x9e3779b1) >>> 0;
    this.#client = { endpoint: client, next: initial, acknowledged: initial };
    this.#server = { endpoint: server, next: ~initial >>> 0, acknowledged: ~initial >>> 0 };
    this.#emit = emit;
    this.#send(this.#client, this.#server, SYN, SEGMENT_SIZE_OPTION, NONE);
    this.#send(this.#server, this.#client, SYN | ACK, SEGMENT_SIZE_OPTION, NONE);
    this.#send(this.#client, this.#server, ACK, NONE, NONE);
  }

  data(from: Endpoint, bytes: Buffer): void {
    const sender = this.#side(from);
    const receiver = this.#other(sender);
    for (let at = 0; at < bytes.length; at += SEGMENT_MAX) {
      const end = Math.min(at + SEGMENT_MAX, bytes.length);
      const flags = end === bytes.length ? PSH | ACK : ACK;
      this.#send(sender, receiver, flags, NONE, bytes.subarray(at, end));
      if ((sender.next - sender.acknowledged) >>> 0 > UNACKNOWLEDGED_MAX) {
        this.#send(receiver, sender, ACK, NONE, NONE);
      }
    }
  }

  /** Ends both directions, `from` first: the network reports an end once, when nothing can follow. */
  close(from: Endpoint): void {
    const first = this.#side(from);
    const second = this.#other(first);
    this.#send(first, second, FIN | ACK, NONE, NONE);
    this.#send(second, first, FIN | ACK, NONE, NONE);
    this.#send(first, second, ACK, NONE, NONE);
  }

  #send(sender: Side, receiver: Side, flags: number, options: Buffer, payload: Buffer): void {
    const acknowledges = (flags & ACK) !== 0;
    const acknowledgement = acknowledges ? receiver.next : 0;
    this.#emit(sender.endpoint, receiver.endpoint, { sequence: sender.next, acknowledgement, flags, options, payload });
    if (acknowledges) receiver.acknowledged = receiver.next;
    const occupied = payload.length + ((flags & (SYN | FIN)) === 0 ? 0 : 1); // SYN and FIN take a number each
    sender.next = (sender.next + occupied) >>> 0;
  }

  #side(endpoint: Endpoint): Side {
    const { address, port } = this.#client.endpoint;
    return endpoint.address === address && endpoint.port === port ? this.#client : this.#server;
  }

  #other(side: Side): Side {
    return side === this.#client ? this.#server : this.#client;
  }
}
