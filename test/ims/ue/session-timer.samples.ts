import fc from 'fast-check';
import { sessionTimer } from '../../../src/ims/ue/session-timer.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

export const samples: MachineSamples = {
  machine: sessionTimer,
  input: fc.constant(undefined),
  event: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('session.agreed'),
        intervalMs: fc.constantFrom(3000, 90_000, 1_800_000),
        refreshes: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        { type: 'sip.intervalTooBrief', intervalMs: 3000 },
        { type: 'sip.intervalTooBrief', intervalMs: 3_600_000 },
        { type: 'sip.refreshFailed' },
        { type: 'session.unlimited' },
      ),
    },
    fc.constantFrom({ type: 'sip.sessionLost' }, { type: 'call.ended' }),
  ),
  typicalLife: {
    input: undefined,
    events: [{ type: 'session.agreed', intervalMs: 1_800_000, refreshes: true }, { type: 'call.ended' }],
  },
};
