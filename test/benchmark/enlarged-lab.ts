/** The lab of the topology file with as many UEs and subscribers as a benchmark wants, and its life. */
import type { Environment } from '../../src/environment/index.js';
import type { RegistrationOutcome, Subscriber, UeNode } from '../../src/ims/index.js';
import { distinctIdentity, implicitSet } from '../../src/ims/subscription/subscriber.js';
import type { LifecycleState, NetworkNode } from '../../src/node/index.js';
import { detached } from '../../src/sip/index.js';
import { isUe, type Lab, type LabNode, type LabUe } from '../../src/topology/lab.js';
import { loadLab } from '../../src/topology/load.js';

const topology = 'topologies/volte.yaml';
/** Addresses of its own for the core, so that a lab that runs on those of the file is not in the way. */
const coreListen: Readonly<Record<string, readonly string[]>> = {
  pcscf1: ['udp://127.65.0.1:5060', 'tcp://127.65.0.1:5060'],
  icscf1: ['udp://127.65.0.2:5060', 'tcp://127.65.0.2:5060'],
  scscf1: ['udp://127.65.0.3:5060', 'tcp://127.65.0.3:5060'],
  hss1: ['tcp://127.65.0.4:3868'],
};
/** How many UEs are at work at a time. */
const concurrency = 10;

/** One UE and one subscriber, each of its own address, for every number below `count` (at most 1,000,000). */
export function enlarged(count: number): Lab {
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
    // Flat texts, as a file gives them.
    const imsi = detached(`00101${String(1_000_000_000 + number)}`);
    const privateIdentity = detached(`${imsi}@${lab.home}`);
    const msisdn = `+1556${String(1_000_000 + number)}`;
    const temporary = detached(`sip:${imsi}@${lab.home}`);
    subscribers.push({
      ...subscriberModel,
      imsi,
      privateIdentity,
      implicitSets: [
        implicitSet([
          distinctIdentity(temporary, true),
          distinctIdentity(detached(`sip:${msisdn}@${lab.home}`)),
          distinctIdentity(detached(`tel:${msisdn}`)),
        ]),
      ],
    });
    const address = addressOf(number);
    ues.push({
      ...model,
      name: `ue${number}`,
      imsi,
      privateIdentity,
      publicIdentity: temporary,
      listen: model.listen.map(({ protocol, port, where, key }) => ({ protocol, address, port, where, key })),
    });
  }
  const core = lab.nodes
    .filter((node) => !isUe(node))
    .map((node): LabNode => ('subscribers' in node ? { ...node, subscribers } : node));
  return { ...lab, nodes: [...core, ...ues] };
}

function addressOf(number: number): string {
  return `127.${66 + Math.floor(number / 50_000)}.${Math.floor(number / 200) % 250}.${1 + (number % 200)}`;
}

/** What an environment gives to a benchmark beside itself. */
export interface World {
  readonly environmentFor: (name: string) => Environment;
  /** Lets the world go on until the condition holds. */
  until(condition: () => boolean): Promise<void>;
}

export async function start(nodes: readonly NetworkNode[], world: World): Promise<void> {
  let serving = 0;
  let failed = false;
  const onChange = (state: LifecycleState): void => {
    if (state === 'serving') serving++;
    else failed ||= state === 'failed';
  };
  for (const node of nodes) node.start(onChange);
  await world.until(() => failed || serving === nodes.length);
  if (!failed) return;
  const { node, wanted, message } = nodes.find(({ state }) => state === 'failed')!.failure!;
  throw new Error(`${node} needs ${wanted}: ${message}`);
}

export async function stop(nodes: readonly NetworkNode[], world: World): Promise<void> {
  for (const node of nodes) node.stop();
  await world.until(() => nodes.every(({ state }) => state === 'stopped'));
}

export type Procedure = (ue: UeNode, done: (outcome: RegistrationOutcome) => void) => void;

/** Takes all UEs through it, some at a time. Throws where one fails. */
export async function forAll(ues: readonly UeNode[], world: World, procedure: Procedure): Promise<void> {
  let next = 0;
  let ended = 0;
  let failure: string | undefined;
  const takeNext = (): void => {
    const ue = ues[next];
    if (ue === undefined) return;
    next++;
    procedure(ue, ({ success, reason }) => {
      ended++;
      // Not thrown here: a node survives what is thrown in it.
      if (!success) failure = `${ue.name}: ${reason}`;
      takeNext();
    });
  };
  for (let slot = 0; slot < concurrency; slot++) takeNext();
  await world.until(() => failure !== undefined || ended === ues.length);
  if (failure !== undefined) throw new Error(failure);
}
