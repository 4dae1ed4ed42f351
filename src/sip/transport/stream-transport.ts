import type { Environment, StreamConnection, StreamHandlers, StreamListener } from '../../environment/index.js';
import { type Destination, endpointKey, type ListenPoint, sameFamily } from './destination.js';
import type { FaultLog } from './fault-log.js';
import { SipConnection } from './sip-connection.js';
import type { SendUser, StartFailure, TransportUser } from './transport-user.js';

interface Listener {
  local: ListenPoint;
  readonly socket: StreamListener;
}

/** All TCP connections of an element, accepted and opened. RFC 3261 18; SIP-25: one to a remote address and port. */
export class StreamTransport {
  readonly #environment: Environment;
  readonly #user: TransportUser;
  readonly #faults: FaultLog;
  readonly #connectionsMax: number;
  readonly #listeners: Listener[] = [];
  readonly #byId = new Map<number, SipConnection>();
  readonly #byRemote = new Map<string, SipConnection>();
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
    return this.#byId.size;
  }

  listen(point: ListenPoint, onReady: (failure?: StartFailure) => void): void {
    let isSettled = false;
    const socket = this.#environment.network.listenStream(
      { address: point.address, port: point.port },
      {
        onListening: (local) => {
          listener.local = { protocol: 'tcp', address: local.address, port: local.port };
          isSettled = true;
          onReady();
        },
        onConnection: (connection) => this.#accept(connection, listener.local),
        onError: (code, message) => {
          if (isSettled) this.#faults.record('tcp listener error', 'RFC 3261 18.4', { code, message });
          else {
            isSettled = true;
            onReady({ code, message, listen: point });
          }
        },
      },
    );
    const listener: Listener = { local: point, socket };
    this.#listeners.push(listener);
  }

  localFor(address: string): ListenPoint | undefined {
    return this.#listeners.find(({ local }) => sameFamily(local.address, address))?.local;
  }

  localOfConnection(id: number): ListenPoint | undefined {
    return this.#byId.get(id)?.local;
  }

  /** Over the flow's connection, else over an open one to the same address and port (SIP-25), else over a new one. */
  send(text: string, to: Destination, user: SendUser | undefined): number | undefined {
    if (to.connectionId !== undefined) {
      const flow = this.#byId.get(to.connectionId);
      if (flow === undefined) return this.#fail(user, 'flowGone');
      flow.send(text, user);
      return flow.id;
    }
    const open = this.#byRemote.get(endpointKey(to.endpoint));
    if (open !== undefined && (to.local === undefined || to.local.address === open.local.address)) {
      open.send(text, user);
      return open.id;
    }
    return this.#connect(text, to, user);
  }

  close(): void {
    for (const { socket } of this.#listeners) socket.close();
    for (const connection of [...this.#byId.values()]) connection.close();
    this.#byId.clear();
    this.#byRemote.clear();
  }

  #connect(text: string, to: Destination, user: SendUser | undefined): number | undefined {
    const local = to.local ?? this.localFor(to.endpoint.address);
    if (local === undefined) return this.#fail(user, 'noSocket');
    if (this.#byId.size >= this.#connectionsMax) return this.#fail(user, 'connectionsMax');
    const connection = this.#add(local, to.endpoint);
    const from = { address: local.address, port: 0 };
    connection.attach(this.#environment.network.connectStream(from, to.endpoint, connection));
    connection.send(text, user);
    return connection.id;
  }

  #accept(stream: StreamConnection, local: ListenPoint): StreamHandlers {
    if (this.#byId.size >= this.#connectionsMax) {
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
    const connection = new SipConnection({
      id: this.#nextId++,
      local,
      remote,
      clock: this.#environment.clock,
      trace: this.#environment.trace,
      user: this.#user,
      faults: this.#faults,
      onClosed: (closed) => {
        this.#byId.delete(closed.id);
        if (this.#byRemote.get(key) === closed) this.#byRemote.delete(key);
      },
    });
    this.#byId.set(connection.id, connection);
    this.#byRemote.set(key, connection);
    return connection;
  }

  #fail(user: SendUser | undefined, reason: string): undefined {
    if (user !== undefined) this.#environment.clock.setTimer(0, () => user.onSendFailed(reason));
  }
}

const ignoring: StreamHandlers = { onOpen: () => {}, onData: () => {}, onClose: () => {} };
