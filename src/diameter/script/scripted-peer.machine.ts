/**
 * A connection whose messages a file writes: capabilities, watchdog and disconnect are played by themselves (RFC 6733 5.3,
 * 5.4, 5.5), so that the file holds what is to be tried. It is no node of a lab: one connection, no election, no Tw of its
 * own, and it does not come back.
 */
import { setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface ScriptedPeerInput {
  /** We opened the connection. */
  readonly isInitiator: boolean;
  /** For the connection with its capabilities. */
  readonly handshakeMs: number;
  /** For DPA, or for the end of the connection after it. */
  readonly disconnectMs: number;
}

export type ScriptedPeerEvent =
  | { type: 'connection.opened' }
  | { type: 'connection.closed' }
  /** CEA with success. */
  | { type: 'peer.capabilitiesAnswer' }
  /** CEA with a failure, or another message in its place. */
  | { type: 'peer.refused' }
  | { type: 'peer.capabilitiesRequest'; request: object }
  /** CER that the file wants refused. */
  | { type: 'peer.unwantedRequest'; request: object }
  | { type: 'peer.watchdogRequest'; request: object }
  | { type: 'peer.disconnectRequest'; request: object }
  | { type: 'peer.disconnectAnswer' }
  /** The file has no more to say. */
  | { type: 'script.finished' };

const requestOf = ({ event }: { event: ScriptedPeerEvent }): { request: object } => ({
  request: 'request' in event ? event.request : event,
});

export const scriptedPeer = setup({
  types: {} as { input: ScriptedPeerInput; context: ScriptedPeerInput; events: ScriptedPeerEvent },
  actions: {
    sendCapabilitiesRequest: effect('sendCapabilitiesRequest'),
    sendCapabilitiesAnswer: effect<{ request: object }>('sendCapabilitiesAnswer'),
    sendWatchdogAnswer: effect<{ request: object }>('sendWatchdogAnswer'),
    sendDisconnectRequest: effect('sendDisconnectRequest'),
    sendDisconnectAnswer: effect<{ request: object }>('sendDisconnectAnswer'),
    announceOpen: effect('announceOpen'),
    announceTimeout: effect('announceTimeout'),
    closeConnection: effect('closeConnection'),
  },
  guards: { isResponder: ({ context }) => !context.isInitiator },
  delays: {
    handshake: ({ context }) => context.handshakeMs,
    disconnect: ({ context }) => context.disconnectMs,
  },
}).createMachine({
  id: 'scriptedPeer',
  context: ({ input }) => input,
  initial: 'beginning',
  states: {
    beginning: {
      always: [{ guard: 'isResponder', target: 'awaitingCapabilitiesRequest' }, { target: 'connecting' }],
    },
    connecting: {
      on: {
        'connection.opened': { target: 'awaitingCapabilitiesAnswer', actions: 'sendCapabilitiesRequest' },
        'connection.closed': { target: 'closed' },
        'script.finished': { target: 'closed', actions: 'closeConnection' },
      },
      after: { handshake: { target: 'closed', actions: ['announceTimeout', 'closeConnection'] } },
    },
    // RFC 6733 5.3.2
    awaitingCapabilitiesAnswer: {
      on: {
        'peer.capabilitiesAnswer': { target: 'open', actions: 'announceOpen' },
        'peer.refused': { target: 'closed', actions: 'closeConnection' },
        'connection.closed': { target: 'closed' },
        'script.finished': { target: 'closed', actions: 'closeConnection' },
      },
      after: { handshake: { target: 'closed', actions: ['announceTimeout', 'closeConnection'] } },
    },
    awaitingCapabilitiesRequest: {
      on: {
        'peer.capabilitiesRequest': {
          target: 'open',
          actions: [{ type: 'sendCapabilitiesAnswer', params: requestOf }, 'announceOpen'],
        },
        'peer.unwantedRequest': {
          target: 'closed',
          actions: [{ type: 'sendCapabilitiesAnswer', params: requestOf }, 'closeConnection'],
        },
        'connection.closed': { target: 'closed' },
        'script.finished': { target: 'closed', actions: 'closeConnection' },
      },
      after: { handshake: { target: 'closed', actions: ['announceTimeout', 'closeConnection'] } },
    },
    open: {
      on: {
        // RFC 6733 5.5.2
        'peer.watchdogRequest': { actions: { type: 'sendWatchdogAnswer', params: requestOf } },
        // RFC 6733 5.4.2
        'peer.disconnectRequest': {
          target: 'awaitingClose',
          actions: { type: 'sendDisconnectAnswer', params: requestOf },
        },
        'script.finished': { target: 'awaitingDisconnectAnswer', actions: 'sendDisconnectRequest' },
        'connection.closed': { target: 'closed' },
      },
    },
    // RFC 6733 5.4: the sender of DPR closes when it has DPA.
    awaitingClose: {
      on: {
        'connection.closed': { target: 'closed' },
        'script.finished': { target: 'closed', actions: 'closeConnection' },
      },
      after: { disconnect: { target: 'closed', actions: 'closeConnection' } },
    },
    awaitingDisconnectAnswer: {
      on: {
        'peer.watchdogRequest': { actions: { type: 'sendWatchdogAnswer', params: requestOf } },
        'peer.disconnectRequest': { actions: { type: 'sendDisconnectAnswer', params: requestOf } },
        'peer.disconnectAnswer': { target: 'closed', actions: 'closeConnection' },
        'connection.closed': { target: 'closed' },
      },
      after: { disconnect: { target: 'closed', actions: 'closeConnection' } },
    },
    closed: { type: 'final' },
  },
});
