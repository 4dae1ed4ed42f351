/**
 * What one complete AKA registration costs: REGISTER, 401, REGISTER, 200 over UE, P-CSCF, I-CSCF and S-CSCF with eight Cx
 * messages, all nodes and the UEs in this process. CPU time of user and system. The control is a bare datagram of 1.2 kB
 * over loopback, measured in the same rounds.
 */
import type { Environment } from '../../src/environment/index.js';
import { createRealEnvironment } from '../../src/environment/real/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';
import type { Subscriber, UeNode } from '../../src/ims/index.js';
import { distinctIdentity, implicitSet } from '../../src/ims/subscription/subscriber.js';
import type { NetworkNode } from '../../src/node/index.js';
import { buildNode } from '../../src/topology/build.js';
import { isUe, type Lab, type LabNode, type LabUe } from '../../src/topology/lab.js';
import { loadLab } from '../../src/topology/load.js';
import { cpuMicros, datagramMicros } from './datagram.js';
import { medianOf } from './median.js';

const topology = 'topologies/volte.yaml';
/** Addresses of its own for the core, so that a lab that runs on those of the file is not in the way. */
const coreListen: Readonly<Record<string, readonly string[]>> = {
  pcscf1: ['udp://127.65.0.1:5060', 'tcp://127.65.0.1:5060'],
  icscf1: ['udp://127.65.0.2:5060', 'tcp://127.65.0.2:5060'],
  scscf1: ['udp://127.65.0.3:5060', 'tcp://127.65.0.3:5060'],
  hss1: ['tcp://127.65.0.4:3868'],
};
/** The first thousands of registrations pay for the compilation of the code, so they are not measured. */
const warmUpRounds = 24;
const rounds = 9;
const registrationsPerRound = 250;
/** How many UEs register at a time. */
const concurrency = 10;

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

/** The lab of the topology file with one UE and one subscriber for every registration. */
function enlarged(): Lab {
  const count = (warmUpRounds + rounds) * registrationsPerRound;
  const overrides = Object.entries(coreListen).map(([node, listen]) => ({
    path: ['nodes', node, 'listen'],
    value: listen,
    text: `nodes.${node}.listen`,
  }));
  const lab = loadLab(topology, overrides);
  const model = lab.nodes.find(isUe)!;
  const subscriberModel = lab.nodes.flatMap((node) => ('subscribers' in node ? node.subscribers : []))[0]!;
  const subscribers: Subscriber[] = [];
  const ues: LabUe[] = [];
  for (let number = 0; number < count; number++) {
    const imsi = `00101${String(1_000_000_000 + number)}`;
    const privateIdentity = `${imsi}@${lab.home}`;
    const msisdn = `+1556${String(1_000_000 + number)}`;
    const temporary = `sip:${imsi}@${lab.home}`;
    subscribers.push({
      ...subscriberModel,
      imsi,
      privateIdentity,
      implicitSets: [
        implicitSet([
          distinctIdentity(temporary, true),
          distinctIdentity(`sip:${msisdn}@${lab.home}`),
          distinctIdentity(`tel:${msisdn}`),
        ]),
      ],
    });
    const address = `127.64.${Math.floor(number / 200)}.${1 + (number % 200)}`;
    ues.push({
      ...model,
      name: `ue${number}`,
      imsi,
      privateIdentity,
      publicIdentity: temporary,
      listen: model.listen.map((listen) => ({ ...listen, address })),
    });
  }
  const core = lab.nodes
    .filter((node) => !isUe(node))
    .map((node): LabNode => ('subscribers' in node ? { ...node, subscribers } : node));
  return { ...lab, nodes: [...core, ...ues] };
}

/** What an environment gives to the benchmark beside itself. */
interface Bench {
  readonly environmentFor: (name: string) => Environment;
  /** Lets the world go on until the condition holds. */
  until(condition: () => boolean): Promise<void>;
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
async function measure(name: string, bench: Bench): Promise<RegistrationRow> {
  const lab = enlarged();
  const options = { environmentFor: bench.environmentFor, hostMode: 'compiled' } as const;
  const core = lab.nodes.flatMap((node) => (node.external || isUe(node) ? [] : [buildNode(node, lab, options).node]));
  const ues = lab.nodes.filter(isUe);
  await start(core, bench);
  const micros: number[] = [];
  const controlMicros: number[] = [];
  for (let round = 0; round < warmUpRounds + rounds; round++) {
    const batch = ues
      .slice(round * registrationsPerRound, (round + 1) * registrationsPerRound)
      .map((ue) => buildNode(ue, lab, options).ue!);
    await start(batch, bench);
    const own = (await cpuMicros(() => registerAll(batch, bench))) / batch.length;
    const control = await datagramMicros();
    await stop(batch, bench);
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

async function start(nodes: readonly NetworkNode[], bench: Bench): Promise<void> {
  for (const node of nodes) node.start(() => undefined);
  await bench.until(() => {
    const failure = nodes.find(({ state }) => state === 'failed')?.failure;
    if (failure !== undefined) throw new Error(`${failure.node} needs ${failure.wanted}: ${failure.message}`);
    return nodes.every(({ state }) => state === 'serving');
  });
}

async function stop(nodes: readonly NetworkNode[], bench: Bench): Promise<void> {
  for (const node of nodes) node.stop();
  await bench.until(() => nodes.every(({ state }) => state === 'stopped'));
}

/** Registers the UEs, some at a time. */
async function registerAll(ues: readonly UeNode[], bench: Bench): Promise<void> {
  let next = 0;
  let registered = 0;
  const registerNext = (): void => {
    const ue = ues[next];
    if (ue === undefined) return;
    next++;
    ue.register(({ success, reason }) => {
      if (!success) throw new Error(`the benchmark's UE did not register: ${reason}`);
      registered++;
      registerNext();
    });
  };
  for (let slot = 0; slot < concurrency; slot++) registerNext();
  await bench.until(() => registered === ues.length);
}
