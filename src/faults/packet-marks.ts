/**
 * The way of a fault's name to the capture. Environments show the tap the very octets that they were given to send, now or,
 * on a connection that is still opening, later: so the octets carry the mark.
 */
import type { Clock, Packet, PacketFault, PacketTap } from '../environment/index.js';

export class PacketMarks {
  readonly #marks = new WeakMap<Buffer, PacketFault>();
  /** Marked octets that the tap has not seen yet. */
  #markedCount = 0;
  #tap: PacketTap | undefined;
  /** From outside, on its way to a node of ours that may have something done to it. */
  #arriving: Packet | undefined;
  /** Asked where packets from outside may be struck; undefined: nowhere. */
  #strikesArrival: ((packet: Packet) => boolean) | undefined;

  constructor(private readonly clock: Clock) {}

  /** The tap to give to the network. */
  before(tap: PacketTap): PacketTap {
    this.#tap = tap;
    return (packet) => {
      if (this.#markedCount === 0 && this.#strikesArrival === undefined) tap(packet);
      else this.#look(packet, tap);
    };
  }

  /** Packets that arrive from outside and for which this says yes are shown when the node takes them up (`takeArrival`). */
  watchArrivals(strikesArrival: ((packet: Packet) => boolean) | undefined): void {
    this.#strikesArrival = strikesArrival;
  }

  /** The octets in a buffer of their own that tells the tap of the fault. */
  mark(bytes: Buffer, fault: PacketFault): Buffer {
    const marked = Buffer.from(bytes);
    this.#marks.set(marked, fault);
    this.#markedCount++;
    return marked;
  }

  /** Shows what the network itself does not: what is lost, what is made here, what arrives from outside. */
  show(packet: Packet): void {
    this.#tap?.(packet);
  }

  /** The packet of octets that a node is given now, unless the tap has been shown it already. */
  takeArrival(bytes: Buffer): Packet | undefined {
    const packet = this.#arriving;
    if (packet?.bytes !== bytes) return undefined;
    this.#arriving = undefined;
    return packet;
  }

  #look(packet: Packet, tap: PacketTap): void {
    this.#releaseArrival();
    const fault = this.#marks.get(packet.bytes);
    if (fault !== undefined) {
      this.#marks.delete(packet.bytes);
      this.#markedCount--;
      tap({ ...packet, fault: packet.fault === undefined ? fault : { ...packet.fault, injected: fault } });
    } else if (packet.kind === 'data' && this.#strikesArrival?.(packet)) {
      this.#arriving = packet;
      // Nobody may take it up: then it is shown as it is.
      this.clock.setTimer(0, () => {
        if (this.#arriving === packet) this.#releaseArrival();
      });
    } else {
      tap(packet);
    }
  }

  #releaseArrival(): void {
    const packet = this.#arriving;
    if (packet === undefined) return;
    this.#arriving = undefined;
    this.#tap?.(packet);
  }
}
