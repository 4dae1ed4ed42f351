import fc from 'fast-check';
import { redirectionMachine } from '../../../src/diameter/peer/redirection.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

export const samples: MachineSamples = {
  machine: redirectionMachine,
  input: fc.record({ hostCount: fc.integer({ min: 1, max: 3 }), connectMs: fc.constant(5_000) }),
  event: fc.constantFrom(
    { type: 'host.open' },
    { type: 'host.connecting' },
    { type: 'host.unreachable' },
    { type: 'diameter.answer' },
    { type: 'diameter.undelivered' },
  ),
  typicalLife: {
    input: { hostCount: 2, connectMs: 5_000 },
    events: [{ type: 'host.connecting' }, { type: 'host.open' }, { type: 'diameter.answer' }],
  },
};
