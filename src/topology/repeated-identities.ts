/**
 * Finds identities that two of many subscribers have, in the same memory for any number of them: what may have been there before
 * is remembered from a first reading, and looked at in a second one.
 */
import type { Subscriber } from '../ims/subscription/subscriber.js';
import type { Problem } from './problem.js';
import type { PlacedLine } from './subscriber-csv.js';
import { keyedIdentities } from './subscribers.js';

/** A Bloom filter of 32 MB: of 5,000,000 identities less than one is looked at in vain. */
const filterBits = 28;
const looks = 8;

/** More are not looked at: there is enough to mend. */
const suspectsMax = 1_000_000;

interface Owner {
  readonly line: PlacedLine;
  readonly subscription: string | undefined;
}

export class RepeatedIdentities {
  readonly #filter = new Uint32Array(2 ** (filterBits - 5));
  /** Of identities that may stand there twice. */
  readonly #suspects = new Set<number>();
  readonly #owners = new Map<string, Owner>();

  /** First reading. */
  note(subscriber: Subscriber): void {
    for (const [, value] of keyedIdentities(subscriber)) {
      if (this.#add(value) && this.#suspects.size < suspectsMax) this.#suspects.add(nameOf(value));
    }
  }

  /** A second reading is worth while. */
  get hasSuspects(): boolean {
    return this.#suspects.size > 0;
  }

  /** Second reading: the first identity of the subscriber that one of another line has; those of one subscription may share public ones. */
  find(subscriber: Subscriber, line: PlacedLine): Problem | undefined {
    const { subscription } = subscriber;
    for (const [key, value] of keyedIdentities(subscriber)) {
      if (!this.#suspects.has(nameOf(value))) continue;
      const first = this.#owners.get(value);
      if (first === undefined) this.#owners.set(value, { line, subscription });
      else if (first.line.path !== line.path || first.line.positions !== line.positions) {
        if (key === 'identities' && subscription !== undefined && first.subscription === subscription) continue;
        const what = `'${value}' belongs to the subscriber at ${first.line.positions.where(first.line.path)} already`;
        return line.positions.problem([...line.path, key], what, 'give each subscriber its own');
      }
    }
    return undefined;
  }

  /** Whether it may have been there before. */
  #add(value: string): boolean {
    const step = hashOf(value, stepSeed) | 1;
    let at = hashOf(value, placeSeed);
    let isKnown = true;
    for (let look = 0; look < looks; look++) {
      const bit = at >>> (32 - filterBits);
      const mask = 1 << (bit & 31);
      if ((this.#filter[bit >>> 5]! & mask) === 0) {
        isKnown = false;
        this.#filter[bit >>> 5]! |= mask;
      }
      at = (at + step) | 0;
    }
    return isKnown;
  }
}

const placeSeed = 0x811c9dc5;
const stepSeed = 0x2545f491;

/** 53 bits of a text. */
function nameOf(value: string): number {
  return (hashOf(value, placeSeed) >>> 0) * 2 ** 21 + (hashOf(value, stepSeed) >>> 11);
}

/** FNV-1a with another beginning, and its bits mixed once more: texts that differ in their last digit differ in all bits. */
function hashOf(value: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < value.length; at++) hash = Math.imul(hash ^ value.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
