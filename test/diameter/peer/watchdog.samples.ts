import fc from 'fast-check';
import { watchdogMachine } from '../../../src/diameter/peer/watchdog.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

export const samples: MachineSamples = {
  machine: watchdogMachine,
  input: fc.constant(undefined),
  event: fc.constantFrom(
    { type: 'connection.up' } as const,
    { type: 'connection.down' } as const,
    { type: 'watchdog.answer' } as const,
    { type: 'peer.message' } as const,
    { type: 'timer.watchdog' } as const,
  ),
};
