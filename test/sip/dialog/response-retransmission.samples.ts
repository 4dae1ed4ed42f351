import fc from 'fast-check';
import { responseRetransmission } from '../../../src/sip/dialog/response-retransmission.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

export const samples: MachineSamples = {
  machine: responseRetransmission,
  input: fc.constantFrom({ t1Ms: 500, intervalMaxMs: 4000 }, { t1Ms: 2000, intervalMaxMs: undefined }),
  event: fc.constantFrom({ type: 'sip.acknowledgement' }, { type: 'tu.stop' }),
  typicalLife: { input: { t1Ms: 500, intervalMaxMs: 4000 }, events: [{ type: 'sip.acknowledgement' }] },
};
