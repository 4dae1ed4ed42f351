/** The test algorithm of TS 34.108 8.1.2, which test USIMs have in place of Milenage (AKA-37). It keeps nothing secret. */
import type { AuthenticationFunctions } from './key-material.js';

export class XorKey implements AuthenticationFunctions {
  readonly #k: Buffer;

  /** `k`: 16 octets. */
  constructor(k: Buffer) {
    if (k.length !== 16) throw new RangeError(`a key of the XOR algorithm has 16 octets, not ${k.length}`);
    this.#k = k;
  }

  /** MAC = X[0…7] xor (SQN || AMF); f1* is the same function (TS 34.108 8.1.2.1, 8.1.2.2). */
  f1(rand: Buffer, sqn: Buffer, amf: Buffer): { macA: Buffer; macS: Buffer } {
    if (sqn.length !== 6 || amf.length !== 2) throw new RangeError('SQN has 6 octets and AMF 2');
    const mac = this.#keyed(rand).subarray(0, 8);
    for (let i = 0; i < 6; i++) mac[i]! ^= sqn[i]!;
    mac[6]! ^= amf[0]!;
    mac[7]! ^= amf[1]!;
    return { macA: mac, macS: mac };
  }

  /** RES = X (128 bits), CK and IK = X turned left by 8 and 16 bits, AK = X[3…8]. */
  f2345(rand: Buffer): { res: Buffer; ck: Buffer; ik: Buffer; ak: Buffer } {
    const x = this.#keyed(rand);
    return { res: x, ck: turned(x, 1), ik: turned(x, 2), ak: x.subarray(3, 9) };
  }

  f5(rand: Buffer): Buffer {
    return this.#keyed(rand).subarray(3, 9);
  }

  /** The same as f5 (TS 34.108 8.1.2.2). */
  f5Star(rand: Buffer): Buffer {
    return this.f5(rand);
  }

  /** X = K xor RAND. */
  #keyed(rand: Buffer): Buffer {
    if (rand.length !== 16) throw new RangeError(`RAND has 16 octets, not ${rand.length}`);
    const x = Buffer.allocUnsafe(16);
    for (let i = 0; i < 16; i++) x[i] = this.#k[i]! ^ rand[i]!;
    return x;
  }
}

function turned(x: Buffer, octets: number): Buffer {
  return Buffer.concat([x.subarray(octets), x.subarray(0, octets)]);
}
