import fc from 'fast-check';
import type { SipRequest, SipResponse } from '../../../src/sip/message/index.js';
import { coreTimers, type TransactionInput, ueTimers } from '../../../src/sip/transaction/timers.js';

/** Any hop that a transaction may live on. */
export const hop: fc.Arbitrary<TransactionInput> = fc
  .tuple(fc.constantFrom(coreTimers, ueTimers), fc.boolean())
  .map(([timers, reliable]) => ({ ...timers, reliable }));

/** Machines carry messages without looking into them, so a sample needs a name only. */
export const response = { name: 'response' } as unknown as SipResponse;
export const request = { name: 'request' } as unknown as SipRequest;
