/** The messages of captured SCTP associations (RFC 9260): chunks of DATA, each once, fragments put together, one end by whatever address. */
import { addressText } from '../../address-octets.js';
import type { Endpoint } from '../../environment/index.js';
import { endpointText } from '../endpoint.js';
import { DIRECTION_NUMBERS, SctpFragments } from './sctp-fragments.js';
import { SequenceRanges } from './sequence-ranges.js';

export interface SctpMessage {
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** The capture has all of it. */
  readonly isWhole: boolean;
  /** Good until the next packet. */
  readonly octets: Buffer;
}

/** What of a packet is not read. */
export type UnreadSctp = 'dtls' | 'interleaved';

export interface SctpContent {
  readonly messages: readonly SctpMessage[];
  readonly unread: readonly UnreadSctp[];
}

const nothing: SctpContent = { messages: [], unread: [] };

const HEADER_LENGTH = 12;
/** RFC 9260 3.3.1 to 3.3.3, RFC 8260 2.1. */
const DATA = 0;
const INIT = 1;
const INIT_ACK = 2;
const I_DATA = 64;
const DATA_HEADER_LENGTH = 16;
const INIT_HEADER_LENGTH = 20;
/** RFC 9260 3.3.2.1: parameters of INIT by which the sender can be reached as well. */
const addressLengths: ReadonlyMap<number, number> = new Map([
  [5, 4],
  [6, 16],
]);
/** RFC 6733 11.4: Diameter in DTLS; 46 is Diameter in the clear. */
const DIAMETER_DTLS = 47;

/** How many addresses beside the first of their ends are kept, and how many directions: no network has as many. */
const ADDRESSES_MAX = 65_536;
const DIRECTIONS_MAX = 65_536;

/** One direction of an association. */
interface Direction {
  readonly number: number;
  /** Addresses in hexadecimal digits. */
  readonly sources: Set<string>;
  readonly destinations: Set<string>;
  readonly seen: SequenceRanges;
  /** It had a message that is of interest. */
  isOfInterest: boolean;
}

interface Chunk {
  readonly type: number;
  readonly flags: number;
  /** With its header; as much of it as the capture has. */
  readonly octets: Buffer;
  readonly isCut: boolean;
}

interface Packet {
  /** In hexadecimal digits. */
  readonly source: string;
  readonly destination: string;
  readonly ports: readonly [from: number, to: number];
  readonly tag: number;
}

export class SctpMessages {
  readonly #directions = new Map<string, Direction>();
  readonly #fragments = new SctpFragments();
  /** By address and port: another of the same end, in the direction of the one that was seen first. */
  readonly #sameEnd = new Map<string, Endpoint>();
  #directionCount = 0;
  /** Of directions that have been forgotten. */
  #gapCount = 0;

  /** @param isOfInterest of a message: others are not kept */
  constructor(private readonly isOfInterest: (octets: Buffer, transport: 'sctp') => boolean) {}

  /** @param packet from its common header on. @param addresses source and destination, in hexadecimal digits */
  push(addresses: string, packet: Buffer): SctpContent {
    if (packet.length < HEADER_LENGTH) return nothing;
    const half = addresses.length / 2;
    const read: Packet = {
      source: addresses.slice(0, half),
      destination: addresses.slice(half),
      ports: [packet.readUInt16BE(0), packet.readUInt16BE(2)],
      tag: packet.readUInt32BE(4),
    };
    const messages: SctpMessage[] = [];
    const unread: UnreadSctp[] = [];
    for (const chunk of chunksOf(packet)) {
      if (chunk.type === DATA) {
        const message = this.#readData(read, chunk);
        if (message === 'dtls') unread.push(message);
        else if (message !== undefined) messages.push(message);
      } else if (chunk.type === I_DATA) unread.push('interleaved');
      else if (chunk.type === INIT || chunk.type === INIT_ACK) this.#readInit(read, chunk.octets);
    }
    return { messages, unread };
  }

  /** How many associations with messages of interest miss chunks, or parts of a message. */
  get gapCount(): number {
    return this.#gapCount + this.#gapsOf([...this.#directions.values()]);
  }

  #gapsOf(directions: readonly Direction[]): number {
    const { incomplete } = this.#fragments;
    return directions.filter(({ isOfInterest, seen, number }) => {
      return isOfInterest && (seen.hasGap || incomplete.has(number));
    }).length;
  }

  /** The one by which the end was seen first. */
  firstSeen(end: Endpoint): Endpoint {
    const passed: string[] = [];
    let first = end;
    for (let text = endpointText(end), next = this.#sameEnd.get(text); next !== undefined; ) {
      passed.push(text);
      first = next;
      text = endpointText(next);
      next = this.#sameEnd.get(text);
    }
    // The way is short the next time, however many addresses have been joined one after the other.
    for (const text of passed) this.#sameEnd.set(text, first);
    return first;
  }

  #readData(packet: Packet, { flags, octets, isCut }: Chunk): SctpMessage | 'dtls' | undefined {
    if (octets.length <= DATA_HEADER_LENGTH) return undefined;
    const direction = this.#directionOf(packet);
    const tsn = octets.readUInt32BE(4);
    // RFC 9260 8.5: no DATA has the tag 0. Programs that wrap messages into SCTP write it, and one TSN for all.
    if (packet.tag !== 0 && !direction.seen.add(tsn)) return undefined;
    const payload = octets.subarray(DATA_HEADER_LENGTH);
    const whole = this.#fragments.push({
      key: direction.number,
      tsn,
      stream: octets.readUInt32BE(8),
      isUnordered: (flags & 0x04) !== 0,
      isFirst: (flags & 0x02) !== 0,
      isLast: (flags & 0x01) !== 0,
      isWhole: !isCut,
      octets: payload,
    });
    if (whole === undefined) return undefined;
    if (!this.isOfInterest(whole.octets, 'sctp')) return octets.readUInt32BE(12) === DIAMETER_DTLS ? 'dtls' : undefined;
    direction.isOfInterest = true;
    return { ...endsOf(packet), isWhole: whole.isWhole, octets: whole.octets };
  }

  /** RFC 9260 5.1.2: who sends INIT or INIT ACK can be reached at the addresses in it. */
  #readInit({ source, ports }: Packet, octets: Buffer): void {
    let at = INIT_HEADER_LENGTH;
    while (at + 4 <= octets.length) {
      const length = octets.readUInt16BE(at + 2);
      const addressLength = addressLengths.get(octets.readUInt16BE(at));
      const address = octets.subarray(at + 4, at + 4 + (addressLength ?? 0));
      if (address.length > 0 && address.length === addressLength) this.#join(source, address.toString('hex'), ports[0]);
      if (length < 4) return;
      at += (length + 3) & ~3;
    }
  }

  /** RFC 9260 8.5: the tag is of one direction of one association, whatever the addresses. */
  #directionOf({ source, destination, ports, tag }: Packet): Direction {
    const byTag = `${tag} ${ports.join(' ')}`;
    const byAddresses = `${byTag} ${source} ${destination}`;
    const known = this.#directions.get(byAddresses) ?? this.#directions.get(byTag);
    // A tag that both directions have was not chosen by an end.
    const isOfOneDirection = known === undefined || !(known.sources.has(destination) || known.destinations.has(source));
    if (known !== undefined && isOfOneDirection) {
      this.#addPath(known, source, destination, ports);
      return known;
    }
    const direction: Direction = {
      number: this.#directionCount,
      sources: new Set([source]),
      destinations: new Set([destination]),
      seen: new SequenceRanges(),
      isOfInterest: false,
    };
    this.#directionCount = (this.#directionCount + 1) % DIRECTION_NUMBERS;
    this.#directions.set(tag === 0 || known !== undefined ? byAddresses : byTag, direction);
    if (this.#directions.size > DIRECTIONS_MAX) this.#forgetOldest();
    return direction;
  }

  /** Half of them at once: to look for the oldest costs the more the more have gone before it. */
  #forgetOldest(): void {
    const oldest = [...this.#directions].slice(0, DIRECTIONS_MAX / 2);
    this.#gapCount += this.#gapsOf(oldest.map(([, direction]) => direction));
    for (const [key] of oldest) this.#directions.delete(key);
  }

  #addPath(
    { sources, destinations }: Direction,
    source: string,
    destination: string,
    ports: readonly [number, number],
  ): void {
    if (!sources.has(source)) this.#join([...sources][0]!, source, ports[0]);
    if (!destinations.has(destination)) this.#join([...destinations][0]!, destination, ports[1]);
    sources.add(source);
    destinations.add(destination);
  }

  #join(one: string, other: string, port: number): void {
    const first = this.firstSeen(endOf(one, port));
    const second = this.firstSeen(endOf(other, port));
    if (first.address === second.address || this.#sameEnd.size >= ADDRESSES_MAX) return;
    this.#sameEnd.set(endpointText(second), first);
  }
}

function endsOf({ source, destination, ports: [from, to] }: Packet): Pick<SctpMessage, 'from' | 'to'> {
  return { from: endOf(source, from), to: endOf(destination, to) };
}

function endOf(digits: string, port: number): Endpoint {
  return { address: addressText(Buffer.from(digits, 'hex')), port };
}

/** RFC 9260 3.2: type, flags, length without the padding up to 32 bits. */
function chunksOf(packet: Buffer): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let at = HEADER_LENGTH;
  while (at + 4 <= packet.length) {
    const length = packet.readUInt16BE(at + 2);
    if (length < 4) break;
    const octets = packet.subarray(at, at + length);
    chunks.push({ type: packet[at]!, flags: packet[at + 1]!, octets, isCut: octets.length < length });
    at += (length + 3) & ~3;
  }
  return chunks;
}
