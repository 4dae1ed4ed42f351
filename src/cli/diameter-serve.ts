/** `imslab diameter serve`: answers requests from a file until it is told to end. */
import { ScriptedPeer } from '../diameter/script/scripted-peer.js';
import type { Endpoint, StreamConnection, StreamListener } from '../environment/index.js';
import { createRealEnvironment } from '../environment/real/index.js';
import { StartError } from '../lab/errors.js';
import { createMachineHost, type MachineHost } from '../machine/index.js';
import { hostPort } from '../sip/message/index.js';
import { hostAddresses, readLocal } from './diameter-address.js';
import { type Answered, Answerer } from './diameter-answerer.js';
import { readAnswers } from './diameter-file.js';
import { capabilitiesOf, commandOfBytes, resultText } from './diameter-message.js';
import { DiameterRecording } from './diameter-recording.js';
import { shownAvps } from './diameter-report.js';
import type { Script } from './diameter-script.js';
import { valueOverrides } from './diameter-settings.js';
import { EXIT_FAILED, EXIT_PASSED } from './exit.js';
import { createOutputFolder } from './output-folder.js';
import { onInterrupt } from './signals.js';
import { plainTerminal } from './terminal.js';

export interface ServeOptions {
  readonly listen: string;
  readonly set: readonly string[];
  /** Ends after so many requests. */
  readonly count?: number;
  /** Ends after so many ms. */
  readonly for?: number;
  readonly out?: string;
  readonly json?: boolean;
}

const DIAMETER_PORT = 3868;
const HANDSHAKE_MS = 10_000;
const DISCONNECT_MS = 5_000;
/** Anybody may connect; each connection has tables of its own. */
const CONNECTIONS_MAX = 1_000;
/** Requests that are told one by one. */
const LINES_MAX = 1_000;

/** @returns the exit status; throws what `reportError` knows. */
export async function serve(file: string, options: ServeOptions): Promise<number> {
  const script = readAnswers(file, valueOverrides(options.set));
  const listen = readLocal(options.listen, '--listen', DIAMETER_PORT);
  const folder = options.out === undefined ? undefined : createOutputFolder(options.out);
  const interrupt = onInterrupt();
  try {
    const serving = new Serving(script, listen, folder, options, plainTerminal(options.json));
    interrupt.handle(() => serving.end());
    const result = await serving.run();
    if (options.json === true) console.log(JSON.stringify(result, undefined, 2));
    return result.failed === 0 ? EXIT_PASSED : EXIT_FAILED;
  } finally {
    interrupt.forget();
  }
}

/** What `--json` prints and result.json holds. */
export interface ServeResult {
  readonly file: string;
  readonly listen: string;
  readonly connections: number;
  readonly requests: number;
  /** Answers that could not be made of what the request has. */
  readonly failed: number;
  readonly answers: readonly { readonly name: string; readonly requests: number }[];
  readonly exchanges: readonly unknown[];
}

class Serving {
  readonly #environment = createRealEnvironment();
  readonly #recording: DiameterRecording | undefined;
  readonly #peers = new Set<ScriptedPeer>();
  readonly #answerer: Answerer;
  readonly #host: MachineHost;
  readonly #exchanges: unknown[] = [];
  #listener: StreamListener | undefined;
  #onEnd: (() => void) | undefined;
  #isEnding = false;
  #connections = 0;
  #requests = 0;
  #unmatched = 0;
  #failed = 0;
  #told = 0;

  constructor(
    private readonly script: Script,
    private readonly listen: Endpoint,
    folder: string | undefined,
    private readonly options: ServeOptions,
    private readonly terminal: { readonly line: (text: string) => void },
  ) {
    const node = script.identity.host.split('.', 1)[0]!;
    if (folder !== undefined) {
      // Clients may come from the same address: port 0 gets its name when it is bound, and is then the one of this node.
      const addresses = [hostPort(listen.address, listen.port)];
      this.#recording = new DiameterRecording(folder, [{ name: node, addresses }]);
      this.#environment.trace = this.#recording.collector;
      this.#environment.network.tap(this.#recording.collector.tap);
    }
    const environment = this.#environment.environmentFor(node);
    this.#host = createMachineHost({ node, environment, mode: 'compiled' });
    this.#answerer = new Answerer(script, this.#environment.clock, (answered) => this.#tell(answered));
  }

  async run(): Promise<ServeResult> {
    await this.#serve();
    await this.#environment.close();
    const used = this.#answerer.used;
    const result: ServeResult = {
      file: this.script.file,
      listen: hostPort(this.listen.address, this.#listener?.local.port ?? this.listen.port),
      connections: this.#connections,
      requests: this.#requests,
      failed: this.#failed,
      answers: [
        ...this.script.answers.map((rule) => ({ name: rule.name, requests: used.get(rule) ?? 0 })),
        { name: 'no answer that fits', requests: this.#unmatched },
      ],
      exchanges: this.#exchanges,
    };
    this.#recording?.close(`imslab diameter serve ${this.script.file}`, result);
    this.terminal.line(`${result.requests} requests over ${result.connections} connections`);
    for (const { name, requests } of result.answers) this.terminal.line(`  ${name}: ${requests}`);
    return result;
  }

  /** Takes nothing new, disconnects from everybody in order. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#listener?.close();
    for (const peer of [...this.#peers]) peer.finish();
    this.#endIfAlone();
  }

  #serve(): Promise<void> {
    const { network, clock } = this.#environment;
    return new Promise((resolve, reject) => {
      this.#onEnd = resolve;
      this.#listener = network.listenStream(this.listen, {
        onListening: ({ address, port }) => {
          this.terminal.line(`Listening on ${hostPort(address, port)}. Ctrl-C ends it.`);
          if (this.options.for !== undefined) clock.setTimer(this.options.for, () => this.end());
        },
        onConnection: (stream) => this.#accept(stream),
        onError: (code) => {
          const where = hostPort(this.listen.address, this.listen.port);
          reject(new StartError(`--listen ${where}: cannot listen there (${code}); choose another address or port`));
        },
      });
    });
  }

  #accept(stream: StreamConnection): ScriptedPeer {
    this.#connections += 1;
    const { script } = this;
    const peer = ScriptedPeer.accept(
      {
        environment: this.#environment.environmentFor(script.identity.host),
        host: this.#host,
        name: `${this.#connections}`,
        identity: script.identity,
        capabilities: capabilitiesOf(script, hostAddresses(stream.local.address)),
        capabilitiesResult: script.capabilities.result,
        handshakeMs: HANDSHAKE_MS,
        disconnectMs: DISCONNECT_MS,
        handlers: {
          onOpen: ({ host, remote }) =>
            this.terminal.line(`${host} (${hostPort(remote.address, remote.port)}) connected`),
          onRequest: (from, bytes) => this.#onRequest(from, bytes),
          onClosed: (gone, reason) => this.#forget(gone, reason),
        },
      },
      stream,
    );
    this.#peers.add(peer);
    if (this.#peers.size > CONNECTIONS_MAX || this.#isEnding) peer.breakOff();
    return peer;
  }

  #forget(peer: ScriptedPeer, reason: string | undefined): void {
    this.#peers.delete(peer);
    const name = peer.host === '' ? hostPort(peer.remote.address, peer.remote.port) : peer.host;
    if (!this.#isEnding) this.terminal.line(`${name} is gone${reason === undefined ? '' : `: ${reason}`}`);
    this.#endIfAlone();
  }

  #endIfAlone(): void {
    if (this.#isEnding && this.#peers.size === 0) this.#onEnd?.();
  }

  #onRequest(peer: ScriptedPeer, bytes: Buffer): void {
    const { count = Number.POSITIVE_INFINITY } = this.options;
    if (this.#requests >= count) return;
    this.#requests += 1;
    this.#answerer.onRequest(peer, bytes);
  }

  #tell({ request, rule, did, answer, reason }: Answered): void {
    if (rule === undefined) this.#unmatched += 1;
    if (did === 'failed') this.#failed += 1;
    const command = commandOfBytes(request).name;
    const text = answer === undefined ? did : resultText(answer);
    const isTold = this.#exchanges.length < LINES_MAX;
    if (isTold) {
      const shown = answer === undefined ? undefined : shownAvps(answer);
      this.#exchanges.push({ command, rule: rule?.name, did, reason, request: shownAvps(request), answer: shown });
      const why = reason === undefined ? '' : `: ${reason}`;
      this.terminal.line(`${command}-Request: ${text}${rule === undefined ? ' (no answer fits)' : ''}${why}`);
    }
    this.#told += 1;
    if (this.#told === this.options.count) this.end();
  }
}
