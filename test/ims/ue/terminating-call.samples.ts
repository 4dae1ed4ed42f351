import fc from 'fast-check';
import { terminatingCall } from '../../../src/ims/ue/terminating-call.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const request = 'request';

export const samples: MachineSamples = {
  machine: terminatingCall,
  input: fc.record({
    bearerMs: fc.constantFrom(0, 50),
    ringMs: fc.constantFrom(0, 500),
    reliableRinging: fc.boolean(),
    answer: fc.constantFrom('accept', 'accept', 'accept', 'busy', 'decline', 'ring'),
    preconditions: fc.boolean(),
    remoteReady: fc.boolean(),
    refusalStatus: fc.option(fc.constant(488), { nil: undefined, freq: 8 }),
    setupMaxMs: fc.constantFrom(3000, 120_000),
  }),
  event: fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        { type: 'sip.prack', request },
        { type: 'sip.offer', request, remoteReady: true },
        { type: 'sip.offer', request, remoteReady: false },
        { type: 'sip.ack', request },
        { type: 'sip.byeAnswered' },
      ),
    },
    fc.constantFrom(
      { type: 'sip.acknowledgementMissing' },
      { type: 'sip.cancel' },
      { type: 'sip.bye', request },
      { type: 'sip.requestFailed', status: 408 },
      { type: 'ue.hangUp' },
    ),
  ),
};
