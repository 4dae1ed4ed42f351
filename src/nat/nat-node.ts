/**
 * A node behind a network address translator, in both environments alike: it sees its own address, the network sees the
 * public one with other ports. Traditional NAPT (RFC 3022 2.2) with endpoint-independent mapping and address-dependent
 * filtering (RFC 4787 4.1, 5). The private side is not on the network, and so not in the capture either.
 */
import type {
  Clock,
  DatagramHandlers,
  DatagramSocket,
  Endpoint,
  Environment,
  Network,
  PacketTap,
  StreamConnection,
  StreamHandlers,
  StreamListener,
  StreamListenerHandlers,
  TlsTrust,
} from '../environment/index.js';
import { NatSocket } from './nat-socket.js';

export interface NatSettings {
  /** Where the network sees the node; several may share it. */
  readonly address: string;
  /** How long a mapping of datagrams lives after the last one from inside, ms (RFC 4787 4.3). */
  readonly mappingMs: number;
}

export interface NatListener {
  /** The node is given a public address and port. */
  onMapped(mapped: Endpoint): void;
  /** Something has come for it there when the mapping was over; told once of each. */
  onLate(mapped: Endpoint): void;
}

/** The environment of a node behind the translator. */
export function natEnvironment(inner: Environment, nat: NatSettings, listener: NatListener): Environment {
  const { clock, random } = inner;
  return {
    clock,
    random,
    network: new NatNetwork(inner.network, clock, nat, listener),
    // Set late, and asked for by every part of a node.
    get trace() {
      return inner.trace;
    },
  };
}

/** IANA's dynamic ports (RFC 6335 6): nothing else lives at a private address. */
const privatePortFirst = 49_152;

class NatNetwork implements Network {
  #nextPort = privatePortFirst;

  constructor(
    private readonly outside: Network,
    private readonly clock: Clock,
    private readonly nat: NatSettings,
    private readonly listener: NatListener,
  ) {}

  bindDatagram(local: Endpoint, handlers: DatagramHandlers): DatagramSocket {
    const { address, port } = local;
    const own = { address, port: port === 0 ? this.#nextPort++ : port };
    return new NatSocket(this.outside, this.clock, this.nat, this.listener, own, handlers);
  }

  /** Nobody outside can connect: there is no mapping before something has come from inside. */
  listenStream(local: Endpoint, handlers: StreamListenerHandlers): StreamListener {
    const told = this.clock.setTimer(0, () => handlers.onListening?.(local));
    return { local, close: () => told.cancel() };
  }

  connectStream(from: Endpoint, to: Endpoint, handlers: StreamHandlers, trust?: TlsTrust): StreamConnection {
    const named = (): void => {
      if (connection.local.port !== 0) this.listener.onMapped(connection.local);
    };
    const { onEnd } = handlers;
    const outside: StreamHandlers = {
      onOpen: () => {
        named();
        inside.opened();
        handlers.onOpen();
      },
      onData: (bytes) => handlers.onData(bytes),
      ...(onEnd && { onEnd: () => handlers.onEnd!() }),
      onClose: (errorCode) => handlers.onClose(errorCode),
    };
    const connection: StreamConnection = this.outside.connectStream(
      { address: this.nat.address, port: 0 },
      to,
      outside,
      trust,
    );
    const inside = new InsideConnection(connection, from);
    return inside;
  }

  tap(listener: PacketTap | undefined): void {
    this.outside.tap(listener);
  }
}

/** A connection as the node sees it. */
class InsideConnection implements StreamConnection {
  /** What is written before the public port is known: who sees it on the network knows whose it is. */
  #waiting: Buffer[] | undefined = [];

  constructor(
    private readonly outside: StreamConnection,
    private readonly asked: Endpoint,
  ) {}

  get local(): Endpoint {
    const { address, port } = this.asked;
    return { address, port: port === 0 ? this.outside.local.port : port };
  }

  get remote(): Endpoint {
    return this.outside.remote;
  }

  write(bytes: Buffer): void {
    if (this.#waiting === undefined) this.outside.write(bytes);
    else this.#waiting.push(bytes);
  }

  opened(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const bytes of waiting) this.outside.write(bytes);
  }

  close(): void {
    for (const bytes of this.#waiting ?? []) this.outside.write(bytes);
    this.#waiting = undefined;
    this.outside.close();
  }

  destroy(): void {
    this.outside.destroy();
  }
}
