import type { PacketFault } from '../index.js';
import type { EventQueue } from './event-queue.js';
import type { SeededRandom } from './seeded-random.js';

/** What one direction between two addresses does to what is sent over it. */
export interface LinkSettings {
  readonly delayMs: number;
  /** The delay varies evenly by up to this much either way; alone it does not reorder. */
  readonly jitterMs: number;
  /** Probability (0 … 1) that a datagram is lost. On a stream a lost segment comes one or more retransmission timeouts late. */
  readonly loss: number;
  /** Probability that a datagram arrives twice. */
  readonly duplication: number;
  /** Probability that a datagram is held back by up to one more delay (at least 1 ms), so that later ones overtake it. */
  readonly reordering: number;
  /** Payload bits a second; `Infinity` = no limit. What exceeds it queues. */
  readonly rateBitsPerSecond: number;
  /** Nothing passes: datagrams are lost, streams wait and time out. */
  readonly partitioned: boolean;
}

export const defaultLinkSettings: LinkSettings = {
  delayMs: 1,
  jitterMs: 0,
  loss: 0,
  duplication: 0,
  reordering: 0,
  rateBitsPerSecond: Number.POSITIVE_INFINITY,
  partitioned: false,
};

/** What `arrivalOf` returns for what does not arrive. */
export const LOST = -1;

/** As the capture names them. */
const LINK_LOSS: PacketFault = Object.freeze({ name: 'link loss', effect: 'lost' });
const PARTITION: PacketFault = Object.freeze({ name: 'link partition', effect: 'lost' });

/** One direction between two hosts. Draws come from a stream of its own, so that links do not influence one another. */
export class Link<THost extends { readonly address: string }> {
  /** Where it leads. */
  readonly destination: THost;
  /** Own settings replace the defaults of all links. */
  #settings: LinkSettings;
  #inherits = true;
  readonly #queue: EventQueue;
  readonly #source: THost;
  /** Parent of all links' streams. */
  readonly #streams: SeededRandom;
  #random: SeededRandom | undefined;
  /** No settings but a delay: no draws are needed. */
  #plain = true;
  /** When the last octet accepted so far has left the sender, under a rate. */
  #freeAt = 0;
  /** Arrival of the last datagram that keeps the order. */
  #lastArrival = 0;

  /** @param streams parent of the stream that this link draws from */
  constructor(source: THost, destination: THost, defaults: LinkSettings, queue: EventQueue, streams: SeededRandom) {
    this.#source = source;
    this.destination = destination;
    this.#settings = defaults;
    this.#queue = queue;
    this.#streams = streams;
    this.#apply(defaults);
  }

  get settings(): LinkSettings {
    return this.#settings;
  }

  configure(settings: LinkSettings): void {
    this.#inherits = false;
    this.#apply(settings);
  }

  /** New defaults, for a link that has no settings of its own. */
  inherit(defaults: LinkSettings): void {
    if (this.#inherits) this.#apply(defaults);
  }

  #apply(settings: LinkSettings): void {
    this.#settings = settings;
    this.#plain =
      settings.jitterMs === 0 &&
      settings.loss === 0 &&
      settings.duplication === 0 &&
      settings.reordering === 0 &&
      settings.rateBitsPerSecond === Number.POSITIVE_INFINITY &&
      !settings.partitioned;
  }

  /** When a datagram sent now arrives, or `LOST`. */
  arrivalOfDatagram(octets: number): number {
    if (this.#plain) return this.#inOrder(this.#queue.now + this.#settings.delayMs);
    const arrival = this.#draw(octets);
    if (arrival === LOST) return LOST;
    const { reordering, delayMs, jitterMs } = this.#settings;
    if (reordering > 0 && this.#stream().fraction() < reordering) {
      return arrival + Math.max(1, this.#stream().fraction() * (delayMs + jitterMs));
    }
    return this.#inOrder(arrival);
  }

  /** Why a datagram is `LOST`. */
  get loss(): PacketFault {
    return this.#settings.partitioned ? PARTITION : LINK_LOSS;
  }

  /** When a second copy of the datagram sent last arrives, or `LOST` when there is none. */
  arrivalOfDuplicate(octets: number): number {
    const { duplication } = this.#settings;
    if (duplication === 0 || this.#stream().fraction() >= duplication) return LOST;
    const arrival = this.#draw(octets);
    return arrival === LOST ? LOST : this.#inOrder(arrival);
  }

  /** When a segment of a stream sent now arrives, or `LOST`; its connection keeps the order. */
  arrivalOfSegment(octets: number): number {
    return this.#plain ? this.#queue.now + this.#settings.delayMs : this.#draw(octets);
  }

  #draw(octets: number): number {
    const { delayMs, jitterMs, loss, rateBitsPerSecond, partitioned } = this.#settings;
    if (partitioned) return LOST;
    if (loss > 0 && this.#stream().fraction() < loss) return LOST;
    let sent = this.#queue.now;
    if (rateBitsPerSecond !== Number.POSITIVE_INFINITY) {
      this.#freeAt = Math.max(sent, this.#freeAt) + (octets * 8000) / rateBitsPerSecond;
      sent = this.#freeAt;
    }
    const variation = jitterMs > 0 ? (this.#stream().fraction() * 2 - 1) * jitterMs : 0;
    return sent + Math.max(0, delayMs + variation);
  }

  #inOrder(arrival: number): number {
    if (arrival > this.#lastArrival) this.#lastArrival = arrival;
    return this.#lastArrival;
  }

  #stream(): SeededRandom {
    this.#random ??= this.#streams.stream(`${this.#source.address}>${this.destination.address}`);
    return this.#random;
  }
}
