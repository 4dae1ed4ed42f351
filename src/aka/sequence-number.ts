/**
 * Sequence numbers of TS 33.102 Annex C. SQN = SEQ || IND, 48 bits together, the lowest `indBits` being IND (AKA-20).
 * A SQN is a bigint here, six octets on the wire.
 */

const sqnMax = (1n << 48n) - 1n;

/** IND length used throughout unless said otherwise: SEQ 43 bits, IND 5 bits, 32 array entries (TS 33.102 C.3.2). */
export const defaultIndBits = 5;

/** How far a SEQ may jump ahead, TS 33.102 C.2.1 and C.3. */
const defaultDelta = 1n << 28n;

/** The array of a USIM has 2^indBits entries. */
const indBitsMax = 16;

function checkIndBits(indBits: number): void {
  if (!Number.isInteger(indBits) || indBits < 0 || indBits > indBitsMax) {
    throw new RangeError(`IND has 0 to ${indBitsMax} bits, not ${indBits}`);
  }
}

/** Six octets of a SQN, new ones unless `octets` are given. Throws RangeError for more than 48 bits. */
export function encodeSqn(sqn: bigint, octets: Buffer = Buffer.allocUnsafe(6)): Buffer {
  const value = Number(sqn);
  if (value < 0 || value >= 2 ** 48) throw new RangeError('a SQN has 48 bits');
  const high = Math.floor(value / 0x1_0000);
  octets[0] = high >>> 24;
  octets[1] = high >>> 16;
  octets[2] = high >>> 8;
  octets[3] = high;
  const low = value - high * 0x1_0000;
  octets[4] = low >>> 8;
  octets[5] = low;
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
  /** What every entry starts with. */
  readonly #first: bigint;
  /** The entries up to the last one that has changed: all cards of a lab have 32, and most labs use one. */
  #sequences: readonly bigint[] = [];
  #highest: bigint;

  constructor({
    indBits = defaultIndBits,
    delta = defaultDelta,
    ageLimit,
    startingAt = 0n,
  }: UsimSqnWindowOptions = {}) {
    checkIndBits(indBits);
    this.#indBits = BigInt(indBits);
    this.#delta = delta;
    this.#ageLimit = ageLimit;
    this.#first = startingAt >> this.#indBits;
    this.#highest = startingAt;
  }

  get indBits(): number {
    return Number(this.#indBits);
  }

  /** SQN_MS: the highest SQN accepted so far, which AUTS reports. */
  get highest(): bigint {
    return this.#highest;
  }

  isAcceptable(sqn: bigint): boolean {
    const sequence = sqn >> this.#indBits;
    const highestSequence = this.#highest >> this.#indBits;
    return (
      sequence > this.#entry(this.#index(sqn)) && // TS 33.102 C.2.2
      sequence - highestSequence <= this.#delta && // TS 33.102 C.2.1
      (this.#ageLimit === undefined || highestSequence - sequence < this.#ageLimit) // TS 33.102 C.2.3
    );
  }

  /** Takes `sqn` if it is acceptable; false leaves the array as it was. */
  accept(sqn: bigint): boolean {
    if (!this.isAcceptable(sqn)) return false;
    this.#setEntry(this.#index(sqn), sqn >> this.#indBits);
    if (sqn > this.#highest) this.#highest = sqn;
    return true;
  }

  #entry(index: number): bigint {
    return this.#sequences[index] ?? this.#first;
  }

  #setEntry(index: number, sequence: bigint): void {
    const before = this.#sequences;
    const length = Math.max(index + 1, before.length);
    // Of that length from the start: one that grows takes room for more.
    const sequences = new Array<bigint>(length);
    for (let each = 0; each < length; each++) sequences[each] = each === index ? sequence : this.#entry(each);
    this.#sequences = sequences;
  }

  #index(sqn: bigint): number {
    return Number(BigInt.asUintN(Number(this.#indBits), sqn));
  }
}

/**
 * How the HSS finds the next SEQ (TS 33.102 C.1.1, C.3; AKA-22):
 * `sequence`: SEQ_HE + 1 (profile 2).
 * `partly-time-based`: the clock GLC + DIF where that is ahead, else SEQ_HE + 1; DIF stays as it was at first (profile 1).
 * `time-based`: the same, and DIF follows what AUTS reports, so that the card's number runs with the clock (profile 3).
 */
export type SqnProfile = 'sequence' | 'partly-time-based' | 'time-based';

/** One step of the clock GLC, ms (TS 33.102 C.3.1, C.3.3). */
const clockUnitsMs = { sequence: 1, 'partly-time-based': 1000, 'time-based': 100 } as const;

export interface AucSqnCounterOptions {
  readonly indBits?: number;
  /**
   * IND of the vectors. A fixed one belongs to this authentication domain alone, so that IMS and EPS vectors do not
   * push each other out of synchronisation (AKA-23); `'rotating'` steps with each vector (AKA-22).
   */
  readonly ind?: number | 'rotating';
  /** SQN_HE of the last vector made, as one integer (AKA-25). Default 0. */
  readonly last?: bigint;
  readonly profile?: SqnProfile;
  /** The time at which `last` was true, for profiles with a clock. Any epoch; default 0. */
  readonly nowMs?: number;
}

/** For whom a SQN is. */
export interface SqnRequest {
  /** Of the epoch that the counter was made with; only profiles with a clock read it. */
  readonly nowMs?: number;
  /** IND of another authentication domain than the counter's own; SEQ_HE is one for all of them (TS 33.102 C.1.2). */
  readonly ind?: number;
}

/** IND of Cx vectors unless configured (AKA-23). */
export const defaultCxInd = 2;

/** One subscriber's counter at the HSS (TS 33.102 C.1). Persist `last` before the vector made from it leaves (AKA-24). */
export class AucSqnCounter {
  readonly indBits: number;
  readonly profile: SqnProfile;
  readonly #ind: number | 'rotating';
  readonly #delta = defaultDelta;
  #last: bigint;
  /** DIF: how far SEQ is ahead of the clock. */
  #offset: bigint;

  constructor(options: AucSqnCounterOptions = {}) {
    const { indBits = defaultIndBits, ind = defaultCxInd, last = 0n, profile = 'sequence', nowMs = 0 } = options;
    checkIndBits(indBits);
    if (last < 0n || last > sqnMax) throw new RangeError('a SQN has 48 bits');
    this.indBits = indBits;
    this.profile = profile;
    this.#ind = ind;
    if (ind !== 'rotating') this.#checkInd(ind);
    this.#last = last;
    this.#offset = this.#offsetAt(nowMs);
  }

  /** SQN_HE: what `next` gave last, or what `reset` set. */
  get last(): bigint {
    return this.#last;
  }

  /** The 48 bits are used up: there is no next SQN, until `reset` (AKA-24). */
  get isExhausted(): boolean {
    return this.#last >> BigInt(this.indBits) === this.#sequenceMax;
  }

  /** The SQN that `next` would give. Throws RangeError when the counter is exhausted. */
  peek({ nowMs = 0, ind }: SqnRequest = {}): bigint {
    if (this.isExhausted) throw new RangeError('the sequence number counter is exhausted'); // AKA-24
    if (ind !== undefined) this.#checkInd(ind);
    return (this.#nextSequence(nowMs) << BigInt(this.indBits)) | this.#nextInd(ind);
  }

  /** Takes the next SQN. Several vectors of one answer take consecutive ones (AKA-24). Throws as `peek` does. */
  next(request: SqnRequest = {}): bigint {
    this.#last = this.peek(request);
    return this.#last;
  }

  /** Whether a card whose highest SQN is `sqnMs` would take the next vector. */
  nextIsAcceptableTo(sqnMs: bigint, request: SqnRequest = {}): boolean {
    if (this.isExhausted) return false;
    const bits = BigInt(this.indBits);
    const ahead = (this.peek(request) >> bits) - (sqnMs >> bits);
    return ahead > 0n && ahead <= this.#delta;
  }

  /** SQN_HE = SQN_MS after a verified AUTS (AKA-13). */
  reset(sqnMs: bigint, { nowMs = 0 }: SqnRequest = {}): void {
    this.#last = sqnMs;
    if (this.profile === 'time-based') this.#offset = this.#offsetAt(nowMs); // TS 33.102 C.1.1.3
  }

  get #sequenceMax(): bigint {
    return sqnMax >> BigInt(this.indBits);
  }

  #nextSequence(nowMs: number): bigint {
    const stepped = (this.#last >> BigInt(this.indBits)) + 1n; // TS 33.102 C.1.1.2
    if (this.profile === 'sequence') return stepped;
    const clocked = this.#clock(nowMs) + this.#offset;
    // A clock beyond the last SEQ does not end the counter while steps are left.
    return clocked > stepped && clocked <= this.#sequenceMax ? clocked : stepped; // AKA-22
  }

  #nextInd(ind: number | undefined): bigint {
    if (ind !== undefined) return BigInt(ind);
    return this.#ind === 'rotating' ? BigInt.asUintN(this.indBits, this.#last + 1n) : BigInt(this.#ind);
  }

  #offsetAt(nowMs: number): bigint {
    return (this.#last >> BigInt(this.indBits)) - this.#clock(nowMs);
  }

  #clock(nowMs: number): bigint {
    return BigInt(Math.floor(nowMs / clockUnitsMs[this.profile]));
  }

  #checkInd(ind: number): void {
    if (ind < 0 || ind >= 2 ** this.indBits) throw new RangeError(`IND ${ind} does not fit in ${this.indBits} bits`);
  }
}
