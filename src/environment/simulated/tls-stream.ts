/**
 * TLS over a simulated stream: the hand-shake of RFC 5246 7.3, which takes two round trips and fails for the reasons for which
 * it fails elsewhere, then one record for each write. See `tls-records.ts` for what the octets are.
 */
import { X509Certificate } from 'node:crypto';
import { HandShakes } from '../hand-shakes.js';
import type {
  Clock,
  Endpoint,
  StreamConnection,
  StreamHandlers,
  StreamListenerHandlers,
  Timer,
  TlsFailure,
  TlsIdentity,
  TlsKeyListener,
  TlsTrust,
} from '../index.js';
import { type Certificates, certificateProblem } from './certificate.js';
import type { SeededRandom } from './seeded-random.js';
import {
  alert,
  certificateMessage,
  certificatesIn,
  clientHello,
  contentType,
  handshakeMessage,
  handshakeType,
  keyExchange,
  premasterIn,
  RecordReader,
  RecordWriter,
  randomIn,
  serverHello,
  TlsKeys,
  type TlsRecord,
} from './tls-records.js';

/** How long the other end may take with its hand-shake. */
const HANDSHAKE_MAX_MS = 10_000;
const NOTHING = Buffer.alloc(0);

/** What the connections of one network share. */
export interface TlsWorld {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly certificates: Certificates;
  onKeys: TlsKeyListener | undefined;
}

/** A stream whose octets the capture is to show as what carries `inside`. */
export interface RecordCarrier extends StreamConnection {
  write(bytes: Buffer, inside?: Buffer): void;
}

/** What both ends have in common. */
abstract class TlsStream implements StreamConnection, StreamHandlers {
  protected carrier!: RecordCarrier;
  protected readonly transcript: Buffer[] = [];
  protected keys: TlsKeys | undefined;
  protected readonly writer = new RecordWriter();
  protected readonly reader = new RecordReader();
  protected isOpen = false;
  /** Why there is no TLS. */
  protected verdict: TlsFailure | 'ETIMEDOUT' | undefined;
  #handshake: Buffer = NOTHING;
  #waiting: Buffer[] = [];
  #closesWhenOpen = false;
  #isEnded = false;
  readonly #timer: Timer;

  constructor(protected readonly world: TlsWorld) {
    this.#timer = world.clock.setTimer(HANDSHAKE_MAX_MS, () => this.giveUp('ETIMEDOUT'));
  }

  /** Called once, before anything else. */
  attach(carrier: RecordCarrier): void {
    this.carrier = carrier;
  }

  get local(): Endpoint {
    return this.carrier.local;
  }

  get remote(): Endpoint {
    return this.carrier.remote;
  }

  write(bytes: Buffer): void {
    if (bytes.length === 0 || this.#isEnded || this.#closesWhenOpen) return;
    if (this.isOpen) this.carrier.write(this.writer.write(contentType.applicationData, bytes), bytes);
    else this.#waiting.push(bytes);
  }

  close(): void {
    if (this.#isEnded) return;
    if (!this.isOpen && this.#waiting.length > 0) {
      this.#closesWhenOpen = true;
      return;
    }
    this.#isEnded = true;
    if (this.isOpen) this.sendAlert(1, alert.closeNotify); // RFC 5246 7.2.1
    this.carrier.close();
  }

  destroy(): void {
    this.#isEnded = true;
    this.carrier.destroy();
  }

  abstract onOpen(): void;
  protected abstract onHandshake(type: number, body: Buffer): void;
  protected abstract onApplicationData(fragment: Buffer): void;
  protected abstract onEnded(code: string | undefined): void;

  onData(bytes: Buffer): void {
    if (this.verdict !== undefined) return;
    if (!this.reader.feed(bytes, (record) => this.#take(record))) this.giveUp('ETLSFAILED');
  }

  onClose(errorCode: string | undefined): void {
    this.#timer.cancel();
    this.#isEnded = true;
    // The other end may go without a word while we have not agreed yet.
    const code = this.verdict ?? errorCode;
    this.onEnded(this.isOpen ? errorCode : (code ?? 'ETLSFAILED'));
  }

  protected sendHandshake(...messages: readonly Buffer[]): void {
    this.transcript.push(...messages);
    for (const message of messages) this.carrier.write(this.writer.write(contentType.handshake, message), NOTHING);
  }

  /** ChangeCipherSpec and Finished. */
  protected sendFinished(side: 'client' | 'server'): void {
    const keys = this.keys!;
    this.carrier.write(this.writer.write(contentType.changeCipherSpec, Buffer.of(1)), NOTHING);
    this.writer.useKey(side === 'client' ? keys.clientMac : keys.serverMac);
    this.sendHandshake(handshakeMessage(handshakeType.finished, keys.verifyData(side, this.transcript)));
  }

  protected sendAlert(level: 1 | 2, description: number): void {
    this.carrier.write(this.writer.write(contentType.alert, Buffer.of(level, description)), NOTHING);
  }

  /** It stands: what has waited goes out. */
  protected opened(): void {
    this.#timer.cancel();
    this.isOpen = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const bytes of waiting) this.write(bytes);
    if (!this.#closesWhenOpen) return;
    this.#closesWhenOpen = false;
    this.close();
  }

  protected giveUp(verdict: TlsFailure | 'ETIMEDOUT', description?: number): void {
    if (this.isOpen || this.verdict !== undefined) return;
    this.verdict = verdict;
    this.#isEnded = true;
    if (description === undefined) this.carrier.destroy();
    else {
      this.sendAlert(2, description);
      this.carrier.close();
    }
  }

  #take({ type, fragment }: TlsRecord): void {
    if (this.verdict !== undefined) return;
    if (type === contentType.applicationData) {
      if (this.isOpen) this.onApplicationData(fragment);
    } else if (type === contentType.changeCipherSpec) this.reader.hasMac = true;
    else if (type === contentType.alert) {
      if (fragment[0] === 2 && !this.isOpen) this.verdict = 'ETLSREFUSED';
    } else this.#takeHandshake(fragment);
  }

  #takeHandshake(fragment: Buffer): void {
    let rest = this.#handshake.length === 0 ? fragment : Buffer.concat([this.#handshake, fragment]);
    while (rest.length >= 4) {
      const end = 4 + rest.readUIntBE(1, 3);
      if (rest.length < end) break;
      const message = Buffer.from(rest.subarray(0, end));
      rest = rest.subarray(end);
      this.transcript.push(message);
      this.onHandshake(message[0]!, message.subarray(4));
      if (this.verdict !== undefined) return;
    }
    this.#handshake = Buffer.from(rest);
  }
}

/** RFC 5246 7.2.2: what a client says of a certificate that it does not believe. */
const alertOf: Readonly<Partial<Record<TlsFailure, number>>> = {
  ETLSUNTRUSTED: alert.unknownCa,
  ETLSEXPIRED: alert.certificateExpired,
  ETLSNOTYETVALID: alert.certificateExpired,
};

export class TlsClientStream extends TlsStream {
  readonly #random: Buffer;
  #serverRandom: Buffer = NOTHING;
  #chain: readonly X509Certificate[] = [];

  constructor(
    world: TlsWorld,
    private readonly trust: TlsTrust,
    private readonly user: StreamHandlers,
  ) {
    super(world);
    this.#random = world.random.bytes(32);
  }

  onOpen(): void {
    this.sendHandshake(handshakeMessage(handshakeType.clientHello, clientHello(this.#random, this.trust.names)));
  }

  protected onHandshake(type: number, body: Buffer): void {
    if (type === handshakeType.serverHello) this.#serverRandom = randomIn(body);
    else if (type === handshakeType.certificate)
      this.#chain = certificatesIn(body).map((der) => new X509Certificate(der));
    else if (type === handshakeType.serverHelloDone) this.#answer();
    else if (type === handshakeType.finished) {
      this.opened();
      this.user.onOpen();
    } else this.giveUp('ETLSFAILED');
  }

  protected onApplicationData(fragment: Buffer): void {
    this.user.onData(fragment);
  }

  protected onEnded(code: string | undefined): void {
    this.user.onClose(code);
  }

  #answer(): void {
    const { certificates, clock, random, onKeys } = this.world;
    const authorities = certificates.of(this.trust.authorities);
    const problem = certificateProblem(this.#chain, authorities, this.trust, clock.now());
    if (problem !== undefined) {
      this.giveUp(problem, alertOf[problem] ?? alert.badCertificate);
      return;
    }
    const premaster = random.bytes(48);
    this.keys = new TlsKeys(premaster, this.#random, this.#serverRandom);
    onKeys?.(this.keys.logLine);
    this.sendHandshake(handshakeMessage(handshakeType.clientKeyExchange, keyExchange(premaster)));
    this.sendFinished('client');
  }
}

/** Hands on the connections whose hand-shake has succeeded. */
export class TlsListener implements StreamListenerHandlers {
  readonly #underWay = new HandShakes<TlsServerStream>();

  constructor(
    private readonly world: TlsWorld,
    private readonly identity: TlsIdentity,
    private readonly user: StreamListenerHandlers,
  ) {}

  onListening(local: Endpoint): void {
    this.user.onListening?.(local);
  }

  onConnection(connection: StreamConnection): StreamHandlers {
    const { address } = connection.remote;
    const stream = new TlsServerStream(this.world, this.identity, this.user, () => this.#underWay.end(address, stream));
    stream.attach(connection);
    this.#underWay.begin(address, stream);
    return stream;
  }

  onError(code: string, message: string): void {
    this.user.onError(code, message);
  }
}

class TlsServerStream extends TlsStream {
  #clientRandom: Buffer = NOTHING;
  #serverRandom: Buffer = NOTHING;
  #handlers: StreamHandlers | undefined;

  constructor(
    world: TlsWorld,
    private readonly identity: TlsIdentity,
    private readonly user: StreamListenerHandlers,
    private readonly onSettled: () => void,
  ) {
    super(world);
  }

  onOpen(): void {
    // It is the client that begins.
  }

  protected onHandshake(type: number, body: Buffer): void {
    if (type === handshakeType.clientHello) this.#greet(body);
    else if (type === handshakeType.clientKeyExchange) {
      this.keys = new TlsKeys(premasterIn(body), this.#clientRandom, this.#serverRandom);
    } else if (type === handshakeType.finished && this.keys !== undefined) {
      this.sendFinished('server');
      this.onSettled();
      this.#handlers = this.user.onConnection(this);
      this.opened();
      this.#handlers.onOpen();
    } else this.giveUp('ETLSFAILED');
  }

  protected onApplicationData(fragment: Buffer): void {
    this.#handlers?.onData(fragment);
  }

  protected onEnded(code: string | undefined): void {
    this.onSettled();
    if (this.#handlers !== undefined) this.#handlers.onClose(code);
    else this.user.onTlsFailed?.(this.remote, code ?? 'ETLSFAILED');
  }

  #greet(body: Buffer): void {
    const { random, certificates } = this.world;
    this.#clientRandom = randomIn(body);
    this.#serverRandom = random.bytes(32);
    const chain = certificates.of(this.identity.certificate).map(({ raw }) => raw);
    this.sendHandshake(
      handshakeMessage(handshakeType.serverHello, serverHello(this.#serverRandom, random.bytes(32))),
      handshakeMessage(handshakeType.certificate, certificateMessage(chain)),
      handshakeMessage(handshakeType.serverHelloDone, NOTHING),
    );
  }
}
