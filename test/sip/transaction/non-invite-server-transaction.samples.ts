import fc from 'fast-check';
import { nonInviteServerTransaction } from '../../../src/sip/transaction/non-invite-server-transaction.machine.js';
import { coreTimers } from '../../../src/sip/transaction/timers.js';
import type { MachineSamples } from '../../machine/samples.js';
import { hop, response } from './hop.js';

export const samples: MachineSamples = {
  machine: nonInviteServerTransaction,
  input: hop,
  event: fc.constantFrom(
    { type: 'sip.request' },
    { type: 'tu.final', response },
    { type: 'tu.abandon' },
    { type: 'transport.error', reason: 'ECONNRESET' },
  ),
  typicalLife: { input: { ...coreTimers, reliable: true }, events: [{ type: 'tu.final', response }] },
};
