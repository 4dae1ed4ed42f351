/**
 * What subscribers of distinct lines cost in a store in memory, and a MAR with each kind of store: the procedure of the
 * HSS without the wire, from the query to the answer, the SQN being kept before. `npm run bench -- store [COUNT]`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { RealRandom } from '../../src/environment/real/random.js';
import { CxProcedures } from '../../src/ims/hss/cx-procedures.js';
import { MemoryStore } from '../../src/ims/hss/index.js';
import type { SubscriberStore } from '../../src/ims/hss/store.js';
import { Subscriptions } from '../../src/ims/hss/subscriptions.js';
import { createMachineHost } from '../../src/machine/index.js';
import type { Chassis } from '../../src/node/index.js';
import { openStore } from '../../src/store/index.js';
import { cpuMicros } from './datagram.js';
import { medianOf } from './median.js';
import { home, imsiOf, lines } from './subscriber-lines.js';

const targets = { octetsEach: 1_000, durableMarMicros: 60 } as const;
/** Requests of a round, and how many of them are under way at once: what a busy S-CSCF asks. */
const roundCount = 10_000;
const underWayMax = 200;
const rounds = 7;
const storedCount = 20_000;

/** Prints what a store of `count` subscribers costs. */
export async function storeBenchmark(count: number): Promise<void> {
  const collect = collector();
  const before = octets(collect);
  const filling = process.cpuUsage();
  const store = new MemoryStore(lines(count));
  const { user, system } = process.cpuUsage(filling);
  const each = (octets(collect) - before) / count;
  const verdict = each <= targets.octetsEach ? 'holds' : 'MISSED';
  console.log(`\n${count} subscribers of distinct lines in a store in memory`);
  console.log(`octets each after a full garbage collection: ${each.toFixed(0)}  ≤ ${targets.octetsEach}  ${verdict}`);
  console.log(
    `CPU: ${((user + system) / count).toFixed(1)} µs to put one, ${findMicros(store, count).toFixed(1)} to find and read one`,
  );
  console.log('\nMAR, µs of CPU in all threads of the process, medians');
  report('memory', await marMicros(store), undefined);
  const folder = mkdtempSync(join(tmpdir(), 'imslab-bench-'));
  const durable = await openStore(`lmdb:${join(folder, 'store')}`, 'hss');
  await new Promise<void>((resolve) => durable.put([...lines(storedCount)], () => resolve()));
  report(`lmdb, ${underWayMax} under way`, await marMicros(durable), targets.durableMarMicros);
  await new Promise<void>((resolve) => durable.close(resolve));
  rmSync(folder, { recursive: true });
}

function report(name: string, micros: number, target: number | undefined): void {
  const verdict = target === undefined ? '' : `  ≤ ${target}  ${micros <= target ? 'holds' : 'MISSED'}`;
  console.log(`  ${name.padEnd(24)} ${micros.toFixed(1).padStart(7)}${verdict}`);
}

function findMicros(store: SubscriberStore, count: number): number {
  const before = process.cpuUsage();
  let length = 0;
  for (let at = 0; at < roundCount; at++) {
    store.byPrivate(`${imsiOf((at * 7_919) % count)}@${home}`, (stored) => {
      length += stored!.members.length;
    });
  }
  const { user, system } = process.cpuUsage(before);
  if (length !== roundCount) throw new Error('somebody was not found');
  return (user + system) / roundCount;
}

/** Of subscribers that are loaded; some of them are asked for again, as in a network at work. */
async function marMicros(store: SubscriberStore): Promise<number> {
  const procedures = new CxProcedures(chassis, new Subscriptions(chassis, store));
  let asked = 0;
  const round = (): Promise<void> =>
    new Promise((resolve, reject) => {
      let answered = 0;
      let begun = 0;
      const next = (): void => {
        begun++;
        const imsi = imsiOf(asked++ % storedCount);
        procedures.multimediaAuth(
          {
            userName: `${imsi}@${home}`,
            publicIdentity: `sip:${imsi}@${home}`,
            sipNumberAuthItems: 1,
            sipAuthDataItem: { sipAuthenticationScheme: 'Digest-AKAv1-MD5' },
            serverName: `sip:scscf1.${home}`,
            originHost: `scscf1.${home}`,
            originRealm: home,
            sessionId: 'any',
          },
          (reply) => {
            if (reply.kind !== 'success') reject(new Error(`MAR was refused: ${JSON.stringify(reply)}`));
            if (++answered === roundCount) resolve();
            else if (begun < roundCount) setImmediate(next);
          },
        );
      };
      for (let at = 0; at < underWayMax; at++) next();
    });
  const micros: number[] = [];
  for (let count = 0; count < rounds; count++) micros.push((await cpuMicros(round)) / roundCount);
  return medianOf(micros);
}

/** What the procedures need of a node. */
const environment = {
  clock: { now: () => 0, setTimer: () => ({ cancel: () => undefined }) },
  random: new RealRandom(),
  trace: undefined,
};
const chassis = {
  name: 'hss1',
  environment,
  host: createMachineHost({ node: 'hss1', environment, mode: 'compiled' }),
  explain: () => undefined,
  diameter: { onRequest: () => undefined },
} as unknown as Chassis;

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function octets(collect: () => void): number {
  for (let pass = 0; pass < 3; pass++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
