/** What a subscriber's card and the HSS share, and the functions f1 to f5* that follow from it (TS 33.102 6.3). */
import type { AuthenticationVector } from './authentication-vector.js';
import { type MilenageConstants, MilenageKey } from './milenage.js';
import { TuakKey, type TuakParameters } from './tuak.js';
import { XorKey } from './xor-algorithm.js';

export type KeyMaterial =
  /** K and OPc have 16 octets each (TS 35.206); `constants` where the operator chose its own (AKA-03). */
  | {
      readonly algorithm: 'milenage';
      readonly k: Buffer;
      readonly opc: Buffer;
      readonly constants?: MilenageConstants;
    }
  /** TS 35.231. */
  | ({ readonly algorithm: 'tuak' } & TuakParameters)
  /** The test algorithm of TS 34.108 8.1.2 (AKA-37); K has 16 octets. */
  | { readonly algorithm: 'xor'; readonly k: Buffer };

export type AkaAlgorithm = KeyMaterial['algorithm'];

/** Lengths in octets: `rand` 16, `sqn` 6, `amf` 2; CK and IK 16, AK 6, MAC 8, RES 4 … 16 (TUAK may have longer ones). */
export interface AuthenticationFunctions {
  /** f1 and f1*: MAC-A of AUTN, MAC-S of AUTS. */
  f1(rand: Buffer, sqn: Buffer, amf: Buffer): { readonly macA: Buffer; readonly macS: Buffer };
  /** f2, f3, f4 and f5. */
  f2345(rand: Buffer): { readonly res: Buffer; readonly ck: Buffer; readonly ik: Buffer; readonly ak: Buffer };
  f5(rand: Buffer): Buffer;
  /** The anonymity key of AUTS. */
  f5Star(rand: Buffer): Buffer;
  /** The whole vector at once, where that costs less than f1 and f2345. */
  vector?(rand: Buffer, sqn: Buffer, amf: Buffer): AuthenticationVector;
}

/** A pool of subscribers shares one material, so it shares one key schedule too. */
const prepared = new WeakMap<KeyMaterial, AuthenticationFunctions>();

/** The functions of `material`, with what follows from the key alone kept. Throws RangeError for values of a wrong length. */
export function authenticationFunctions(material: KeyMaterial): AuthenticationFunctions {
  let functions = prepared.get(material);
  if (functions === undefined) {
    functions = prepare(material);
    prepared.set(material, functions);
  }
  return functions;
}

function prepare(material: KeyMaterial): AuthenticationFunctions {
  switch (material.algorithm) {
    case 'milenage':
      return new MilenageKey(material.k, material.opc, material.constants);
    case 'tuak':
      return new TuakKey(material);
    case 'xor':
      return new XorKey(material.k);
  }
}
