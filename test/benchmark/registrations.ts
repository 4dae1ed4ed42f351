/**
 * What one complete AKA registration costs: REGISTER, 401, REGISTER, 200 over UE, P-CSCF, I-CSCF and S-CSCF with eight Cx
 * messages, all nodes and the UEs in this process. CPU time of user and system. The control is a bare datagram of 1.2 kB
 * over loopback, measured in the same rounds.
 */
import { createRealEnvironment } from '../../src/environment/real/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';
import { buildNode } from '../../src/topology/build.js';
import { isUe } from '../../src/topology/lab.js';
import { cpuMicros, datagramMicros } from './datagram.js';
import { enlarged, forAll, start, stop, type World } from './enlarged-lab.js';
import { medianOf } from './median.js';

/** The first thousands of registrations pay for the compilation of the code, so they are not measured. */
const warmUpRounds = 24;
const rounds = 9;
const registrationsPerRound = 250;

export interface RegistrationRow {
  readonly name: string;
  /** Medians over the rounds, µs of CPU. */
  readonly micros: number;
  readonly controlMicros: number;
  /** One core, nothing else on it. */
  readonly registrationsPerSecond: number;
}

export async function registrationBenchmarks(): Promise<readonly RegistrationRow[]> {
  return [await inMemory(), await onSockets()];
}

async function inMemory(): Promise<RegistrationRow> {
  const simulation = createSimulation({ seed: 1 });
  return measure('AKA registration, in memory', {
    environmentFor: (name) => simulation.environmentFor(name),
    until: async (condition) => {
      simulation.run({ until: condition, forMs: 60_000 });
      if (!condition()) throw new Error('the registrations did not end');
    },
  });
}

async function onSockets(): Promise<RegistrationRow> {
  const environment = createRealEnvironment();
  const row = await measure('AKA registration, loopback sockets', {
    environmentFor: (name) => environment.environmentFor(name),
    until: async (condition) => {
      for (let waitedMs = 0; !condition(); waitedMs++) {
        if (waitedMs > 60_000) throw new Error('the registrations did not end');
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
  });
  await environment.close();
  return row;
}

/** The core serves all rounds; each round has UEs of its own, built before and stopped after it is measured. */
async function measure(name: string, world: World): Promise<RegistrationRow> {
  const lab = enlarged((warmUpRounds + rounds) * registrationsPerRound);
  const options = { environmentFor: world.environmentFor, hostMode: 'compiled' } as const;
  const core = lab.nodes.flatMap((node) => (node.external || isUe(node) ? [] : [buildNode(node, lab, options).node]));
  const ues = lab.nodes.filter(isUe);
  await start(core, world);
  const micros: number[] = [];
  const controlMicros: number[] = [];
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    const batch = ues
      .slice(round * registrationsPerRound, (round + 1) * registrationsPerRound)
      .map((ue) => buildNode(ue, lab, options).ue!);
    await start(batch, world);
    const own = (await cpuMicros(() => forAll(batch, world, (ue, done) => ue.register(done)))) / batch.length;
    const control = await datagramMicros();
    await stop(batch, world);
    if (round < warmUpRounds) continue;
    micros.push(own);
    controlMicros.push(control);
  }
  for (const node of core) node.stop();
  const median = medianOf(micros);
  return {
    name,
    micros: median,
    controlMicros: medianOf(controlMicros),
    registrationsPerSecond: 1_000_000 / median,
  };
}
