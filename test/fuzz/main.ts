/**
 * `npm run fuzz`: mangled octets into what reads octets from outside, so many inputs from one seed, so that CI does the
 * same each time. `node build/benchmark/test/fuzz/main.js INPUTS SEED` looks further.
 */
import { fuzzDiameter } from './diameter.js';
import { fuzzDiameterPeers } from './diameter-peer.js';
import { fuzzIpsec } from './ipsec.js';
import { fuzzSip } from './sip.js';

const inputs = Number(process.argv[2] ?? 150_000);
const seed = Number(process.argv[3] ?? 7);

const targets: readonly (readonly [name: string, fuzz: (inputs: number, seed: number) => object])[] = [
  ['SIP parser', fuzzSip],
  ['Diameter codec', fuzzDiameter],
  ['Diameter peers', (inputs, seed) => fuzzDiameterPeers(Math.ceil(inputs / 10), seed)],
  ['Security agreement and ESP', fuzzIpsec],
];

let failed = 0;
for (const [name, fuzz] of targets) {
  try {
    console.log(`${name}, seed ${seed}: ${JSON.stringify(fuzz(inputs, seed))}`);
  } catch (error) {
    failed++;
    console.log(`${name}, seed ${seed}: broken`, error);
  }
}
console.log(`${targets.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
