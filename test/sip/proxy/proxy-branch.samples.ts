import fc from 'fast-check';
import { proxyBranch } from '../../../src/sip/proxy/proxy-branch.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

export const samples: MachineSamples = {
  machine: proxyBranch,
  input: fc.constantFrom(181_000, 1000).map((timerCMs) => ({ timerCMs })),
  event: fc.constantFrom(
    { type: 'sip.trying' },
    { type: 'sip.provisional' },
    { type: 'sip.final' },
    { type: 'tu.cancel' },
  ),
  typicalLife: { input: { timerCMs: 181_000 }, events: [{ type: 'sip.provisional' }, { type: 'sip.final' }] },
};
