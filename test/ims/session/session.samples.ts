import fc from 'fast-check';
import { session } from '../../../src/ims/session/session.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const request = 'request';
const response = 'response';
const intervals = fc.constantFrom(undefined, 2000, 1_800_000);

export const samples: MachineSamples = {
  machine: session,
  input: fc.record({ sessionExpiresMs: fc.constantFrom(3000, 1_800_000) }),
  event: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.constantFrom(
        { type: 'sip.invite', request },
        { type: 'sip.provisional', response },
        { type: 'sip.request', request },
        { type: 'sip.bye', request },
        { type: 'sip.byeAnswered' },
      ),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('sip.answered'),
        response: fc.constant(response),
        sessionExpiresMs: intervals,
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('sip.refreshed'), sessionExpiresMs: intervals }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        { type: 'sip.rejected', response },
        { type: 'network.release' },
        { type: 'leg.superseded' },
      ),
    },
  ),
  typicalLife: {
    input: { sessionExpiresMs: 1_800_000 },
    events: [
      { type: 'sip.invite', request },
      { type: 'sip.provisional', response },
      { type: 'sip.request', request },
      { type: 'sip.request', request },
      { type: 'sip.provisional', response },
      { type: 'sip.answered', response, sessionExpiresMs: undefined },
      { type: 'sip.request', request },
      { type: 'sip.bye', request },
      { type: 'sip.byeAnswered' },
    ],
  },
};
