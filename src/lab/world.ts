/** The environment that a lab runs in, real or simulated, behind what the commands need of it. */
import { networkInterfaces } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Environment, PacketTap, TlsKeyListener, Trace } from '../environment/index.js';
import { createRealEnvironment } from '../environment/real/index.js';
import { createSimulation, type Simulation } from '../environment/simulated/index.js';
import type { LinkChange } from '../scenario/run/scenario-lab.js';
import { readdressed, simulatedAddresses, singleLoopback } from '../topology/addresses.js';
import { isUe, type Lab, type LabNode } from '../topology/lab.js';
import { nodeNamed } from '../topology/node-config.js';
import type { LinkInput } from '../topology/topology-schema.js';
import { UsageError } from './errors.js';

export interface World {
  readonly clock: Clock;
  environmentFor(nodeName: string): Environment;
  /** Before nodes are made. */
  attach(trace: Trace, tap: PacketTap, onTlsKeys?: TlsKeyListener): void;
  /** Changes a link between two nodes, both ways; undefined on sockets. */
  readonly setLink?: (between: readonly [string, string], change: LinkChange) => void;
  /** How late a timer has fired at most since this was asked before, ms; undefined in virtual time. */
  readonly takeLateMs?: () => number;
  /** How late a timer was at most that waited or fired between two times, ms; undefined in virtual time. */
  readonly lateMsBetween?: (from: number, to: number) => number;
  /** Runs the world until `work` has called back. */
  perform<TValue>(work: (done: (value: TValue) => void) => void): Promise<TValue>;
  close(): Promise<void>;
}

/** Simulated events between two looks at what the user wants. */
const STEPS_PER_SLICE = 20_000;

/** Throws UsageError for a lab with real equipment. */
function refuseExternal(written: Lab): void {
  const external = written.nodes.find((node) => node.external);
  if (external === undefined) return;
  throw new UsageError(
    `${external.name} is external, and a simulated network does not reach it; run the lab on sockets`,
  );
}

/** Virtual time. Throws UsageError for a lab with real equipment. The lab comes back with documentation addresses. */
export function simulatedWorld(written: Lab, seed: number): { readonly world: World; readonly lab: Lab } {
  refuseExternal(written);
  const lab = readdressed(written, simulatedAddresses());
  const simulation = createSimulation({ seed });
  for (const link of lab.links) setLink(simulation, lab, link.between, asChange(link));
  const world: World = {
    clock: simulation.clock,
    environmentFor: (name) => simulation.environmentFor(name),
    attach: (trace, tap, onTlsKeys) => {
      simulation.trace = trace;
      simulation.network.tap(tap);
      simulation.network.keyLog(onTlsKeys);
    },
    perform: async (work) => {
      const results: Parameters<Parameters<typeof work>[0]>[0][] = [];
      work((value) => results.push(value));
      while (results.length === 0) {
        const { reason } = simulation.run({ until: () => results.length > 0, stepsMax: STEPS_PER_SLICE });
        if (reason === 'idle' && results.length === 0) throw new Error('nothing is left to happen in the simulation');
        await nextTurn(); // Ctrl-C gets its chance
      }
      return results[0]!;
    },
    setLink: (between, change) => setLink(simulation, lab, between, change),
    close: async () => undefined,
  };
  return { world, lab };
}

/** A link as a topology file has it: rate in kbit/s. */
function asChange({ delay, jitter, loss, duplication, reordering, rate }: LinkInput): LinkChange {
  return {
    delayMs: delay,
    jitterMs: jitter,
    loss,
    duplication,
    reordering,
    rateBitsPerSecond: rate === undefined ? undefined : rate * 1000,
  };
}

/** Between all addresses of the two nodes; what is undefined stays. */
function setLink({ links }: Simulation, lab: Lab, between: readonly [string, string], change: LinkChange): void {
  const settings = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const [from, to] = between.map((name) => seenAddresses(nodeNamed(lab, name)));
  for (const a of from!) for (const b of to!) links.setBetween(a, b, settings);
}

/** Where the network sees a node. */
function seenAddresses(node: LabNode): ReadonlySet<string> {
  if (isUe(node) && node.nat !== undefined) return new Set([node.nat.address]);
  return new Set(node.listen.map(({ address }) => address));
}

/** Sockets of this machine. `warn` hears of nodes that had to move because the machine lacks their address. */
export function realWorld(written: Lab, warn: (text: string) => void): { readonly world: World; readonly lab: Lab } {
  const lab = readdressed(
    written,
    singleLoopback(written.nodes, hasLoopbackAddress, ({ name }, listen) => {
      const { address, port } = listen[0]!;
      warn(`this machine has no such loopback address: ${name} listens on ${address}:${port} instead`);
    }),
  );
  const environment = createRealEnvironment();
  const world: World = {
    clock: environment.clock,
    environmentFor: (name) => environment.environmentFor(name),
    attach: (trace, tap, onTlsKeys) => {
      environment.trace = trace;
      environment.network.tap(tap);
      environment.network.keyLog(onTlsKeys);
    },
    takeLateMs: () => environment.takeLateMs(),
    lateMsBetween: (from, to) => environment.lateMsBetween(from, to),
    perform: (work) => new Promise(work),
    close: () => environment.close(),
  };
  return { world, lab };
}

/** Linux and Windows answer on all of 127.0.0.0/8; others have the addresses that were given to an interface. */
function hasLoopbackAddress(address: string): boolean {
  if (address.startsWith('127.') && (process.platform === 'linux' || process.platform === 'win32')) return true;
  return Object.values(networkInterfaces()).some((entries) => entries?.some((entry) => entry.address === address));
}
