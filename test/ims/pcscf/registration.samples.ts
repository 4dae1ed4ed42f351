import fc from 'fast-check';
import { registration } from '../../../src/ims/pcscf/registration.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const request = 'request';
const response = 'response';

export const samples: MachineSamples = {
  machine: registration,
  input: fc.record({ awaitAuthMs: fc.constantFrom(1000, 240_000) }),
  event: fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        { type: 'sip.register', request },
        { type: 'sip.challenged', response },
        { type: 'sip.rejected', response },
      ),
    },
    {
      weight: 3,
      arbitrary: fc
        .constantFrom(2000, 3_630_000)
        .map((expiresMs) => ({ type: 'sip.granted', response, expiresMs, isProven: expiresMs > 2000 })),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        { type: 'sip.removed', response },
        { type: 'contact.replaced' },
        { type: 'contact.terminated', ueIsTold: true },
        { type: 'contact.terminated', ueIsTold: false },
        { type: 'contact.shortened', expiresMs: 90_000 },
        { type: 'ue.told' },
      ),
    },
  ),
  typicalLife: {
    input: { awaitAuthMs: 240_000 },
    events: [
      { type: 'sip.register', request },
      { type: 'sip.challenged', response },
      { type: 'sip.register', request },
      { type: 'sip.granted', response, expiresMs: 3_630_000, isProven: true },
      { type: 'sip.register', request },
      { type: 'sip.removed', response },
    ],
  },
};
