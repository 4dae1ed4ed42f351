/** A lab with everything that belongs to a run of it: world, records, faults, rules, coverage, and the nodes themselves. */
import { ConformanceRun, type LabFacts } from '../conformance/index.js';
import { CoverageRun } from '../coverage/index.js';
import type { Environment } from '../environment/index.js';
import { FaultLayer } from '../faults/index.js';
import { IpsecLayer } from '../ipsec/index.js';
import { natEnvironment } from '../nat/index.js';
import type { StartFailure } from '../node/node.js';
import { hostPort } from '../sip/message/index.js';
import { isUe, type Lab } from '../topology/lab.js';
import { findNode } from '../topology/lab-nodes.js';
import { formatProblem } from '../topology/problem.js';
import { RunningLab } from '../topology/running-lab.js';
import { startProblem } from '../topology/start-problem.js';
import type { RecordListener, RunSummary } from '../trace/index.js';
import { StartError } from './errors.js';
import { HssStores, warnOfStores } from './hss-stores.js';
import { LabTrace } from './lab-trace.js';
import { Recorder } from './recorder.js';
import { realWorld, simulatedWorld, type World } from './world.js';

export interface OpenOptions {
  /** As it was loaded from its file. */
  readonly written: Lab;
  readonly environment: 'simulated' | 'real';
  /** Of the simulated environment. */
  readonly seed: number;
  /** Machines as XState actors, with full contexts in the trace. */
  readonly inspect?: boolean | undefined;
  /** Names of the nodes to run; all where absent. */
  readonly only?: readonly string[] | undefined;
  /** Where files go; none are written where absent. */
  readonly folder?: string | undefined;
  /** Made when the lab's final addresses are known. */
  readonly listeners?: ((lab: Lab) => readonly RecordListener[]) | undefined;
  /** Hears of nodes that had to move because the machine lacks their address. */
  readonly warn?: ((text: string) => void) | undefined;
  /** Whether the run is held against the rules and what it visits is counted; yes where absent. */
  readonly judging?: boolean | undefined;
}

export class OpenLab {
  readonly world: World;
  /** With the addresses of this run. */
  readonly lab: Lab;
  readonly recorder: Recorder;
  readonly faults: FaultLayer;
  readonly conformance: ConformanceRun;
  readonly coverage: CoverageRun;
  readonly running: RunningLab;
  readonly #stores = new HssStores();
  readonly #openStores: () => Promise<void>;

  /** Nothing is started yet. Throws UsageError for real equipment in a simulation, StartError where files cannot be written. */
  constructor(options: OpenOptions) {
    const { written, environment, seed, inspect = false, only, folder, listeners, warn = () => {} } = options;
    const { world, lab } = environment === 'simulated' ? simulatedWorld(written, seed) : realWorld(written, warn);
    this.world = world;
    this.lab = lab;
    const facts = { ...factsOf(lab), lateMsBetween: world.lateMsBetween };
    this.conformance = new ConformanceRun(facts);
    this.coverage = new CoverageRun(facts);
    this.recorder = new Recorder({
      lab,
      folder,
      inspecting: inspect,
      listeners: [...(options.judging === false ? [] : this.#judges()), ...(listeners?.(lab) ?? [])],
    });
    const { collector, portNames, nodes } = this.recorder;
    const faults = new FaultLayer({ clock: world.clock, nameOf: (endpoint) => nodes.nameOf(endpoint) });
    this.faults = faults;
    // Between the faults and the network: faults, rules and ladder see clear messages, and the capture what travelled.
    const ipsec = new IpsecLayer({ onInstalled: (name, set) => this.recorder.addAssociations(name, set) });
    const tap = ipsec.before(faults.before(portNames.before(collector.tap)));
    world.attach(new LabTrace(collector, world.clock), tap, (line) => this.recorder.addTlsKeys(line));
    this.running = new RunningLab(lab, {
      clock: world.clock,
      environmentFor: (name) => {
        const inner = ipsec.environmentFor(name, this.#seenFromOutside(name));
        return faults.environmentFor(name, portNames.watch(name, inner));
      },
      hostMode: inspect ? 'interpreted' : 'compiled',
      storeOf: (name) => this.#stores.of(name),
      only,
    });
    this.#openStores =
      environment === 'real'
        ? () => this.#stores.open(lab, world.clock, only)
        : () => Promise.resolve(warnOfStores(lab, warn));
  }

  /** Throws StartError when a node could not start; `close` is due then too. */
  async start(): Promise<void> {
    this.recorder.begin(this.world.clock.now());
    await this.#openStores();
    const failure = await this.world.perform<StartFailure | undefined>((done) => this.running.start(done));
    if (failure !== undefined) throw new StartError(formatProblem(startProblem(failure, this.lab)));
  }

  /** Stops the nodes in order and completes the files, also where the one or the other fails. */
  async close(summary: RunSummary, result: unknown): Promise<void> {
    try {
      await this.world.perform<undefined>((done) => this.running.stop(() => done(undefined)));
    } finally {
      try {
        await this.#stores.close();
        await this.world.close();
      } finally {
        this.recorder.close(summary, result);
      }
    }
  }

  /** A UE behind a translator has an address of its own, and ports that others see it at. */
  #seenFromOutside(name: string): Environment {
    const environment = this.world.environmentFor(name);
    const node = findNode(this.lab, name);
    if (node === undefined || !isUe(node) || node.nat === undefined) return environment;
    const { nodes } = this.recorder;
    const { mappingMs } = node.nat;
    return natEnvironment(environment, node.nat, {
      onMapped: ({ address, port }) => nodes.learn(name, hostPort(address, port)),
      onLate: ({ address, port }) =>
        environment.trace?.write({
          kind: 'note',
          time: environment.clock.now(),
          node: name,
          what: 'cause.mappingOver',
          text:
            `${name} is behind the NAT ${address}, whose mapping of port ${port} is over, as nothing came from inside for ${mappingMs / 1000} s: ` +
            'what the network sends there is dropped; let the P-CSCF ask for keep-alives (access.keep-alive) and the UE send them (registration.keep-alive)',
          clause: 'RFC 4787 4.3, RFC 6223, TS 24.229 Annex F',
        }),
    });
  }

  #judges(): readonly RecordListener[] {
    return [this.conformance.listener, this.coverage.listener];
  }
}

function factsOf({ home, nodes }: Lab): LabFacts {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return {
    home,
    // Rules are for who asks and who answers; agents between them change nothing.
    roleOf: (name) => {
      const role = byName.get(name)?.role;
      return role === 'dra' || role === 'slf' ? undefined : role;
    },
    isExternal: (name) => byName.get(name)?.external ?? true,
    ueCount: nodes.filter(isUe).length,
    sendsNoCredentials: (name) => {
      const node = byName.get(name);
      return node !== undefined && isUe(node) && node.authentication.scheme === 'none';
    },
  };
}
