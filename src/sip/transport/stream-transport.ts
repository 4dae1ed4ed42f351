import type {
  Endpoint,
  Environment,
  Network,
  StreamConnection,
  StreamHandlers,
  StreamListener,
  StreamListenerHandlers,
  TlsIdentity,
  TlsTrust,
} from '../../environment/index.js';
import {
  boundPoint,
  type Destination,
  endpointKey,
  type ListenPoint,
  type SipProtocol,
  sameFamily,
} from './destination.js';
import type { FaultLog } from './fault-log.js';
import { SipConnection } from './sip-connection.js';
import type { TransportOptions } from './transport.js';
import type { SendUser, StartFailure, TransportUser } from './transport-user.js';

/** What an element shows of itself, and whom it believes. */
export interface TlsSettings {
  /** Undefined: nobody can connect to it. */
  readonly identity: TlsIdentity | undefined;
  /** PEM. Undefined: it opens no connections. */
  readonly authorities: string | undefined;
  /** The names of who is there, of which its certificate has to have one (RFC 5922 7.1). */
  readonly namesOf: (remote: Endpoint) => readonly string[];
}

/** One TCP listen point, or one for TLS. */
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
    identity: TlsIdentity | undefined,
    onReady: (failure?: StartFailure) => void,
  ) {
    this.#transport = transport;
    this.local = point;
    this.#onReady = onReady;
    this.#socket = network.listenStream({ address: point.address, port: point.port }, this, identity);
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

  onTlsFailed({ address, port }: Endpoint, code: string): void {
    this.#transport.noteTlsFailed(address, port, code);
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
  readonly #tls: TlsSettings | undefined;
  /** Where connections with TLS leave from at an element to which nobody can open one. */
  #openers: readonly ListenPoint[] = [];
  #listeners: readonly Listener[] = [];
  /** Made with the first connection: most UEs never have one. */
  #connections: Connections | undefined;
  #nextId = 1;

  constructor({ environment, user, faults, connectionsMax, tls }: TransportOptions) {
    this.#environment = environment;
    this.#tls = tls;
    this.#user = user;
    this.#faults = faults;
    this.#connectionsMax = connectionsMax;
  }

  get listenPoints(): readonly ListenPoint[] {
    const listening = this.#listeners.map(({ local }) => local);
    return this.#openers.length === 0 ? listening : listening.concat(this.#openers);
  }

  get connectionCount(): number {
    return this.#connections?.byId.size ?? 0;
  }

  listen(point: ListenPoint, onReady: (failure?: StartFailure) => void): void {
    const identity = point.protocol === 'tls' ? this.#tls?.identity : undefined;
    if (point.protocol === 'tls' && identity === undefined) {
      this.#openers = this.#openers.concat(point);
      this.#environment.clock.setTimer(0, () => onReady());
      return;
    }
    const listener = new Listener(this, this.#environment.network, point, identity, onReady);
    // Exactly as long as it is: a UE has one, and pushing would make room for more.
    this.#listeners = this.#listeners.concat(listener);
  }

  /** For a listener. */
  noteListenerError(code: string, message: string): void {
    this.#faults.record('tcp listener error', 'RFC 3261 18.4', { code, message });
  }

  /** For a listener. */
  noteTlsFailed(from: string, port: number, code: string): void {
    this.#faults.record('no TLS', 'RFC 3261 26.3.1', { from, port, code });
  }

  localFor(protocol: SipProtocol, address: string): ListenPoint | undefined {
    for (const { local } of this.#listeners) if (fits(local, protocol, address)) return local;
    for (const opener of this.#openers) if (fits(opener, protocol, address)) return opener;
    return undefined;
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
    const open = this.#connections?.byRemote.get(remoteKey(to.protocol, to.endpoint));
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
    const local = to.local ?? this.localFor(to.protocol, to.endpoint.address);
    if (local === undefined) return this.#fail(user, 'noSocket');
    if (this.connectionCount >= this.#connectionsMax) return this.#fail(user, 'connectionsMax');
    const trust = to.protocol === 'tls' ? this.#trustIn(to.endpoint) : undefined;
    if (to.protocol === 'tls' && trust === undefined) return this.#fail(user, 'noAuthorities');
    const connection = this.#add(local, to.endpoint);
    const from = { address: local.address, port: 0 };
    connection.attach(this.#environment.network.connectStream(from, to.endpoint, connection, trust));
    connection.send(text, user);
    return connection.id;
  }

  #trustIn(remote: Endpoint): TlsTrust | undefined {
    const { authorities, namesOf } = this.#tls ?? {};
    return authorities === undefined || namesOf === undefined ? undefined : { authorities, names: namesOf(remote) };
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
    const key = remoteKey(local.protocol, remote);
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

function fits(point: ListenPoint, protocol: SipProtocol, address: string): boolean {
  return point.protocol === protocol && sameFamily(point.address, address);
}

/** A connection with TLS is none without (RFC 3261 18.1.1). */
function remoteKey(protocol: SipProtocol, remote: Endpoint): string {
  return protocol === 'tls' ? `tls ${endpointKey(remote)}` : endpointKey(remote);
}

const ignoring: StreamHandlers = { onOpen: () => {}, onData: () => {}, onClose: () => {} };
