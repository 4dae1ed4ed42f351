import fc from 'fast-check';
import { inviteClientTransaction } from '../../../src/sip/transaction/invite-client-transaction.machine.js';
import { coreTimers } from '../../../src/sip/transaction/timers.js';
import type { MachineSamples } from '../../machine/samples.js';
import { hop, response } from './hop.js';

export const samples: MachineSamples = {
  machine: inviteClientTransaction,
  input: hop,
  event: fc.constantFrom(
    { type: 'sip.provisional', response },
    { type: 'sip.success', response },
    { type: 'sip.failure', response },
    { type: 'tu.cancel' },
    { type: 'transport.error', reason: 'ECONNRESET' },
  ),
  typicalLife: {
    input: { ...coreTimers, reliable: true },
    events: [
      { type: 'sip.provisional', response },
      { type: 'sip.success', response },
    ],
  },
};
