import fc from 'fast-check';
import { unregisteredUser } from '../../../src/ims/scscf/unregistered-user.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

export const samples: MachineSamples = {
  machine: unregisteredUser,
  input: fc.constant(undefined),
  event: fc.oneof(
    fc.constantFrom('registration', 'services', 'services', 'nothing').map((brought) => ({ type: 'cx.saa', brought })),
    fc.constantFrom(
      { type: 'sip.request' },
      { type: 'cx.saaRefused' },
      { type: 'user.registered' },
      { type: 'cx.rtr' },
    ),
  ),
  typicalLife: {
    input: undefined,
    events: [{ type: 'cx.saa', brought: 'services' }, { type: 'sip.request' }, { type: 'user.registered' }],
  },
};
