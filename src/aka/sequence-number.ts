/**
 * Sequence numbers of TS 33.102 Annex C. SQN = SEQ || IND, 48 bits together, the lowest `indBits` being IND (AKA-20).
 * A SQN is a bigint here, six octets on the wire.
 */

export const sqnMax = (1n << 48n) - 1n;

/** IND length used throughout unless said otherwise: SEQ 43 bits, IND 5 bits, 32 array entries (TS 33.102 C.3.2). */
export const defaultIndBits = 5;

/** How far a SEQ may jump ahead, TS 33.102 C.2.1 and C.3. */
const defaultDelta = 1n << 28n;

/** Six octets of a SQN. */
export function encodeSqn(sqn: bigint): Buffer {
  if (sqn < 0n || sqn > sqnMax) throw new RangeError('a SQN has 48 bits');
  const octets = Buffer.allocUnsafe(6);
  octets.writeUIntBE(Number(sqn), 0, 6);
  return octets;
}

export function decodeSqn(octets: Buffer): bigint {
  if (octets.length !== 6) throw new RangeError(`a SQN has 6 octets, not ${octets.length}`);
  return BigInt(octets.readUIntBE(0, 6));
}

export interface UsimSqnWindowOptions {
  readonly indBits?: number;
  /** Largest acceptable jump of SEQ beyond the highest one accepted. */
  readonly delta?: bigint;
  /** Age limit L: a SEQ this far or more behind the highest is refused. Absent: no limit. */
  readonly ageLimit?: bigint;
  /** Every array entry starts as if this SQN's SEQ had been accepted. Default 0. */
  readonly startingAt?: bigint;
}

/** The USIM's array SEQ_MS[IND] (AKA-21; TS 33.102 C.2). */
export class UsimSqnWindow {
  readonly #indBits: bigint;
  readonly #delta: bigint;
  readonly #ageLimit: bigint | undefined;
  readonly #sequences: bigint[];
  #highest: bigint;

  constructor({
    indBits = defaultIndBits,
    delta = defaultDelta,
    ageLimit,
    startingAt = 0n,
  }: UsimSqnWindowOptions = {}) {
    this.#indBits = BigInt(indBits);
    this.#delta = delta;
    this.#ageLimit = ageLimit;
    this.#sequences = new Array<bigint>(2 ** indBits).fill(startingAt >> this.#indBits);
    this.#highest = startingAt;
  }

  /** SQN_MS: the highest SQN accepted so far, which AUTS reports. */
  get highest(): bigint {
    return this.#highest;
  }

  isAcceptable(sqn: bigint): boolean {
    const sequence = sqn >> this.#indBits;
    const highestSequence = this.#highest >> this.#indBits;
    return (
      sequence > this.#sequences[this.#index(sqn)]! && // TS 33.102 C.2.2
      sequence - highestSequence <= this.#delta && // TS 33.102 C.2.1
      (this.#ageLimit === undefined || highestSequence - sequence < this.#ageLimit) // TS 33.102 C.2.3
    );
  }

  /** Takes `sqn` if it is acceptable; false leaves the array as it was. */
  accept(sqn: bigint): boolean {
    if (!this.isAcceptable(sqn)) return false;
    this.#sequences[this.#index(sqn)] = sqn >> this.#indBits;
    if (sqn > this.#highest) this.#highest = sqn;
    return true;
  }

  #index(sqn: bigint): number {
    return Number(BigInt.asUintN(Number(this.#indBits), sqn));
  }
}

export interface AucSqnCounterOptions {
  readonly indBits?: number;
  /**
   * IND of the vectors. A fixed one belongs to this authentication domain alone, so that IMS and EPS vectors do not
   * push each other out of synchronisation (AKA-23); `'rotating'` steps with each vector (AKA-22).
   */
  readonly ind?: number | 'rotating';
  /** SQN_HE of the last vector made, as one integer (AKA-25). Default 0. */
  readonly last?: bigint;
}

/** IND of Cx vectors unless configured (AKA-23). */
export const defaultCxInd = 2;

/**
 * One subscriber's counter at the HSS, not time based (TS 33.102 C.1.1.2, profile 2). Persist `last` before the
 * vector made from it leaves (AKA-24).
 */
export class AucSqnCounter {
  readonly indBits: number;
  readonly #ind: number | 'rotating';
  readonly #delta = defaultDelta;
  #last: bigint;

  constructor({ indBits = defaultIndBits, ind = defaultCxInd, last = 0n }: AucSqnCounterOptions = {}) {
    if (ind !== 'rotating' && ind >= 2 ** indBits) throw new RangeError(`IND ${ind} does not fit in ${indBits} bits`);
    this.indBits = indBits;
    this.#ind = ind;
    this.#last = last;
  }

  /** SQN_HE: what `next` gave last, or what `reset` set. */
  get last(): bigint {
    return this.#last;
  }

  /** The 48 bits are used up: there is no next SQN, until `reset` (AKA-24). */
  get isExhausted(): boolean {
    return this.#following() > sqnMax;
  }

  /** The SQN that `next` would give. Throws RangeError when the counter is exhausted. */
  peek(): bigint {
    const sqn = this.#following();
    if (sqn > sqnMax) throw new RangeError('the sequence number counter is exhausted'); // AKA-24
    return sqn;
  }

  #following(): bigint {
    const bits = BigInt(this.indBits);
    const sequence = (this.#last >> bits) + 1n;
    const ind = this.#ind === 'rotating' ? BigInt.asUintN(this.indBits, this.#last + 1n) : BigInt(this.#ind);
    return (sequence << bits) | ind;
  }

  /** Steps: SEQ_HE + 1. Several vectors of one answer take consecutive ones. Throws as `peek` does. */
  next(): bigint {
    this.#last = this.peek();
    return this.#last;
  }

  /** Whether a card whose highest SQN is `sqnMs` would take the next vector. */
  nextIsAcceptableTo(sqnMs: bigint): boolean {
    if (this.isExhausted) return false;
    const bits = BigInt(this.indBits);
    const ahead = (this.peek() >> bits) - (sqnMs >> bits);
    return ahead > 0n && ahead <= this.#delta;
  }

  /** SQN_HE = SQN_MS after a verified AUTS (AKA-13). */
  reset(sqnMs: bigint): void {
    this.#last = sqnMs;
  }
}
