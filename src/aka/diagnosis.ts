/** Why a MAC is wrong, as far as one side's key material can tell: of AUTN at the UE, of AUTS at the HSS. For verdicts. */
import { type AuthenticationFunctions, authenticationFunctions, type KeyMaterial } from './key-material.js';
import { alternatives, type KeyMistake, type KnownKeys } from './key-mistakes.js';

/** `cause` is `kOrOpcDiffer`, `kOrTopcDiffer` or `xorDiffers` where no usual mistake fits. */
export type MacDiagnosis = KeyMistake;

const unknownMistakes: Readonly<Record<KeyMaterial['algorithm'], MacDiagnosis>> = {
  milenage: {
    cause: 'kOrOpcDiffer',
    text: 'K or OPc differ between the UE and the network',
    clause: 'TS 33.102 6.3.3',
    next: 'compare K and OPc of the SIM, digit by digit, with those of the subscriber in the HSS, and see that neither has OP in the place of OPc',
  },
  tuak: {
    cause: 'kOrTopcDiffer',
    text: 'K or TOPc differ between the UE and the network, or the network does not use TUAK',
    clause: 'TS 33.102 6.3.3',
    next: 'compare algorithm, K and TOPc of the SIM with those of the subscriber in the HSS',
  },
  xor: {
    cause: 'xorDiffers',
    text: 'the card has the XOR algorithm of test cards, and the network another K or, as a rule, Milenage',
    clause: 'TS 34.108 8.1.2',
    next: 'set the algorithm of the subscriber to XOR in the HSS, or take a card with Milenage',
  },
};

/** Not the keys: a card sends AUTS only where MAC-A of the challenge has fitted (TS 33.102 6.3.3). */
const unknownAuts: MacDiagnosis = {
  cause: 'autsOfAnotherChallenge',
  text: 'AUTS is none that a card with these keys makes of this RAND: it answers another challenge, was changed on its way, or the card computes f1* or f5* otherwise',
  clause: 'TS 33.102 6.3.3',
  next: 'compare the RAND of the 401 before it with the one in MAR, and AUTS of the UE with that in MAR; then K and OPc',
};

/** AMF values that networks use: MACs are looked for under them when the one received does not fit. */
const usualAmfs = ['0000', '8000', 'ffff'].map((digits) => Buffer.from(digits, 'hex'));

interface Challenge extends KnownKeys {
  /** 16 octets each. */
  readonly rand: Buffer;
  readonly autn: Buffer;
}

/** Mistakes of the network that have nothing to do with keys. */
const autnMistakes: readonly (KeyMistake & {
  readonly fits: (key: AuthenticationFunctions, c: Challenge) => boolean;
})[] = [
  {
    cause: 'sqnNotConcealed',
    text: 'K and OPc agree, but the network sends SQN in AUTN without concealing it by AK',
    clause: 'TS 33.102 6.3.2',
    next: 'see how the HSS builds AUTN: (SQN xor AK) || AMF || MAC',
    fits: (key, { rand, autn }) => macOf(key, rand, autn.subarray(0, 6), amfOf(autn)).equals(autn.subarray(8)),
  },
  {
    cause: 'amfNotInMac',
    text: 'K and OPc agree, but the MAC was computed over another AMF than the one in AUTN',
    clause: 'TS 33.102 6.3.2',
    next: 'compare the AMF of the subscriber with what the HSS writes into AUTN',
    fits: (key, { rand, autn }) =>
      usualAmfs.some((amf) => macOf(key, rand, revealed(key, rand, autn), amf).equals(autn.subarray(8))),
  },
];

/**
 * Tries the usual mistakes and names the one under which the MAC of AUTN fits. A wrong SQN is none of them: it travels in
 * AUTN, so a UE computes with the network's own.
 */
export function diagnoseMacFailure(challenge: Challenge): MacDiagnosis {
  const own = authenticationFunctions(challenge.material);
  for (const { fits, ...mistake } of autnMistakes) {
    if (fits(own, challenge)) return mistake;
  }
  for (const { material, ...mistake } of alternatives(challenge)) {
    if (isAutnOf(material, challenge.rand, challenge.autn)) return mistake;
  }
  return unknownMistakes[challenge.material.algorithm];
}

/** Whether this key material made the challenge. */
export function isAutnOf(material: KeyMaterial, rand: Buffer, autn: Buffer): boolean {
  const key = authenticationFunctions(material);
  return macOf(key, rand, revealed(key, rand, autn), amfOf(autn)).equals(autn.subarray(8));
}

interface Resynchronisation extends KnownKeys {
  readonly rand: Buffer;
  /** 14 octets. */
  readonly auts: Buffer;
  /** Of the challenge: 2 octets. */
  readonly amf?: Buffer | undefined;
}

interface OpenedAuts {
  readonly sqnMs: Buffer;
  readonly macFits: boolean;
  readonly expected: Buffer;
}

const zeroAmf = Buffer.alloc(2);

/** SQN_MS and whether MAC-S is right (AKA-12, AKA-13). `auts` 14 octets. */
export function openAuts(key: AuthenticationFunctions, rand: Buffer, auts: Buffer): OpenedAuts {
  if (auts.length !== 14) throw new RangeError(`AUTS has 14 octets, not ${auts.length}`);
  const sqnMs = xored(auts, key.f5Star(rand));
  const expected = key.f1(rand, sqnMs, zeroAmf).macS;
  return { sqnMs, expected, macFits: expected.equals(auts.subarray(6)) };
}

/** Why MAC-S of AUTS is wrong: mistakes of a card first, then those of keys. */
export function diagnoseAuts({ rand, auts, amf, ...known }: Resynchronisation): MacDiagnosis {
  const key = authenticationFunctions(known.material);
  const macS = auts.subarray(6);
  const sqnMs = xored(auts, key.f5Star(rand));
  for (const tried of amf === undefined ? usualAmfs : [amf, ...usualAmfs]) {
    if (!key.f1(rand, sqnMs, tried).macS.equals(macS)) continue;
    return {
      cause: 'amfOfAutsNotZero',
      text: `the card computes MAC-S over AMF ${tried.toString('hex')}, and AMF* of AUTS is 0000`,
      clause: 'TS 33.102 6.3.3',
      next: 'mend the card or the emulated one: AMF* takes no part of the challenge’s AMF',
    };
  }
  const withF5 = xored(auts, key.f5(rand));
  if (key.f1(rand, withF5, zeroAmf).macS.equals(macS)) {
    return {
      cause: 'autsConcealedByF5',
      text: 'the card conceals SQN_MS by AK of f5, and AUTS takes AK* of f5*',
      clause: 'TS 33.102 6.3.3',
      next: 'mend the card or the emulated one: f5* has a constant of its own',
    };
  }
  if (key.f1(rand, sqnMs, zeroAmf).macA.equals(macS)) {
    return {
      cause: 'macAInAuts',
      text: 'the card sends MAC-A of f1 in AUTS, and MAC-S of f1* belongs there',
      clause: 'TS 33.102 6.3.3',
      next: 'mend the card or the emulated one: f1* is the other half of OUT1',
    };
  }
  for (const { material, ...mistake } of alternatives(known)) {
    if (openAuts(authenticationFunctions(material), rand, auts).macFits) return mistake;
  }
  return unknownAuts;
}

function macOf(key: AuthenticationFunctions, rand: Buffer, sqn: Buffer, amf: Buffer): Buffer {
  return key.f1(rand, sqn, amf).macA;
}

/** SQN of AUTN. */
function revealed(key: AuthenticationFunctions, rand: Buffer, autn: Buffer): Buffer {
  return xored(autn, key.f5(rand));
}

function amfOf(autn: Buffer): Buffer {
  return autn.subarray(6, 8);
}

/** The first six octets of both. */
function xored(a: Buffer, b: Buffer): Buffer {
  const out = Buffer.allocUnsafe(6);
  for (let i = 0; i < 6; i++) out[i] = a[i]! ^ b[i]!;
  return out;
}
