import fc from 'fast-check';
import { registrationQuery } from '../../../src/ims/icscf/registration-query.machine.js';
import type { MachineSamples } from '../../machine/samples.js';
import { outcomes, responses } from './query-events.js';

export const samples: MachineSamples = {
  machine: registrationQuery,
  input: fc.record({ authorizationType: fc.constantFrom('registration', 'deregistration') }),
  event: fc.oneof(fc.record({ type: fc.constant('cx.uaa'), outcome: outcomes }), responses),
  typicalLife: {
    input: { authorizationType: 'registration' },
    events: [
      { type: 'cx.uaa', outcome: { kind: 'server', serverName: 'sip:scscf1.example.com:5060' } },
      { type: 'sip.response', response: 'response', unavailable: false },
    ],
  },
};
