/**
 * IPsec between the nodes and their network, in both environments alike: datagrams between the protected ports of an
 * installed set travel as ESP in UDP (RFC 3948), as no privilege is needed for that. TCP is not carried in ESP: it is
 * refused on protected ports, and large requests of protected nodes go over UDP.
 */
import type {
  Endpoint,
  Environment,
  IpsecFailure,
  PacketTap,
  Random,
  SecurityAssociationSet,
  Timer,
} from '../environment/index.js';
import { CarriedPackets } from './carried-packets.js';
import { endpointKey } from './endpoint-key.js';
import type { OutboundAssociation } from './esp.js';
import { ESP_IN_UDP_PORT, EspPort, type EspPortUser, type Inbound, type Refusal } from './esp-port.js';
import { type InnerDatagram, innerPacket } from './inner-packet.js';
import { type InstalledSet, installedSet, type SelectedAssociation } from './installed-set.js';
import { ProtectedNode } from './protected-node.js';
import type { ProtectedSocket } from './protected-socket.js';

/** What a UDP datagram holds at most (RFC 768 in IPv4). */
const DATAGRAM_OCTETS_MAX = 65_507;

interface Installed extends InstalledSet {
  readonly node: ProtectedNode;
  /** Something has come over it. */
  isInUse: boolean;
  /** Where its ESP goes: the peer, or where a NAT shows it, as the last packet that was in order came from (RFC 3948 3.1.2). */
  peer: Endpoint;
  /** When it has sent last. */
  sentAt: number;
  keepAlive: Timer | undefined;
}

export interface IpsecLayerOptions {
  /** Hears of each set that a node has installed: of the two ends of one, twice. */
  readonly onInstalled?: ((node: string, set: SecurityAssociationSet) => void) | undefined;
}

export class IpsecLayer implements EspPortUser {
  readonly #onInstalled: IpsecLayerOptions['onInstalled'];
  readonly #nodes = new Map<string, ProtectedNode>();
  readonly #ports = new Map<string, EspPort>();
  readonly #sets = new Map<SecurityAssociationSet, Installed>();
  /** Of each protected port of a node here how many want it so: its sets, and the node itself. */
  readonly #protectedPorts = new Map<string, number>();
  /** By selector, in the order of installation. */
  readonly #outbound = new Map<string, SelectedAssociation<OutboundAssociation>[]>();
  /** Every bound datagram socket of a node. */
  readonly #sockets = new Map<string, ProtectedSocket>();
  readonly #carried = new CarriedPackets(
    ({ address, port }) => port === ESP_IN_UDP_PORT && this.#ports.get(address)?.isBound === true,
  );

  constructor({ onInstalled }: IpsecLayerOptions = {}) {
    this.#onInstalled = onInstalled;
  }

  /** The environment that a node lives in: a new one each time it is built; what its life before has installed is gone. */
  environmentFor(name: string, inner: Environment): Environment {
    const before = this.#nodes.get(name);
    if (before !== undefined) this.#forget(before);
    const node = new ProtectedNode(this, name, inner);
    this.#nodes.set(name, node);
    return node.environment;
  }

  /** The tap for the network: it sees the messages, with the ESP packets as their carriers. */
  before(tap: PacketTap): PacketTap {
    return this.#carried.before(tap);
  }

  open(
    node: ProtectedNode,
    address: string,
    ports: readonly number[],
    onReady: (failure?: IpsecFailure) => void,
  ): void {
    for (const port of ports) {
      node.ownPorts.push({ address, port });
      this.#count({ address, port }, 1);
    }
    const port = this.#espPort(node, address);
    if (port.isBound) node.later(() => onReady());
    else port.whenReady(onReady);
  }

  newSpi(address: string, random: Random): number {
    const port = this.#ports.get(address);
    for (;;) {
      const spi = random.uint32();
      if (spi >= 256 && port?.hasSpi(spi) !== true) return spi; // AKA-41
    }
  }

  install(node: ProtectedNode, set: SecurityAssociationSet): void {
    if (this.#sets.has(set)) return;
    const installed: Installed = {
      ...installedSet(set, node.random),
      node,
      isInUse: false,
      peer: { address: set.remote.address, port: ESP_IN_UDP_PORT },
      sentAt: node.now(),
      keepAlive: undefined,
    };
    this.#sets.set(set, installed);
    if (set.keepAliveMs !== undefined) this.#keepAlive(installed, set.local.address, set.keepAliveMs);
    const port = this.#espPort(node, set.local.address);
    for (const inbound of installed.inbound) {
      port.add(inbound);
      this.#count(inbound.to, 1);
    }
    for (const outbound of installed.outbound) {
      const key = selector(outbound.from, outbound.to);
      const associations = this.#outbound.get(key);
      if (associations === undefined) this.#outbound.set(key, [outbound]);
      else associations.push(outbound);
    }
    this.#onInstalled?.(node.name, set);
  }

  remove(set: SecurityAssociationSet): void {
    const installed = this.#sets.get(set);
    if (installed === undefined) return;
    this.#sets.delete(set);
    installed.keepAlive?.cancel();
    const port = this.#ports.get(set.local.address);
    for (const inbound of installed.inbound) {
      port?.remove(inbound, set);
      this.#count(inbound.to, -1);
    }
    for (const { from, to } of installed.outbound) {
      const key = selector(from, to);
      const rest = this.#outbound.get(key)!.filter((each) => each.set !== set);
      if (rest.length === 0) this.#outbound.delete(key);
      else this.#outbound.set(key, rest);
    }
  }

  isProtected(key: string): boolean {
    return this.#protectedPorts.has(key);
  }

  /** The socket is bound: what ESP brings for its port goes to it. */
  bound(key: string, socket: ProtectedSocket): void {
    this.#sockets.set(key, socket);
  }

  closed(key: string, socket: ProtectedSocket): void {
    if (this.#sockets.get(key) === socket) this.#sockets.delete(key);
  }

  /** A datagram leaves a protected port. */
  send(node: ProtectedNode, from: Endpoint, to: Endpoint, bytes: Buffer): void {
    const selected = this.#select(from, to);
    const packet = selected && this.#seal(selected, bytes);
    if (selected === undefined || packet === undefined) {
      const why = selected === undefined ? 'no security association covers it' : 'its association cannot carry it';
      // AKA-52: neither way is there anything but ESP on these ports.
      node.note(
        `a datagram from port ${from.port} to ${to.address} port ${to.port} is not sent: ${why}`,
        'TS 33.203 7.1',
      );
      return;
    }
    this.#carried.carry(packet, { from, to, bytes });
    const installed = this.#sets.get(selected.set)!;
    installed.sentAt = node.now();
    this.#espPort(node, from.address).send(packet, installed.peer);
  }

  onInner({ from, to, set }: Inbound, { bytes }: InnerDatagram, carrier: Buffer, source: Endpoint): void {
    this.#carried.arrived(carrier, { from, to, bytes });
    const installed = this.#sets.get(set);
    if (installed !== undefined) {
      installed.isInUse = true;
      // AKA-56: in a tunnel the packet's own addresses are those of the NAT, and may change.
      if (set.mode === 'UDP-enc-tun') installed.peer = { address: source.address, port: source.port };
    }
    const socket = this.#sockets.get(endpointKey(to));
    if (socket !== undefined) socket.deliver(bytes, from);
    else installed?.node.note(`nothing listens on protected port ${to.port}`, 'TS 33.203 7.1');
  }

  onRefused({ text, clause, inbound, carrier, address }: Refusal): void {
    this.#carried.arrived(carrier, undefined);
    const owner = inbound && this.#sets.get(inbound.set)?.node;
    const node = owner ?? [...this.#nodes.values()].find((each) => each.addresses.has(address));
    node?.note(text, clause);
  }

  /** RFC 3948 2.3, 4: only where nothing else keeps the binding open. */
  #keepAlive(installed: Installed, address: string, intervalMs: number): void {
    const { node } = installed;
    const due = installed.sentAt + intervalMs - node.now();
    installed.keepAlive = node.after(due, () => {
      if (installed.sentAt + intervalMs <= node.now()) {
        installed.sentAt = node.now();
        this.#espPort(node, address).keepAlive(installed.peer);
      }
      this.#keepAlive(installed, address, intervalMs);
    });
  }

  /** AKA-54: of several sets between the same ports the newest over which something has come, before that the oldest. */
  #select(from: Endpoint, to: Endpoint): SelectedAssociation<OutboundAssociation> | undefined {
    const all = this.#outbound.get(selector(from, to));
    if (all === undefined || all.length === 1) return all?.[0];
    return [...all].reverse().find(({ set }) => this.#sets.get(set)?.isInUse) ?? all[0];
  }

  #seal({ association, from, to, set }: SelectedAssociation<OutboundAssociation>, bytes: Buffer): Buffer | undefined {
    if (bytes.length > DATAGRAM_OCTETS_MAX) return undefined;
    const { payload, nextHeader } = innerPacket(from, to, bytes, set.mode);
    return association.seal(payload, nextHeader);
  }

  /** Bound when it is first wanted, and anew where that has failed. */
  #espPort(node: ProtectedNode, address: string): EspPort {
    node.addresses.add(address);
    let port = this.#ports.get(address);
    if (port === undefined || port.hasFailed) {
      port = new EspPort(node.network, address, this);
      this.#ports.set(address, port);
      port.whenReady((failure) => {
        if (failure === undefined) return;
        const text = `UDP port ${ESP_IN_UDP_PORT} of ${address} cannot be bound (${failure.code}), so no ESP is carried there`;
        node.note(text, 'RFC 3948 2.1');
      });
    }
    return port;
  }

  #count(endpoint: Endpoint, change: 1 | -1): void {
    const key = endpointKey(endpoint);
    const count = (this.#protectedPorts.get(key) ?? 0) + change;
    if (count === 0) this.#protectedPorts.delete(key);
    else this.#protectedPorts.set(key, count);
  }

  #forget(node: ProtectedNode): void {
    for (const [set, installed] of this.#sets) if (installed.node === node) this.remove(set);
    for (const port of node.ownPorts) this.#count(port, -1);
  }
}

function selector(from: Endpoint, to: Endpoint): string {
  return `${from.address} ${from.port} ${to.address} ${to.port}`;
}
