/**
 * Feeds mangled messages to what takes octets from outside, a fixed number of inputs from a fixed seed, so that CI does
 * the same each time. `node test/fuzz/main.mjs [INPUTS] [SEED]` looks further.
 */

import * as diameter from './diameter-target.mjs';
import { mutate, seededRandom } from './mutate.mjs';
import * as sip from './sip-target.mjs';

const INPUTS = Number(process.argv[2] ?? 200_000);
const SEED = Number(process.argv[3] ?? 7);
/** No input takes longer: what grows with the square of its length does. */
const INPUT_MAX_MS = 500;

/** The input that broke the target, or undefined. */
function fuzz({ seeds, run }) {
  const random = seededRandom(SEED);
  for (const seed of seeds) run(seed, random);
  for (let count = 0; count < INPUTS; count++) {
    const input = mutate(seeds[random(seeds.length)], random);
    const startedAt = process.cpuUsage();
    try {
      run(input, random);
    } catch (error) {
      return { input, error };
    }
    const { user, system } = process.cpuUsage(startedAt);
    const tookMs = (user + system) / 1000;
    if (tookMs > INPUT_MAX_MS) return { input, error: new Error(`took ${Math.round(tookMs)} ms`) };
  }
  return undefined;
}

let failed = 0;
const targets = [sip, diameter];
for (const target of targets) {
  const failure = fuzz(target);
  if (failure === undefined) {
    console.log(`${target.name}: ${INPUTS} inputs, seed ${SEED}: nothing broke`);
    continue;
  }
  failed++;
  console.log(`${target.name}: broken by these ${failure.input.length} octets (hex):`);
  console.log(failure.input.toString('hex'));
  console.log(failure.error.stack);
}
console.log(`${targets.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
