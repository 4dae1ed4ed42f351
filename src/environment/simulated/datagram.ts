import type { DatagramHandlers, DatagramSocket, Endpoint } from '../index.js';
import { isPort } from './address.js';
import { ScheduledEvent } from './event-queue.js';
import type { Fabric, Host } from './host.js';
import { LOST } from './link.js';

/** RFC 768 in an IPv4 packet: 65,535 octets less 20 of IP header and 8 of UDP header. */
const DATAGRAM_OCTETS_MAX = 65507;

/** A datagram socket of a simulated network. */
export class DatagramPort implements DatagramSocket {
  readonly local: Endpoint;
  readonly #fabric: Fabric;
  readonly handlers: DatagramHandlers;
  /** Undefined when not bound: it could not be, or it is closed. */
  #host: Host | undefined;

  constructor(fabric: Fabric, local: Endpoint, handlers: DatagramHandlers) {
    this.#fabric = fabric;
    this.handlers = handlers;
    const host = fabric.hostFor(local);
    const bound = typeof host === 'string' ? host : claim(host, local.port);
    if (typeof host === 'string' || typeof bound === 'string') {
      this.local = local;
      fabric.clock.setTimer(0, () => handlers.onError(String(bound), `bind ${bound} ${local.address}:${local.port}`));
      return;
    }
    this.local = Object.freeze({ address: host.address, port: bound });
    this.#host = host;
    host.datagramPorts.set(bound, this);
    fabric.clock.setTimer(0, () => {
      if (this.#host !== undefined) handlers.onListening?.(this.local);
    });
  }

  send(bytes: Buffer, to: Endpoint): void {
    const host = this.#host;
    if (host === undefined) return;
    const fabric = this.#fabric;
    if (bytes.length > DATAGRAM_OCTETS_MAX || !isPort(to.port) || to.port === 0) {
      fabric.droppedCount++;
      return;
    }
    let link = host.links.get(to.address);
    let target = to;
    if (link === undefined) {
      const address = fabric.canonical(host, to.address);
      if (address === undefined) {
        fabric.droppedCount++;
        return;
      }
      if (address !== to.address) target = { address, port: to.port };
      link = fabric.linkTo(host, address);
    }
    const { queue } = fabric;
    // Before the tap, which shows what becomes of it: what its listeners do to the link concerns the next one.
    const arrival = link === undefined ? LOST : link.arrivalOfDatagram(bytes.length);
    if (link === undefined || arrival === LOST) {
      fabric.droppedCount++;
      const fault = link?.loss;
      fabric.tap?.({ time: queue.now, protocol: 'udp', from: this.local, to: target, kind: 'data', bytes, fault });
      return;
    }
    fabric.tap?.({ time: queue.now, protocol: 'udp', from: this.local, to: target, kind: 'data', bytes });
    queue.schedule(arrival, new DatagramArrival(fabric, link.destination, target.port, bytes, this.local));
    const second = link.arrivalOfDuplicate(bytes.length);
    if (second === LOST) return;
    queue.schedule(second, new DatagramArrival(fabric, link.destination, target.port, bytes, this.local));
  }

  close(): void {
    this.#host?.datagramPorts.delete(this.local.port);
    this.#host = undefined;
  }
}

/** The port to bind, or an errno name. */
function claim(host: Host, port: number): number | string {
  if (port === 0) return host.ephemeralDatagramPort() ?? 'EADDRINUSE';
  return host.datagramPorts.has(port) ? 'EADDRINUSE' : port;
}

class DatagramArrival extends ScheduledEvent {
  constructor(
    private readonly fabric: Fabric,
    private readonly host: Host,
    private readonly port: number,
    private readonly bytes: Buffer,
    private readonly from: Endpoint,
  ) {
    super();
  }

  fire(): void {
    const socket = this.host.datagramPorts.get(this.port);
    if (socket === undefined) this.fabric.droppedCount++;
    else socket.handlers.onDatagram(this.bytes, this.from);
  }
}
