import fc from 'fast-check';
import { registration } from '../../../src/ims/scscf/registration.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const request = 'request';
const bind = { type: 'register.authenticated', request, intent: 'bind', bindingKnown: true, expiresMs: 3_600_000 };
const remove = { ...bind, intent: 'remove', expiresMs: 0 };

export const samples: MachineSamples = {
  machine: registration,
  input: fc.constant(undefined),
  event: fc.oneof(
    fc.record({
      type: fc.constant('register.authenticated'),
      request: fc.constantFrom(request, 'another request'),
      intent: fc.constantFrom('bind', 'bind', 'remove'),
      bindingKnown: fc.boolean(),
      expiresMs: fc.constantFrom(2000, 3_600_000),
    }),
    fc.boolean().map((releasesSessions) => ({ type: 'cx.rtr', releasesSessions })),
    fc.constantFrom('profile', undefined).map((profile) => ({ type: 'cx.saa', profile })),
    fc.record({
      type: fc.constant('cx.saaRefused'),
      status: fc.constantFrom(403, 504),
      remainingMs: fc.constantFrom(0, 1500),
    }),
  ),
  typicalLife: {
    input: undefined,
    events: [
      bind,
      { type: 'cx.saa', profile: 'profile' },
      bind,
      { type: 'cx.saa', profile: undefined },
      remove,
      { type: 'cx.saa', profile: undefined },
    ],
  },
};
