import fc from 'fast-check';
import { authentication } from '../../../src/ims/scscf/authentication.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const request = 'request';
const proof = fc.constantFrom(
  { kind: 'aka' },
  { kind: 'digest' },
  { kind: 'place', agrees: true },
  { kind: 'place', agrees: false },
);

export const samples: MachineSamples = {
  machine: authentication,
  input: fc.record({
    request: fc.constant(request),
    awaitAuthMs: fc.constantFrom(1000, 240_000),
    attemptsMax: fc.constantFrom(1, 2),
    stale: fc.boolean(),
  }),
  event: fc.oneof(
    fc.record({
      type: fc.constant('sip.register'),
      request: fc.constantFrom(request, 'another request'),
      answer: fc.constantFrom('correct', 'wrong', 'macFailure', 'syncFailure', 'malformedAuts', 'stale', 'unrelated'),
      mayBeRepeated: fc.boolean(),
      resynchronisation: fc.constantFrom(undefined, '00ff'),
    }),
    { weight: 3, arbitrary: proof.map((each) => ({ type: 'cx.maa', proof: each })) },
    fc.constantFrom(403, 504).map((status) => ({ type: 'cx.maaRefused', status })),
  ),
  typicalLife: {
    input: { request, awaitAuthMs: 240_000, attemptsMax: 1, stale: false },
    events: [
      { type: 'cx.maa', proof: { kind: 'aka' } },
      { type: 'sip.register', request, answer: 'correct', mayBeRepeated: false, resynchronisation: undefined },
    ],
  },
};
