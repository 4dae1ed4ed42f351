/**
 * One authentication vector, the key schedule being kept. CPU time of this process, candidates interleaved round by round,
 * medians; the control is Milenage over the native AES of OpenSSL, with one cipher kept for the key.
 */
import { createCipheriv } from 'node:crypto';
import { authenticationFunctions, generateVector, type KeyMaterial } from '../../src/aka/index.js';

export interface AkaBenchmarkRow {
  readonly name: string;
  /** Microseconds of CPU a vector. */
  readonly micros: number;
  readonly controlMicros: number;
}

const vectorsOfRound = 20_000;
const rounds = 7;

const k = Buffer.from('465b5ce8b199b49faa5f0a2ee238a6bc', 'hex');
const opc = Buffer.from('cd63cb71954a9f4e48a5994e37a02baf', 'hex');
const amf = Buffer.alloc(2);

const materials: readonly KeyMaterial[] = [
  { algorithm: 'milenage', k, opc },
  { algorithm: 'tuak', k, topc: Buffer.concat([opc, opc]) },
  { algorithm: 'xor', k },
];

/** Each other than the one before, so that nothing can be kept from one to the next; drawing them is not measured. */
const rands = Array.from({ length: 1024 }, (_, count) => {
  const rand = Buffer.alloc(16, 7);
  rand.writeUInt32BE(count, 0);
  return rand;
});

function vectors(material: KeyMaterial): () => void {
  const key = authenticationFunctions(material);
  let sqn = 0n;
  return () => {
    for (let count = 0; count < vectorsOfRound; count++) {
      sqn += 32n;
      generateVector({ key, amf, sqn, rand: rands[count & 1023]! });
    }
  };
}

/** TEMP, OUT1 to OUT4: one call for TEMP, one for the four others. */
function nativeVectors(): () => void {
  const cipher = createCipheriv('aes-128-ecb', k, null).setAutoPadding(false);
  const blocks = Buffer.alloc(64);
  return () => {
    for (let count = 0; count < vectorsOfRound; count++) {
      const rand = rands[count & 1023]!;
      for (let i = 0; i < 16; i++) blocks[i] = rand[i]! ^ opc[i]!;
      const temp = cipher.update(blocks.subarray(0, 16));
      for (let i = 0; i < 64; i++) blocks[i] = temp[i & 15]! ^ opc[i & 15]!;
      const out = cipher.update(blocks);
      for (let i = 0; i < 64; i++) out[i]! ^= opc[i & 15]!;
    }
  };
}

function microsOf(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / vectorsOfRound;
}

export function akaBenchmarks(): readonly AkaBenchmarkRow[] {
  const control = nativeVectors();
  const candidates = materials.map((material) => ({ name: `vector, ${material.algorithm}`, run: vectors(material) }));
  const measured = candidates.map(() => [] as number[]);
  const controls: number[] = [];
  for (const { run } of [...candidates, { run: control }]) run();
  for (let round = 0; round < rounds; round++) {
    for (const [index, { run }] of candidates.entries()) measured[index]!.push(microsOf(run));
    controls.push(microsOf(control));
  }
  const controlMicros = median(controls);
  return candidates.map(({ name }, index) => ({ name, micros: median(measured[index]!), controlMicros }));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
