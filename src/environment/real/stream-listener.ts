import { createServer, type Server, type Socket } from 'node:net';
import type { Endpoint, StreamListener, StreamListenerHandlers } from '../index.js';
import { familyOf, fromSystem, isPort, normalAddress } from './address.js';
import { RealStreamConnection } from './stream.js';
import { endpointKey, type Wiring } from './wiring.js';

/** Connections that may wait to be accepted; the operating system may grant less. */
const LISTEN_BACKLOG = 4096;

/** A listening TCP socket. */
export class RealStreamListener implements StreamListener {
  local: Endpoint;
  readonly #wiring: Wiring;
  readonly #handlers: StreamListenerHandlers;
  readonly #server: Server;
  #state: 'binding' | 'listening' | 'closed' = 'binding';

  constructor(wiring: Wiring, local: Endpoint, handlers: StreamListenerHandlers) {
    const address = normalAddress(local.address) ?? local.address;
    this.local = { address, port: local.port };
    this.#wiring = wiring;
    this.#handlers = handlers;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true });
    this.#server.on('listening', () => wiring.turn(() => this.#onListening()));
    this.#server.on('error', (error: NodeJS.ErrnoException) => wiring.turn(() => this.#onError(error)));
    this.#server.on('connection', (socket) => wiring.turn(() => this.#onConnection(socket)));
    this.#listen();
  }

  close(): void {
    const state = this.#state;
    this.#state = 'closed';
    // While it binds it cannot be closed: `#onListening` does it.
    if (state === 'listening') this.#release();
  }

  #listen(): void {
    const { address, port } = this.local;
    const problem = familyOf(address) === 0 ? 'ENOTFOUND' : isPort(port) ? undefined : 'EINVAL';
    if (problem !== undefined) {
      const error = Object.assign(new Error(`listen ${problem} ${address}:${port}`), { code: problem });
      process.nextTick(() => this.#wiring.turn(() => this.#onError(error)));
      return;
    }
    this.#wiring.opened(this);
    this.#server.listen({ host: address, port, backlog: LISTEN_BACKLOG, exclusive: true, ipv6Only: address !== '::' });
  }

  #onListening(): void {
    const bound = this.#server.address();
    if (bound !== null && typeof bound === 'object') this.local = { address: this.local.address, port: bound.port };
    if (this.#state === 'closed') {
      this.#release();
      return;
    }
    this.#state = 'listening';
    this.#wiring.listeners.set(endpointKey(this.local), this);
    this.#handlers.onListening?.(this.local);
  }

  #release(): void {
    this.#wiring.listeners.delete(endpointKey(this.local));
    // The library's callback waits for the connections, too; the port is free at once.
    this.#server.close();
    this.#wiring.closed(this);
  }

  #onError(error: NodeJS.ErrnoException): void {
    const state = this.#state;
    // A connection could not be accepted (EMFILE, ECONNABORTED): that one is lost, the listener goes on.
    if (state === 'listening') return;
    this.#state = 'closed';
    this.#wiring.closed(this);
    if (state !== 'closed') this.#handlers.onError(error.code ?? 'EIO', error.message);
  }

  #onConnection(socket: Socket): void {
    // The peer may be gone already.
    if (socket.remoteAddress === undefined || socket.remotePort === undefined) {
      socket.destroy();
      return;
    }
    const local = { address: fromSystem(socket.localAddress!), port: socket.localPort! };
    const remote = { address: fromSystem(socket.remoteAddress), port: socket.remotePort };
    const connection = new RealStreamConnection(this.#wiring, socket, local, remote, false);
    connection.handlers = this.#handlers.onConnection(connection);
    connection.handlers.onOpen();
  }
}
