import fc from 'fast-check';
import { registrationWatch } from '../../../src/ims/reg-event/registration-watch.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const expiresMs = fc.constantFrom(2_000, 60_000, 3_600_000);
const retryAfterMs = fc.constantFrom(undefined, 0, 5_000);

export const samples: MachineSamples = {
  machine: registrationWatch,
  input: fc.record({ expires: fc.constantFrom(2, 60, 600_000), notifyWaitMs: fc.constantFrom(3_000, 32_000) }),
  event: fc.oneof(
    { weight: 3, arbitrary: fc.record({ type: fc.constant('sip.accepted'), expiresMs }) },
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant('sip.notified'), expiresMs: fc.option(expiresMs, { nil: undefined }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ type: fc.constant('sip.intervalTooBrief'), minExpires: fc.constantFrom(1, 300) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('sip.terminated'),
        reason: fc.constantFrom(
          undefined,
          'deactivated',
          'probation',
          'rejected',
          'timeout',
          'noresource',
          'unheardOf',
        ),
        retryAfterMs,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constantFrom('sip.failed', 'sip.refused'),
        reason: fc.constant('SUBSCRIBE was answered 503 Service Unavailable'),
        retryAfterMs,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        { type: 'sip.subscriptionLost' },
        { type: 'watch.refresh' },
        { type: 'watch.unsubscribe' },
      ),
    },
  ),
  typicalLife: {
    input: { expires: 600_000, notifyWaitMs: 32_000 },
    events: [
      { type: 'sip.accepted', expiresMs: 3_600_000 },
      { type: 'sip.notified', expiresMs: 3_600_000 },
      { type: 'watch.unsubscribe' },
      { type: 'sip.accepted', expiresMs: 0 },
      { type: 'sip.terminated', reason: 'timeout', retryAfterMs: undefined },
    ],
  },
};
