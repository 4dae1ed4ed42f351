import fc from 'fast-check';
import { peerMachine } from '../../../src/diameter/peer/peer.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const connection = { name: 'connection' };
const request = { name: 'request' };
const timers = { reconnectMs: 30_000, handshakeMs: 10_000, disconnectMs: 5_000 };

export const samples: MachineSamples = {
  machine: peerMachine,
  input: fc.record({
    localHost: fc.constantFrom('a.example', 'z.example'),
    remoteHost: fc.constantFrom('', 'm.example'),
    permanent: fc.boolean(),
    timers: fc.constant(timers),
  }),
  event: fc.oneof(
    fc.constantFrom(
      { type: 'node.start' } as const,
      { type: 'initiator.opened' } as const,
      { type: 'initiator.failed' } as const,
      { type: 'initiator.closed' } as const,
      { type: 'initiator.capabilitiesAnswer' } as const,
      { type: 'initiator.refused' } as const,
      { type: 'responder.closed' } as const,
      { type: 'peer.disconnectAnswer' } as const,
      { type: 'watchdog.down' } as const,
      { type: 'node.stop' } as const,
    ),
    fc
      .constantFrom('b.example', 'y.example')
      .map((originHost) => ({ type: 'responder.capabilitiesRequest', originHost, connection, request })),
    fc.constantFrom(0, 1, 2).map((cause) => ({ type: 'peer.disconnectRequest', cause, request })),
    fc.constantFrom(1, 2).map((cause) => ({ type: 'node.disconnect', cause })),
  ),
  typicalLife: {
    input: { localHost: 'a.example', remoteHost: 'm.example', permanent: true, timers },
    events: [
      { type: 'node.start' },
      { type: 'initiator.opened' },
      { type: 'initiator.capabilitiesAnswer' },
      { type: 'node.stop' },
      { type: 'peer.disconnectAnswer' },
    ],
  },
};
