/**
 * The state machine of one peer (RFC 6733 5.6) with the election between two connections (5.6.4). The initiator
 * connection ("I-") is the one that we opened, the responder connection ("R-") the one that we accepted. Sending and
 * receiving in the open states is no event here: the peer's owner does it. Tc brings a lost connection back (2.1, 5.1).
 *
 * Above each transition: its rows of the RFC's table, STATE | EVENT | ACTION | NEXT STATE.
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
  /** One side wants no connection: nobody is called until the peer calls. */
  readonly unwanted: boolean;
}

interface CapabilitiesRequestEvent {
  readonly type: 'responder.capabilitiesRequest';
  readonly originHost: string;
  readonly connection: object;
  readonly request: object;
}

/** `cause`: Disconnect-Cause (RFC 6733 5.4.3). */
export type PeerEvent =
  | { type: 'node.start' }
  /** For good: the node goes. */
  | { type: 'node.stop' }
  /** The connection is not wanted now. */
  | { type: 'node.disconnect'; cause: number }
  | { type: 'initiator.opened' }
  | { type: 'initiator.failed' }
  | { type: 'initiator.closed' }
  | { type: 'initiator.capabilitiesAnswer' }
  /** Anything but a CEA that suits: another message, a failure, another identity, no common application. */
  | { type: 'initiator.refused' }
  | CapabilitiesRequestEvent
  | { type: 'responder.closed' }
  | { type: 'peer.disconnectRequest'; cause: number; request: object }
  | { type: 'peer.disconnectAnswer' }
  | { type: 'watchdog.down' };

/** Disconnect-Cause (RFC 6733 5.4.3). */
const rebooting = 0;
const doNotWantToTalkToYou = 2;

/** R-Accept, Process-CER */
const accept = [
  {
    type: 'acceptResponder',
    params: ({ event }: { event: CapabilitiesRequestEvent }) => ({
      connection: event.connection,
      request: event.request,
    }),
  },
  {
    type: 'rememberHost',
    params: ({ event }: { event: CapabilitiesRequestEvent }) => ({ originHost: event.originHost }),
  },
] as const;
/** Timeout | Error | Closed: the last row of every state that waits for the other side. */
const timeout = { handshake: { target: 'closed', actions: 'closeConnections' } } as const;
/** I-Disc, R-Snd-CEA | R-Open */
const openOnResponder = { target: 'open.responder', actions: ['closeInitiator', 'sendCapabilitiesAnswer'] } as const;

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
    sendDisconnectRequest: effect<{ cause: number }>('sendDisconnectRequest'),
    sendDisconnectAnswer: effect<{ request: object }>('sendDisconnectAnswer'),
    engage: assign({ engaged: true, unwanted: false }),
    rememberHost: assign({ remoteHost: (_, params: { originHost: string }) => params.originHost }),
    // CX-61: no reconnect where one side wants none; after REBOOTING and BUSY again after Tc.
    noteCause: assign({ unwanted: (_, params: { cause: number }) => params.cause === doNotWantToTalkToYou }),
    forget: assign({ permanent: false }),
  },
  guards: {
    isCalled: ({ context }) => context.permanent && !context.unwanted,
    isForgotten: ({ context }) => context.engaged && !context.permanent,
    // RFC 6733 5.6.4: the greater Origin-Host keeps the connection that it accepted.
    winsElection: ({ context }) => context.localHost > context.remoteHost,
  },
  delays: {
    reconnect: ({ context }) => context.timers.reconnectMs,
    handshake: ({ context }) => context.timers.handshakeMs,
    disconnect: ({ context }) => context.timers.disconnectMs,
  },
}).createMachine({
  id: 'peer',
  context: ({ input }) => ({ ...input, engaged: false, unwanted: false }),
  initial: 'closed',
  on: {
    // Wait-Conn-Ack/Elect, Wait-Returns, R-Open, I-Open | R-Conn-CER | R-Reject | the same; so in Closing
    'responder.capabilitiesRequest': {
      actions: { type: 'rejectResponder', params: ({ event }) => ({ connection: event.connection }) },
    },
    // Stop where no capabilities have been exchanged: there is nobody to say it to.
    'node.stop': { target: '.stopped', actions: 'closeConnections' },
  },
  states: {
    // Closed
    closed: {
      always: { guard: 'isForgotten', target: 'stopped' },
      // RFC 6733 2.1, 12: Tc. RFC 3539 3.4.1: INITIAL, DOWN | Timer expires | AttemptOpen(), SetWatchdog() | the same
      after: { reconnect: { guard: 'isCalled', target: 'awaitingConnection', actions: 'connect' } },
      exit: 'engage',
      on: {
        // Closed | Start | I-Snd-Conn-Req | Wait-Conn-Ack
        'node.start': { target: 'awaitingConnection', actions: 'connect' },
        // Closed | R-Conn-CER | R-Accept, Process-CER, R-Snd-CEA | R-Open
        'responder.capabilitiesRequest': { target: 'open.responder', actions: [...accept, 'sendCapabilitiesAnswer'] },
      },
    },
    // Wait-Conn-Ack
    awaitingConnection: {
      after: timeout,
      on: {
        // Wait-Conn-Ack | I-Rcv-Conn-Ack | I-Snd-CER | Wait-I-CEA
        'initiator.opened': { target: 'awaitingCapabilities', actions: 'sendCapabilitiesRequest' },
        // Wait-Conn-Ack | I-Rcv-Conn-Nack | Cleanup | Closed
        'initiator.failed': { target: 'closed', actions: 'closeConnections' },
        // Wait-Conn-Ack | R-Conn-CER | R-Accept, Process-CER | Wait-Conn-Ack/Elect
        'responder.capabilitiesRequest': { target: 'awaitingConnectionToElect', actions: accept },
      },
    },
    // Wait-I-CEA
    awaitingCapabilities: {
      after: timeout,
      on: {
        // Wait-I-CEA | I-Rcv-CEA | Process-CEA | I-Open
        'initiator.capabilitiesAnswer': 'open.initiator',
        // Wait-I-CEA | R-Conn-CER | R-Accept, Process-CER, Elect | Wait-Returns
        'responder.capabilitiesRequest': { target: 'awaitingReturns', actions: accept },
        // Wait-I-CEA | I-Peer-Disc | I-Disc | Closed
        'initiator.closed': { target: 'closed', actions: 'closeConnections' },
        // Wait-I-CEA | I-Rcv-Non-CEA | Error | Closed
        'initiator.refused': { target: 'closed', actions: 'closeConnections' },
      },
    },
    // Wait-Conn-Ack/Elect
    awaitingConnectionToElect: {
      after: timeout,
      on: {
        // Wait-Conn-Ack/Elect | I-Rcv-Conn-Ack | I-Snd-CER, Elect | Wait-Returns
        'initiator.opened': { target: 'awaitingReturns', actions: 'sendCapabilitiesRequest' },
        // Wait-Conn-Ack/Elect | I-Rcv-Conn-Nack | R-Snd-CEA | R-Open
        'initiator.failed': openOnResponder,
        // Wait-Conn-Ack/Elect | R-Peer-Disc | R-Disc | Wait-Conn-Ack
        'responder.closed': { target: 'awaitingConnection', actions: 'closeResponder' },
      },
    },
    // Wait-Returns
    awaitingReturns: {
      // Wait-Returns | Win-Election | I-Disc, R-Snd-CEA | R-Open
      always: { guard: 'winsElection', ...openOnResponder },
      after: timeout,
      on: {
        // Wait-Returns | I-Peer-Disc | I-Disc, R-Snd-CEA | R-Open
        'initiator.closed': openOnResponder,
        'initiator.refused': openOnResponder,
        // Wait-Returns | I-Rcv-CEA | R-Disc | I-Open
        'initiator.capabilitiesAnswer': { target: 'open.initiator', actions: 'closeResponder' },
        // Wait-Returns | R-Peer-Disc | R-Disc | Wait-I-CEA
        'responder.closed': { target: 'awaitingCapabilities', actions: 'closeResponder' },
      },
    },
    // R-Open, I-Open. There is one connection in them, so that the rows of both are the same.
    open: {
      initial: 'initiator',
      exit: 'leaveService',
      states: { initiator: { entry: 'serveInitiator' }, responder: { entry: 'serveResponder' } },
      on: {
        // R-Open | Stop | R-Snd-DPR | Closing; I-Open | Stop | I-Snd-DPR | Closing
        'node.stop': {
          target: 'closing',
          actions: ['forget', { type: 'sendDisconnectRequest', params: { cause: rebooting } }],
        },
        'node.disconnect': {
          target: 'closing',
          actions: [
            { type: 'noteCause', params: ({ event }) => ({ cause: event.cause }) },
            { type: 'sendDisconnectRequest', params: ({ event }) => ({ cause: event.cause }) },
          ],
        },
        // R-Open | R-Rcv-DPR | R-Snd-DPA | Closing; I-Open | I-Rcv-DPR | I-Snd-DPA | Closing
        'peer.disconnectRequest': {
          target: 'closing',
          actions: [
            { type: 'noteCause', params: ({ event }) => ({ cause: event.cause }) },
            { type: 'sendDisconnectAnswer', params: ({ event }) => ({ request: event.request }) },
          ],
        },
        // I-Open | I-Peer-Disc | I-Disc | Closed
        'initiator.closed': { target: 'closed', actions: 'closeConnections' },
        // R-Open | R-Peer-Disc | R-Disc | Closed
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
        // Closing | I-Rcv-DPA | I-Disc | Closed; Closing | R-Rcv-DPA | R-Disc | Closed
        'peer.disconnectAnswer': { target: 'closed', actions: 'closeConnections' },
        // Closing | I-Peer-Disc | I-Disc | Closed
        'initiator.closed': { target: 'closed', actions: 'closeConnections' },
        // Closing | R-Peer-Disc | R-Disc | Closed
        'responder.closed': { target: 'closed', actions: 'closeConnections' },
        // Both sides stop at once.
        'peer.disconnectRequest': {
          actions: { type: 'sendDisconnectAnswer', params: ({ event }) => ({ request: event.request }) },
        },
        'node.stop': { actions: 'forget' },
      },
    },
    stopped: { type: 'final' },
  },
});
