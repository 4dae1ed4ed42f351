import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { encodeNonce, generateAuts, generateVector, kcOf, MilenageKey, sresOf } from '../../src/aka/index.js';

const program = 'osmo-auc-gen';
const isThere = spawnSync(program, ['--help']).error === undefined;
if (!isThere) console.log(`${program} (libosmocore-utils) is not installed: vectors are not compared with it`);

/** `NAME: value` lines. */
function output(...options: readonly string[]): ReadonlyMap<string, string> {
  const { stdout } = spawnSync(program, ['-3', '-a', 'MILENAGE', ...options], { encoding: 'utf8' });
  return new Map([...stdout.matchAll(/^([^:\n]+):\s*(\S+)$/gm)].map(([, name, value]) => [name!, value!]));
}

(isThere ? describe : describe.skip)('Osmocom’s authentication centre', () => {
  const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((a) => Buffer.from(a));
  const values = fc.record({
    k: octets(16),
    opc: octets(16),
    rand: octets(16),
    amf: octets(2),
    sqn: fc.bigInt({ min: 1n, max: 1n << 47n }),
  });

  it('AKA-02, AKA-04, AKA-10, AKA-12, AKA-13: makes the same vectors, and opens our AUTS', () => {
    fc.assert(
      fc.property(values, ({ k, opc, rand, amf, sqn }) => {
        const hex = (octets: Buffer) => octets.toString('hex');
        const key = new MilenageKey(k, opc);
        const vector = generateVector({ key, rand, amf, sqn });
        const common = ['-k', hex(k), '-o', hex(opc), '-r', hex(rand), '-f', hex(amf)];
        const theirs = output(...common, '-s', String(sqn));
        expect(Object.fromEntries(theirs)).toMatchObject({
          AUTN: hex(vector.autn),
          RES: hex(vector.xres),
          CK: hex(vector.ck),
          IK: hex(vector.ik),
          'IMS nonce': encodeNonce(rand, vector.autn),
          SRES: hex(sresOf(vector.xres)),
          Kc: hex(kcOf(vector.ck, vector.ik)),
        });
        const auts = generateAuts({ key, rand, sqnMs: sqn });
        expect(output(...common, '-A', hex(auts)).get('SQN.MS')).toBe(String(sqn));
      }),
      { numRuns: 30 },
    );
  });
});
