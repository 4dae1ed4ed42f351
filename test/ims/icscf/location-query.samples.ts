import fc from 'fast-check';
import { locationQuery } from '../../../src/ims/icscf/location-query.machine.js';
import type { MachineSamples } from '../../machine/samples.js';
import { outcomes, responses } from './query-events.js';

export const samples: MachineSamples = {
  machine: locationQuery,
  input: fc.record({ originating: fc.boolean() }),
  event: fc.oneof(
    { weight: 3, arbitrary: fc.record({ type: fc.constant('cx.lia'), outcome: outcomes }) },
    { weight: 3, arbitrary: responses },
    { weight: 1, arbitrary: fc.constant({ type: 'sip.cancel' }) },
  ),
  typicalLife: {
    input: { originating: false },
    events: [
      { type: 'cx.lia', outcome: { kind: 'server', serverName: 'sip:scscf1.example.com:5060' } },
      { type: 'sip.provisional', response: 'response' },
      { type: 'sip.response', response: 'response', unavailable: false },
    ],
  },
};
