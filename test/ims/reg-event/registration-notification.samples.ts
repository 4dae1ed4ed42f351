import fc from 'fast-check';
import { registrationNotification } from '../../../src/ims/reg-event/registration-notification.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

export const samples: MachineSamples = {
  machine: registrationNotification,
  input: fc.constant(undefined),
  event: fc.oneof(
    { weight: 3, arbitrary: fc.constant({ type: 'registration.changed' }) },
    { weight: 2, arbitrary: fc.constant({ type: 'sip.subscribe' }) },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant('sip.notifyAnswered'), number: fc.integer({ min: 1, max: 3 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom({ type: 'sip.notifyFailed' }, { type: 'subscription.over', reason: 'noresource' }),
    },
  ),
  typicalLife: {
    input: undefined,
    events: [
      { type: 'sip.subscribe' },
      { type: 'sip.notifyAnswered', number: 1 },
      { type: 'subscription.over', reason: 'timeout' },
    ],
  },
};
