import type { Clock, Endpoint, StreamConnection, StreamHandlers, Timer, Trace } from '../../environment/index.js';
import { StreamFramer, type StreamItem } from '../message/index.js';
import type { ListenPoint, Source } from './destination.js';
import type { FaultLog } from './fault-log.js';
import type { SendUser, TransportUser } from './transport-user.js';

/** SIP-23: how long half a message may lie idle. */
const PARTIAL_IDLE_MAX_MS = 32_000;
/** Octets that wait for a connection to open: 10,000 REGISTERs of a storm, and less than what environments let wait (16 MiB). */
const WAITING_OCTETS_MAX = 15 * 1024 * 1024;

const PONG = Buffer.from('\r\n', 'latin1');

export interface SipConnectionOptions {
  readonly id: number;
  readonly local: ListenPoint;
  readonly remote: Endpoint;
  readonly clock: Clock;
  readonly trace: Trace | undefined;
  readonly user: TransportUser;
  readonly faults: FaultLog;
  /** Called once, when nothing more can be sent over it. */
  readonly onClosed: (connection: SipConnection) => void;
}

/** One TCP connection: messages cut out of the stream (SIP-23), keep-alives answered (SIP-24). */
export class SipConnection implements StreamHandlers {
  readonly id: number;
  readonly local: ListenPoint;
  readonly #options: SipConnectionOptions;
  readonly #source: Source;
  readonly #framer = new StreamFramer();
  #stream: StreamConnection | undefined;
  #isOpen = false;
  #isClosed = false;
  /** Who has sent before it was open, and must hear if it never opens. */
  #waiting: (SendUser | undefined)[] = [];
  #waitingOctets = 0;
  /** It has been said that more does not fit. */
  #isFull = false;
  #partialTimer: Timer | undefined;

  constructor(options: SipConnectionOptions) {
    this.id = options.id;
    this.local = options.local;
    this.#options = options;
    const { protocol } = options.local;
    this.#source = { protocol, endpoint: options.remote, connectionId: options.id, local: options.local };
  }

  /** Called once, before anything else. */
  attach(stream: StreamConnection): void {
    this.#stream = stream;
  }

  send(text: string, user: SendUser | undefined): void {
    if (!this.#isOpen) {
      if (this.#waitingOctets + text.length > WAITING_OCTETS_MAX) {
        this.#refuse(user);
        return;
      }
      this.#waitingOctets += text.length;
      this.#waiting.push(user);
    }
    this.#stream!.write(Buffer.from(text, 'latin1'));
  }

  /** SIP-62. A storm is one fault, not one for each of its messages. */
  #refuse(user: SendUser | undefined): void {
    const { clock, faults, remote } = this.#options;
    if (!this.#isFull) {
      faults.record('write queue full', 'SIP-62', { to: remote.address, octetsMax: WAITING_OCTETS_MAX });
    }
    this.#isFull = true;
    clock.setTimer(0, () => user?.onSendFailed('queueFull'));
  }

  close(): void {
    this.#end();
    this.#stream!.close();
  }

  onOpen(): void {
    this.#isOpen = true;
    this.#waiting = [];
  }

  onData(bytes: Buffer): void {
    if (this.#isClosed) return;
    const { trace } = this.#options;
    for (const item of this.#framer.feed(bytes)) {
      if (trace !== undefined && (item.kind === 'request' || item.kind === 'response')) trace.takeUp?.(item.text);
      this.#handle(item);
      trace?.takeUp?.(undefined);
    }
    if (this.#isClosed) return;
    if (this.#framer.isBroken) this.close();
    else this.#watchPartial();
  }

  onClose(errorCode: string | undefined): void {
    const { user } = this.#options;
    const waiting = this.#waiting;
    const wasClosed = this.#isClosed;
    this.#waiting = [];
    this.#end();
    for (const sender of waiting) sender?.onSendFailed(errorCode ?? 'closed');
    if (!this.#isOpen || wasClosed) return;
    if (errorCode !== undefined) user.onConnectionLost(this.id, errorCode);
    user.onConnectionEnded(this.#source);
  }

  #handle(item: StreamItem): void {
    const { user, faults } = this.#options;
    switch (item.kind) {
      case 'request':
        user.onRequest(item, this.#source);
        break;
      case 'response':
        user.onResponse(item, this.#source);
        break;
      case 'ping':
        this.#stream!.write(PONG); // SIP-24 / RFC 5626 4.4.1
        break;
      case 'pong':
        user.onPong(this.#source);
        break;
      case 'error': {
        const { reason, offset, rule } = item;
        const { address, port } = this.#options.remote;
        faults.record('malformed message', rule, { reason, offset, from: address, port });
        user.onMalformed(item, this.#source);
      }
    }
  }

  #watchPartial(): void {
    this.#partialTimer?.cancel();
    this.#partialTimer = undefined;
    if (!this.#framer.isPartial) return;
    this.#partialTimer = this.#options.clock.setTimer(PARTIAL_IDLE_MAX_MS, () => {
      const { address, port } = this.#options.remote;
      this.#options.faults.record('half a message, then silence', 'SIP-23', { from: address, port });
      this.close();
    });
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.onClosed(this);
    this.#partialTimer?.cancel();
    this.#partialTimer = undefined;
  }
}
