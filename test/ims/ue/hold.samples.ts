import fc from 'fast-check';
import { hold } from '../../../src/ims/ue/hold.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

export const samples: MachineSamples = {
  machine: hold,
  input: fc.constant(undefined),
  event: fc.oneof(
    {
      weight: 12,
      arbitrary: fc.constantFrom(
        { type: 'ue.hold' },
        { type: 'ue.resume' },
        { type: 'sip.accepted' },
        { type: 'sip.glare', retryMs: 0 },
        { type: 'sip.glare', retryMs: 2100 },
        { type: 'call.offerPending', retryMs: 500 },
        { type: 'sip.refused', status: 488 },
      ),
    },
    fc.constant({ type: 'call.ended' }),
  ),
  typicalLife: {
    input: undefined,
    events: [
      { type: 'ue.hold' },
      { type: 'sip.accepted' },
      { type: 'ue.resume' },
      { type: 'sip.accepted' },
      { type: 'call.ended' },
    ],
  },
};
