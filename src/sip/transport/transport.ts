/** Messages between sockets and the transactions: listen points, connections, framing. RFC 3261 18. */
import type { Endpoint, Environment } from '../../environment/index.js';
import { DatagramTransport } from './datagram-transport.js';
import { type Destination, type ListenPoint, type SipProtocol, sameFamily } from './destination.js';
import type { FaultLog } from './fault-log.js';
import { StreamTransport, type TlsSettings } from './stream-transport.js';
import { bindingRequest } from './stun.js';
import type { SendUser, StartFailure, TransportUser } from './transport-user.js';

export interface TransportOptions {
  readonly environment: Environment;
  readonly listen: readonly ListenPoint[];
  readonly user: TransportUser;
  readonly faults: FaultLog;
  /** Needed where there is a `tls` listen point. */
  readonly tls?: TlsSettings | undefined;
  /** Open and opening TCP connections together. */
  readonly connectionsMax: number;
  /** See `SipEndpointOptions.senderOf`. */
  readonly senderOf?: ((local: ListenPoint, to: Endpoint) => ListenPoint | undefined) | undefined;
}

export class SipTransport {
  readonly #options: TransportOptions;
  #datagrams: readonly DatagramTransport[] = [];
  readonly #streams: StreamTransport;
  #isClosed = false;
  #listenPoints: readonly ListenPoint[] = [];

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#streams = new StreamTransport(options);
  }

  /** With true ports once started. UDP first, each in the order given. */
  get listenPoints(): readonly ListenPoint[] {
    return this.#listenPoints;
  }

  get connectionCount(): number {
    return this.#streams.connectionCount;
  }

  /** Binds everything. `onReady` is called once: when all are bound, or with the first failure, after which all is closed. */
  start(onReady: (failure?: StartFailure) => void): void {
    const { environment, listen, user, faults } = this.#options;
    let missing = listen.length;
    const settle = (failure?: StartFailure): void => {
      if (missing <= 0) return;
      missing = failure === undefined ? missing - 1 : 0;
      if (failure !== undefined) this.close();
      if (missing > 0) return;
      this.#listenPoints = this.#datagrams.map(({ local }) => local).concat(this.#streams.listenPoints);
      onReady(failure);
    };
    for (const point of listen) {
      if (point.protocol !== 'udp') this.#streams.listen(point, settle);
      // Not pushed: that would make room for more.
      else this.#datagrams = this.#datagrams.concat(new DatagramTransport(environment, point, user, faults, settle));
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of this.#datagrams) socket.close();
    this.#streams.close();
  }

  /** The listen point that a message to `address` leaves from, or undefined when there is none of its protocol and family. */
  localFor(protocol: SipProtocol, address: string): ListenPoint | undefined {
    if (protocol !== 'udp') return this.#streams.localFor(protocol, address);
    for (const { local } of this.#datagrams) if (sameFamily(local.address, address)) return local;
    return undefined;
  }

  /** The listen point behind a connection that stands, or is being opened. */
  localOfConnection(connectionId: number): ListenPoint | undefined {
    return this.#streams.localOfConnection(connectionId);
  }

  /**
   * Sends `text` (latin1). `user` hears later if it certainly did not go out. Returns the connection that it goes over.
   * A destination with a connection that is gone fails: a flow has no other way.
   */
  send(text: string, to: Destination, user: SendUser | undefined): number | undefined {
    if (this.#isClosed) return undefined;
    if (to.protocol !== 'udp') return this.#streams.send(text, to, user);
    const socket = this.#socketFor(to);
    if (socket === undefined || !socket.send(text, to.endpoint)) this.#fail(user, 'noSocket');
    return undefined;
  }

  /** CR LF twice over TCP, a STUN Binding request over UDP. RFC 5626 4.4. */
  keepAlive(to: Destination, transactionId: Buffer): void {
    if (this.#isClosed) return;
    if (to.protocol !== 'udp') this.#streams.send('\r\n\r\n', to, undefined);
    else this.#socketFor(to)?.sendBindingRequest(bindingRequest(transactionId), to.endpoint);
  }

  isConnected(connectionId: number): boolean {
    return this.#streams.localOfConnection(connectionId) !== undefined;
  }

  #socketFor({ local: named, endpoint, sender }: Destination): DatagramTransport | undefined {
    const { senderOf } = this.#options;
    const local = sender ?? (named && senderOf?.(named, endpoint)) ?? named;
    // Most elements have one socket.
    for (const socket of this.#datagrams) {
      if (local === undefined ? sameFamily(socket.local.address, endpoint.address) : isSame(socket.local, local))
        return socket;
    }
    return undefined;
  }

  #fail(user: SendUser | undefined, reason: string): void {
    if (user !== undefined) this.#options.environment.clock.setTimer(0, () => user.onSendFailed(reason));
  }
}

function isSame(one: ListenPoint, other: ListenPoint): boolean {
  return one === other || (one.port === other.port && one.address === other.address);
}
