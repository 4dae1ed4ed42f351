import fc from 'fast-check';
import { authentication } from '../../../src/ims/scscf/authentication.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const request = 'request';

export const samples: MachineSamples = {
  machine: authentication,
  input: fc.record({ request: fc.constant(request), awaitAuthMs: fc.constantFrom(1000, 240_000) }),
  event: fc.oneof(
    fc.record({
      type: fc.constant('sip.register'),
      request: fc.constantFrom(request, 'another request'),
      answer: fc.constantFrom('correct', 'wrong', 'macFailure', 'syncFailure', 'malformedAuts', 'unrelated'),
      resynchronisation: fc.constantFrom(undefined, '00ff'),
    }),
    { weight: 2, arbitrary: fc.constant({ type: 'cx.maa', vector: 'vector' }) },
    fc.constantFrom(403, 504).map((status) => ({ type: 'cx.maaRefused', status })),
  ),
  typicalLife: {
    input: { request, awaitAuthMs: 240_000 },
    events: [
      { type: 'cx.maa', vector: 'vector' },
      { type: 'sip.register', request, answer: 'correct', resynchronisation: undefined },
    ],
  },
};
