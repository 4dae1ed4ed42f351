/** A datagram socket of a node behind a translator: one private endpoint, and the mapping that it has at the moment. */
import type { Clock, DatagramHandlers, DatagramSocket, Endpoint, Network, Timer } from '../environment/index.js';
import type { NatListener, NatSettings } from './nat-node.js';

/** One public address and port, as long as something comes from inside (RFC 4787 4.3 REQ-6). */
class Mapping implements DatagramHandlers {
  readonly #socket: DatagramSocket;
  /** Addresses that have been sent to: what others send is not let in (RFC 4787 5). */
  readonly #permitted = new Set<string>();
  /** What is sent before the port is known. */
  #waiting: (readonly [bytes: Buffer, to: Endpoint])[] | undefined = [];
  #usedAt: number;
  #expiry: Timer;
  #local: Endpoint | undefined;
  /** What comes now is dropped; the port is kept, so that it can be told once. */
  #isOver = false;
  #isTold = false;

  constructor(
    network: Network,
    private readonly clock: Clock,
    private readonly nat: NatSettings,
    private readonly listener: NatListener,
    private readonly inside: DatagramHandlers,
    private readonly onOver: () => void,
  ) {
    this.#usedAt = clock.now();
    this.#expiry = clock.setTimer(nat.mappingMs, this.#look);
    this.#socket = network.bindDatagram({ address: nat.address, port: 0 }, this);
  }

  send(bytes: Buffer, to: Endpoint): void {
    this.#usedAt = this.clock.now();
    this.#permitted.add(to.address);
    if (this.#waiting === undefined) this.#socket.send(bytes, to);
    else this.#waiting.push([bytes, to]);
  }

  close(): void {
    this.#expiry.cancel();
    this.#socket.close();
  }

  onListening(local: Endpoint): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#local = local;
    this.listener.onMapped(local);
    for (const [bytes, to] of waiting) this.#socket.send(bytes, to);
  }

  onDatagram(bytes: Buffer, from: Endpoint): void {
    if (!this.#permitted.has(from.address)) return;
    if (!this.#isOver) this.inside.onDatagram(bytes, from);
    else if (!this.#isTold) {
      this.#isTold = true;
      this.listener.onLate(this.#local!);
    }
  }

  onError(code: string, message: string): void {
    this.#expiry.cancel();
    if (this.#isOver) return;
    this.inside.onError(code, `at the translator's address ${this.nat.address}: ${message}`);
  }

  readonly #look = (): void => {
    const left = this.#usedAt + this.nat.mappingMs - this.clock.now();
    if (left > 0) {
      this.#expiry = this.clock.setTimer(left, this.#look);
      return;
    }
    this.#isOver = true;
    this.onOver();
  };
}

export class NatSocket implements DatagramSocket {
  #mapping: Mapping | undefined;
  /** The last one before, for whoever sends there still. */
  #over: Mapping | undefined;
  #isOpen = true;

  constructor(
    private readonly network: Network,
    private readonly clock: Clock,
    private readonly nat: NatSettings,
    private readonly listener: NatListener,
    readonly local: Endpoint,
    private readonly handlers: DatagramHandlers,
  ) {
    clock.setTimer(0, () => {
      if (this.#isOpen) handlers.onListening?.(local);
    });
  }

  send(bytes: Buffer, to: Endpoint): void {
    if (!this.#isOpen) return;
    this.#mapping ??= new Mapping(this.network, this.clock, this.nat, this.listener, this.handlers, this.#retire);
    this.#mapping.send(bytes, to);
  }

  readonly #retire = (): void => {
    this.#over?.close();
    this.#over = this.#mapping;
    this.#mapping = undefined;
  };

  close(): void {
    this.#isOpen = false;
    this.#mapping?.close();
    this.#over?.close();
    this.#mapping = undefined;
    this.#over = undefined;
  }
}
