import fc from 'fast-check';
import { securityAssociation } from '../../../src/ims/ue/security-association.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

export const samples: MachineSamples = {
  machine: securityAssociation,
  input: fc.constant(undefined),
  event: fc.oneof(
    fc.record({ type: fc.constant('registration.granted'), lifetimeMs: fc.constantFrom(60_000, 3_630_000) }),
    fc.constantFrom({ type: 'set.superseded' }, { type: 'set.dropped' }),
  ),
};
