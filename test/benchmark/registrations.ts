/**
 * What one complete AKA registration costs: REGISTER, 401, REGISTER, 200 over UE, P-CSCF, I-CSCF and S-CSCF with eight Cx
 * messages, all nodes and the UEs in this process. CPU time of user and system. The control is a bare datagram of 1.2 kB
 * over loopback, measured in the same rounds.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Environment } from '../../src/environment/index.js';
import { createRealEnvironment } from '../../src/environment/real/index.js';
import { createSimulation } from '../../src/environment/simulated/index.js';
import type { Subscriber, UeNode } from '../../src/ims/index.js';
import type { NetworkNode } from '../../src/node/index.js';
import { buildCoreNode, buildUe } from '../../src/topology/build.js';
import { isUe, type Lab, type LabNode, type LabUe } from '../../src/topology/lab.js';
import { loadLab } from '../../src/topology/load.js';

const topology = 'topologies/volte.yaml';
const rounds = 5;
const registrationsPerRound = 200;
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

/** The lab of the topology file with as many UEs and subscribers as are needed. */
function enlarged(count: number): Lab {
  const lab = loadLab(topology);
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
      publicIdentities: [
        { uri: temporary, barred: true },
        { uri: `sip:${msisdn}@${lab.home}`, barred: false },
        { uri: `tel:${msisdn}`, barred: false },
      ],
    });
    const address = `127.0.${10 + Math.floor(number / 200)}.${1 + (number % 200)}`;
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

interface Started {
  readonly ues: readonly UeNode[];
  readonly nodes: readonly NetworkNode[];
}

function start(lab: Lab, environmentFor: (name: string) => Environment): Started {
  const options = { environmentFor, hostMode: 'compiled' } as const;
  const ues: UeNode[] = [];
  const nodes: NetworkNode[] = [];
  for (const node of lab.nodes) {
    if (node.external) continue;
    if (node.role === 'ue') ues.push(buildUe(node, lab, options));
    else nodes.push(buildCoreNode(node, lab, options));
  }
  for (const node of [...nodes, ...ues]) node.start(() => undefined);
  return { ues, nodes };
}

function isServing({ ues, nodes }: Started): boolean {
  return [...ues, ...nodes].every(({ state }) => state === 'serving');
}

/** Registers the UEs, some at a time; `done` when all have their 200. */
function registerAll(ues: readonly UeNode[], done: () => void): void {
  let next = 0;
  let registered = 0;
  const registerNext = (): void => {
    const ue = ues[next];
    if (ue === undefined) return;
    next++;
    ue.register(({ success, reason }) => {
      if (!success) throw new Error(`the benchmark's UE did not register: ${reason}`);
      registered++;
      if (registered === ues.length) done();
      else registerNext();
    });
  };
  for (let slot = 0; slot < concurrency; slot++) registerNext();
}

async function inMemory(): Promise<RegistrationRow> {
  const lab = enlarged(rounds * registrationsPerRound);
  const simulation = createSimulation({ seed: 1 });
  const started = start(lab, (name) => simulation.environmentFor(name));
  simulation.run({ until: () => isServing(started), forMs: 10_000 });
  return measure('AKA registration, in memory', started, async (ues) => {
    let isDone = false;
    registerAll(ues, () => {
      isDone = true;
    });
    simulation.run({ until: () => isDone, forMs: 60_000 });
    if (!isDone) throw new Error('the registrations did not end');
  });
}

async function onSockets(): Promise<RegistrationRow> {
  const lab = enlarged(rounds * registrationsPerRound);
  const environment = createRealEnvironment();
  const started = start(lab, (name) => environment.environmentFor(name));
  try {
    while (!isServing(started)) await new Promise((resolve) => setImmediate(resolve));
    return await measure(
      'AKA registration, loopback sockets',
      started,
      (ues) => new Promise((resolve) => registerAll(ues, resolve)),
    );
  } finally {
    for (const node of [...started.ues, ...started.nodes]) node.stop();
    await environment.close();
  }
}

async function measure(
  name: string,
  { ues }: Started,
  register: (ues: readonly UeNode[]) => Promise<void>,
): Promise<RegistrationRow> {
  const micros: number[] = [];
  const controlMicros: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const batch = ues.slice(round * registrationsPerRound, (round + 1) * registrationsPerRound);
    micros.push((await cpuMicros(() => register(batch))) / batch.length);
    controlMicros.push(await datagramMicros());
  }
  // The first round warms up.
  const median = medianOf(micros.slice(1));
  return {
    name,
    micros: median,
    controlMicros: medianOf(controlMicros.slice(1)),
    registrationsPerSecond: 1_000_000 / median,
  };
}

/** A 1.2 kB datagram over loopback with node:dgram, sent and received in this process. */
async function datagramMicros(): Promise<number> {
  const count = 2_000;
  const receiver = createSocket('udp4').bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address();
  const lookup = (_: string, __: unknown, callback: (error: null, address: string, family: number) => void): void =>
    callback(null, '127.0.0.1', 4);
  const sender = createSocket({ type: 'udp4', lookup: lookup as never });
  const bytes = Buffer.alloc(1200);
  const micros = await cpuMicros(
    () =>
      new Promise((resolve) => {
        let received = 0;
        receiver.on('message', () => {
          received++;
          if (received === count) resolve();
          else sender.send(bytes, port, '127.0.0.1');
        });
        sender.send(bytes, port, '127.0.0.1');
      }),
  );
  sender.close();
  receiver.close();
  return micros / count;
}

async function cpuMicros(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)]!;
}
