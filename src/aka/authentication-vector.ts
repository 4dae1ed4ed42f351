/** Authentication vectors at the HSS and their check at the USIM (TS 33.102 6.3.2, 6.3.3, 6.3.5). */
import { timingSafeEqual } from 'node:crypto';
import type { AuthenticationFunctions } from './key-material.js';
import { type AucSqnCounter, decodeSqn, encodeSqn, type UsimSqnWindow } from './sequence-number.js';

/** Whose vectors, AUTN and AUTS it is. */
interface Keyed {
  readonly key: AuthenticationFunctions;
}

export interface AuthenticationVector {
  /** 16 octets. */
  readonly rand: Buffer;
  /** 16 octets: (SQN xor AK) || AMF || MAC-A (AKA-10). */
  readonly autn: Buffer;
  /** 8 octets of Milenage, 4 to 32 of TUAK, 16 of the test algorithm. */
  readonly xres: Buffer;
  /** 16 octets. */
  readonly ck: Buffer;
  /** 16 octets. */
  readonly ik: Buffer;
}

/** AMF* of AUTS (TS 33.102 6.3.3; AKA-12). */
const resynchronisationAmf = Buffer.alloc(2);

/** The SQN of the vector in the making: nothing keeps it. */
const sqnOfVector = Buffer.alloc(6);

/** Makes a vector (TS 33.102 6.3.2; AKA-10). `sqn` 48 bits or 6 octets, `amf` 2 octets, `rand` 16 fresh octets (AKA-15). */
export function generateVector(
  input: Keyed & { readonly amf: Buffer; readonly sqn: bigint | Buffer; readonly rand: Buffer },
): AuthenticationVector {
  const { key, rand, amf } = input;
  const sqn = typeof input.sqn === 'bigint' ? encodeSqn(input.sqn, sqnOfVector) : input.sqn;
  if (key.vector !== undefined) return key.vector(rand, sqn, amf);
  const { macA } = key.f1(rand, sqn, amf);
  const { res, ck, ik, ak } = key.f2345(rand);
  const autn = Buffer.allocUnsafe(16);
  xorInto(autn, sqn, ak);
  autn[6] = amf[0]!;
  autn[7] = amf[1]!;
  for (let i = 0; i < 8; i++) autn[8 + i] = macA[i]!;
  return { rand, autn, xres: res, ck, ik };
}

export type AutnOutcome =
  | { readonly outcome: 'ok'; readonly sqn: bigint; readonly res: Buffer; readonly ck: Buffer; readonly ik: Buffer }
  /** The network does not know K and OPc, or the challenge was altered. `expected` is XMAC. */
  | { readonly outcome: 'macFailure'; readonly expected: Buffer; readonly received: Buffer }
  /** The network's SQN is not acceptable; `auts` (14 octets) tells it `sqnMs`. */
  | { readonly outcome: 'syncFailure'; readonly sqn: bigint; readonly sqnMs: bigint; readonly auts: Buffer };

/**
 * The USIM's answer to a challenge, checked in the order of TS 33.102 6.3.3: MAC, then SQN (AKA-11). Any AMF is
 * taken (AKA-14). `sqnState` moves only when the outcome is `ok`. Throws RangeError unless `rand` and `autn` have 16 octets.
 */
export function checkAutn(
  input: Keyed & { readonly rand: Buffer; readonly autn: Buffer; readonly sqnState: UsimSqnWindow },
): AutnOutcome {
  const { key, rand, autn, sqnState } = input;
  if (autn.length !== 16) throw new RangeError(`AUTN has 16 octets, not ${autn.length}`);
  const { res, ck, ik, ak } = key.f2345(rand);
  const sqnOctets = xorInto(Buffer.allocUnsafe(6), autn, ak);
  const { macA } = key.f1(rand, sqnOctets, autn.subarray(6, 8));
  const received = autn.subarray(8, 16);
  if (!timingSafeEqual(macA, received)) return { outcome: 'macFailure', expected: macA, received }; // AKA-11
  const sqn = decodeSqn(sqnOctets);
  if (!sqnState.accept(sqn)) {
    const sqnMs = sqnState.highest;
    return { outcome: 'syncFailure', sqn, sqnMs, auts: generateAuts({ key, rand, sqnMs }) }; // AKA-11, AKA-12
  }
  return { outcome: 'ok', sqn, res, ck, ik };
}

/** AUTS = (SQN_MS xor AK*) || MAC-S, 14 octets (TS 33.102 6.3.3; AKA-12). */
export function generateAuts(input: Keyed & { readonly rand: Buffer; readonly sqnMs: bigint }): Buffer {
  const { key, rand } = input;
  const sqn = encodeSqn(input.sqnMs);
  const auts = Buffer.allocUnsafe(14);
  xorInto(auts, sqn, key.f5Star(rand));
  key.f1(rand, sqn, resynchronisationAmf).macS.copy(auts, 6);
  return auts;
}

export type ResynchronisationOutcome =
  /** Make a new vector with a fresh RAND. `reset`: SQN_HE was set to SQN_MS; else the next SQN was acceptable anyway. */
  | { readonly outcome: 'resynchronised'; readonly sqnMs: bigint; readonly reset: boolean }
  /** MAC-S is wrong: no vector. */
  | { readonly outcome: 'macFailure' };

/**
 * The HSS on AUTS (TS 33.102 6.3.5; AKA-13). `rand` is the one of the challenge that the UE refused. Moves `counter`
 * where the procedure says so. Throws RangeError unless `auts` has 14 octets.
 */
export function resynchronise(
  input: Keyed & {
    readonly rand: Buffer;
    readonly auts: Buffer;
    readonly counter: AucSqnCounter;
    /** For a counter with a clock. */
    readonly nowMs?: number;
  },
): ResynchronisationOutcome {
  const { key, rand, auts, counter, nowMs = 0 } = input;
  if (auts.length !== 14) throw new RangeError(`AUTS has 14 octets, not ${auts.length}`);
  const sqnOctets = xorInto(Buffer.allocUnsafe(6), auts, key.f5Star(rand));
  const sqnMs = decodeSqn(sqnOctets);
  if (counter.nextIsAcceptableTo(sqnMs, { nowMs })) return { outcome: 'resynchronised', sqnMs, reset: false }; // 33.102 6.3.5 step 3
  const { macS } = key.f1(rand, sqnOctets, resynchronisationAmf);
  if (!timingSafeEqual(macS, auts.subarray(6))) return { outcome: 'macFailure' }; // 33.102 6.3.5 step 4
  counter.reset(sqnMs, { nowMs }); // 33.102 6.3.5 step 5
  return { outcome: 'resynchronised', sqnMs, reset: true };
}

/** The first six octets of `a` xor `b`, written to the start of `out`. */
function xorInto(out: Buffer, a: Buffer, b: Buffer): Buffer {
  for (let i = 0; i < 6; i++) out[i] = a[i]! ^ b[i]!;
  return out;
}
