import type { Endpoint, PacketFault } from '../environment/index.js';
import type { SeenMessage } from '../selection/index.js';
import type { FaultyNode } from './faulty-node.js';

/** A message on its way, at the point where faults strike: it leaves a node of the lab, or arrives at one from outside. */
export interface Transit {
  readonly seen: SeenMessage;
  /** Whose network it passes. */
  readonly node: FaultyNode;
  /** Of its sender and its receiver, as the sender or the receiver sees them. */
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** Origin-Host and Origin-Realm of the receiver, where it has told them. */
  readonly receiver: DiameterOrigin | undefined;
  /** On its way, now or later, perhaps more than once. `bytes` are its own or what stands in their place. */
  pass(bytes: Buffer, fault: PacketFault | undefined): void;
  /** Shows that it did not get there. */
  lose(bytes: Buffer, fault: PacketFault): void;
  /** Octets to its sender as if from its receiver. */
  reply(bytes: Buffer, fault: PacketFault): void;
}

export interface DiameterOrigin {
  readonly originHost: string;
  readonly originRealm: string;
}
