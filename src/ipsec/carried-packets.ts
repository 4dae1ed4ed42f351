/**
 * The way of clear messages to the capture: the network shows its tap the ESP packets that travel, and who watches the run
 * wants the message inside, with the packet as its carrier.
 */
import type { Endpoint, Packet, PacketTap } from '../environment/index.js';

interface ClearPacket {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly bytes: Buffer;
}

export class CarriedPackets {
  readonly #inside = new WeakMap<Buffer, ClearPacket>();
  /** An ESP packet from outside that has arrived and is about to be opened. */
  #arriving: Packet | undefined;
  #tap: PacketTap | undefined;

  /** `isEspPort` says of an endpoint whether ESP is received there. */
  constructor(private readonly isEspPort: (endpoint: Endpoint) => boolean) {}

  before(tap: PacketTap): PacketTap {
    this.#tap = tap;
    return (packet) => {
      this.#release();
      const isDatagram = packet.protocol === 'udp' && packet.kind === 'data';
      const clear = isDatagram ? this.#inside.get(packet.bytes) : undefined;
      if (clear !== undefined) tap(carrying(packet, clear));
      else if (isDatagram && packet.fault === undefined && this.isEspPort(packet.to)) this.#arriving = packet;
      else tap(packet);
    };
  }

  /** What is inside octets that are about to be sent. */
  carry(bytes: Buffer, clear: ClearPacket): void {
    this.#inside.set(bytes, clear);
  }

  /** The octets that have arrived hold this, or nothing that could be read. */
  arrived(bytes: Buffer, clear: ClearPacket | undefined): void {
    if (this.#arriving?.bytes !== bytes) return; // sent from here, and shown then
    if (clear !== undefined) this.#arriving = carrying(this.#arriving, clear);
    this.#release();
  }

  #release(): void {
    const packet = this.#arriving;
    if (packet === undefined) return;
    this.#arriving = undefined;
    this.#tap?.(packet);
  }
}

function carrying({ time, protocol, from, to, kind, bytes, fault }: Packet, clear: ClearPacket): Packet {
  return { ...clear, time, protocol, kind, fault, carrier: { from, to, bytes } };
}
