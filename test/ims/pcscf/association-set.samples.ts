import fc from 'fast-check';
import { associationSet } from '../../../src/ims/pcscf/association-set.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

export const samples: MachineSamples = {
  machine: associationSet,
  input: fc.record({ awaitAuthMs: fc.constantFrom(1000, 240_000) }),
  event: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(2000, 3_630_000).map((lifetimeMs) => ({ type: 'register.granted', lifetimeMs })),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        { type: 'register.failed' },
        { type: 'set.superseded' },
        { type: 'newer.used' },
        { type: 'contact.ended' },
        { type: 'set.dropped' },
      ),
    },
  ),
  typicalLife: {
    input: { awaitAuthMs: 240_000 },
    events: [{ type: 'register.granted', lifetimeMs: 3_630_000 }, { type: 'set.superseded' }, { type: 'newer.used' }],
  },
};
