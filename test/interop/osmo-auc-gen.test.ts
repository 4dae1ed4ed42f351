import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { encodeNonce, generateAuts, generateVector, kcOf, MilenageKey, sresOf } from '../../src/aka/index.js';

const program = 'osmo-auc-gen';
const isThere = spawnSync(program, ['--help']).error === undefined;
if (!isThere) console.log(`${program} (libosmocore-utils) is not installed: vectors are not compared with it`);

const inputs = 1_000;
/** The program makes one vector a process: a shell starts many of them, which takes it less than it would take Node. */
const inputsPerShell = 100;
const shellsAtOnce = 2;

const execute = promisify(execFile);

/** What the program prints for each of the options, as `NAME: value` lines. */
async function outputs(options: readonly (readonly string[])[]): Promise<readonly ReadonlyMap<string, string>[]> {
  const script = options.map((each) => `${program} -3 -a MILENAGE ${each.join(' ')} && echo END`).join('\n');
  const { stdout } = await execute('sh', ['-c', script], { maxBuffer: 1 << 24 });
  const parts = stdout.split('END\n').slice(0, -1);
  return parts.map(
    (part) => new Map([...part.matchAll(/^([^:\n]+):\s*(\S+)$/gm)].map(([, name, value]) => [name!, value!])),
  );
}

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((a) => Buffer.from(a));
const hex = (bytes: Buffer) => bytes.toString('hex');

interface Input {
  readonly k: Buffer;
  readonly opc: Buffer;
  readonly rand: Buffer;
  readonly amf: Buffer;
  readonly sqn: bigint;
}

const input: fc.Arbitrary<Input> = fc.record({
  k: octets(16),
  opc: octets(16),
  rand: octets(16),
  amf: octets(2),
  sqn: fc.bigInt({ min: 1n, max: 1n << 47n }),
});

/** With what Osmocom is asked for, and what it must say: a vector, and the SQN in an AUTS. */
function questions({ k, opc, rand, amf, sqn }: Input) {
  const key = new MilenageKey(k, opc);
  const vector = generateVector({ key, rand, amf, sqn });
  const auts = generateAuts({ key, rand, sqnMs: sqn });
  const common = ['-k', hex(k), '-o', hex(opc), '-r', hex(rand), '-f', hex(amf)];
  return [
    {
      options: [...common, '-s', String(sqn)],
      expected: {
        AUTN: hex(vector.autn),
        RES: hex(vector.xres),
        CK: hex(vector.ck),
        IK: hex(vector.ik),
        'IMS nonce': encodeNonce(rand, vector.autn),
        SRES: hex(sresOf(vector.xres)),
        Kc: hex(kcOf(vector.ck, vector.ik)),
      },
    },
    { options: [...common, '-A', hex(auts)], expected: { 'SQN.MS': String(sqn) } },
  ];
}

(isThere ? describe : describe.skip)('Osmocom’s authentication centre', () => {
  it(`AKA-02, AKA-04, AKA-10, AKA-12, AKA-13: makes the same vectors, and opens our AUTS, for ${inputs} random inputs`, async () => {
    const drawn = fc.sample(input, inputs);
    const batches: Input[][] = [];
    for (let at = 0; at < inputs; at += inputsPerShell) batches.push(drawn.slice(at, at + inputsPerShell));
    let compared = 0;
    const work = async (): Promise<void> => {
      for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
        const asked = batch.flatMap(questions);
        const theirs = await outputs(asked.map(({ options }) => options));
        expect(theirs).toHaveLength(asked.length);
        for (const [index, { expected }] of asked.entries())
          expect(Object.fromEntries(theirs[index]!)).toMatchObject(expected);
        compared += asked.length;
      }
    };
    await Promise.all(Array.from({ length: shellsAtOnce }, work));
    expect(compared).toBe(2 * inputs);
  }, 60_000);
});
