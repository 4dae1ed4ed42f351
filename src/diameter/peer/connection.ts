/** One transport connection: octets in and out, messages framed, requests under way. */
import type { Endpoint, StreamConnection, StreamHandlers, Timer } from '../../environment/index.js';
import { flag } from '../codec/decode.js';
import { StreamFramer } from '../codec/stream-framer.js';
import type { LocalNode } from './local-node.js';
import type { PendingRequest } from './pending-request.js';
import { PendingRequests } from './pending-requests.js';
import type { Strangers } from './strangers.js';

/**
 * SAA carries the largest documents of Cx; this leaves room. What is sent keeps to it too: a longer message would end the
 * connection, and all else that is under way on it.
 */
export const messageLengthMax = 1 << 20;
/** For CER and CEA: a stranger gets no more. */
const firstMessageLengthMax = 1 << 14;
/** Of all connections together that wait for the rest of their messages. */
const incompleteOctetsMax = 1 << 26;

/** Who listens to a connection: first the listening port, then the peer. */
export interface ConnectionOwner {
  onOpen(connection: Connection): void;
  onMessage(connection: Connection, bytes: Buffer): void;
  /** It has ended by itself; not called after `close`. */
  onClose(connection: Connection, errorCode: string | undefined): void;
}

export class Connection implements StreamHandlers {
  readonly pending: PendingRequests<PendingRequest>;
  readonly #framer = new StreamFramer(firstMessageLengthMax);
  /** What of `incompleteOctets` is this connection's. */
  #incompleteOctets = 0;
  #stream: StreamConnection | undefined;
  #owner: ConnectionOwner | undefined;
  #opened = false;
  /** Requests of the peer that wait for their answers. */
  #owed = 0;
  /** The peer sends no more, but waits for what is owed. */
  #ended = false;
  #endTimer: Timer | undefined;
  #incompleteTimer: Timer | undefined;

  private constructor(
    private readonly local: LocalNode,
    owner: ConnectionOwner,
    /** Of a connection that somebody else has opened. */
    private readonly strangers: Strangers | undefined,
  ) {
    this.#owner = owner;
    this.pending = new PendingRequests(local.environment.random.uint32());
  }

  static connect(local: LocalNode, from: Endpoint, to: Endpoint, owner: ConnectionOwner): Connection {
    const connection = new Connection(local, owner, undefined);
    connection.#stream = local.environment.network.connectStream(from, to, connection);
    return connection;
  }

  /** A stranger's, until it is handed to a peer. */
  static accept(local: LocalNode, stream: StreamConnection, owner: ConnectionOwner, strangers: Strangers): Connection {
    const connection = new Connection(local, owner, strangers);
    connection.#stream = stream;
    strangers.add(connection);
    return connection;
  }

  /** The connection stands, and nobody has closed it. */
  get isOpen(): boolean {
    return this.#opened && this.#owner !== undefined;
  }

  get remote(): string {
    const { address, port } = this.#stream!.remote;
    return `${address} ${port}`;
  }

  get remoteAddress(): string {
    return this.#stream!.remote.address;
  }

  handTo(owner: ConnectionOwner): void {
    this.#owner = owner;
    this.strangers?.remove(this);
  }

  /** Capabilities have been exchanged. */
  allowLongMessages(): void {
    this.#framer.messageLengthMax = messageLengthMax;
  }

  write(bytes: Buffer): void {
    this.#stream?.write(bytes);
  }

  /** A request has come: its answer will be given to `settle`. */
  owe(): void {
    this.#owed++;
  }

  /** Writes an answer that is owed; false where nobody is there any more to take it. */
  settle(answer: Buffer): boolean {
    this.#owed--;
    if (!this.isOpen && !this.#ended) return false;
    this.write(answer);
    if (this.#ended && this.#owed === 0) this.#finish();
    return true;
  }

  /** Ends it after what was written; the owner hears nothing any more. */
  close(): void {
    if (this.#owner === undefined) return;
    this.#owner = undefined;
    this.#forgetIncomplete();
    this.strangers?.add(this);
    if (this.#opened) this.#stream?.close();
    else this.#stream?.destroy();
  }

  /** Ends it at once; the owner hears nothing any more. */
  destroy(): void {
    this.#owner = undefined;
    this.#forgetIncomplete();
    this.strangers?.remove(this);
    this.#stream?.destroy();
  }

  onOpen(): void {
    this.#opened = true;
    this.#owner?.onOpen(this);
  }

  onData(bytes: Buffer): void {
    const fault = this.#framer.push(bytes, this.#receive);
    if (fault !== undefined) {
      this.#refuseLength(fault.header);
      this.#giveUp(fault.reason, 'RFC 6733 3');
    } else this.#watchIncomplete();
  }

  #forgetIncomplete(): void {
    this.#incompleteTimer?.cancel();
    this.#countIncomplete(0);
  }

  #countIncomplete(octets: number): void {
    this.local.incompleteOctets += octets - this.#incompleteOctets;
    this.#incompleteOctets = octets;
  }

  /** The peer has ended its side. For its owner that is the end; answers that are owed still go out. */
  onEnd(): void {
    const owner = this.#owner;
    this.#owner = undefined;
    this.#forgetIncomplete();
    this.strangers?.add(this);
    this.#ended = true;
    if (this.#owed === 0) this.#finish();
    else this.#endTimer = this.local.environment.clock.setTimer(this.local.timers.answerMs, () => this.#finish());
    owner?.onClose(this, undefined);
  }

  #finish(): void {
    this.#ended = false;
    this.#endTimer?.cancel();
    this.#stream?.close();
  }

  onClose(errorCode: string | undefined): void {
    const owner = this.#owner;
    this.#owner = undefined;
    this.#ended = false;
    this.#endTimer?.cancel();
    this.#forgetIncomplete();
    this.strangers?.remove(this);
    owner?.onClose(this, errorCode);
  }

  readonly #receive = (message: Buffer): void => {
    // What is incomplete now is another message than the one that was waited for.
    this.#incompleteTimer?.cancel();
    this.#incompleteTimer = undefined;
    const { trace } = this.local.environment;
    trace?.takeUp?.(message.toString('latin1'));
    this.#owner?.onMessage(this, message);
    trace?.takeUp?.(undefined);
  };

  /** A message that never ends holds memory and a connection: it gets a limited time from its first octet on. */
  #watchIncomplete(): void {
    if (this.#owner === undefined) return;
    this.#countIncomplete(this.#framer.incomplete);
    if (this.local.incompleteOctets > incompleteOctetsMax) {
      this.#giveUp(`${this.local.incompleteOctets} octets of incomplete messages`, 'RFC 6733 2.1');
    } else if (this.#framer.incomplete > 0) {
      this.#incompleteTimer ??= this.local.environment.clock.setTimer(this.local.timers.incompleteMessageMs, () => {
        this.#giveUp(`${this.#framer.incomplete} octets of an incomplete message`, 'RFC 6733 2.1');
      });
    }
  }

  // RFC 6733 7.1.5: a request of an impossible length is answered with 5015, if it is one.
  #refuseLength(header: Buffer | undefined): void {
    if (!this.isOpen || header === undefined || header[0] !== 1 || (header[4]! & flag.request) === 0) return;
    this.write(this.local.errorAnswer(header, { resultCode: 5015 }));
  }

  #giveUp(reason: string, clause: string): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    this.local.fault('diameter.framingLost', clause, { peer: this.remote, reason });
    this.close();
    owner.onClose(this, undefined);
  }
}
