import fc from 'fast-check';
import { keepAlive } from '../../../src/ims/ue/keep-alive.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

export const samples: MachineSamples = {
  machine: keepAlive,
  input: fc.record({ intervalMs: fc.constantFrom(1000, 29_000), attemptsMax: fc.constantFrom(1, 3) }),
  event: fc.constant({ type: 'flow.pong' }),
};
