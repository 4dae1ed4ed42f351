/** One life of a node: the environment that the layer gives it, with its own `ipsec`. */
import type {
  DatagramHandlers,
  DatagramSocket,
  Endpoint,
  Environment,
  Ipsec,
  IpsecFailure,
  Network,
  PacketTap,
  Random,
  SecurityAssociationSet,
  StreamConnection,
  StreamHandlers,
  StreamListener,
  StreamListenerHandlers,
  Timer,
  TlsIdentity,
  TlsTrust,
} from '../environment/index.js';
import { endpointKey } from './endpoint-key.js';
import type { IpsecLayer } from './ipsec-layer.js';
import { ProtectedSocket } from './protected-socket.js';

/** What happens on a connection that is refused. */
const unheard: StreamHandlers = { onOpen: () => {}, onData: () => {}, onClose: () => {} };

export class ProtectedNode implements Network, Ipsec {
  readonly environment: Environment;
  /** Ports that it wants protected as long as it lives. */
  readonly ownPorts: Endpoint[] = [];
  /** Where it carries ESP. */
  readonly addresses = new Set<string>();
  #random: Random | undefined;

  constructor(
    readonly layer: IpsecLayer,
    readonly name: string,
    private readonly inner: Environment,
  ) {
    this.environment = {
      clock: inner.clock,
      network: this,
      random: inner.random,
      ipsec: this,
      // Set late, and asked for by every part of a node.
      get trace() {
        return inner.trace;
      },
    };
  }

  /** The network below. */
  get network(): Network {
    return this.inner.network;
  }

  /** For SPIs and initialisation vectors, so that the node's own draws stay as they are. */
  get random(): Random {
    this.#random ??= this.inner.random.stream('ipsec');
    return this.#random;
  }

  bindDatagram(local: Endpoint, handlers: DatagramHandlers): DatagramSocket {
    return new ProtectedSocket(this, local, handlers);
  }

  listenStream(local: Endpoint, handlers: StreamListenerHandlers, identity?: TlsIdentity): StreamListener {
    const inner: StreamListenerHandlers = {
      onListening: (bound) => handlers.onListening?.(bound),
      onConnection: (connection) => {
        if (!this.layer.isProtected(endpointKey(connection.local))) return handlers.onConnection(connection);
        this.#refuse(connection);
        return unheard;
      },
      onTlsFailed: (remote, code) => handlers.onTlsFailed?.(remote, code),
      onError: (code, message) => handlers.onError(code, message),
    };
    return this.network.listenStream(local, inner, identity);
  }

  connectStream(from: Endpoint, to: Endpoint, handlers: StreamHandlers, trust?: TlsTrust): StreamConnection {
    return this.network.connectStream(from, to, handlers, trust);
  }

  tap(listener: PacketTap | undefined): void {
    this.network.tap(listener);
  }

  open(address: string, protectedPorts: readonly number[], onReady: (failure?: IpsecFailure) => void): void {
    this.layer.open(this, address, protectedPorts, onReady);
  }

  newSpi(address: string): number {
    return this.layer.newSpi(address, this.random);
  }

  install(set: SecurityAssociationSet): void {
    this.layer.install(this, set);
  }

  remove(set: SecurityAssociationSet): void {
    this.layer.remove(set);
  }

  /** After what runs now has ended. */
  later(callback: () => void): void {
    this.after(0, callback);
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.inner.clock.setTimer(delayMs, callback);
  }

  now(): number {
    return this.inner.clock.now();
  }

  /** One sentence on what did not pass. */
  note(text: string, clause: string): void {
    const { clock, trace } = this.inner;
    trace?.write({ kind: 'note', time: clock.now(), node: this.name, what: 'ipsec.dropped', text, clause });
  }

  #refuse(connection: StreamConnection): void {
    const { local, remote } = connection;
    connection.destroy();
    // AKA-52
    const text = `a TCP connection from ${remote.address} came without ESP to protected port ${local.port} and is refused`;
    this.note(text, 'TS 33.203 7.1');
  }
}
