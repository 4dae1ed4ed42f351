/** One life of a node, from the making of its environment to its end: the environment that the layer gives it. */
import type {
  Clock,
  DatagramHandlers,
  DatagramSocket,
  Endpoint,
  Environment,
  Network,
  PacketTap,
  Random,
  StreamConnection,
  StreamHandlers,
  StreamListener,
  StreamListenerHandlers,
  TlsIdentity,
  TlsTrust,
} from '../environment/index.js';
import type { Interception } from './interception.js';
import { NodeClock } from './node-clock.js';
import { NodeDatagram } from './node-datagram.js';
import { NodeListener } from './node-listener.js';
import { NodeStream } from './node-stream.js';

export class FaultyNode implements Network {
  readonly environment: Environment;
  readonly datagrams = new Set<NodeDatagram>();
  readonly listeners = new Set<NodeListener>();
  readonly streams = new Set<NodeStream>();
  /** What the node sends is to be looked at. */
  watchesSending = false;
  /** What the node receives is to be looked at. */
  watchesArrivals = false;
  readonly clock: NodeClock;
  #isDead = false;
  #random: Random | undefined;

  constructor(
    readonly interception: Interception,
    readonly name: string,
    private readonly inner: Environment,
    /** Of a node of the lab: its octets are looked at where they leave it. */
    readonly isOurs: (name: string) => boolean,
  ) {
    this.clock = new NodeClock(inner.clock);
    const { clock } = this;
    this.environment = {
      clock: clock satisfies Clock,
      network: this,
      random: inner.random,
      ipsec: inner.ipsec,
      // Set late, and asked for by every part of a node.
      get trace() {
        return inner.trace;
      },
    };
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** The network below the faults. */
  get network(): Network {
    return this.inner.network;
  }

  /** For what faults leave open, so that the node's own draws stay as they are. */
  get random(): Random {
    this.#random ??= this.inner.random.stream('faults');
    return this.#random;
  }

  bindDatagram(local: Endpoint, handlers: DatagramHandlers): DatagramSocket {
    const socket = new NodeDatagram(this, local, handlers);
    if (!this.#isDead) socket.bind();
    return socket;
  }

  listenStream(local: Endpoint, handlers: StreamListenerHandlers, identity?: TlsIdentity): StreamListener {
    const listener = new NodeListener(this, local, handlers, identity);
    if (!this.#isDead) listener.listen();
    return listener;
  }

  connectStream(from: Endpoint, to: Endpoint, handlers: StreamHandlers, trust?: TlsTrust): StreamConnection {
    const stream = new NodeStream(this, from, to, trust);
    if (!this.#isDead) stream.connect(handlers);
    return stream;
  }

  tap(listener: PacketTap | undefined): void {
    this.inner.network.tap(listener);
  }

  note(what: string, text: string): void {
    const { clock, trace } = this.inner;
    trace?.write({ kind: 'note', time: clock.now(), node: this.name, what, text, clause: undefined });
  }

  /** Links have been healed: what waited goes on where it can. */
  resume(): void {
    for (const stream of [...this.streams]) stream.resume();
  }

  /** The process is gone. */
  end(): void {
    this.#isDead = true;
    this.clock.end();
    for (const open of [...this.datagrams, ...this.listeners, ...this.streams]) open.end();
  }
}
