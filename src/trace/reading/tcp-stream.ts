/** The messages of captured TCP connections: segments in order, each octet once, whatever order and number they came in. */
import { StreamFramer } from '../stream-framer.js';

export interface StreamMessage {
  readonly octets: Buffer;
  /** Of the packet that completed it. */
  readonly packet: number;
}

interface Segment {
  /** From the first segment that was seen, so that the number may wrap. */
  readonly at: number;
  readonly octets: Buffer;
  readonly packet: number;
}

interface Direction {
  readonly first: number;
  readonly segments: Segment[];
}

const SYN = 0x02;

export class TcpStreams {
  readonly #directions: Direction[] = [];
  readonly #current = new Map<string, Direction>();

  /** @param addresses what tells one pair of hosts from another */
  push(addresses: string, header: Buffer, packet: number): void {
    const headerLength = ((header[12] ?? 0) >> 4) * 4;
    if (headerLength < 20 || header.length < headerLength) return;
    const key = `${addresses} ${header.toString('hex', 0, 4)}`;
    const isStart = (header[13]! & SYN) !== 0;
    // RFC 9293 3.4: SYN has the first number for itself, data of the same segment (RFC 7413) begins behind it.
    const sequence = header.readUInt32BE(4) + (isStart ? 1 : 0);
    let direction = this.#current.get(key);
    // The same ports again are another connection, a repeated SYN is not.
    if (direction === undefined || (isStart && direction.first !== sequence)) {
      direction = { first: sequence, segments: [] };
      this.#current.set(key, direction);
      this.#directions.push(direction);
    }
    const octets = header.subarray(headerLength);
    if (octets.length > 0) direction.segments.push({ at: (sequence - direction.first) | 0, octets, packet });
  }

  /** @returns how many streams miss octets in their middle, too */
  messages(): { readonly messages: readonly StreamMessage[]; readonly gapCount: number } {
    const read = this.#directions.map(messagesOf);
    return {
      messages: read.flatMap(({ messages }) => messages),
      gapCount: read.filter(({ hasGap }) => hasGap).length,
    };
  }
}

function messagesOf({ segments }: Direction): {
  readonly messages: readonly StreamMessage[];
  readonly hasGap: boolean;
} {
  const messages: StreamMessage[] = [];
  let framer = new StreamFramer();
  let next: number | undefined;
  let packet = 0;
  let hasGap = false;
  const add = (octets: Buffer): void => {
    if (octets.length > 0) messages.push({ octets, packet });
  };
  for (const segment of segments.toSorted((a, b) => a.at - b.at || a.packet - b.packet)) {
    if (next !== undefined && segment.at > next) {
      hasGap = true;
      add(framer.rest());
      framer = new StreamFramer();
    }
    const known = next === undefined || segment.at > next ? 0 : next - segment.at;
    if (known >= segment.octets.length) continue;
    packet = Math.max(packet, segment.packet);
    framer.push(segment.octets.subarray(known)).forEach(add);
    next = segment.at + segment.octets.length;
  }
  add(framer.rest());
  return { messages, hasGap };
}
