/** The messages of captured TCP connections: segments in order, each octet once, whatever order and number they came in. */
import type { Endpoint } from '../../environment/index.js';
import { endpointText } from '../endpoint.js';
import { StreamFramer } from '../stream-framer.js';

/** The packet that something came with. */
export interface Arrival {
  readonly frame: number;
  readonly time: number;
  readonly isInEsp: boolean;
}

export interface StreamMessage extends Arrival {
  readonly transport: 'tcp';
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly isWhole: boolean;
  readonly octets: Buffer;
}

interface Segment {
  /** From the first segment that was seen, so that the number may wrap. */
  readonly at: number;
  readonly octets: Buffer;
  readonly arrival: Arrival;
}

interface Direction {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly first: number;
  readonly segments: Segment[];
}

const SYN = 0x02;

export class TcpStreams {
  readonly #directions: Direction[] = [];
  readonly #current = new Map<string, Direction>();

  /** @param header the segment from its header on */
  push([source, destination]: readonly [string, string], header: Buffer, arrival: Arrival): void {
    const headerLength = ((header[12] ?? 0) >> 4) * 4;
    if (headerLength < 20 || header.length < headerLength) return;
    const from = { address: source, port: header.readUInt16BE(0) };
    const to = { address: destination, port: header.readUInt16BE(2) };
    const key = `${endpointText(from)} ${endpointText(to)}`;
    const isStart = (header[13]! & SYN) !== 0;
    // RFC 9293 3.4: SYN has the first number for itself, data of the same segment (RFC 7413) begins behind it.
    const sequence = header.readUInt32BE(4) + (isStart ? 1 : 0);
    let direction = this.#current.get(key);
    // The same ports again are another connection, a repeated SYN is not.
    if (direction === undefined || (isStart && direction.first !== sequence)) {
      direction = { from, to, first: sequence, segments: [] };
      this.#current.set(key, direction);
      this.#directions.push(direction);
    }
    const octets = header.subarray(headerLength);
    if (octets.length > 0) direction.segments.push({ at: (sequence - direction.first) | 0, octets, arrival });
  }

  /** @returns how many streams miss octets in their middle, too */
  messages(): { readonly messages: readonly StreamMessage[]; readonly gapCount: number } {
    const read = this.#directions.filter((direction) => !isTls(direction)).map(messagesOf);
    return {
      messages: read.flatMap(({ messages }) => messages),
      gapCount: read.filter(({ hasGap }) => hasGap).length,
    };
  }
}

/** RFC 8446 5.1: a record of version 3.x. The capture may begin within the stream. */
export function isTlsRecord(octets: Buffer): boolean {
  return octets[0]! >= 20 && octets[0]! <= 23 && octets[1] === 3 && octets[2]! <= 4;
}

function isTls({ segments: [first] }: Direction): boolean {
  return first !== undefined && isTlsRecord(first.octets);
}

function messagesOf({ from, to, segments }: Direction): {
  readonly messages: readonly StreamMessage[];
  readonly hasGap: boolean;
} {
  const messages: StreamMessage[] = [];
  let framer = new StreamFramer();
  let next: number | undefined;
  let arrival: Arrival | undefined;
  let hasGap = false;
  const add = (octets: Buffer, isWhole: boolean): void => {
    if (octets.length > 0 && arrival !== undefined)
      messages.push({ ...arrival, transport: 'tcp', from, to, isWhole, octets });
  };
  for (const segment of segments.toSorted((a, b) => a.at - b.at || a.arrival.frame - b.arrival.frame)) {
    if (next !== undefined && segment.at > next) {
      hasGap = true;
      add(framer.rest(), false);
      framer = new StreamFramer();
    }
    const known = next === undefined || segment.at > next ? 0 : next - segment.at;
    if (known >= segment.octets.length) continue;
    if (arrival === undefined || segment.arrival.frame > arrival.frame) arrival = segment.arrival;
    for (const octets of framer.push(segment.octets.subarray(known))) add(octets, true);
    next = segment.at + segment.octets.length;
  }
  add(framer.rest(), false);
  return { messages, hasGap };
}
