/**
 * TUAK, the algorithm set f1, f1*, f2, f3, f4, f5, f5* of TS 35.231 over Keccak-f[1600].
 * All values are octets, most significant first; they enter and leave Keccak with their octets in reverse order.
 */

import { keccakF1600 } from './keccak.js';
import type { AuthenticationFunctions } from './key-material.js';

export interface TuakParameters {
  /** 16 or 32 octets. */
  readonly k: Buffer;
  /** 32 octets. */
  readonly topc: Buffer;
  /** How often the permutation is applied. Default 1. */
  readonly iterations?: number;
  /** Default 64, the only one that AUTN has room for (TS 33.102 6.3.7). */
  readonly macBits?: 64 | 128 | 256;
  /** Default 64. */
  readonly resBits?: 32 | 64 | 128 | 256;
  /** Default 128. */
  readonly ckBits?: 128 | 256;
  /** Default 128. */
  readonly ikBits?: 128 | 256;
}

/** Where the fields stand in the 200 octets of the state (TS 35.231 6.2, 6.3). */
const place = {
  top: 0,
  instance: 32,
  algorithmName: 33,
  rand: 40,
  amf: 56,
  sqn: 58,
  k: 64,
  paddingStart: 96,
  paddingEnd: 135,
};

/** Bits of INSTANCE (TS 35.231 6.2 to 6.6). The lengths of MAC and RES share theirs; RES 32 has none. */
const instanceBit = { longKey: 0x01, longIk: 0x02, longCk: 0x04, f2345: 0x40, f1Star: 0x80, f5Star: 0xc0 };
const lengthBit: Readonly<Record<number, number>> = { 32: 0, 64: 0x08, 128: 0x10, 256: 0x20 };

const algorithmName = Buffer.from('TUAK1.0', 'latin1');

// One state for all calls: nothing here is re-entered.
const state = new Int32Array(50);
const octets = new Uint8Array(200);

/** TOPc from TOP (32 octets) and K (16 or 32 octets), TS 35.231 6.2. */
export function computeTopc(k: Buffer, top: Buffer, iterations = 1): Buffer {
  checkLengths(k, top, 'TOP');
  prepare(k, top, k.length === 32 ? instanceBit.longKey : 0);
  permute(iterations);
  return output(0, 32);
}

/** A subscriber's K and TOPc. */
export class TuakKey implements AuthenticationFunctions {
  readonly #parameters: Required<TuakParameters>;
  readonly #keyBit: number;

  constructor(parameters: TuakParameters) {
    this.#parameters = { iterations: 1, macBits: 64, resBits: 64, ckBits: 128, ikBits: 128, ...parameters };
    const { k, topc, iterations } = this.#parameters;
    checkLengths(k, topc, 'TOPc');
    if (!Number.isInteger(iterations) || iterations < 1) throw new RangeError('TUAK takes one iteration or more');
    this.#keyBit = k.length === 32 ? instanceBit.longKey : 0;
  }

  /** f1 and f1*, each a permutation of its own: the second is made when it is read. `sqn` 6, `amf` 2 octets. */
  f1(rand: Buffer, sqn: Buffer, amf: Buffer): { readonly macA: Buffer; readonly macS: Buffer } {
    if (sqn.length !== 6 || amf.length !== 2) throw new RangeError('SQN has 6 octets and AMF 2');
    const mac = (instance: number): Buffer => {
      const { macBits } = this.#parameters;
      this.#run(instance | lengthBit[macBits]!, rand, sqn, amf);
      return output(0, macBits / 8);
    };
    return {
      macA: mac(0),
      get macS() {
        return mac(instanceBit.f1Star);
      },
    };
  }

  f2345(rand: Buffer): { res: Buffer; ck: Buffer; ik: Buffer; ak: Buffer } {
    const { resBits, ckBits, ikBits } = this.#parameters;
    this.#runF2345(rand);
    return { res: output(0, resBits / 8), ck: output(32, ckBits / 8), ik: output(64, ikBits / 8), ak: output(96, 6) };
  }

  f5(rand: Buffer): Buffer {
    this.#runF2345(rand);
    return output(96, 6);
  }

  f5Star(rand: Buffer): Buffer {
    this.#run(instanceBit.f5Star, rand);
    return output(96, 6);
  }

  #runF2345(rand: Buffer): void {
    const { resBits, ckBits, ikBits } = this.#parameters;
    const longer = (ckBits === 256 ? instanceBit.longCk : 0) | (ikBits === 256 ? instanceBit.longIk : 0);
    this.#run(instanceBit.f2345 | lengthBit[resBits]! | longer, rand);
  }

  /** SQN and AMF are zero but for f1 and f1* (TS 35.231 6.4, 6.5). */
  #run(instance: number, rand: Buffer, sqn?: Buffer, amf?: Buffer): void {
    if (rand.length !== 16) throw new RangeError(`RAND has 16 octets, not ${rand.length}`);
    prepare(this.#parameters.k, this.#parameters.topc, instance | this.#keyBit);
    putReversed(rand, place.rand);
    if (amf) putReversed(amf, place.amf);
    if (sqn) putReversed(sqn, place.sqn);
    permute(this.#parameters.iterations);
  }
}

function checkLengths(k: Buffer, top: Buffer, name: string): void {
  if (k.length !== 16 && k.length !== 32) throw new RangeError(`a TUAK key has 16 or 32 octets, not ${k.length}`);
  if (top.length !== 32) throw new RangeError(`${name} has 32 octets, not ${top.length}`);
}

function prepare(k: Buffer, top: Buffer, instance: number): void {
  octets.fill(0);
  putReversed(top, place.top);
  octets[place.instance] = instance;
  putReversed(algorithmName, place.algorithmName);
  putReversed(k, place.k);
  octets[place.paddingStart] = 0x1f;
  octets[place.paddingEnd] = 0x80;
}

function putReversed(value: Buffer, at: number): void {
  const last = at + value.length - 1;
  for (let i = 0; i < value.length; i++) octets[last - i] = value[i]!;
}

function permute(iterations: number): void {
  for (let word = 0; word < 50; word++) {
    const at = 4 * word;
    state[word] = octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24);
  }
  for (let i = 0; i < iterations; i++) keccakF1600(state);
}

/** `length` octets from `at` of the state, reversed. */
function output(at: number, length: number): Buffer {
  const value = Buffer.allocUnsafe(length);
  const last = length - 1;
  for (let i = 0; i < length; i++) value[last - i] = state[(at + i) >> 2]! >>> (8 * ((at + i) & 3));
  return value;
}
