import fc from 'fast-check';
import { originatingCall } from '../../../src/ims/ue/originating-call.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const response = 'response';
const request = 'request';

export const samples: MachineSamples = {
  machine: originatingCall,
  input: fc.record({
    bearerMs: fc.constantFrom(0, 50, 700),
    holdForMs: fc.constantFrom(0, 2000, undefined),
    setupMaxMs: fc.constantFrom(2000, 40_000),
    answerMaxMs: fc.constantFrom(1000, 30_000),
  }),
  event: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('sip.provisional'),
        response: fc.constant(response),
        reliable: fc.boolean(),
        preconditions: fc.boolean(),
        ringing: fc.boolean(),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.constantFrom(
        { type: 'sip.trying' },
        { type: 'sip.prackAnswered' },
        { type: 'sip.updateAnswered', response },
        { type: 'sip.answered', response },
        { type: 'sip.offer', request },
        { type: 'sip.byeAnswered' },
      ),
    },
    fc.constantFrom(
      { type: 'sip.rejected', status: 486, response },
      { type: 'sip.requestFailed', status: 481 },
      { type: 'sip.bye', request },
      { type: 'ue.hangUp' },
    ),
  ),
  typicalLife: {
    input: { bearerMs: 0, holdForMs: 2000, setupMaxMs: 120_000, answerMaxMs: 30_000 },
    events: [
      { type: 'sip.trying' },
      { type: 'sip.provisional', response, reliable: true, preconditions: false, ringing: false },
      { type: 'sip.provisional', response, reliable: true, preconditions: false, ringing: true },
      { type: 'sip.prackAnswered' },
      { type: 'sip.answered', response },
      { type: 'sip.bye', request },
    ],
  },
};
