import fc from 'fast-check';
import { pagerMessage } from '../../../src/ims/ue/pager-message.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const response = 'response';

export const samples: MachineSamples = {
  machine: pagerMessage,
  input: fc.constant(undefined),
  event: fc.constantFrom(
    { type: 'sip.accepted', response },
    { type: 'sip.rejected', status: 480, response },
    { type: 'sip.rejected', status: 408, response: undefined },
  ),
  typicalLife: { input: undefined, events: [{ type: 'sip.accepted', response }] },
};
