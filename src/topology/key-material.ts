/** The keys `algorithm`, `k`, `opc`, `op`, `topc`, `top`, `c`, `r` and those of TUAK's lengths, of a subscriber or a card → its key material. */
import { computeOpc, computeTopc, type KeyMaterial, standardConstants, type TuakParameters } from '../aka/index.js';
import type { KeyMaterialInput } from './profile-schema.js';

/** What is wrong with a line. `key` is the one at fault; undefined where something is missing altogether. */
export interface KeyComplaint {
  readonly key: string | undefined;
  readonly what: string;
  readonly mend: string;
  /** An absent key or value is to be found elsewhere, or to be added. */
  readonly problem: 'missing' | 'unfit';
}

/** The keys that say something else than K, by algorithm. The second of a pair is what the first is computed from. */
const keysOf = {
  milenage: ['opc', 'op', 'c', 'r'],
  tuak: ['topc', 'top', 'res-bits', 'ck-bits', 'ik-bits', 'iterations'],
  xor: [],
} as const;

const operatorVariants = [
  ['opc', 'op'],
  ['topc', 'top'],
] as const;

/** `line` says it, `fallback` what it leaves out. */
export function keyMaterialOf(line: KeyMaterialInput, fallback: KeyMaterialInput): KeyMaterial | KeyComplaint {
  const algorithm = line.algorithm ?? fallback.algorithm ?? 'milenage';
  const unfit = unfitKey(line, algorithm);
  if (unfit !== undefined) return unfit;
  const k = line.k ?? fallback.k;
  if (k === undefined) return missing('k', 'is missing', 'add k: with 32 hexadecimal digits');
  if (k.length !== 16 && algorithm !== 'tuak') {
    return {
      key: 'k',
      what: 'has 64 hexadecimal digits, which only TUAK takes',
      mend: 'write 32, or algorithm: tuak',
      problem: 'unfit',
    };
  }
  switch (algorithm) {
    case 'milenage':
      return milenage(k, line, fallback);
    case 'tuak':
      return tuak(k, line, fallback);
    case 'xor':
      return { algorithm, k };
  }
}

/** What stands in the way of what: OP beside OPc, a key of another algorithm. */
function unfitKey(line: KeyMaterialInput, algorithm: KeyMaterial['algorithm']): KeyComplaint | undefined {
  for (const [computed, from] of operatorVariants) {
    if (line[computed] === undefined || line[from] === undefined) continue;
    const mend = `keep one of ${from} and ${computed}`;
    return { key: computed, what: `stands beside ${from === 'op' ? 'an' : 'a'} ${from}`, mend, problem: 'unfit' };
  }
  for (const [owner, keys] of Object.entries(keysOf)) {
    const stray = owner === algorithm ? undefined : keys.find((key) => line[key] !== undefined);
    if (stray === undefined) continue;
    const mend = `leave it out, or write algorithm: ${owner}`;
    return { key: stray, what: `says nothing to ${algorithm}`, mend, problem: 'unfit' };
  }
  return undefined;
}

function milenage(k: Buffer, line: KeyMaterialInput, fallback: KeyMaterialInput): KeyMaterial | KeyComplaint {
  const opcOf = ({ opc, op }: KeyMaterialInput) => opc ?? (op && computeOpc(k, op));
  const opc = opcOf(line) ?? opcOf(fallback);
  if (opc === undefined) {
    return missing(undefined, 'has neither op nor opc', 'add one of them: opc: with 32 hexadecimal digits');
  }
  const c = line.c ?? fallback.c;
  const r = line.r ?? fallback.r;
  if (c === undefined && r === undefined) return { algorithm: 'milenage', k, opc };
  const constants = { c: c ?? standardConstants.c, r: r ?? standardConstants.r };
  return { algorithm: 'milenage', k, opc, constants };
}

function tuak(k: Buffer, line: KeyMaterialInput, fallback: KeyMaterialInput): KeyMaterial | KeyComplaint {
  const iterations = line.iterations ?? fallback.iterations;
  const topcOf = ({ topc, top }: KeyMaterialInput) => topc ?? (top && computeTopc(k, top, iterations));
  const topc = topcOf(line) ?? topcOf(fallback);
  if (topc === undefined) {
    return missing(undefined, 'has neither top nor topc', 'add one of them: topc: with 64 hexadecimal digits');
  }
  const resBits = line['res-bits'] ?? fallback['res-bits'];
  const ckBits = line['ck-bits'] ?? fallback['ck-bits'];
  const ikBits = line['ik-bits'] ?? fallback['ik-bits'];
  return {
    algorithm: 'tuak',
    k,
    topc,
    ...(resBits !== undefined && { resBits }),
    ...(ckBits !== undefined && { ckBits }),
    ...(ikBits !== undefined && { ikBits }),
    ...(iterations !== undefined && { iterations }),
  };
}

/** TUAK's lengths as a file has them; absent where they are the usual ones. */
export function lengthsOf({ resBits, ckBits, ikBits }: TuakParameters): KeyMaterialInput {
  return {
    ...(resBits !== undefined && { 'res-bits': resBits }),
    ...(ckBits !== undefined && { 'ck-bits': ckBits }),
    ...(ikBits !== undefined && { 'ik-bits': ikBits }),
  };
}

/** A card takes over from its subscriber what its line does not say. */
export function keyMaterialInput(material: KeyMaterial): KeyMaterialInput {
  if (material.algorithm === 'xor') return material;
  if (material.algorithm === 'tuak') {
    const { algorithm, k, topc, iterations } = material;
    return { algorithm, k, topc, iterations, ...lengthsOf(material) };
  }
  const { algorithm, k, opc, constants } = material;
  return { algorithm, k, opc, c: constants?.c, r: constants?.r };
}

function missing(key: string | undefined, what: string, mend: string): KeyComplaint {
  return { key, what, mend, problem: 'missing' };
}
