/** `imslab diameter send`: plays a file of requests as a client, and judges the answers. */
import { bracketed } from '../address-octets.js';
import { ScriptedPeer } from '../diameter/script/scripted-peer.js';
import type { Endpoint } from '../environment/index.js';
import { createRealEnvironment } from '../environment/real/index.js';
import { StartError } from '../lab/errors.js';
import { createMachineHost } from '../machine/index.js';
import { hostPort } from '../sip/message/index.js';
import { printable, type TraceNode } from '../trace/index.js';
import { hostAddresses, readLocal, readTarget, sourceFor } from './diameter-address.js';
import { Answerer } from './diameter-answerer.js';
import { readRequests } from './diameter-file.js';
import { capabilitiesOf } from './diameter-message.js';
import { type Exchange, Player } from './diameter-player.js';
import { DiameterRecording } from './diameter-recording.js';
import {
  exchangeLine,
  exchangeReport,
  FurtherFailures,
  latencyTable,
  type RequestReport,
  requestReport,
  totalReport,
} from './diameter-report.js';
import type { RequestScript } from './diameter-script.js';
import { valueOverrides } from './diameter-settings.js';
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_PASSED } from './exit.js';
import { createOutputFolder } from './output-folder.js';
import { onInterrupt } from './signals.js';
import { plainTerminal } from './terminal.js';

export interface SendOptions {
  readonly to: string;
  readonly from?: string;
  readonly set: readonly string[];
  readonly repeat?: number;
  readonly rate?: number;
  readonly concurrency?: number;
  readonly out?: string;
  readonly json?: boolean;
}

const HANDSHAKE_MS = 10_000;
const DISCONNECT_MS = 5_000;
/** Exchanges that are told one by one; of more only those that failed, and of those the first few. */
const LINES_MAX = 100;
const FAILURES_MAX = 20;
/** Requests of the other side that are told one by one. */
const RECEIVED_MAX = 100;

/** @returns the exit status; throws what `reportError` knows. */
export async function send(file: string, options: SendOptions): Promise<number> {
  const read = readRequests(file, valueOverrides(options.set));
  const { repeat = read.repeat, rate = read.rate, concurrency = read.concurrency } = options;
  const script = { ...read, repeat, rate, concurrency };
  const to = await readTarget(options.to, '--to');
  const from = options.from === undefined ? sourceFor(to) : readLocal(options.from, '--from', 0);
  const folder = options.out === undefined ? undefined : createOutputFolder(options.out);
  const interrupt = onInterrupt();
  try {
    const sending = new Sending(script, from, to, folder, plainTerminal(options.json));
    interrupt.handle(() => sending.interrupt());
    const result = await sending.run();
    if (options.json === true) console.log(JSON.stringify(result, undefined, 2));
    if (interrupt.happened) return EXIT_INTERRUPTED;
    return result.verdict === 'passed' ? EXIT_PASSED : EXIT_FAILED;
  } finally {
    interrupt.forget();
  }
}

/** What `--json` prints and result.json holds. */
export interface SendResult {
  readonly verdict: 'passed' | 'failed' | 'interrupted';
  readonly file: string;
  readonly to: string;
  readonly peer: { readonly host: string; readonly realm: string } | undefined;
  /** Result-Code of the CEA. */
  readonly capabilities: number | undefined;
  /** Why the connection ended early. */
  readonly ended: string | undefined;
  readonly seconds: number;
  readonly requestsPerSecond: number | undefined;
  readonly total: RequestReport;
  readonly requests: readonly RequestReport[];
  readonly exchanges: readonly unknown[];
  /** Requests of the other side, and what became of them. */
  readonly received: readonly string[];
}

class Sending {
  readonly #environment = createRealEnvironment();
  readonly #recording: DiameterRecording | undefined;
  readonly #told: Exchange[] = [];
  readonly #furtherFailures = new FurtherFailures();
  readonly #others: string[] = [];
  #othersCount = 0;
  #player: Player | undefined;
  #peer: ScriptedPeer | undefined;
  #isInterrupted = false;
  #session = 0;
  #began = 0;
  #ended = 0;

  constructor(
    private readonly script: RequestScript,
    private readonly from: Endpoint,
    private readonly to: Endpoint,
    folder: string | undefined,
    private readonly terminal: { readonly line: (text: string) => void },
  ) {
    if (folder === undefined) return;
    this.#recording = new DiameterRecording(folder, traceNodes(script, from, to));
    this.#environment.trace = this.#recording.collector;
    this.#environment.network.tap(this.#recording.collector.tap);
  }

  get #planned(): number {
    return this.script.repeat * this.script.requests.reduce((sum, request) => sum + request.repeat, 0);
  }

  interrupt(): void {
    this.#isInterrupted = true;
    this.#player?.stop();
    this.#peer?.finish();
  }

  async run(): Promise<SendResult> {
    const reason = await this.#play();
    await this.#environment.close();
    const result = this.#result(reason);
    this.#recording?.close(`imslab diameter send ${this.script.file}`, result);
    if (this.#player === undefined && !this.#isInterrupted && result.verdict !== 'passed') {
      const what = reason ?? 'the capabilities exchange went otherwise than expected';
      const mend = mends[this.#peer?.capabilitiesResult ?? 0] ?? (what.includes('(EADDRNOTAVAIL)') ? HAS : LISTENS);
      throw new StartError(printable(`${toOption(this.to)}: ${what}; ${mend}`));
    }
    this.#print(result, reason);
    return result;
  }

  /** Resolves when the connection has ended, with why it ended early. */
  #play(): Promise<string | undefined> {
    const { script, from, to } = this;
    const environment = this.#environment.environmentFor('tester');
    const { clock } = environment;
    const node = nodeName(script);
    const host = createMachineHost({ node, environment, mode: 'compiled' });
    return new Promise((resolve) => {
      const answerer = new Answerer(script, clock, ({ rule, did }) => {
        this.#othersCount += 1;
        if (this.#others.length < RECEIVED_MAX) {
          this.#others.push(`${rule?.name ?? 'a request that no answer fits'}: ${did}`);
        }
      });
      this.#peer = ScriptedPeer.connect(
        {
          environment,
          host,
          name: 'peer',
          identity: script.identity,
          capabilities: capabilitiesOf(script, hostAddresses(from.address)),
          handshakeMs: HANDSHAKE_MS,
          disconnectMs: DISCONNECT_MS,
          handlers: {
            onOpen: (peer) => this.#onOpen(peer),
            onRequest: (peer, bytes) => answerer.onRequest(peer, bytes),
            onClosed: (_, reason) => resolve(reason),
          },
        },
        from,
        to,
      );
    });
  }

  #onOpen(peer: ScriptedPeer): void {
    const { script } = this;
    const wanted = script.capabilities.result ?? 2001;
    this.#began = peer.options.environment.clock.now();
    this.terminal.line(`connected to ${peer.host} (${hostPort(this.to.address, this.to.port)}), realm ${peer.realm}`);
    if (wanted !== 2001) {
      peer.finish();
      return;
    }
    const seconds = Math.floor(this.#began / 1000);
    this.#player = new Player({
      script,
      peer,
      clock: peer.options.environment.clock,
      // RFC 6733 8.8
      sessionId: () => {
        this.#session += 1;
        return `${script.identity.host};${seconds};${this.#session}`;
      },
      onExchange: (exchange) => this.#tell(exchange),
      onDone: () => {
        this.#ended = peer.options.environment.clock.now();
        peer.finish();
      },
    });
    this.#player.start();
  }

  #tell(exchange: Exchange): void {
    const { requests } = this.script;
    const count = this.#planned;
    const isFailure = exchange.wrong.length > 0;
    if (count > LINES_MAX && !isFailure) return;
    if (count > LINES_MAX && this.#told.length >= FAILURES_MAX) {
      this.#furtherFailures.add(exchange);
      return;
    }
    this.#told.push(exchange);
    const nameWidth = Math.max(...requests.map(({ name }) => name.length));
    this.terminal.line(exchangeLine(exchange, String(count).length, nameWidth));
  }

  #result(reason: string | undefined): SendResult {
    const counts = [...(this.#player?.counts.values() ?? [])];
    const total = totalReport(counts);
    const wanted = this.script.capabilities.result;
    const isRefusedAsWanted = wanted !== undefined && wanted !== 2001 && this.#peer?.capabilitiesResult === wanted;
    const isPlayed = this.#player !== undefined && total.sent === this.#planned && total.failed === 0;
    const passed = isRefusedAsWanted || isPlayed;
    const seconds = Math.max(0, (this.#ended || this.#began) - this.#began) / 1000;
    return {
      verdict: this.#isInterrupted ? 'interrupted' : passed ? 'passed' : 'failed',
      file: this.script.file,
      to: hostPort(this.to.address, this.to.port),
      peer: this.#peer === undefined ? undefined : { host: this.#peer.host, realm: this.#peer.realm },
      capabilities: this.#peer?.capabilitiesResult,
      ended: reason,
      seconds,
      requestsPerSecond: seconds === 0 ? undefined : Math.round(total.sent / seconds),
      total,
      requests: counts.map(requestReport),
      exchanges: this.#told.map(exchangeReport),
      received: this.#others,
    };
  }

  #print(result: SendResult, reason: string | undefined): void {
    const { terminal } = this;
    const { total, requests, seconds, requestsPerSecond, verdict } = result;
    for (const line of this.#furtherFailures.lines()) terminal.line(line);
    for (const line of this.#others) terminal.line(`received ${line}`);
    const unnamed = this.#othersCount - this.#others.length;
    if (unnamed > 0) terminal.line(`received ${unnamed} requests more`);
    if (requests.length > 0) {
      terminal.line('');
      // A request that was sent once has its time in its line.
      const several = requests.length === 1 ? [] : requests.filter(({ sent }) => sent > 1);
      for (const line of latencyTable([...several, total])) terminal.line(line);
    }
    const rate = requestsPerSecond === undefined ? '' : `, ${requestsPerSecond} requests/s in ${seconds.toFixed(2)} s`;
    if (reason !== undefined) terminal.line(`ended: ${reason}`);
    const left = this.#planned - total.sent;
    const unsent = left === 0 ? '' : `, ${left} not sent`;
    terminal.line(`${verdict}: ${total.sent} sent, ${total.answered} answered, ${total.failed} failed${unsent}${rate}`);
  }
}

const HAS = 'give --from an address that this machine has';
const LISTENS = 'check that a Diameter node listens there, and see what it says';

/** By the Result-Code of the CEA. */
const mends: Readonly<Record<number, string>> = {
  3010: 'let it know the host of identity, or write one there that it knows',
  5010: 'write into applications: those that it serves',
  5017: 'let it do without TLS towards this host',
};

function toOption({ address, port }: Endpoint): string {
  return `--to ${hostPort(address, port)}`;
}

/** The first label of its host name, as nodes of a lab are called. */
function nodeName({ identity }: RequestScript): string {
  return identity.host.split('.', 1)[0]!;
}

/** On one address the other side is told by its port. */
function traceNodes(script: RequestScript, from: Endpoint, to: Endpoint): readonly TraceNode[] {
  const own = { name: nodeName(script), addresses: hostAddresses(from.address).map((address) => bracketed(address)) };
  return [own, { name: 'peer', addresses: [hostPort(to.address, to.port)] }];
}
