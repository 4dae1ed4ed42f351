import fc from 'fast-check';
import { terminatingCall } from '../../../src/ims/ue/terminating-call.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const request = 'request';

/** A timer's event as XState names it: in the benchmark time stands still, so it is sent like the others. */
const expiry = (delay: string, state: string) => ({ type: `xstate.after.${delay}.terminatingCall.${state}` });

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
      { type: 'ue.answer' },
      { type: 'ue.reject', status: 480 },
      { type: 'ue.hangUp' },
    ),
  ),
  // With preconditions: the resources of both sides, ringing, answer, conversation, and the caller hangs up.
  typicalLife: {
    input: {
      bearerMs: 50,
      ringMs: 500,
      reliableRinging: true,
      answer: 'accept',
      preconditions: true,
      remoteReady: false,
      refusalStatus: undefined,
      setupMaxMs: 120_000,
    },
    events: [
      { type: 'sip.prack', request },
      expiry('bearer', 'setup.reserving'),
      { type: 'sip.offer', request, remoteReady: true },
      { type: 'sip.prack', request },
      expiry('userAnswers', 'setup.ringing'),
      { type: 'sip.ack', request },
      { type: 'sip.bye', request },
    ],
  },
};
