/**
 * What goes wrong when keys are copied from one system into another. One table for the verdict of a UE and for
 * `imslab aka explain`. A MAC has 64 bits: what fits one is the explanation, never a coincidence.
 */
import type { KeyMaterial } from './key-material.js';
import { computeOpc } from './milenage.js';
import { computeTopc } from './tuak.js';

/** What the other side may have made of the same values. */
export interface KeyMistake {
  /** In lower camel case: `opcIsOp`, `kHalvesSwapped`. */
  readonly cause: string;
  /** One plain sentence without its full stop. */
  readonly text: string;
  readonly clause: string;
  /** What to look at next, as an imperative without its full stop. */
  readonly next: string;
}

export interface Alternative extends KeyMistake {
  readonly material: KeyMaterial;
}

/** Key material as it is known on this side; OP where it is known beside OPc. */
export interface KnownKeys {
  readonly material: KeyMaterial;
  readonly op?: Buffer | undefined;
}

type Milenage = Extract<KeyMaterial, { algorithm: 'milenage' }>;
type Tuak = Extract<KeyMaterial, { algorithm: 'tuak' }>;

interface MilenageMistake extends KeyMistake {
  /** Undefined where it cannot be tried. */
  readonly make: (own: Milenage, op: Buffer | undefined) => KeyMaterial | undefined;
}

const zeros = Buffer.alloc(16);
const clauseOpc = 'TS 35.206 5.1';

const milenageMistakes: readonly MilenageMistake[] = [
  {
    cause: 'opcIsOp',
    text: 'the value configured as OPc at the UE is an OP, or the network takes its OPc for an OP',
    clause: clauseOpc,
    next: 'see which of OP and OPc the card vendor gave; compute OPc with `imslab aka opc`',
    make: (own) => ({ ...own, opc: computeOpc(own.k, own.opc) }),
  },
  {
    cause: 'networkUsesOpAsOpc',
    text: 'the network uses the OP configured at the UE where OPc belongs',
    clause: clauseOpc,
    next: 'enter OP as OP in the HSS, or the OPc that `imslab aka opc` computes from it',
    make: (own, op) => op && { ...own, opc: op },
  },
  {
    cause: 'networkOpIsZero',
    text: 'K is the same, but the network computes OPc from an OP of zeros',
    clause: clauseOpc,
    next: 'see whether the OP of the HSS was left at its default',
    make: (own) => ({ ...own, opc: computeOpc(own.k, zeros) }),
  },
  {
    cause: 'networkOpcIsZero',
    text: 'K is the same, but the network uses an OPc of zeros',
    clause: clauseOpc,
    next: 'see whether the OPc of the HSS was left at its default',
    make: (own) => ({ ...own, opc: zeros }),
  },
  {
    cause: 'kAndOpcSwapped',
    text: 'K and OPc are exchanged on one side',
    clause: clauseOpc,
    next: 'compare the order of the columns in the card vendor’s file with the import of the HSS',
    make: (own) => ({ ...own, k: own.opc, opc: own.k }),
  },
  {
    cause: 'kAndOpSwapped',
    text: 'K and OP are exchanged on one side',
    clause: clauseOpc,
    next: 'compare the order of the columns in the card vendor’s file with the import of the HSS',
    make: (own, op) => op && { ...own, k: op, opc: computeOpc(op, own.k) },
  },
  {
    cause: 'networkUsesXor',
    text: 'the network uses the XOR algorithm of test cards with the same K, and the card has Milenage',
    clause: 'TS 34.108 8.1.2',
    next: 'set the algorithm of the subscriber to Milenage in the HSS',
    make: ({ k }) => ({ algorithm: 'xor', k }),
  },
  {
    cause: 'networkUsesStandardConstants',
    text: 'the network uses the standard constants c and r of Milenage, and the card an operator’s own',
    clause: 'TS 35.206 5.3',
    next: 'enter c1 to c5 and r1 to r5 in the HSS',
    make: ({ k, opc, constants }) => constants && { algorithm: 'milenage', k, opc },
  },
];

interface TuakMistake extends KeyMistake {
  readonly make: (own: Tuak) => KeyMaterial;
}

const zeroTop = Buffer.alloc(32);

const tuakMistakes: readonly TuakMistake[] = [
  {
    cause: 'topcIsTop',
    text: 'the value configured as TOPc at the UE is a TOP, or the network takes its TOPc for a TOP',
    clause: 'TS 35.231 6.2',
    next: 'see which of TOP and TOPc the card vendor gave; compute TOPc with `imslab aka opc`',
    make: (own) => ({ ...own, topc: computeTopc(own.k, own.topc, own.iterations) }),
  },
  {
    cause: 'networkTopIsZero',
    text: 'K is the same, but the network computes TOPc from a TOP of zeros',
    clause: 'TS 35.231 6.2',
    next: 'see whether the TOP of the HSS was left at its default',
    make: (own) => ({ ...own, topc: computeTopc(own.k, zeroTop, own.iterations) }),
  },
  {
    cause: 'networkIteratesOtherwise',
    text: 'the network applies Keccak once and the card several times, or the other way round',
    clause: 'TS 35.231 6.1',
    next: 'set the same number of iterations on both sides',
    make: (own) => ({ ...own, iterations: own.iterations === 2 ? 1 : 2 }),
  },
];

interface Garbling {
  /** What completes a cause's name. */
  readonly cause: string;
  /** What completes a sentence about a value. */
  readonly text: string;
  readonly next: string;
  /** No result where it cannot have happened. */
  readonly apply: (octets: Buffer) => readonly Buffer[];
}

const garblings: readonly Garbling[] = [
  {
    cause: 'HalvesSwapped',
    text: 'with its halves exchanged',
    next: 'compare the first and the last digits on both sides',
    apply: (octets) => [Buffer.concat([octets.subarray(octets.length / 2), octets.subarray(0, octets.length / 2)])],
  },
  {
    cause: 'Reversed',
    text: 'with its octets in reverse order',
    next: 'see in which byte order the import reads it: the most significant octet comes first',
    apply: (octets) => [Buffer.from(octets).reverse()],
  },
  {
    cause: 'HexTakenAsText',
    text: 'as the text of its first hexadecimal digits instead of the octets that they mean',
    next: 'mark it as hexadecimal on that side, such as 0x… in sipp',
    apply: hexTakenAsText,
  },
  {
    cause: 'TextTakenAsHex',
    text: 'as the hexadecimal digits that its text looks like',
    next: 'give it on both sides in hexadecimal digits',
    apply: textTakenAsHex,
  },
];

function hexTakenAsText(octets: Buffer): readonly Buffer[] {
  const digits = octets.toString('hex');
  const text = (value: string) => Buffer.from(value.slice(0, octets.length), 'latin1');
  return [text(digits), text(digits.toUpperCase()), text(`0x${digits}`)];
}

/** Too few octets are filled up with zeros, on either side. */
function textTakenAsHex(octets: Buffer): readonly Buffer[] {
  const digits = octets.toString('latin1').replace(/^0x/i, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-f]+$/i.test(digits)) return [];
  const meant = Buffer.from(digits, 'hex');
  const filling = Buffer.alloc(octets.length - meant.length);
  return [Buffer.concat([meant, filling]), Buffer.concat([filling, meant])];
}

/** The materials that the usual mistakes would have made of this one, the likely ones first. */
export function* alternatives({ material, op }: KnownKeys): Generator<Alternative> {
  switch (material.algorithm) {
    case 'milenage':
      for (const { make, ...mistake } of milenageMistakes) {
        const made = make(material, op);
        if (made !== undefined) yield { ...mistake, material: made };
      }
      break;
    case 'tuak':
      for (const { make, ...mistake } of tuakMistakes) yield { ...mistake, material: make(material) };
      yield* otherLengths(material);
      break;
    case 'xor':
      yield* alternativesOfXor(material.k, op);
      break;
  }
  for (const garbling of garblings) yield* garbled(material, op, garbling);
}

/** The lengths of RES, CK and IK go into the function that gives AK, so that another one spoils SQN and MAC (TS 35.231 6.4). */
function* otherLengths(own: Tuak): Generator<Alternative> {
  for (const resBits of [64, 128, 32, 256] as const) {
    for (const ckBits of [128, 256] as const) {
      for (const ikBits of [128, 256] as const) {
        yield {
          cause: 'networkHasOtherLengths',
          text: `the network has TUAK give a RES of ${resBits}, a CK of ${ckBits} and an IK of ${ikBits} bits, and the card ${own.resBits ?? 64}, ${own.ckBits ?? 128} and ${own.ikBits ?? 128}`,
          clause: 'TS 35.231 5.1, 6.4',
          next: 'set the same lengths on both sides; IMS needs CK and IK of 128 bits (TS 33.102 6.3.2)',
          material: { ...own, resBits, ckBits, ikBits },
        };
      }
    }
  }
}

function* alternativesOfXor(k: Buffer, op: Buffer | undefined): Generator<Alternative> {
  const mistake: KeyMistake = {
    cause: 'networkUsesMilenage',
    text: 'the card has the XOR algorithm of test cards, and the network uses Milenage with the same K',
    clause: 'TS 34.108 8.1.2',
    next: 'set the algorithm of the subscriber to XOR in the HSS, or take a card with Milenage',
  };
  for (const opc of [...(op ? [computeOpc(k, op), op] : []), zeros, computeOpc(k, zeros)]) {
    yield { ...mistake, material: { algorithm: 'milenage', k, opc } };
  }
}

/** K, OPc, both, OP: whichever one side may have read wrongly. */
function* garbled(
  material: KeyMaterial,
  op: Buffer | undefined,
  { apply, ...garbling }: Garbling,
): Generator<Alternative> {
  const told = (value: string, cause: string, made: KeyMaterial): Alternative => ({
    cause: `${cause}${garbling.cause}`,
    text: `one side uses ${value} ${garbling.text}`,
    clause: material.algorithm === 'tuak' ? 'TS 35.231 6' : 'TS 35.206 3',
    next: garbling.next,
    material: made,
  });
  for (const k of apply(material.k)) {
    yield told('K', 'k', { ...material, k });
    // OPc follows from K too: that side has OP.
    if (op && material.algorithm === 'milenage') yield told('K', 'k', { ...material, k, opc: computeOpc(k, op) });
  }
  if (material.algorithm === 'tuak') {
    for (const topc of apply(material.topc)) yield told('TOPc', 'topc', { ...material, topc });
  }
  if (material.algorithm !== 'milenage') return;
  const ks = apply(material.k);
  for (const [index, opc] of apply(material.opc).entries()) {
    yield told('OPc', 'opc', { ...material, opc });
    const k = ks[index];
    if (k !== undefined) yield told('K and OPc, each', 'kAndOpc', { ...material, k, opc });
  }
  for (const [index, read] of (op ? apply(op) : []).entries()) {
    yield told('OP', 'op', { ...material, opc: computeOpc(material.k, read) });
    const k = ks[index];
    if (k !== undefined) yield told('K and OP, each', 'kAndOp', { ...material, k, opc: computeOpc(k, read) });
  }
}
