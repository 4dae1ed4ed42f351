/** Everything that listens to a run: files, the verdict's observer, and who else wants to. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SecurityAssociationSet } from '../environment/index.js';
import { espTableLines } from '../ipsec/index.js';
import { RunObserver } from '../scenario/run/observer.js';
import { hostPort } from '../sip/message/index.js';
import type { Lab, LabNode } from '../topology/lab.js';
import { isUe } from '../topology/lab.js';
import {
  Capture,
  FileSink,
  LADDER_ORDER,
  Ladder,
  NodeTable,
  type RecordListener,
  Report,
  type RunSummary,
  TraceCollector,
  TraceFile,
  type TraceNode,
} from '../trace/index.js';
import { StartError } from './errors.js';
import { PortNames } from './port-names.js';

export interface RecorderOptions {
  readonly lab: Lab;
  /** Where files go; none are written where absent. */
  readonly folder: string | undefined;
  readonly inspecting: boolean;
  /** Hear of each record after the files. */
  readonly listeners?: readonly RecordListener[];
}

export class Recorder {
  readonly observer = new RunObserver();
  readonly collector: TraceCollector;
  readonly portNames: PortNames;
  readonly nodes: NodeTable;
  readonly #files: RunFiles | undefined;
  readonly #order: readonly string[];

  constructor({ lab, folder, inspecting, listeners = [] }: RecorderOptions) {
    const nodes = new NodeTable(traceNodes(lab));
    this.nodes = nodes;
    this.portNames = new PortNames(nodes);
    const order = ladderOrder(lab);
    this.#order = order;
    this.#files = folder === undefined ? undefined : writing(folder, () => new RunFiles(folder, lab, nodes, order));
    this.collector = new TraceCollector({
      nodes,
      inspecting,
      listeners: [this.observer.listener, ...(this.#files?.listeners ?? []), ...listeners],
      ...(this.#files && { capture: this.#files.capture }),
    });
  }

  /** Writes the trace's first line, from which `imslab ladder` has the columns. */
  begin(time: number): void {
    this.collector.write({
      kind: 'note',
      time,
      node: '',
      what: LADDER_ORDER,
      text: this.#order.join(', '),
      clause: undefined,
    });
  }

  /** A node has installed a set: its ports are its own, also where nodes share an address, and its keys go to `esp_sa`. */
  addAssociations(name: string, set: SecurityAssociationSet): void {
    const { local, remote } = set;
    for (const port of [local.clientPort, local.serverPort]) {
      if (this.nodes.nameOf({ address: local.address, port }) !== name)
        this.nodes.learn(name, hostPort(local.address, port));
    }
    this.#files?.addAssociations(set);
    // What comes from a node of the lab, that node has told.
    const isFromOutside = !this.nodes.has(this.nodes.nameOf({ address: remote.address, port: remote.serverPort }));
    if (isFromOutside) this.#files?.addAssociations({ ...set, local: remote, remote: local });
  }

  /** Keys of a connection with TLS, as a line of a key log. */
  addTlsKeys(line: string): void {
    this.#files?.addTlsKeys(line);
  }

  /** Completes the files. Throws StartError when one of them could not be written. */
  close(summary: RunSummary, result: unknown): void {
    this.#files?.close(summary, result);
  }
}

/**
 * capture.pcapng, trace.jsonl, ladder.md, ladder.svg, report.html, result.json; esp_sa where there are security associations,
 * tls-keys.log where there is TLS.
 */
class RunFiles {
  readonly capture: Capture;
  readonly listeners: readonly RecordListener[];
  readonly #captureSink: FileSink;
  readonly #traceSink: FileSink;
  readonly #trace: TraceFile;
  readonly #ladder: Ladder;
  readonly #report: Report;
  /** Made with the first set. */
  #associations: FileSink | undefined;
  /** Made with the first connection. */
  #tlsKeys: FileSink | undefined;

  constructor(
    private readonly folder: string,
    lab: Lab,
    nodes: NodeTable,
    order: readonly string[],
  ) {
    // A run that is killed leaves no verdict, so not that of an earlier run in the same folder either, nor its keys.
    for (const name of ['ladder.md', 'ladder.svg', 'report.html', 'result.json', 'esp_sa', 'tls-keys.log'])
      rmSync(join(folder, name), { force: true });
    this.#captureSink = new FileSink(join(folder, 'capture.pcapng'));
    try {
      this.#traceSink = new FileSink(join(folder, 'trace.jsonl'));
    } catch (error) {
      this.#captureSink.close();
      throw error;
    }
    this.capture = new Capture((bytes) => this.#captureSink.write(bytes), nodes);
    this.#trace = new TraceFile((lines) => this.#traceSink.writeText(lines));
    this.#ladder = new Ladder(order);
    const roles = new Map(lab.nodes.map(({ name, role }) => [name, role]));
    this.#report = new Report({ roleOf: (name) => roles.get(name) });
    this.listeners = [this.#trace.listener, this.#ladder.listener, this.#report.listener];
  }

  /** For Wireshark's table of that name: the associations over which the local end sends. */
  addAssociations(set: SecurityAssociationSet): void {
    this.#associations ??= writing(this.folder, () => new FileSink(join(this.folder, 'esp_sa')));
    this.#associations.write(Buffer.from(`${espTableLines(set).join('\n')}\n`));
  }

  /** For the file that others keep under SSLKEYLOGFILE, and for Wireshark in the capture itself. */
  addTlsKeys(line: string): void {
    this.#tlsKeys ??= writing(this.folder, () => new FileSink(join(this.folder, 'tls-keys.log')));
    this.#tlsKeys.write(Buffer.from(`${line}\n`));
    this.capture.addTlsKeys(line);
  }

  close(summary: RunSummary, result: unknown): void {
    writing(this.folder, () => this.#complete(summary, result));
  }

  #complete(summary: RunSummary, result: unknown): void {
    try {
      this.#trace.close();
    } finally {
      try {
        this.#traceSink.close();
      } finally {
        try {
          this.#captureSink.close();
        } finally {
          this.#associations?.close();
          this.#tlsKeys?.close();
        }
      }
    }
    const { title, checks } = summary;
    writeFileSync(join(this.folder, 'ladder.md'), this.#ladder.markdown(title, checks));
    writeFileSync(join(this.folder, 'ladder.svg'), this.#ladder.svg(title));
    writeFileSync(join(this.folder, 'report.html'), this.#report.page(summary, this.#ladder));
    writeFileSync(join(this.folder, 'result.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  }
}

/** A full disk or a file that may not be written is nobody's mistake but the folder's. */
function writing<TResult>(folder: string, work: () => TResult): TResult {
  try {
    return work();
  } catch (error) {
    throw new StartError(
      `${folder}: the files of the run are not whole (${(error as Error).message}); mend that, or choose another folder`,
    );
  }
}

/** The first UE on the left, the others on the right, the core between them in the order in which messages pass it. */
export function ladderOrder({ nodes }: Lab): readonly string[] {
  const core = ['p-cscf', 'i-cscf', 's-cscf', 'as', 'dra', 'slf', 'hss'].flatMap((role) =>
    nodes.filter((node) => node.role === role),
  );
  const [caller, ...others] = nodes.filter(({ role }) => role === 'ue');
  return [...(caller === undefined ? [] : [caller]), ...core, ...others].map(({ name }) => name);
}

/** Nodes by the addresses that the topology gives them. */
export function traceNodes(lab: Lab): readonly TraceNode[] {
  const sharers = nodesPerAddress(lab);
  return lab.nodes.map((node) => ({ name: node.name, addresses: traceAddresses(node, sharers) }));
}

/** How many nodes listen on each address. */
function nodesPerAddress({ nodes }: Lab): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { listen } of nodes) {
    for (const address of new Set(listen.map((entry) => entry.address))) {
      counts.set(address, (counts.get(address) ?? 0) + 1);
    }
  }
  return counts;
}

/** The bare address where no other node has it, else the ports that are known: SIP or Diameter, RTP and RTCP. */
function traceAddresses(node: LabNode, sharers: ReadonlyMap<string, number>): readonly string[] {
  return [...new Set(node.listen.map(({ address }) => address))].flatMap((address) => {
    if (sharers.get(address) === 1) return [address];
    const ports = node.listen.filter((entry) => entry.address === address).map(({ port }) => port);
    if (isUe(node)) ports.push(node.rtpPort, node.rtpPort + 1);
    return [...new Set(ports)].map((port) => hostPort(address, port));
  });
}
