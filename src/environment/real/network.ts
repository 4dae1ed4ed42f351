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
} from '../index.js';
import type { RealClock } from './clock.js';
import { RealDatagramSocket } from './datagram.js';
import { connectStream, RealStreamListener } from './stream.js';
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

  listenStream(local: Endpoint, handlers: StreamListenerHandlers): StreamListener {
    return new RealStreamListener(this.#wiring, local, handlers);
  }

  connectStream(from: Endpoint, to: Endpoint, handlers: StreamHandlers): StreamConnection {
    return connectStream(this.#wiring, from, to, handlers);
  }

  tap(listener: PacketTap | undefined): void {
    this.#wiring.tap = listener;
  }

  /** Closes every socket and listener, destroys every connection, and waits until all are gone. */
  close(): Promise<void> {
    return this.#wiring.closeAll();
  }
}
