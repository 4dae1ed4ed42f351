import fc from 'fast-check';
import { subscriptionPath } from '../../../src/ims/session/subscription-path.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const request = 'request';
const response = 'response';
const expiresMs = fc.constantFrom(undefined, 1000, 600_032_000);

export const samples: MachineSamples = {
  machine: subscriptionPath,
  input: fc.record({ expiresMs: fc.constantFrom(1000, 3_761_000) }),
  event: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        { type: 'sip.subscribe', request },
        { type: 'sip.rejected', response },
        { type: 'sip.request', request },
      ),
    },
    { weight: 3, arbitrary: expiresMs.map((each) => ({ type: 'sip.accepted', response, expiresMs: each })) },
    { weight: 3, arbitrary: expiresMs.map((each) => ({ type: 'sip.notify', request, expiresMs: each })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        { type: 'sip.terminated', request },
        { type: 'sip.notifyAnswered' },
        { type: 'sip.refused', response },
        { type: 'registration.ended' },
      ),
    },
  ),
  typicalLife: {
    input: { expiresMs: 3_761_000 },
    events: [
      { type: 'sip.subscribe', request },
      { type: 'sip.accepted', response, expiresMs: 600_032_000 },
      { type: 'sip.notify', request, expiresMs: 600_032_000 },
      { type: 'sip.terminated', request },
      { type: 'sip.notifyAnswered' },
    ],
  },
};
