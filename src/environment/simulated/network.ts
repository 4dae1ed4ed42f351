import type {
  Clock,
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
import { isPort, parseAddress } from './address.js';
import { Certificates } from './certificate.js';
import { DatagramPort } from './datagram.js';
import type { EventQueue } from './event-queue.js';
import { type Fabric, Host } from './host.js';
import { defaultLinkSettings, Link, type LinkSettings } from './link.js';
import { ListenerPort } from './listener.js';
import type { SeededRandom } from './seeded-random.js';
import { connectStream } from './stream.js';
import { TlsClientStream, TlsListener, type TlsWorld } from './tls-stream.js';

export interface NetworkOptions {
  readonly queue: EventQueue;
  readonly clock: Clock;
  /** Parent of the links' own streams. */
  readonly random: SeededRandom;
  /** The addresses that can be bound; all numeric ones where absent. */
  readonly addresses: readonly string[] | undefined;
  /** Settings of every link that has none of its own. */
  readonly defaults: Partial<LinkSettings>;
}

/** The settings of the links, each one direction between two numeric addresses. They may change during a run. */
export interface Links {
  /** What a link has that was never set. */
  readonly defaults: LinkSettings;
  settings(from: string, to: string): LinkSettings;
  /** Changes one direction; what is not given stays. Throws a RangeError on a bad address. */
  set(from: string, to: string, change: Partial<LinkSettings>): void;
  /** Changes both directions. */
  setBetween(one: string, other: string, change: Partial<LinkSettings>): void;
  /** Changes the defaults, also for existing links without settings of their own. */
  setDefaults(change: Partial<LinkSettings>): void;
  /** Nothing passes between the two, either way, until healed. */
  partition(one: string, other: string): void;
  heal(one: string, other: string): void;
}

/** Datagrams and streams in virtual time. What is sent is delivered by a later event, never synchronously. */
export class SimulatedNetwork implements Network {
  readonly links: Links;
  readonly #fabric: Fabric;
  readonly #hosts = new Map<string, Host>();
  readonly #owned: ReadonlySet<string> | undefined;
  readonly #options: NetworkOptions;
  #tlsWorld: TlsWorld | undefined;
  #defaults: LinkSettings;

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.#defaults = { ...defaultLinkSettings, ...options.defaults };
    this.#owned = options.addresses && new Set(options.addresses.map((address) => numeric(address).text));
    this.#fabric = {
      queue: options.queue,
      clock: options.clock,
      defaultDelayMs: this.#defaults.delayMs,
      tap: undefined,
      droppedCount: 0,
      canonical: (from, address) => this.#canonical(from, address),
      linkTo: (from, address) => this.#linkTo(from, address),
      hostFor: (local) => this.#hostFor(local),
    };
    this.links = this.#makeLinks();
  }

  /** Datagrams lost on a link, or sent to where nobody listens. */
  get droppedCount(): number {
    return this.#fabric.droppedCount;
  }

  bindDatagram(local: Endpoint, handlers: DatagramHandlers): DatagramSocket {
    return new DatagramPort(this.#fabric, local, handlers);
  }

  listenStream(local: Endpoint, handlers: StreamListenerHandlers, identity?: TlsIdentity): StreamListener {
    const inner = identity === undefined ? handlers : new TlsListener(this.#tls, identity, handlers);
    return new ListenerPort(this.#fabric, local, inner);
  }

  connectStream(from: Endpoint, to: Endpoint, handlers: StreamHandlers, trust?: TlsTrust): StreamConnection {
    if (trust === undefined) return connectStream(this.#fabric, from, to, handlers);
    const stream = new TlsClientStream(this.#tls, trust, handlers);
    stream.attach(connectStream(this.#fabric, from, to, stream));
    return stream;
  }

  /** Hears of the keys of every connection with TLS, before anything goes over it. */
  keyLog(listener: TlsKeyListener | undefined): void {
    this.#tls.onKeys = listener;
  }

  /** Made when it is needed: most labs have no TLS. */
  get #tls(): TlsWorld {
    const { clock, random } = this.#options;
    this.#tlsWorld ??= { clock, random: random.stream('tls'), certificates: new Certificates(), onKeys: undefined };
    return this.#tlsWorld;
  }

  tap(listener: PacketTap | undefined): void {
    this.#fabric.tap = listener;
  }

  /**
   * What a crash of the process at `address` does: its sockets are gone, none of its handlers is called again, and the
   * peers of its connections are reset. The address can be bound anew at once.
   */
  dropNode(address: string): void {
    const host = this.#hosts.get(numeric(address).text);
    if (host === undefined) return;
    for (const socket of host.datagramPorts.values()) socket.close();
    for (const listener of host.listeners.values()) listener.close();
    for (const end of host.streamEnds) end.abandon();
  }

  #canonical(from: Host, address: string): string | undefined {
    // Hosts are kept by normal form: the address of one needs no parsing.
    if (this.#hosts.get(address)?.family === from.family) return address;
    const parsed = parseAddress(address);
    return parsed?.family === from.family ? parsed.text : undefined;
  }

  #linkTo(from: Host, address: string): Link<Host> | undefined {
    const known = from.links.get(address);
    if (known !== undefined) return known;
    const destination = this.#hosts.get(address);
    if (destination === undefined) return undefined;
    const { queue, random } = this.#options;
    const link = new Link(from, destination, this.#defaults, queue, random);
    from.links.set(address, link);
    return link;
  }

  #hostFor({ address, port }: Endpoint): Host | string {
    const parsed = parseAddress(address);
    // As name resolution says of what is no address.
    if (parsed === undefined) return 'ENOTFOUND';
    if (!isPort(port)) return 'EINVAL';
    if (this.#owned !== undefined && !this.#owned.has(parsed.text)) return 'EADDRNOTAVAIL';
    return this.#host(parsed.text);
  }

  #host(address: string): Host {
    let host = this.#hosts.get(address);
    if (host === undefined) {
      const { text, family } = numeric(address);
      host = this.#hosts.get(text) ?? new Host(text, family);
      this.#hosts.set(text, host);
    }
    return host;
  }

  #link(from: string, to: string): Link<Host> {
    return this.#linkTo(this.#host(from), this.#host(to).address)!;
  }

  #makeLinks(): Links {
    const set = (from: string, to: string, change: Partial<LinkSettings>): void => {
      const link = this.#link(from, to);
      link.configure({ ...link.settings, ...change });
    };
    const setBetween = (one: string, other: string, change: Partial<LinkSettings>): void => {
      set(one, other, change);
      set(other, one, change);
    };
    const network = this;
    return {
      get defaults() {
        return network.#defaults;
      },
      settings: (from, to) => this.#link(from, to).settings,
      set,
      setBetween,
      setDefaults: (change) => this.#setDefaults(change),
      partition: (one, other) => setBetween(one, other, { partitioned: true }),
      heal: (one, other) => setBetween(one, other, { partitioned: false }),
    };
  }

  #setDefaults(change: Partial<LinkSettings>): void {
    this.#defaults = { ...this.#defaults, ...change };
    for (const host of this.#hosts.values()) {
      for (const link of host.links.values()) link.inherit(this.#defaults);
    }
  }
}

function numeric(address: string): { readonly text: string; readonly family: 4 | 6 } {
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new RangeError(`not a numeric address: ${address}`);
  return parsed;
}
