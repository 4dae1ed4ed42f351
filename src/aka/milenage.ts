/**
 * Milenage, the algorithm set f1, f1*, f2, f3, f4, f5, f5* of TS 35.206 over AES-128.
 * All values are octets, most significant first.
 */
import { encryptBlock, expandKey } from './aes128.js';
import type { AuthenticationVector } from './authentication-vector.js';
import type { AuthenticationFunctions } from './key-material.js';

/** The constants c1…c5 and r1…r5, which an operator may choose (TS 35.206 5.3; AKA-03). */
export interface MilenageConstants {
  /** Five blocks of 16 octets. */
  readonly c: readonly Buffer[];
  /** Five left rotations, 0 … 127 bits. */
  readonly r: readonly number[];
}

const lastOctet = (value: number) => Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, value]);

/** TS 35.206 4.1. */
export const standardConstants: MilenageConstants = {
  c: [0, 1, 2, 4, 8].map(lastOctet),
  r: [64, 0, 32, 64, 96],
};

export interface MilenageOutput {
  /** f1, 8 octets: network authentication code. */
  readonly macA: Buffer;
  /** f1*, 8 octets: resynchronisation authentication code. */
  readonly macS: Buffer;
  /** f2, 8 octets. */
  readonly res: Buffer;
  /** f3, 16 octets. */
  readonly ck: Buffer;
  /** f4, 16 octets. */
  readonly ik: Buffer;
  /** f5, 6 octets. */
  readonly ak: Buffer;
  /** f5*, 6 octets. */
  readonly akStar: Buffer;
}

// One block and one TEMP for all calls: nothing here is re-entered. A vector asks twice for one RAND, so TEMP is kept until
// another key or RAND comes.
const block = new Int32Array(4);
const temp = new Int32Array(4);
const maskedTemp = new Int32Array(4);
const maskedIn1 = new Int32Array(4);
const randOfTemp = new Int32Array(4);
let keyOfTemp: MilenageKey | undefined;

/** AUTN, AK and RES, CK, IK of one vector. */
const vectorOctets = 64;
/** As Buffer.allocUnsafe has its pool, but without an object for the piece that the four parts are cut from. */
let vectors = Buffer.alloc(128 * vectorOctets);
let nextVector = 0;

/** Where in `vectors` there is room for one. */
function placeOfVector(): number {
  if (nextVector === vectors.length) {
    vectors = Buffer.alloc(vectors.length);
    nextVector = 0;
  }
  const at = nextVector;
  nextVector += vectorOctets;
  return at;
}

/** OPc = OP xor E_K(OP) (TS 35.206 5.1; AKA-01). Both 16 octets. */
export function computeOpc(k: Buffer, op: Buffer): Buffer {
  const opWords = wordsOf(op, 'OP');
  block.set(opWords);
  encryptBlock(expandKey(k), block);
  const opc = Buffer.allocUnsafe(16);
  for (let i = 0; i < 4; i++) opc.writeInt32BE(block[i]! ^ opWords[i]!, 4 * i);
  return opc;
}

/** All outputs for one challenge: a convenience over {@link MilenageKey} that expands the key each time. */
export function milenage(k: Buffer, opc: Buffer, rand: Buffer, sqn: Buffer, amf: Buffer): MilenageOutput {
  const key = new MilenageKey(k, opc);
  const { macA, macS } = key.f1(rand, sqn, amf);
  return { macA, macS, ...key.f2345(rand), akStar: key.f5Star(rand) };
}

/** OUT1, whose halves become octets when they are asked for: a vector takes one of them. */
class MilenageMacs {
  readonly #a: number;
  readonly #b: number;
  readonly #c: number;
  readonly #d: number;

  constructor(a: number, b: number, c: number, d: number) {
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }

  get macA(): Buffer {
    return octetsOf(this.#a, this.#b);
  }

  get macS(): Buffer {
    return octetsOf(this.#c, this.#d);
  }
}

function octetsOf(high: number, low: number): Buffer {
  const octets = Buffer.allocUnsafe(8);
  putWord(octets, 0, high);
  putWord(octets, 4, low);
  return octets;
}

/** A subscriber's K and OPc with the AES key schedule kept. */
export class MilenageKey implements AuthenticationFunctions {
  readonly #roundKeys: Int32Array;
  readonly #opc: Int32Array;
  readonly #constants: readonly Int32Array[];
  readonly #rotations: readonly number[];

  constructor(k: Buffer, opc: Buffer, constants: MilenageConstants = standardConstants) {
    this.#roundKeys = expandKey(k);
    this.#opc = wordsOf(opc, 'OPc');
    this.#constants = constants === standardConstants ? standardConstantWords : constants.c.map((c) => wordsOf(c, 'c'));
    this.#rotations = constants.r;
  }

  /** f1 and f1* (they are the two halves of OUT1). `sqn` 6, `amf` 2 octets. */
  f1(rand: Buffer, sqn: Buffer, amf: Buffer): { readonly macA: Buffer; readonly macS: Buffer } {
    this.#computeTemp(rand);
    this.#out1(sqn, amf);
    const opc = this.#opc;
    return new MilenageMacs(block[0]! ^ opc[0]!, block[1]! ^ opc[1]!, block[2]! ^ opc[2]!, block[3]! ^ opc[3]!);
  }

  /** f2, f3, f4 and f5: what a vector or an answer to a challenge needs besides the MAC. */
  f2345(rand: Buffer): { res: Buffer; ck: Buffer; ik: Buffer; ak: Buffer } {
    this.#computeTemp(rand);
    const out = Buffer.allocUnsafe(48);
    this.#out(1, out, 0);
    this.#out(2, out, 16);
    this.#out(3, out, 32);
    return {
      ak: out.subarray(0, 6),
      res: out.subarray(8, 16),
      ck: out.subarray(16, 32),
      ik: out.subarray(32, 48),
    };
  }

  /**
   * The vector of TS 33.102 6.3.2, at a lower cost than of f1 and f2345 one after the other: AK and MAC-A become no
   * octets of their own, and the four parts are cut from one piece of memory, which many vectors share.
   */
  vector(rand: Buffer, sqn: Buffer, amf: Buffer): AuthenticationVector {
    this.#computeTemp(rand);
    this.#out1(sqn, amf);
    const at = placeOfVector();
    const out = vectors;
    const opc = this.#opc;
    putWord(out, at + 8, block[0]! ^ opc[0]!);
    putWord(out, at + 12, block[1]! ^ opc[1]!);
    this.#out(1, out, at + 16);
    for (let i = at; i < at + 6; i++) out[i] = sqn[i - at]! ^ out[i + 16]!; // AKA-10: SQN xor AK
    out[at + 6] = amf[0]!;
    out[at + 7] = amf[1]!;
    this.#out(2, out, at + 32);
    this.#out(3, out, at + 48);
    return {
      rand,
      autn: out.subarray(at, at + 16),
      xres: out.subarray(at + 24, at + 32),
      ck: out.subarray(at + 32, at + 48),
      ik: out.subarray(at + 48, at + 64),
    };
  }

  /** f5 alone. */
  f5(rand: Buffer): Buffer {
    this.#computeTemp(rand);
    const out = Buffer.allocUnsafe(16);
    this.#out(1, out, 0);
    return out.subarray(0, 6);
  }

  /** f5*: the anonymity key of AUTS. */
  f5Star(rand: Buffer): Buffer {
    this.#computeTemp(rand);
    const out = Buffer.allocUnsafe(16);
    this.#out(4, out, 0);
    return out.subarray(0, 6);
  }

  /** TEMP = E_K(RAND xor OPc), and TEMP xor OPc, from which OUT2 to OUT5 are made. */
  #computeTemp(rand: Buffer): void {
    if (rand.length !== 16) throw new RangeError(`RAND has 16 octets, not ${rand.length}`);
    const a = wordAt(rand, 0);
    const b = wordAt(rand, 4);
    const c = wordAt(rand, 8);
    const d = wordAt(rand, 12);
    const known = randOfTemp;
    if (keyOfTemp === this && a === known[0] && b === known[1] && c === known[2] && d === known[3]) return;
    keyOfTemp = this;
    setWords(known, a, b, c, d);
    const opc = this.#opc;
    setWords(temp, a ^ opc[0]!, b ^ opc[1]!, c ^ opc[2]!, d ^ opc[3]!);
    encryptBlock(this.#roundKeys, temp);
    setWords(maskedTemp, temp[0]! ^ opc[0]!, temp[1]! ^ opc[1]!, temp[2]! ^ opc[2]!, temp[3]! ^ opc[3]!);
  }

  /** Leaves OUT1 without its last xor in `block`. OUT1 = E_K(TEMP xor rot(IN1 xor OPc, r1) xor c1) xor OPc with IN1 = SQN || AMF || SQN || AMF. */
  #out1(sqn: Buffer, amf: Buffer): void {
    if (sqn.length !== 6 || amf.length !== 2) throw new RangeError('SQN has 6 octets and AMF 2');
    const opc = this.#opc;
    const high = wordAt(sqn, 0);
    const low = (sqn[4]! << 24) | (sqn[5]! << 16) | (amf[0]! << 8) | amf[1]!;
    setWords(maskedIn1, high ^ opc[0]!, low ^ opc[1]!, high ^ opc[2]!, low ^ opc[3]!);
    turnIntoBlock(maskedIn1, this.#rotations[0]!, this.#constants[0]!);
    for (let i = 0; i < 4; i++) block[i]! ^= temp[i]!;
    encryptBlock(this.#roundKeys, block);
  }

  /** OUTn = E_K(rot(TEMP xor OPc, rn) xor cn) xor OPc, n = index + 1. */
  #out(index: number, out: Buffer, at: number): void {
    turnIntoBlock(maskedTemp, this.#rotations[index]!, this.#constants[index]!);
    encryptBlock(this.#roundKeys, block);
    const opc = this.#opc;
    putWord(out, at, block[0]! ^ opc[0]!);
    putWord(out, at + 4, block[1]! ^ opc[1]!);
    putWord(out, at + 8, block[2]! ^ opc[2]!);
    putWord(out, at + 12, block[3]! ^ opc[3]!);
  }
}

function setWords(words: Int32Array, a: number, b: number, c: number, d: number): void {
  words[0] = a;
  words[1] = b;
  words[2] = c;
  words[3] = d;
}

/** As Buffer.writeInt32BE, at half of its cost. */
function putWord(out: Buffer, at: number, word: number): void {
  out[at] = word >>> 24;
  out[at + 1] = word >>> 16;
  out[at + 2] = word >>> 8;
  out[at + 3] = word;
}

/** As Buffer.readInt32BE. */
function wordAt(octets: Buffer, at: number): number {
  return (octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!;
}

/** Puts `words`, turned left by `bits` (0 … 127), xor `constant` into `block`. */
function turnIntoBlock(words: Int32Array, bits: number, constant: Int32Array): void {
  const wordShift = bits >> 5;
  const bitShift = bits & 31;
  const a = words[wordShift]!;
  const b = words[(wordShift + 1) & 3]!;
  const c = words[(wordShift + 2) & 3]!;
  const d = words[(wordShift + 3) & 3]!;
  if (bitShift === 0) {
    block[0] = a ^ constant[0]!;
    block[1] = b ^ constant[1]!;
    block[2] = c ^ constant[2]!;
    block[3] = d ^ constant[3]!;
  } else {
    const rest = 32 - bitShift;
    block[0] = ((a << bitShift) | (b >>> rest)) ^ constant[0]!;
    block[1] = ((b << bitShift) | (c >>> rest)) ^ constant[1]!;
    block[2] = ((c << bitShift) | (d >>> rest)) ^ constant[2]!;
    block[3] = ((d << bitShift) | (a >>> rest)) ^ constant[3]!;
  }
}

function wordsOf(octets: Buffer, name: string): Int32Array {
  if (octets.length !== 16) throw new RangeError(`${name} has 16 octets, not ${octets.length}`);
  const words = new Int32Array(4);
  for (let i = 0; i < 4; i++) words[i] = octets.readInt32BE(4 * i);
  return words;
}

const standardConstantWords = standardConstants.c.map((c) => wordsOf(c, 'c'));
