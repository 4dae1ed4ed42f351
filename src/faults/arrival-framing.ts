import { keptOctets } from '../trace/kept-octets.js';
import { StreamFramer } from '../trace/stream-framer.js';

/** Octet that begins a Diameter message (RFC 6733 3: the version). */
const DIAMETER_VERSION = 1;

/** Knows where the messages begin in the octets that arrive on a stream. */
export class ArrivalFraming {
  readonly #framer = new StreamFramer();
  #openOctets = 0;

  /** No message has begun that is not whole yet. */
  get isBetweenMessages(): boolean {
    return this.#openOctets === 0;
  }

  /** What has become whole, each in octets of its own. */
  push(piece: Buffer): readonly Buffer[] {
    const messages = this.#framer.push(piece).map(keptOctets);
    this.#openOctets += piece.length;
    for (const message of messages) this.#openOctets -= message.length;
    return messages;
  }

  /** A stream may be looked at from the middle on: whether messages begin so. */
  static canBegin(piece: Buffer): boolean {
    const first = piece[0] ?? 0;
    return first === DIAMETER_VERSION || (first >= 0x41 && first <= 0x5a) || first === 0x0d || first === 0x0a;
  }
}
