import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { DatagramHandlers, DatagramSocket, Endpoint } from '../index.js';
import { familyOf, fromSystem, isPort, mapped, normalAddress } from './address.js';
import type { Wiring } from './wiring.js';

/** The operating system's default holds some ninety datagrams; it may grant less than asked. */
const RECEIVE_BUFFER_OCTETS = 4 * 1024 * 1024;
/** Octets that may wait in the process because the operating system takes no more. */
const SEND_QUEUE_OCTETS_MAX = 4 * 1024 * 1024;
/** Asking for the queue costs a call of the operating system's library: one send in so many asks. */
const SEND_QUEUE_CHECK_INTERVAL = 64;
/** RFC 768 in an IPv4 packet: 65,535 octets less 20 of IP header and 8 of UDP header. */
const DATAGRAM_OCTETS_MAX = 65507;
/** Both families on one socket. */
const ANY_IPV6 = '::';

type Lookup = (
  hostname: string,
  options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
) => void;

/** Synchronous: addresses are numeric, and a name service has no place here. */
const lookup: Lookup = (hostname, _options, callback) => {
  const family = familyOf(hostname);
  const error = family === 0 ? Object.assign(new Error(`no address: ${hostname}`), { code: 'ENOTFOUND' }) : null;
  callback(error, hostname, family);
};

/** A datagram socket of the operating system. */
export class RealDatagramSocket implements DatagramSocket {
  local: Endpoint;
  readonly #wiring: Wiring;
  readonly #handlers: DatagramHandlers;
  readonly #family: 4 | 6;
  readonly #socket: Socket;
  #state: 'binding' | 'bound' | 'closed' = 'binding';
  #sendsUntilCheck = SEND_QUEUE_CHECK_INTERVAL;
  #congested = false;

  constructor(wiring: Wiring, local: Endpoint, handlers: DatagramHandlers) {
    const address = normalAddress(local.address) ?? local.address;
    this.local = { address, port: local.port };
    this.#wiring = wiring;
    this.#handlers = handlers;
    this.#family = familyOf(address) === 6 ? 6 : 4;
    this.#socket = createSocket({
      type: this.#family === 6 ? 'udp6' : 'udp4',
      ipv6Only: this.#family === 6 && address !== ANY_IPV6,
      lookup,
    });
    wiring.opened(this);
    this.#socket.on('close', () => wiring.closed(this));
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#onError(error));
    this.#socket.on('listening', () => this.#onListening());
    this.#socket.on('message', (bytes, from) => this.#onMessage(bytes, from));
    this.#bind();
  }

  send(bytes: Buffer, to: Endpoint): void {
    if (this.#state === 'closed') return;
    const address = this.#sendable(bytes, to);
    if (address === undefined) {
      this.#wiring.droppedCount++;
      return;
    }
    const { tap, clock } = this.#wiring;
    tap?.({ time: clock.now(), protocol: 'udp', from: this.local, to, kind: 'data', bytes });
    this.#socket.send(bytes, to.port, address);
  }

  close(): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'bound') this.#wiring.datagramEndpoints.remove(this.local);
    this.#state = 'closed';
    this.#socket.close();
  }

  #bind(): void {
    const { address, port } = this.local;
    if (isPort(port)) this.#socket.bind({ address, port, exclusive: true });
    else this.#onError(Object.assign(new Error(`bind EINVAL ${address}:${port}`), { code: 'EINVAL' }));
  }

  /** The address for the operating system, or undefined when the datagram cannot be sent. */
  #sendable(bytes: Buffer, to: Endpoint): string | undefined {
    if (bytes.length > DATAGRAM_OCTETS_MAX || !isPort(to.port) || to.port === 0) return undefined;
    if (--this.#sendsUntilCheck === 0 || this.#congested) {
      this.#sendsUntilCheck = SEND_QUEUE_CHECK_INTERVAL;
      this.#congested = this.#state === 'bound' && this.#socket.getSendQueueSize() > SEND_QUEUE_OCTETS_MAX;
      if (this.#congested) return undefined;
    }
    const family = familyOf(to.address);
    if (family === this.#family) return to.address;
    return family === 4 && this.local.address === ANY_IPV6 ? mapped(to.address) : undefined;
  }

  #onListening(): void {
    this.local = { address: this.local.address, port: this.#socket.address().port };
    this.#state = 'bound';
    this.#wiring.datagramEndpoints.add(this.local);
    try {
      this.#socket.setRecvBufferSize(RECEIVE_BUFFER_OCTETS);
    } catch {
      // Then the operating system's default has to do.
    }
    // The library binds synchronously where the address is numeric.
    process.nextTick(() => {
      if (this.#state === 'bound') this.#wiring.turn(() => this.#handlers.onListening?.(this.local));
    });
  }

  #onError(error: NodeJS.ErrnoException): void {
    if (this.#state === 'closed') return;
    this.close();
    process.nextTick(() => this.#wiring.turn(() => this.#handlers.onError(error.code ?? 'EIO', error.message)));
  }

  #onMessage(bytes: Buffer, info: RemoteInfo): void {
    if (this.#state === 'closed') return;
    const { clock, tap, datagramEndpoints } = this.#wiring;
    const from = { address: fromSystem(info.address), port: info.port };
    clock.beginTurn();
    try {
      if (tap !== undefined && !datagramEndpoints.has(from, clock.now())) {
        tap({ time: clock.now(), protocol: 'udp', from, to: this.local, kind: 'data', bytes });
      }
      this.#handlers.onDatagram(bytes, from);
    } finally {
      clock.endTurn();
    }
  }
}
