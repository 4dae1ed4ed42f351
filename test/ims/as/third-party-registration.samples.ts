import fc from 'fast-check';
import { thirdPartyRegistration } from '../../../src/ims/as/third-party-registration.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const expiresMs = fc.constantFrom(0, 2_000, 3_600_000);

export const samples: MachineSamples = {
  machine: thirdPartyRegistration,
  input: fc.record({ expiresMs: fc.constantFrom(2_000, 3_600_000) }),
  event: fc.record({ type: fc.constant('sip.register'), expiresMs }),
  typicalLife: {
    input: { expiresMs: 3_600_000 },
    events: [
      { type: 'sip.register', expiresMs: 3_600_000 },
      { type: 'sip.register', expiresMs: 0 },
    ],
  },
};
