import type {
  DatagramHandlers,
  DatagramSocket,
  Endpoint,
  Network,
  PacketTap,
  StreamConnection,
  StreamHandlers,
  StreamListener,
  StreamListenerHandlers,
  TlsIdentity,
  TlsKeyListener,
  TlsTrust,
} from '../index.js';
import type { RealClock } from './clock.js';
import { RealDatagramSocket } from './datagram.js';
import { connectStream } from './stream.js';
import { RealStreamListener } from './stream-listener.js';
import { connectSecured, SecuredListener } from './tls.js';
import { Wiring } from './wiring.js';

/** Datagrams and streams over the operating system's sockets. */
export class RealNetwork implements Network {
  readonly #wiring: Wiring;

  constructor(clock: RealClock) {
    this.#wiring = new Wiring(clock);
  }

  /** Datagrams that were not handed to the operating system: bad address, too long, or its queue was full. */
  get droppedCount(): number {
    return this.#wiring.droppedCount;
  }

  bindDatagram(local: Endpoint, handlers: DatagramHandlers): DatagramSocket {
    return new RealDatagramSocket(this.#wiring, local, handlers);
  }

  listenStream(local: Endpoint, handlers: StreamListenerHandlers, identity?: TlsIdentity): StreamListener {
    const inner = identity === undefined ? handlers : new SecuredListener(this.#wiring, identity, handlers);
    return new RealStreamListener(this.#wiring, local, inner);
  }

  connectStream(from: Endpoint, to: Endpoint, handlers: StreamHandlers, trust?: TlsTrust): StreamConnection {
    if (trust === undefined) return connectStream(this.#wiring, from, to, handlers);
    return connectSecured(this.#wiring, from, to, handlers, trust);
  }

  /** Hears of the keys of every connection with TLS, before anything goes over it. */
  keyLog(listener: TlsKeyListener | undefined): void {
    this.#wiring.onKeys = listener;
  }

  tap(listener: PacketTap | undefined): void {
    this.#wiring.tap = listener;
  }

  /** Closes every socket and listener, destroys every connection, and waits until all are gone. */
  close(): Promise<void> {
    return this.#wiring.closeAll();
  }
}
