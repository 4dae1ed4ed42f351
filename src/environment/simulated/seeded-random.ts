import type { Random } from '../index.js';

/** Multipliers of the four lanes of the key hash (odd, from the fractional parts of square roots). */
const LANES = [0x6a09e667, 0xbb67ae85, 0x3c6ef373, 0xa54ff53b] as const;

/**
 * A seeded stream of numbers: Bob Jenkins' small fast counting generator (sfc32), keyed with a hash of its path
 * (`seed/node/ue1/…`). Its draws depend on its path only, never on what other streams have drawn. Not for secrets.
 */
export class SeededRandom implements Random {
  readonly #path: string;
  /** All streams below one root by their paths: most have none below them, so a map of their own would be waste. */
  readonly #byPath: Map<string, SeededRandom>;
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(path: string, byPath = new Map<string, SeededRandom>()) {
    this.#path = path;
    this.#byPath = byPath;
    [this.#a, this.#b, this.#c, this.#counter] = LANES.map((lane) => hash(path, lane)) as [
      number,
      number,
      number,
      number,
    ];
    for (let round = 0; round < 12; round++) this.uint32();
  }

  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  fraction(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    const wholeLength = length - (length % 4);
    for (let offset = 0; offset < wholeLength; offset += 4) bytes.writeUInt32LE(this.uint32(), offset);
    if (wholeLength < length) {
      let rest = this.uint32();
      for (let offset = wholeLength; offset < length; offset++, rest >>>= 8) bytes[offset] = rest & 0xff;
    }
    return bytes;
  }

  /** One name always gives the same stream object, which goes on where it was: two consumers never see equal draws. */
  stream(name: string): SeededRandom {
    const path = `${this.#path}/${name}`;
    let stream = this.#byPath.get(path);
    if (stream === undefined) {
      stream = new SeededRandom(path, this.#byPath);
      this.#byPath.set(path, stream);
    }
    return stream;
  }
}

/** 32-bit hash of a text: FNV-like over its code units, finished with an avalanche. */
function hash(text: string, lane: number): number {
  let value = lane ^ text.length;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
    value = (value << 13) | (value >>> 19);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), lane | 1);
  return value ^ (value >>> 16);
}
