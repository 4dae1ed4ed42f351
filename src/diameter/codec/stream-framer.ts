/** Messages out of an octet stream: pieces of any size in, whole messages out (RFC 6733 2.1, 3). */
import { headerLength } from './decode.js';

/** Enough to know how long a message is: version and length. */
const prefixLength = 4;

/** Nothing that follows can be found any more. */
export interface FramingFault {
  /** One plain sentence. */
  readonly reason: string;
  /** Of the message with the impossible length, where it has come. */
  readonly header: Buffer | undefined;
}

export class StreamFramer {
  /** The beginning of a message that has not come whole yet. */
  #partial = Buffer.alloc(0);
  #partialLength = 0;

  constructor(
    /** Longer messages end the connection: nobody here sends them, and memory is finite. */
    public messageLengthMax: number,
  ) {}

  /** Octets of a message that is still incomplete. */
  get incomplete(): number {
    return this.#partialLength;
  }

  /**
   * Takes what arrived; calls back once a whole message, with octets of its own. Returns what is wrong when the
   * framing is lost: nothing that follows can be found any more, and the connection is to be closed (cx.md 6.3).
   */
  push(bytes: Buffer, onMessage: (message: Buffer) => void): FramingFault | undefined {
    let at = this.#partialLength === 0 ? 0 : this.#complete(bytes, onMessage);
    while (typeof at === 'number' && at < bytes.length) {
      const rest = bytes.length - at;
      const length = rest < prefixLength ? undefined : bytes.readUIntBE(at + 1, 3);
      const fault = length === undefined ? undefined : this.#judge(length);
      if (fault !== undefined) return faultAt(bytes, at, bytes.length, fault);
      if (length === undefined || length > rest) {
        this.#keep(bytes, at, bytes.length);
        return undefined;
      }
      onMessage(copyOf(bytes, at, at + length));
      at += length;
    }
    return typeof at === 'number' ? undefined : at;
  }

  /** Goes on with the incomplete message; returns where the next one begins, or what is wrong. */
  #complete(bytes: Buffer, onMessage: (message: Buffer) => void): number | FramingFault {
    const untilPrefix = Math.max(0, Math.min(prefixLength - this.#partialLength, bytes.length));
    this.#keep(bytes, 0, untilPrefix);
    if (this.#partialLength < prefixLength) return untilPrefix;
    const length = this.#partial.readUIntBE(1, 3);
    const fault = this.#judge(length);
    if (fault !== undefined) {
      this.#keep(bytes, untilPrefix, Math.min(bytes.length, untilPrefix + headerLength - this.#partialLength));
      return faultAt(this.#partial, 0, this.#partialLength, fault);
    }
    const end = Math.min(bytes.length, untilPrefix + length - this.#partialLength);
    this.#keep(bytes, untilPrefix, end);
    if (this.#partialLength === length) {
      const message = copyOf(this.#partial, 0, length);
      this.#partialLength = 0;
      this.#partial = Buffer.alloc(0);
      onMessage(message);
    }
    return end;
  }

  #judge(length: number): string | undefined {
    if (length < headerLength) return `message length ${length} is shorter than a header`;
    if (length % 4 !== 0) return `message length ${length} is not a multiple of 4`;
    if (length > this.messageLengthMax) return `message length ${length} is over the limit`;
    return undefined;
  }

  /** Memory grows with what has really arrived, not with what a header announces. */
  #keep(bytes: Buffer, from: number, to: number): void {
    const needed = this.#partialLength + to - from;
    if (needed > this.#partial.length) {
      const larger = Buffer.allocUnsafe(Math.max(512, 2 * needed));
      this.#partial.copy(larger, 0, 0, this.#partialLength);
      this.#partial = larger;
    }
    bytes.copy(this.#partial, this.#partialLength, from, to);
    this.#partialLength = needed;
  }
}

function faultAt(bytes: Buffer, at: number, end: number, reason: string): FramingFault {
  return { reason, header: end - at < headerLength ? undefined : copyOf(bytes, at, at + headerLength) };
}

function copyOf(bytes: Buffer, from: number, to: number): Buffer {
  const copy = Buffer.allocUnsafe(to - from);
  bytes.copy(copy, 0, from, to);
  return copy;
}
