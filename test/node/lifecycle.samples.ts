import fc from 'fast-check';
import { lifecycle } from '../../src/node/lifecycle.machine.js';
import type { MachineSamples } from '../machine/samples.js';

export const samples: MachineSamples = {
  machine: lifecycle,
  input: fc.record({ peersWaitMs: fc.nat(3000), drainMaxMs: fc.nat(3000) }),
  event: fc.oneof(
    fc.constantFrom(
      { type: 'node.bound' } as const,
      { type: 'peers.connected' } as const,
      { type: 'node.stop' } as const,
      { type: 'node.drained' } as const,
    ),
    fc.constant({
      type: 'node.bindFailed',
      failure: { node: 'icscf1', wanted: 'udp://127.0.1.2:5060', code: 'EADDRINUSE', message: 'address in use' },
    } as const),
  ),
};
