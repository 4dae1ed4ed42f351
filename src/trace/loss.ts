import type { PacketFault } from '../environment/index.js';

/** A fault kept the message from leaving, or the link lost it. */
export function isLost(effect: PacketFault['effect'] | undefined): boolean {
  return effect === 'dropped' || effect === 'lost';
}
