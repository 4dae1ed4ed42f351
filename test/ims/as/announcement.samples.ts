import fc from 'fast-check';
import { announcement } from '../../../src/ims/as/announcement.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

export const samples: MachineSamples = {
  machine: announcement,
  input: fc.record({ playMs: fc.constantFrom(1000, 30_000) }),
  event: fc.constantFrom(
    { type: 'sip.ack' },
    { type: 'sip.ack' },
    { type: 'sip.unacknowledged' },
    { type: 'sip.bye' },
    { type: 'sip.byeAnswered' },
  ),
  typicalLife: { input: { playMs: 30_000 }, events: [{ type: 'sip.ack' }, { type: 'sip.bye' }] },
};
