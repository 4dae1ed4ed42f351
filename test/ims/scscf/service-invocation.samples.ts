import fc from 'fast-check';
import { serviceInvocation } from '../../../src/ims/scscf/service-invocation.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const request = 'request';

export const samples: MachineSamples = {
  machine: serviceInvocation,
  input: fc.record({ continues: fc.boolean() }),
  event: fc.constantFrom(
    { type: 'isc.returned', request },
    { type: 'sip.provisional' },
    { type: 'sip.failed', why: 'it did not answer' },
    { type: 'sip.final' },
    { type: 'sip.cancel' },
  ),
  typicalLife: {
    input: { continues: true },
    events: [{ type: 'isc.returned', request }, { type: 'sip.provisional' }, { type: 'sip.final' }],
  },
};
