import type { Clock, Endpoint, PacketTap } from '../index.js';
import type { AddressFamily } from './address.js';
import type { DatagramPort } from './datagram.js';
import type { EventQueue } from './event-queue.js';
import { FewMap } from './few-map.js';
import type { Link } from './link.js';
import type { ListenerPort } from './listener.js';
import type { StreamEnd } from './stream.js';

/** IANA's dynamic ports (RFC 6335 6). */
const EPHEMERAL_PORT_MIN = 49152;
const PORT_MAX = 65535;

/** Everything that lives at one address. */
export class Host {
  readonly datagramPorts = new FewMap<number, DatagramPort>();
  readonly listeners = new FewMap<number, ListenerPort>();
  /** Local ports of connections opened from here; accepted ones share their listener's. Most hosts never have any. */
  #connectingPorts: Set<number> | undefined;
  #streamEnds: Set<StreamEnd> | undefined;
  /** Outgoing links by destination address. */
  readonly links = new FewMap<string, Link<Host>>();
  #nextDatagramPort = EPHEMERAL_PORT_MIN;
  #nextStreamPort = EPHEMERAL_PORT_MIN;

  constructor(
    readonly address: string,
    readonly family: AddressFamily,
  ) {}

  /** A free port for datagrams, or undefined when all are in use. */
  ephemeralDatagramPort(): number | undefined {
    const port = nextFree(this.#nextDatagramPort, (candidate) => this.datagramPorts.has(candidate));
    if (port !== undefined) this.#nextDatagramPort = port + 1;
    return port;
  }

  ephemeralStreamPort(): number | undefined {
    const port = nextFree(this.#nextStreamPort, (candidate) => this.streamPortInUse(candidate));
    if (port !== undefined) this.#nextStreamPort = port + 1;
    return port;
  }

  streamPortInUse(port: number): boolean {
    return this.listeners.has(port) || this.#connectingPorts?.has(port) === true;
  }

  /** As they are now. */
  get streamEnds(): readonly StreamEnd[] {
    return this.#streamEnds === undefined ? [] : [...this.#streamEnds];
  }

  addStreamEnd(end: StreamEnd): void {
    this.#streamEnds ??= new Set();
    this.#streamEnds.add(end);
  }

  removeStreamEnd(end: StreamEnd): void {
    this.#streamEnds?.delete(end);
  }

  takeConnectingPort(port: number): void {
    this.#connectingPorts ??= new Set();
    this.#connectingPorts.add(port);
  }

  freeConnectingPort(port: number): void {
    this.#connectingPorts?.delete(port);
  }
}

/** The first free port from `start` on, round through the dynamic range. */
function nextFree(start: number, inUse: (port: number) => boolean): number | undefined {
  const range = PORT_MAX + 1 - EPHEMERAL_PORT_MIN;
  for (let offset = 0; offset < range; offset++) {
    const port = EPHEMERAL_PORT_MIN + ((start - EPHEMERAL_PORT_MIN + offset) % range);
    if (!inUse(port)) return port;
  }
  return undefined;
}

/** What the sockets of a simulated network share. */
export interface Fabric {
  readonly queue: EventQueue;
  readonly clock: Clock;
  readonly defaultDelayMs: number;
  tap: PacketTap | undefined;
  droppedCount: number;
  /** The normal form of an address, or undefined when it is no numeric address of the host's family. */
  canonical(from: Host, address: string): string | undefined;
  /** The link to an address in normal form; undefined when there is no host. */
  linkTo(from: Host, address: string): Link<Host> | undefined;
  /** The host for binding, or the errno name why `local` cannot be bound. */
  hostFor(local: Endpoint): Host | string;
}
