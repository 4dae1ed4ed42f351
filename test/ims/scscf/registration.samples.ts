import fc from 'fast-check';
import { registration } from '../../../src/ims/scscf/registration.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const request = 'request';
const bind = { type: 'register.authenticated', request, intent: 'bind', bindingKnown: false, leavesOthers: false };
const remove = { ...bind, intent: 'remove', bindingKnown: true };
const nextExpiryMs = fc.constantFrom(0, 1500, 3_600_000);

export const samples: MachineSamples = {
  machine: registration,
  input: fc.constant(undefined),
  event: fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('register.authenticated'),
        request: fc.constantFrom(request, 'another request'),
        intent: fc.constantFrom('bind', 'bind', 'remove'),
        bindingKnown: fc.boolean(),
        leavesOthers: fc.boolean(),
      }),
    },
    fc.constantFrom(undefined, 'rejected', 'deactivated').map((end) => ({ type: 'cx.rtr', end })),
    fc.constantFrom('rejected', 'deactivated').map((end) => ({ type: 'network.deregister', end })),
    fc.constantFrom('rejected', 'deactivated').map((end) => ({ type: 'network.ended', end })),
    fc.constant({ type: 'network.reauthenticate', withinMs: 60_000 }),
    fc.record({ type: fc.constant('contacts.changed'), nextExpiryMs, outdatesHss: fc.boolean() }),
    fc.record({ type: fc.constant('cx.restored'), nextExpiryMs }),
    fc.constantFrom('cx.recalled', 'cx.notRecalled').map((type) => ({ type })),
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('cx.saa'),
        profile: fc.constantFrom('profile', undefined),
        nextExpiryMs,
      }),
    },
    fc.record({ type: fc.constant('cx.saaRefused'), status: fc.constantFrom(403, 504), nextExpiryMs }),
  ),
  typicalLife: {
    input: undefined,
    events: [
      bind,
      { type: 'cx.saa', profile: 'profile', nextExpiryMs: 3_600_000 },
      bind,
      { type: 'cx.saa', profile: undefined, nextExpiryMs: 3_600_000 },
      remove,
      { type: 'cx.saa', profile: undefined, nextExpiryMs: 0 },
    ],
  },
};
