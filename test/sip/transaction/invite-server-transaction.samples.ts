import fc from 'fast-check';
import { inviteServerTransaction } from '../../../src/sip/transaction/invite-server-transaction.machine.js';
import { coreTimers } from '../../../src/sip/transaction/timers.js';
import type { MachineSamples } from '../../machine/samples.js';
import { hop, request, response } from './hop.js';

export const samples: MachineSamples = {
  machine: inviteServerTransaction,
  input: hop,
  event: fc.constantFrom(
    { type: 'sip.request' },
    { type: 'sip.ack', request },
    { type: 'tu.provisional', response },
    { type: 'tu.success', response },
    { type: 'tu.failure', response },
    { type: 'transport.error', reason: 'ECONNRESET' },
  ),
  typicalLife: {
    input: { ...coreTimers, reliable: true },
    events: [
      { type: 'tu.provisional', response },
      { type: 'tu.success', response },
    ],
  },
};
