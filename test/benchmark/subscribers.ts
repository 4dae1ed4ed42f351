/**
 * What many registered subscribers in one process cost: memory of each over all nodes and UEs, CPU time of a
 * re-registration beside that in a world of few, and what is left after all have de-registered. Everything in the
 * simulated environment. `npm run bench -- subscribers [COUNT]`.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createSimulation } from '../../src/environment/simulated/index.js';
import type { UeNode } from '../../src/ims/index.js';
import type { NetworkNode } from '../../src/node/index.js';
import { buildNode } from '../../src/topology/build.js';
import { isUe, type Lab } from '../../src/topology/lab.js';
import { cpuMicros } from './datagram.js';
import { enlarged, forAll, type Procedure, start, stop, type World } from './enlarged-lab.js';
import { medianOf } from './median.js';

const fewCount = 100;
/** UEs of a round: as many as the small world has. */
const rounds = 15;
/** Longer than timers of transactions and whatever nodes remember of answers (RFC 6733 5.5.4: four minutes). */
const restMs = 600_000;
/** What no procedure of all UEs may exceed: they would refresh their registrations after 166 hours. */
const patienceMs = 24 * 3_600_000;
/** After so many a rest: nodes keep transactions for 128 s (TS 24.229 7.7), and turn away what exceeds 100,000 of them. */
const burstCount = 20_000;
/** How many UEs are built and started together. */
const batchCount = 1_000;

const targets = { octetsEach: 15_000, reregistrationFactor: 1.3 } as const;

/** Memory at a moment, octets. */
interface Memory {
  readonly heap: number;
  readonly external: number;
}

/** A lab with UEs of which all register. */
interface Populated {
  readonly world: World & { restNow(): void };
  readonly lab: Lab;
  readonly core: NetworkNode[];
  readonly ues: UeNode[];
}

/** Prints what `count` subscribers cost. */
export async function subscriberBenchmark(count: number): Promise<void> {
  const collect = collector();
  const few = await populated(fewCount);
  await registerAll(few);
  const empty = memory(collect);

  const start = process.cpuUsage();
  const many = await populated(count);
  const idle = memory(collect);
  console.log(`\n${count} subscribers in one process, octets each after a full garbage collection`);
  row('built and started: configuration, core, UEs', idle, empty, count);
  const registeringMicros = await cpuMicros(() => registerAll(many));
  const registered = memory(collect);
  row('registered, over those that are only started', registered, idle, count);
  const all = row('registered, in all', registered, empty, count);
  verdict(`≤ ${targets.octetsEach} octets each`, all <= targets.octetsEach);
  const { user, system } = process.cpuUsage(start);
  const startMicros = (user + system - registeringMicros) / count;
  console.log(
    `CPU: building and starting ${startMicros.toFixed(0)} µs each, registering ${(registeringMicros / count).toFixed(0)}`,
  );

  await compareReregistration(few, many);
  await inBursts(many, (ue, done) => ue.deregister(done));
  row('de-registered, over those that were only started', memory(collect), idle, count);
  console.log(`left in the core's tables: ${leftovers(many.core)}`);
  await release(many, collect, count, empty);
}

/** The share of each kind of node: what its end gives back, after all have registered again. */
async function release(populated: Populated, collect: () => void, count: number, empty: Memory): Promise<void> {
  const { world, core, ues } = populated;
  await registerAll(populated);
  let before = memory(collect);
  const give = (name: string): void => {
    const after = memory(collect);
    row(`  given back by ${name}`, before, after, count);
    before = after;
  };
  while (core.length > 0) {
    const node = core.shift()!;
    // It loses its memory at once.
    await stop([node], world);
    give(node.name);
  }
  while (ues.length > 0) await stop(ues.splice(-batchCount), world);
  give('the UEs');
  row('  left: configuration, network', before, empty, count);
}

async function populated(count: number): Promise<Populated> {
  const simulation = createSimulation({ seed: 1 });
  const world = {
    environmentFor: (name: string) => simulation.environmentFor(name),
    until: async (condition: () => boolean) => {
      simulation.run({ until: condition, forMs: patienceMs });
      if (!condition()) throw new Error('what was waited for did not happen');
    },
    restNow: () => {
      simulation.run({ forMs: restMs });
    },
  };
  const lab = enlarged(count);
  const options = { environmentFor: world.environmentFor, hostMode: 'compiled' } as const;
  const core = lab.nodes.flatMap((node) => (node.external || isUe(node) ? [] : [buildNode(node, lab, options).node]));
  await start(core, world);
  const planned = lab.nodes.filter(isUe);
  const ues: UeNode[] = [];
  for (let first = 0; first < count; first += batchCount) {
    const batch = planned.slice(first, first + batchCount).map((ue) => buildNode(ue, lab, options).ue!);
    await start(batch, world);
    ues.push(...batch);
  }
  return { world, lab, core, ues };
}

async function registerAll(populated: Populated): Promise<void> {
  await inBursts(populated, (ue, done) => ue.register(done));
}

async function inBursts({ ues, world }: Populated, procedure: Procedure): Promise<void> {
  for (let first = 0; first < ues.length; first += burstCount) {
    await forAll(ues.slice(first, first + burstCount), world, procedure);
    world.restNow();
  }
}

/** Rounds in the two worlds by turns, each with UEs that no round had before where there are enough of them. */
async function compareReregistration(few: Populated, many: Populated): Promise<void> {
  const micros = { few: [] as number[], many: [] as number[] };
  const step = Math.max(1, Math.floor(many.ues.length / fewCount));
  for (let round = 0; round < 2 * rounds; round++) {
    const spread = Array.from({ length: fewCount }, (_, index) => many.ues[(index * step + round) % many.ues.length]!);
    const ofFew = await reregistrationMicros(few, few.ues);
    const ofMany = await reregistrationMicros(many, spread);
    // The first half warms up.
    if (round < rounds) continue;
    micros.few.push(ofFew);
    micros.many.push(ofMany);
  }
  const atFew = medianOf(micros.few);
  const atMany = medianOf(micros.many);
  const factor = atMany / atFew;
  console.log(
    `re-registration: ${atFew.toFixed(0)} µs of CPU at ${fewCount}, ${atMany.toFixed(0)} at ${many.ues.length}, ${factor.toFixed(2)}x` +
      ` (least ${Math.min(...micros.few).toFixed(0)} and ${Math.min(...micros.many).toFixed(0)})`,
  );
  verdict(`≤ ${targets.reregistrationFactor}x`, factor <= targets.reregistrationFactor);
}

async function reregistrationMicros({ world }: Populated, ues: readonly UeNode[]): Promise<number> {
  const micros = await cpuMicros(() => forAll(ues, world, (ue, done) => ue.reregister(done)));
  world.restNow();
  return micros / ues.length;
}

/** What is not zero among machines, queues and registrations. */
function leftovers(core: readonly NetworkNode[]): string {
  const left = core.flatMap((node) => {
    const { queues = [], assigned = [], served = [] } = node.inspect?.() ?? {};
    const filled = queues.filter(({ length }) => length > 0).map(({ name, length }) => `${length} ${name}`);
    return [
      `${node.name} ${node.instanceCount} machines`,
      ...filled,
      ...registrations(assigned, 'assigned'),
      ...registrations(served, 'served'),
    ];
  });
  return left.join(', ');
}

function registrations(claims: readonly unknown[], word: string): readonly string[] {
  return claims.length === 0 ? [] : [`${claims.length} identities ${word}`];
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function memory(collect: () => void): Memory {
  // What a finaliser lets go of takes a second one.
  for (let pass = 0; pass < 3; pass++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return { heap: heapUsed, external };
}

function row(name: string, after: Memory, before: Memory, count: number): number {
  const heap = (after.heap - before.heap) / count;
  const external = (after.external - before.external) / count;
  console.log(
    `${name.padEnd(52)} ${(heap + external).toFixed(0).padStart(8)}  (heap ${heap.toFixed(0)}, outside it ${external.toFixed(0)})`,
  );
  return heap + external;
}

function verdict(target: string, holds: boolean): void {
  console.log(`${''.padEnd(52)} target ${target}: ${holds ? 'holds' : 'MISSED'}`);
}
