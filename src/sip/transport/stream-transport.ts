import type {
  Endpoint,
  Environment,
  Network,
  StreamConnection,
  StreamHandlers,
  StreamListener,
  StreamListenerHandlers,
} from '../../environment/index.js';
import { boundPoint, type Destination, endpointKey, type ListenPoint, sameFamily } from './destination.js';
import type { FaultLog } from './fault-log.js';
import { SipConnection } from './sip-connection.js';
import type { SendUser, StartFailure, TransportUser } from './transport-user.js';

/** One TCP listen point. */
class Listener implements StreamListenerHandlers {
  /** With the true port, once bound. */
  local: ListenPoint;
  readonly #transport: StreamTransport;
  readonly #socket: StreamListener;
  /** Undefined once it has been called. */
  #onReady: ((failure?: StartFailure) => void) | undefined;

  constructor(
    transport: StreamTransport,
    network: Network,
    point: ListenPoint,
    onReady: (failure?: StartFailure) => void,
  ) {
    this.#transport = transport;
    this.local = point;
    this.#onReady = onReady;
    this.#socket = network.listenStream({ address: point.address, port: point.port }, this);
  }

  close(): void {
    this.#socket.close();
  }

  onListening(bound: Endpoint): void {
    this.local = boundPoint(this.local, bound);
    this.#settle();
  }

  onConnection(connection: StreamConnection): StreamHandlers {
    return this.#transport.accept(connection, this.local);
  }

  onError(code: string, message: string): void {
    if (this.#onReady === undefined) this.#transport.noteListenerError(code, message);
    else this.#settle({ code, message, listen: this.local });
  }

  #settle(failure?: StartFailure): void {
    const onReady = this.#onReady;
    this.#onReady = undefined;
    onReady?.(failure);
  }
}

interface Connections {
  readonly byId: Map<number, SipConnection>;
  readonly byRemote: Map<string, SipConnection>;
}

/** All TCP connections of an element, accepted and opened. RFC 3261 18; SIP-25: one to a remote address and port. */
export class StreamTransport {
  readonly #environment: Environment;
  readonly #user: TransportUser;
  readonly #faults: FaultLog;
  readonly #connectionsMax: number;
  #listeners: readonly Listener[] = [];
  /** Made with the first connection: most UEs never have one. */
  #connections: Connections | undefined;
  #nextId = 1;

  constructor(environment: Environment, user: TransportUser, faults: FaultLog, connectionsMax: number) {
    this.#environment = environment;
    this.#user = user;
    this.#faults = faults;
    this.#connectionsMax = connectionsMax;
  }

  get listenPoints(): readonly ListenPoint[] {
    return this.#listeners.map(({ local }) => local);
  }

  get connectionCount(): number {
    return this.#connections?.byId.size ?? 0;
  }

  listen(point: ListenPoint, onReady: (failure?: StartFailure) => void): void {
    const listener = new Listener(this, this.#environment.network, point, onReady);
    // Exactly as long as it is: a UE has one, and pushing would make room for more.
    this.#listeners = this.#listeners.concat(listener);
  }

  /** For a listener. */
  noteListenerError(code: string, message: string): void {
    this.#faults.record('tcp listener error', 'RFC 3261 18.4', { code, message });
  }

  localFor(address: string): ListenPoint | undefined {
    return this.#listeners.find(({ local }) => sameFamily(local.address, address))?.local;
  }

  localOfConnection(id: number): ListenPoint | undefined {
    return this.#connections?.byId.get(id)?.local;
  }

  /** Over the flow's connection, else over an open one to the same address and port (SIP-25), else over a new one. */
  send(text: string, to: Destination, user: SendUser | undefined): number | undefined {
    if (to.connectionId !== undefined) {
      const flow = this.#connections?.byId.get(to.connectionId);
      if (flow === undefined) return this.#fail(user, 'flowGone');
      flow.send(text, user);
      return flow.id;
    }
    const open = this.#connections?.byRemote.get(endpointKey(to.endpoint));
    if (open !== undefined && (to.local === undefined || to.local.address === open.local.address)) {
      open.send(text, user);
      return open.id;
    }
    return this.#connect(text, to, user);
  }

  close(): void {
    for (const listener of this.#listeners) listener.close();
    for (const connection of [...(this.#connections?.byId.values() ?? [])]) connection.close();
    this.#connections = undefined;
  }

  #connect(text: string, to: Destination, user: SendUser | undefined): number | undefined {
    const local = to.local ?? this.localFor(to.endpoint.address);
    if (local === undefined) return this.#fail(user, 'noSocket');
    if (this.connectionCount >= this.#connectionsMax) return this.#fail(user, 'connectionsMax');
    const connection = this.#add(local, to.endpoint);
    const from = { address: local.address, port: 0 };
    connection.attach(this.#environment.network.connectStream(from, to.endpoint, connection));
    connection.send(text, user);
    return connection.id;
  }

  /** For a listener. */
  accept(stream: StreamConnection, local: ListenPoint): StreamHandlers {
    if (this.connectionCount >= this.#connectionsMax) {
      this.#faults.record('connection refused: too many', 'SIP-62', {
        from: stream.remote.address,
        max: this.#connectionsMax,
      });
      stream.destroy();
      return ignoring;
    }
    const connection = this.#add(local, stream.remote);
    connection.attach(stream);
    return connection;
  }

  #add(local: ListenPoint, remote: Destination['endpoint']): SipConnection {
    const key = endpointKey(remote);
    this.#connections ??= { byId: new Map(), byRemote: new Map() };
    const { byId, byRemote } = this.#connections;
    const connection = new SipConnection({
      id: this.#nextId++,
      local,
      remote,
      clock: this.#environment.clock,
      trace: this.#environment.trace,
      user: this.#user,
      faults: this.#faults,
      onClosed: (closed) => {
        byId.delete(closed.id);
        if (byRemote.get(key) === closed) byRemote.delete(key);
      },
    });
    byId.set(connection.id, connection);
    byRemote.set(key, connection);
    return connection;
  }

  #fail(user: SendUser | undefined, reason: string): undefined {
    if (user !== undefined) this.#environment.clock.setTimer(0, () => user.onSendFailed(reason));
  }
}

const ignoring: StreamHandlers = { onOpen: () => {}, onData: () => {}, onClose: () => {} };
