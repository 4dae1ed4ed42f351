import type { DatagramHandlers, DatagramSocket, Endpoint, Packet, PacketFault } from '../environment/index.js';
import type { SeenMessage } from '../selection/index.js';
import { messageProtocol } from '../trace/message-kind.js';
import type { FaultyNode } from './faulty-node.js';
import type { Transit } from './transit.js';

/** A datagram socket of a node, with the faults of its messages. */
export class NodeDatagram implements DatagramSocket, DatagramHandlers {
  #inner: DatagramSocket | undefined;

  constructor(
    private readonly node: FaultyNode,
    private readonly asked: Endpoint,
    private readonly user: DatagramHandlers,
  ) {}

  bind(): void {
    this.node.datagrams.add(this);
    this.#inner = this.node.network.bindDatagram(this.asked, this);
  }

  get local(): Endpoint {
    return this.#inner?.local ?? this.asked;
  }

  send(bytes: Buffer, to: Endpoint): void {
    if (!this.node.watchesSending) this.#inner?.send(bytes, to);
    else if (this.node.datagrams.has(this)) this.#watch(new LeavingDatagram(this, this.node, bytes, to));
  }

  close(): void {
    this.node.datagrams.delete(this);
    this.#inner?.close();
  }

  /** The node is gone. */
  end(): void {
    this.close();
  }

  onListening(local: Endpoint): void {
    if (!this.node.isDead) this.user.onListening?.(local);
  }

  onDatagram(bytes: Buffer, from: Endpoint): void {
    const { node } = this;
    if (node.watchesArrivals) {
      const fromNode = node.interception.nameOf(from);
      if (!node.isOurs(fromNode)) {
        this.#watch(new ArrivingDatagram(this, node, bytes, from, fromNode));
        return;
      }
    }
    this.user.onDatagram(bytes, from);
  }

  onError(code: string, message: string): void {
    this.node.datagrams.delete(this);
    if (!this.node.isDead) this.user.onError(code, message);
  }

  /** Past the faults. */
  sendPlain(bytes: Buffer, to: Endpoint): void {
    this.#inner?.send(bytes, to);
  }

  deliver(bytes: Buffer, from: Endpoint): void {
    if (this.node.datagrams.has(this)) this.user.onDatagram(bytes, from);
  }

  #watch(transit: Transit): void {
    const { seen } = transit;
    const cut = cutFault(transit);
    if (cut === undefined) this.node.interception.take(transit);
    else transit.lose(seen.bytes, cut);
  }
}

/** What keeps the message from leaving now; undefined: its link is not cut. */
function cutFault({ seen: { fromNode, toNode }, node: { interception } }: Transit): PacketFault | undefined {
  if (!interception.cuts.between(fromNode, toNode)) return undefined;
  return { name: `the link between ${fromNode} and ${toNode} is cut`, effect: 'dropped' };
}

/** The same for a message that has met a fault, and may have waited while its link was cut. */
function laterCutFault(transit: Transit, fault: PacketFault | undefined): PacketFault | undefined {
  const cut = fault && cutFault(transit);
  return cut && { ...cut, injected: fault };
}

class LeavingDatagram implements Transit {
  readonly seen: SeenMessage;
  readonly receiver = undefined;

  constructor(
    private readonly socket: NodeDatagram,
    readonly node: FaultyNode,
    bytes: Buffer,
    readonly to: Endpoint,
  ) {
    const { name, interception } = node;
    this.seen = { protocol: messageProtocol(bytes, 'udp'), fromNode: name, toNode: interception.nameOf(to), bytes };
  }

  get from(): Endpoint {
    return this.socket.local;
  }

  pass(bytes: Buffer, fault: PacketFault | undefined): void {
    const cut = laterCutFault(this, fault);
    if (cut !== undefined) this.lose(bytes, cut);
    else this.socket.sendPlain(fault === undefined ? bytes : this.node.interception.marks.mark(bytes, fault), this.to);
  }

  lose(bytes: Buffer, fault: PacketFault): void {
    this.#show(this.from, this.to, bytes, fault);
  }

  reply(bytes: Buffer, fault: PacketFault): void {
    this.#show(this.to, this.from, bytes, fault);
    this.socket.deliver(bytes, this.to);
  }

  #show(from: Endpoint, to: Endpoint, bytes: Buffer, fault: PacketFault): void {
    const { clock, marks } = this.node.interception;
    marks.show({ time: clock.now(), protocol: 'udp', from, to, kind: 'data', bytes, fault });
  }
}

/** From outside the lab: matched where it arrives. */
class ArrivingDatagram implements Transit {
  readonly seen: SeenMessage;
  readonly receiver = undefined;
  /** As the tap will see it; undefined where it has seen it. */
  readonly #packet: Packet | undefined;

  constructor(
    private readonly socket: NodeDatagram,
    readonly node: FaultyNode,
    bytes: Buffer,
    readonly from: Endpoint,
    fromNode: string,
  ) {
    this.seen = { protocol: messageProtocol(bytes, 'udp'), fromNode, toNode: node.name, bytes };
    this.#packet = node.interception.marks.takeArrival(bytes);
  }

  get to(): Endpoint {
    return this.socket.local;
  }

  pass(bytes: Buffer, fault: PacketFault | undefined): void {
    const cut = laterCutFault(this, fault);
    this.#show(bytes, cut ?? fault);
    if (cut === undefined) this.socket.deliver(bytes, this.from);
  }

  lose(bytes: Buffer, fault: PacketFault): void {
    this.#show(bytes, fault);
  }

  reply(bytes: Buffer, fault: PacketFault): void {
    this.socket.sendPlain(this.node.interception.marks.mark(bytes, fault), this.from);
  }

  #show(bytes: Buffer, fault: PacketFault | undefined): void {
    const { clock, marks } = this.node.interception;
    if (this.#packet !== undefined) marks.show({ ...this.#packet, time: clock.now(), bytes, fault });
  }
}
