import { randomFillSync } from 'node:crypto';
import type { Random } from '../index.js';

const POOL_OCTETS = 8192;

/** The operating system's randomness, fetched in pools: one call of the operating system for some hundred draws. */
export class RealRandom implements Random {
  readonly #pool = Buffer.allocUnsafeSlow(POOL_OCTETS);
  #used = POOL_OCTETS;

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    if (length > POOL_OCTETS) return randomFillSync(bytes);
    const offset = this.#take(length);
    this.#pool.copy(bytes, 0, offset, offset + length);
    return bytes;
  }

  uint32(): number {
    return this.#pool.readUInt32LE(this.#take(4));
  }

  fraction(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** Independent in any case: every draw is fresh. */
  stream(): Random {
    return this;
  }

  #take(length: number): number {
    if (this.#used + length > POOL_OCTETS) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const offset = this.#used;
    this.#used += length;
    return offset;
  }
}
