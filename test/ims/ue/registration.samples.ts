import fc from 'fast-check';
import { registration } from '../../../src/ims/ue/registration.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const response = 'response';

export const samples: MachineSamples = {
  machine: registration,
  input: fc.record({
    expires: fc.constantFrom(60, 3600, 600_000),
    proxyCount: fc.constantFrom(1, 2),
    runsOut: fc.boolean(),
    isProtected: fc.boolean(),
  }),
  event: fc.oneof(
    fc.constantFrom(
      { type: 'ue.register', expires: undefined },
      { type: 'ue.register', expires: 120 },
      { type: 'ue.deregister' },
      { type: 'contacts.removed' },
      { type: 'sip.challenged', response },
    ),
    fc.constantFrom(
      { type: 'sip.registrationLost' },
      { type: 'sip.registrationDoubtful', status: undefined },
      { type: 'flow.failed' },
      { type: 'sip.outboundRefused' },
      { type: 'reg.deactivated', retryAfterMs: undefined },
      { type: 'reg.deactivated', retryAfterMs: 5000 },
      { type: 'reg.rejected' },
      { type: 'reg.shortened', leftMs: 60_000 },
    ),
    fc.record({
      type: fc.constant('usim.challengeChecked'),
      verdict: fc.constantFrom('ok', 'ok', 'macFailure', 'syncFailure', 'unusable', 'unprotected'),
      response: fc.constant(response),
    }),
    fc.record({
      type: fc.constant('sip.granted'),
      response: fc.constant(response),
      grantedMs: fc.constantFrom(2000, 60_000, 3_600_000),
    }),
    fc.record({ type: fc.constant('sip.intervalTooBrief'), minExpires: fc.constantFrom(30, 120, 700_000) }),
    fc.record({
      type: fc.constant('sip.rejected'),
      status: fc.constantFrom(305, 403, 408, 494, 500, 503, 504),
      response: fc.constant(response),
      retryAfterMs: fc.option(fc.constant(3000), { nil: undefined }),
      chance: fc.constantFrom(0, 0.25, 0.75),
    }),
  ),
  typicalLife: {
    input: { expires: 600_000, proxyCount: 1 },
    events: [
      { type: 'ue.register', expires: undefined },
      { type: 'sip.challenged', response },
      { type: 'usim.challengeChecked', verdict: 'ok', response },
      { type: 'sip.granted', response, grantedMs: 3_600_000 },
      { type: 'ue.deregister' },
      { type: 'sip.granted', response, grantedMs: 0 },
    ],
  },
};
