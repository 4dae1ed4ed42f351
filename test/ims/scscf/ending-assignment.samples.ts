import fc from 'fast-check';
import { endingAssignment } from '../../../src/ims/scscf/ending-assignment.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

export const samples: MachineSamples = {
  machine: endingAssignment,
  input: fc.record({ failures: fc.constantFrom(0, 1) }),
  event: fc.constantFrom(
    { type: 'cx.saaMissing' },
    { type: 'cx.saaMissing' },
    { type: 'user.authenticating' },
    { type: 'cx.saa' },
    { type: 'user.served' },
  ),
};
