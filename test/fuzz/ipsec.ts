/** Bent and random octets against what reads security-agreement headers and ESP: nothing throws, nothing forged gets through. */
import assert from 'node:assert/strict';
import type { IpsecMode, Random } from '../../src/environment/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';
import { InboundAssociation, OutboundAssociation } from '../../src/ipsec/esp.js';
import {
  algorithmPairs,
  choose,
  chooseFromServer,
  formatSecurityMechanisms,
  ipsecProposal,
  mechanismProblem,
  offer,
  parseSecurityMechanisms,
  sameAgreement,
} from '../../src/ipsec/index.js';
import { innerPacket, readInnerPacket } from '../../src/ipsec/inner-packet.js';
import { espTransform } from '../../src/ipsec/transform.js';
import { sampleSet } from '../ipsec/sample-set.js';

export interface IpsecFuzzResult {
  readonly iterations: number;
  /** Headers of which an entry could be used. */
  readonly usable: number;
  /** Inner packets that were read. */
  readonly read: number;
}

const headers = [
  formatSecurityMechanisms(
    offer(algorithmPairs, { client: 1001, server: 4_294_967_295 }, { client: 1, server: 65_535 }),
  ),
  'ipsec-3gpp; alg=hmac-sha-1-96; spi-c = 256;spi-s=257; port-c=5062; port-s=5064; q=0.1, digest;d-ver="a,\\";b"',
];
const modes: readonly IpsecMode[] = ['trans', 'UDP-enc-tun'];

/** Throws an Error that names seed and iteration where a promise is broken. */
export function fuzzIpsec(iterations: number, seed: number): IpsecFuzzResult {
  const { random } = createSimulation({ seed });
  const transforms = algorithmPairs.map((pair) => espTransform(sampleSet(pair), random));
  const counts = { iterations, usable: 0, read: 0 };
  for (let iteration = 0; iteration < iterations; iteration++) {
    try {
      if (readsHeader(bent(Buffer.from(headers[iteration % headers.length]!), random).toString('latin1')))
        counts.usable++;
      const transform = transforms[iteration % transforms.length]!;
      const mode = modes[below(random, 2)]!;
      if (carries(new OutboundAssociation(1, transform), new InboundAssociation(1, transform), mode, random))
        counts.read++;
    } catch (error) {
      throw new Error(`${(error as Error).message} (seed ${seed}, iteration ${iteration})`, { cause: error });
    }
  }
  return counts;
}

/** Whether it holds an entry of use. */
function readsHeader(text: string): boolean {
  const mechanisms = parseSecurityMechanisms([text]);
  assert(sameAgreement(mechanisms, parseSecurityMechanisms([formatSecurityMechanisms(mechanisms)])), text);
  for (const each of mechanisms) assert((ipsecProposal(each) === undefined) === (mechanismProblem(each) !== undefined));
  const found = choose(mechanisms, algorithmPairs);
  assert((found === undefined) === (chooseFromServer(mechanisms, algorithmPairs) === undefined));
  return found !== undefined;
}

/** Whether a bent packet inside ESP was read; a bent ESP packet never is. */
function carries(outbound: OutboundAssociation, inbound: InboundAssociation, mode: IpsecMode, random: Random): boolean {
  const { local, remote } = sampleSet();
  const [from, to] = [
    { address: local.address, port: local.clientPort },
    { address: remote.address, port: remote.serverPort },
  ];
  const inner = innerPacket(from, to, random.bytes(below(random, 40)), mode);
  const packet = outbound.seal(bent(inner.payload, random), inner.nextHeader)!;
  const forged = bent(packet, random);
  if (forged.length >= 8 && !forged.subarray(4).equals(packet.subarray(4)))
    assert(typeof inbound.open(forged) === 'string');
  const content = inbound.open(packet);
  assert(typeof content !== 'string');
  return typeof readInnerPacket(content, mode) !== 'string';
}

function below(random: Random, limit: number): number {
  return random.uint32() % limit;
}

/** Octets changed, cut off or taken out; mostly few. */
function bent(bytes: Buffer, random: Random): Buffer {
  let result = Buffer.from(bytes);
  for (let changes = below(random, 4); changes > 0 && result.length > 0; changes--) {
    const at = below(random, result.length);
    const kind = below(random, 4);
    if (kind === 0) result[at] = random.uint32();
    else if (kind === 1) result[at]! ^= 1 << below(random, 8);
    else if (kind === 2) result = result.subarray(0, at);
    else result = Buffer.concat([result.subarray(0, at), result.subarray(at + below(random, 4))]);
  }
  return result;
}
