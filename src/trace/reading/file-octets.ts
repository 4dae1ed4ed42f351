/** A file as it comes in pieces: what was passed is held no longer, so that a file may be larger than memory. */

const none = Buffer.alloc(0);

export class FileOctets {
  readonly #pieces: Iterator<Buffer>;
  #held: Buffer = none;
  #offset = 0;

  constructor(pieces: Iterable<Buffer>) {
    this.#pieces = pieces[Symbol.iterator]();
  }

  /** Of the next octet in the file. */
  get offset(): number {
    return this.#offset;
  }

  /** The next `length` octets, good until they are passed; fewer at the end of the file. */
  peek(length: number): Buffer {
    if (this.#held.length < length) this.#fill(length);
    return this.#held.subarray(0, length);
  }

  /** Whether there were so many. */
  pass(length: number): boolean {
    let rest = length;
    while (rest > this.#held.length) {
      rest -= this.#held.length;
      this.#offset += this.#held.length;
      this.#held = none;
      if (this.peek(1).length === 0) return false;
    }
    this.#held = this.#held.subarray(rest);
    this.#offset += rest;
    return true;
  }

  #fill(length: number): void {
    const parts = [this.#held];
    let count = this.#held.length;
    while (count < length) {
      const { value, done } = this.#pieces.next();
      if (done === true) break;
      parts.push(value);
      count += value.length;
    }
    this.#held = parts.length === 2 && this.#held.length === 0 ? parts[1]! : Buffer.concat(parts);
  }
}
