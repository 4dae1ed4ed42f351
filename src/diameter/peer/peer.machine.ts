/**
 * The state machine of one peer (RFC 6733 5.6) with the election between two connections (5.6.4). The initiator
 * connection ("I-") is the one that we opened, the responder connection ("R-") the one that we accepted. Sending and
 * receiving in the open states is no event here: the peer's owner does it. Tc brings a lost connection back (2.1, 5.1).
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface PeerInput {
  /** Our own Origin-Host and the peer's where it is known, in lower case. */
  readonly localHost: string;
  readonly remoteHost: string;
  /** Configured: we connect to it, and it stays when it is gone. Otherwise it was met on a listening port. */
  readonly permanent: boolean;
  readonly timers: PeerTimers;
}

export interface PeerTimers {
  /** Tc: how long a peer stays closed before it is tried again. */
  readonly reconnectMs: number;
  /** For the connection, and then for CEA. */
  readonly handshakeMs: number;
  /** For DPA, or for the end of the connection after it. */
  readonly disconnectMs: number;
}

export interface PeerContext extends PeerInput {
  /** It has left `closed` before, so that a peer that is not permanent ends when it comes back. */
  readonly engaged: boolean;
}

export type PeerEvent =
  | { type: 'node.start' }
  | { type: 'node.stop' }
  | { type: 'initiator.opened' }
  | { type: 'initiator.failed' }
  | { type: 'initiator.closed' }
  | { type: 'initiator.capabilitiesAnswer' }
  /** Anything but a CEA that suits: another message, a failure, another identity, no common application. */
  | { type: 'initiator.refused' }
  | { type: 'responder.capabilitiesRequest'; originHost: string; connection: object; request: object }
  | { type: 'responder.closed' }
  | { type: 'peer.disconnectRequest'; cause: number; request: object }
  | { type: 'peer.disconnectAnswer' }
  | { type: 'watchdog.down' };

/** Disconnect-Cause DO_NOT_WANT_TO_TALK_TO_YOU. */
const unwanted = 2;

export const peerMachine = setup({
  types: {} as { input: PeerInput; context: PeerContext; events: PeerEvent },
  actions: {
    connect: effect('connect'),
    sendCapabilitiesRequest: effect('sendCapabilitiesRequest'),
    acceptResponder: effect<{ connection: object; request: object }>('acceptResponder'),
    rejectResponder: effect<{ connection: object }>('rejectResponder'),
    sendCapabilitiesAnswer: effect('sendCapabilitiesAnswer'),
    closeInitiator: effect('closeInitiator'),
    closeResponder: effect('closeResponder'),
    closeConnections: effect('closeConnections'),
    serveInitiator: effect('serveInitiator'),
    serveResponder: effect('serveResponder'),
    leaveService: effect('leaveService'),
    sendDisconnectRequest: effect('sendDisconnectRequest'),
    sendDisconnectAnswer: effect<{ request: object }>('sendDisconnectAnswer'),
    engage: assign({ engaged: true }),
    rememberHost: assign({ remoteHost: (_, params: { originHost: string }) => params.originHost }),
    forget: assign({ permanent: false }),
  },
  guards: {
    isPermanent: ({ context }) => context.permanent,
    isForgotten: ({ context }) => context.engaged && !context.permanent,
    // RFC 6733 5.6.4: the greater Origin-Host keeps the connection that it accepted.
    winsElection: ({ context }) => context.localHost > context.remoteHost,
    isUnwanted: (_, params: { cause: number }) => params.cause === unwanted,
  },
  delays: {
    reconnect: ({ context }) => context.timers.reconnectMs,
    handshake: ({ context }) => context.timers.handshakeMs,
    disconnect: ({ context }) => context.timers.disconnectMs,
  },
}).createMachine({
  id: 'peer',
  context: ({ input }) => ({ ...input, engaged: false }),
  initial: 'closed',
  states: {
    // Closed
    closed: {
      always: { guard: 'isForgotten', target: 'stopped' },
      // RFC 6733 2.1, 12: Tc.
      after: { reconnect: { guard: 'isPermanent', target: 'awaitingConnection', actions: 'connect' } },
      exit: 'engage',
      on: {
        // Closed | Start | I-Snd-Conn-Req | Wait-Conn-Ack
        'node.start': { target: 'awaitingConnection', actions: 'connect' },
        // Closed | R-Conn-CER | R-Accept, Process-CER, R-Snd-CEA | R-Open
        'responder.capabilitiesRequest': {
          target: 'openResponder',
          actions: [
            {
              type: 'acceptResponder',
              params: ({ event }) => ({ connection: event.connection, request: event.request }),
            },
            'sendCapabilitiesAnswer',
          ],
        },
        'node.stop': 'stopped',
      },
    },
    // Wait-Conn-Ack
    awaitingConnection: {
      // Wait-Conn-Ack | Timeout | Error | Closed
      after: { handshake: { target: 'closed', actions: 'closeConnections' } },
      on: {
        // Wait-Conn-Ack | I-Rcv-Conn-Ack | I-Snd-CER | Wait-I-CEA
        'initiator.opened': { target: 'awaitingCapabilities', actions: 'sendCapabilitiesRequest' },
        // Wait-Conn-Ack | I-Rcv-Conn-Nack | Cleanup | Closed
        'initiator.failed': { target: 'closed', actions: 'closeConnections' },
        // Wait-Conn-Ack | R-Conn-CER | R-Accept, Process-CER | Wait-Conn-Ack/Elect
        'responder.capabilitiesRequest': {
          target: 'awaitingConnectionToElect',
          actions: [
            {
              type: 'acceptResponder',
              params: ({ event }) => ({ connection: event.connection, request: event.request }),
            },
            { type: 'rememberHost', params: ({ event }) => ({ originHost: event.originHost }) },
          ],
        },
        'node.stop': { target: 'stopped', actions: 'closeConnections' },
      },
    },
    // Wait-I-CEA
    awaitingCapabilities: {
      // Wait-I-CEA | Timeout | Error | Closed
      after: { handshake: { target: 'closed', actions: 'closeConnections' } },
      on: {
        // Wait-I-CEA | I-Rcv-CEA | Process-CEA | I-Open
        'initiator.capabilitiesAnswer': 'openInitiator',
        // Wait-I-CEA | R-Conn-CER | R-Accept, Process-CER, Elect | Wait-Returns
        'responder.capabilitiesRequest': {
          target: 'awaitingReturns',
          actions: [
            {
              type: 'acceptResponder',
              params: ({ event }) => ({ connection: event.connection, request: event.request }),
            },
            { type: 'rememberHost', params: ({ event }) => ({ originHost: event.originHost }) },
          ],
        },
        // Wait-I-CEA | I-Peer-Disc | I-Disc | Closed
        'initiator.closed': { target: 'closed', actions: 'closeConnections' },
        // Wait-I-CEA | I-Rcv-Non-CEA | Error | Closed
        'initiator.refused': { target: 'closed', actions: 'closeConnections' },
        'node.stop': { target: 'stopped', actions: 'closeConnections' },
      },
    },
    // Wait-Conn-Ack/Elect
    awaitingConnectionToElect: {
      // Wait-Conn-Ack/Elect | Timeout | Error | Closed
      after: { handshake: { target: 'closed', actions: 'closeConnections' } },
      on: {
        // Wait-Conn-Ack/Elect | I-Rcv-Conn-Ack | I-Snd-CER, Elect | Wait-Returns
        'initiator.opened': { target: 'awaitingReturns', actions: 'sendCapabilitiesRequest' },
        // Wait-Conn-Ack/Elect | I-Rcv-Conn-Nack | R-Snd-CEA | R-Open
        'initiator.failed': { target: 'openResponder', actions: ['closeInitiator', 'sendCapabilitiesAnswer'] },
        // Wait-Conn-Ack/Elect | R-Peer-Disc | R-Disc | Wait-Conn-Ack
        'responder.closed': { target: 'awaitingConnection', actions: 'closeResponder' },
        // Wait-Conn-Ack/Elect | R-Conn-CER | R-Reject | Wait-Conn-Ack/Elect
        'responder.capabilitiesRequest': {
          actions: { type: 'rejectResponder', params: ({ event }) => ({ connection: event.connection }) },
        },
        'node.stop': { target: 'stopped', actions: 'closeConnections' },
      },
    },
    // Wait-Returns
    awaitingReturns: {
      // Wait-Returns | Win-Election | I-Disc, R-Snd-CEA | R-Open
      always: {
        guard: 'winsElection',
        target: 'openResponder',
        actions: ['closeInitiator', 'sendCapabilitiesAnswer'],
      },
      // Wait-Returns | Timeout | Error | Closed
      after: { handshake: { target: 'closed', actions: 'closeConnections' } },
      on: {
        // Wait-Returns | I-Peer-Disc | I-Disc, R-Snd-CEA | R-Open
        'initiator.closed': { target: 'openResponder', actions: ['closeInitiator', 'sendCapabilitiesAnswer'] },
        'initiator.refused': { target: 'openResponder', actions: ['closeInitiator', 'sendCapabilitiesAnswer'] },
        // Wait-Returns | I-Rcv-CEA | R-Disc | I-Open
        'initiator.capabilitiesAnswer': { target: 'openInitiator', actions: 'closeResponder' },
        // Wait-Returns | R-Peer-Disc | R-Disc | Wait-I-CEA
        'responder.closed': { target: 'awaitingCapabilities', actions: 'closeResponder' },
        // Wait-Returns | R-Conn-CER | R-Reject | Wait-Returns
        'responder.capabilitiesRequest': {
          actions: { type: 'rejectResponder', params: ({ event }) => ({ connection: event.connection }) },
        },
        'node.stop': { target: 'stopped', actions: 'closeConnections' },
      },
    },
    // I-Open
    openInitiator: {
      entry: 'serveInitiator',
      exit: 'leaveService',
      on: {
        // R-Open, I-Open | R-Conn-CER | R-Reject | R-Open, I-Open
        'responder.capabilitiesRequest': {
          actions: { type: 'rejectResponder', params: ({ event }) => ({ connection: event.connection }) },
        },
        // R-Open, I-Open | Stop | Snd-DPR | Closing
        'node.stop': { target: 'closing', actions: ['forget', 'sendDisconnectRequest'] },
        // R-Open, I-Open | Rcv-DPR | Snd-DPA | Closing
        'peer.disconnectRequest': [
          {
            guard: { type: 'isUnwanted', params: ({ event }) => ({ cause: event.cause }) },
            target: 'closing',
            actions: ['forget', { type: 'sendDisconnectAnswer', params: ({ event }) => ({ request: event.request }) }],
          },
          {
            target: 'closing',
            actions: { type: 'sendDisconnectAnswer', params: ({ event }) => ({ request: event.request }) },
          },
        ],
        // R-Open, I-Open | Peer-Disc | Disc | Closed
        'initiator.closed': { target: 'closed', actions: 'closeConnections' },
        // RFC 3539 3.4.1: CloseConnection()
        'watchdog.down': { target: 'closed', actions: 'closeConnections' },
      },
    },
    // R-Open
    openResponder: {
      entry: 'serveResponder',
      exit: 'leaveService',
      on: {
        // R-Open, I-Open | R-Conn-CER | R-Reject | R-Open, I-Open
        'responder.capabilitiesRequest': {
          actions: { type: 'rejectResponder', params: ({ event }) => ({ connection: event.connection }) },
        },
        // R-Open, I-Open | Stop | Snd-DPR | Closing
        'node.stop': { target: 'closing', actions: ['forget', 'sendDisconnectRequest'] },
        // R-Open, I-Open | Rcv-DPR | Snd-DPA | Closing
        'peer.disconnectRequest': [
          {
            guard: { type: 'isUnwanted', params: ({ event }) => ({ cause: event.cause }) },
            target: 'closing',
            actions: ['forget', { type: 'sendDisconnectAnswer', params: ({ event }) => ({ request: event.request }) }],
          },
          {
            target: 'closing',
            actions: { type: 'sendDisconnectAnswer', params: ({ event }) => ({ request: event.request }) },
          },
        ],
        // R-Open, I-Open | Peer-Disc | Disc | Closed
        'responder.closed': { target: 'closed', actions: 'closeConnections' },
        // RFC 3539 3.4.1: CloseConnection()
        'watchdog.down': { target: 'closed', actions: 'closeConnections' },
      },
    },
    // Closing
    closing: {
      // Closing | Timeout | Error | Closed
      after: { disconnect: { target: 'closed', actions: 'closeConnections' } },
      on: {
        // Closing | Rcv-DPA | Disc | Closed
        'peer.disconnectAnswer': { target: 'closed', actions: 'closeConnections' },
        // Closing | Peer-Disc | Disc | Closed
        'initiator.closed': { target: 'closed', actions: 'closeConnections' },
        'responder.closed': { target: 'closed', actions: 'closeConnections' },
        // Both sides stop at once.
        'peer.disconnectRequest': {
          actions: { type: 'sendDisconnectAnswer', params: ({ event }) => ({ request: event.request }) },
        },
        'responder.capabilitiesRequest': {
          actions: { type: 'rejectResponder', params: ({ event }) => ({ connection: event.connection }) },
        },
        'node.stop': { actions: 'forget' },
      },
    },
    stopped: { type: 'final' },
  },
});
