import fc from 'fast-check';
import { scriptedPeer } from '../../../src/diameter/script/scripted-peer.machine.js';
import type { MachineSamples } from '../../machine/samples.js';

const request = { hopByHop: 1 };

export const samples: MachineSamples = {
  machine: scriptedPeer,
  input: fc.record({
    isInitiator: fc.boolean(),
    handshakeMs: fc.constant(10_000),
    disconnectMs: fc.constant(5_000),
  }),
  event: fc.constantFrom(
    { type: 'connection.opened' } as const,
    { type: 'connection.closed' } as const,
    { type: 'peer.capabilitiesAnswer' } as const,
    { type: 'peer.refused' } as const,
    { type: 'peer.capabilitiesRequest', request } as const,
    { type: 'peer.unwantedRequest', request } as const,
    { type: 'peer.watchdogRequest', request } as const,
    { type: 'peer.disconnectRequest', request } as const,
    { type: 'peer.disconnectAnswer' } as const,
    { type: 'script.finished' } as const,
  ),
};
