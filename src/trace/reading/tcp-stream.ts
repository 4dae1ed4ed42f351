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
  /** Good until the next segment. */
  readonly octets: Buffer;
}

interface Segment {
  /** From the first segment that was seen, so that the number may wrap. */
  readonly at: number;
  readonly octets: Buffer;
  readonly arrival: Arrival;
}

const SYN = 0x02;
/** What one direction holds of segments that came before those that precede them. */
const WAITING_MAX = 4_096;
const WAITING_OCTETS_MAX = 1 << 20;
/** A connection that was there before the capture: the first segments may have come in another order. */
const FIRST_OCTETS_MAX = 1 << 16;
/** What all directions hold. */
const ALL_WAITING_OCTETS_MAX = 1 << 26;

export class TcpStreams {
  readonly #current = new Map<string, Direction>();
  #waitingOctets = 0;
  #gapCount = 0;

  /** @param take each message as soon as it is whole, and says whether it is of interest */
  constructor(private readonly take: (message: StreamMessage) => boolean) {}

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
    const before = direction?.waitingOctets ?? 0;
    // The same ports again are another connection, a SYN that is repeated or comes late is not.
    if (direction === undefined || (isStart && !direction.startAt(sequence))) {
      if (direction !== undefined) this.#end(direction);
      direction = new Direction(from, to, sequence, isStart, this.take);
      this.#current.set(key, direction);
    }
    const octets = header.subarray(headerLength);
    if (octets.length > 0) direction.push(sequence, octets, arrival);
    this.#waitingOctets += direction.waitingOctets - before;
    if (this.#waitingOctets > ALL_WAITING_OCTETS_MAX) this.#readWaiting();
  }

  /** What has begun and not ended. @returns how many streams with messages of interest miss octets in their middle */
  end(): number {
    for (const direction of this.#current.values()) this.#end(direction);
    this.#current.clear();
    return this.#gapCount;
  }

  #end(direction: Direction): void {
    this.#waitingOctets -= direction.waitingOctets;
    direction.end();
    if (direction.isOfInterest && direction.hasGap) this.#gapCount += 1;
  }

  #readWaiting(): void {
    for (const direction of this.#current.values()) direction.readWaiting();
    this.#waitingOctets = 0;
  }
}

/** RFC 8446 5.1: a record of version 3.x. The capture may begin within the stream. */
export function isTlsRecord(octets: Buffer): boolean {
  return octets[0]! >= 20 && octets[0]! <= 23 && octets[1] === 3 && octets[2]! <= 4;
}

class Direction {
  waitingOctets = 0;
  hasGap = false;
  isOfInterest = false;
  #framer = new StreamFramer();
  #waiting: Segment[] = [];
  /** Where the next octet to read stands; undefined before the first. */
  #next: number | undefined;
  /** Where the first octet stood that was read; what comes later and stands before it is lost. */
  #begin: number | undefined;
  #isTls = false;
  #arrival: Arrival | undefined;
  /** The sequence number of the first octet; undefined where no SYN has told it. */
  #start: number | undefined;

  constructor(
    private readonly from: Endpoint,
    private readonly to: Endpoint,
    /** The sequence number that others are counted from. */
    private readonly first: number,
    /** It is that of the first octet. */
    isStart: boolean,
    private readonly take: (message: StreamMessage) => boolean,
  ) {
    if (isStart) this.#beginAt(first, 0);
  }

  /** Whether this is the stream that a SYN begins: it had the same one, or what waits lies close behind it. */
  startAt(sequence: number): boolean {
    if (this.#start !== undefined || this.#next !== undefined) return this.#start === sequence;
    const at = this.#placeOf(sequence);
    const lowest = this.#waiting.reduce((least, segment) => Math.min(least, segment.at), Number.POSITIVE_INFINITY);
    if (at > lowest || lowest - at > FIRST_OCTETS_MAX) return false;
    this.#beginAt(sequence, at);
    this.#readWaiting(at);
    return true;
  }

  #beginAt(sequence: number, at: number): void {
    this.#start = sequence;
    this.#next = at;
  }

  #placeOf(sequence: number): number {
    const near = this.#next ?? 0;
    return near + ((sequence - this.first - near) | 0);
  }

  push(sequence: number, octets: Buffer, arrival: Arrival): void {
    if (this.#isTls) return;
    const at = this.#placeOf(sequence);
    if (this.#next === undefined || at > this.#next) this.#wait({ at, octets: Buffer.from(octets), arrival });
    else {
      this.#read({ at, octets, arrival });
      if (this.#waiting.length > 0) this.#readWaiting(this.#next);
    }
  }

  /** Whatever is missing before it. */
  readWaiting(): void {
    this.#readWaiting(Number.POSITIVE_INFINITY);
  }

  end(): void {
    this.readWaiting();
    this.#add(this.#framer.rest(), false);
  }

  #wait(segment: Segment): void {
    this.#waiting.push(segment);
    this.waitingOctets += segment.octets.length;
    const isLong = this.waitingOctets > (this.#next === undefined ? FIRST_OCTETS_MAX : WAITING_OCTETS_MAX);
    if (isLong || this.#waiting.length > WAITING_MAX) this.readWaiting();
  }

  /** Those that begin at `end` at most, and what they lead to. */
  #readWaiting(end: number): void {
    const waiting = this.#waiting.sort((a, b) => a.at - b.at || a.arrival.frame - b.arrival.frame);
    let count = 0;
    for (; count < waiting.length && !this.#isTls; count += 1) {
      const segment = waiting[count]!;
      if (segment.at > Math.max(end, this.#next ?? 0)) break;
      this.#read(segment);
    }
    this.#waiting = this.#isTls ? [] : waiting.slice(count);
    this.waitingOctets = this.#waiting.reduce((sum, { octets }) => sum + octets.length, 0);
  }

  #read({ at, octets, arrival }: Segment): void {
    if (this.#arrival === undefined) this.#isTls = isTlsRecord(octets);
    if (this.#next !== undefined && at > this.#next) {
      this.hasGap = true;
      this.#add(this.#framer.rest(), false);
      this.#framer = new StreamFramer();
    }
    this.#begin ??= at;
    if (this.#start === undefined && at < this.#begin) this.hasGap = true;
    const known = Math.max((this.#next ?? at) - at, 0);
    if (this.#isTls || known >= octets.length) return;
    if (this.#arrival === undefined || arrival.frame > this.#arrival.frame) this.#arrival = arrival;
    for (const message of this.#framer.push(octets.subarray(known))) this.#add(message, true);
    this.#next = at + octets.length;
  }

  #add(octets: Buffer, isWhole: boolean): void {
    if (octets.length === 0 || this.#arrival === undefined) return;
    const message = { ...this.#arrival, transport: 'tcp', from: this.from, to: this.to, isWhole, octets } as const;
    if (this.take(message)) this.isOfInterest = true;
  }
}
