import fc from 'fast-check';
import { nonInviteClientTransaction } from '../../../src/sip/transaction/non-invite-client-transaction.machine.js';
import { coreTimers } from '../../../src/sip/transaction/timers.js';
import type { MachineSamples } from '../../machine/samples.js';
import { hop, response } from './hop.js';

export const samples: MachineSamples = {
  machine: nonInviteClientTransaction,
  input: hop,
  event: fc.constantFrom(
    { type: 'sip.provisional', response },
    { type: 'sip.final', response },
    { type: 'transport.error', reason: 'ECONNRESET' },
  ),
  typicalLife: { input: { ...coreTimers, reliable: true }, events: [{ type: 'sip.final', response }] },
};
