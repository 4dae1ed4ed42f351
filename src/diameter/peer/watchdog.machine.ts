/**
 * The watchdog of one peer (RFC 3539 3.4.1). Every received message restarts Tw; an expiry asks (DWR), the next one
 * suspects and fails over, the next one closes. A connection that comes back is on trial until three answers have come.
 *
 * Tw itself runs at the owner: each SetWatchdog() draws its jitter, and randomness is not a machine's. Bringing a
 * connection back, AttemptOpen() in the table, is the peer machine's with Tc (RFC 6733 5.5.3), so there is no Tw while
 * the connection is down.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface WatchdogContext {
  /** A DWR is unanswered. */
  readonly pending: boolean;
  /** NumDWA: answers since the connection came back; -1 when one stayed out. */
  readonly answerCount: number;
}

export type WatchdogEvent =
  | { type: 'connection.up' }
  | { type: 'connection.down' }
  /** DWA. */
  | { type: 'watchdog.answer' }
  /** Any other message. */
  | { type: 'peer.message' }
  /** Tw has expired. */
  | { type: 'timer.watchdog' };

export const watchdogMachine = setup({
  types: {} as { context: WatchdogContext; events: WatchdogEvent },
  actions: {
    setWatchdog: effect('setWatchdog'),
    clearWatchdog: effect('clearWatchdog'),
    sendWatchdog: effect('sendWatchdog'),
    failOver: effect('failOver'),
    failBack: effect('failBack'),
    closeConnection: effect('closeConnection'),
    expectAnswer: assign({ pending: true }),
    noteAnswer: assign({ pending: false }),
    beginTrial: assign({ answerCount: 0 }),
    countAnswer: assign({ pending: false, answerCount: ({ context }) => context.answerCount + 1 }),
    missAnswer: assign({ answerCount: -1 }),
  },
  guards: {
    isPending: ({ context }) => context.pending,
    isLastOfTrial: ({ context }) => context.answerCount === 2,
    isFirstMiss: ({ context }) => context.pending && context.answerCount >= 0,
  },
}).createMachine({
  id: 'watchdog',
  context: { pending: false, answerCount: 0 },
  initial: 'initial',
  states: {
    initial: {
      on: {
        // INITIAL | Connection up | SetWatchdog() | OKAY
        'connection.up': { target: 'okay', actions: ['noteAnswer', 'setWatchdog'] },
      },
    },
    okay: {
      on: {
        // OKAY | Receive DWA | Pending = FALSE, SetWatchdog() | OKAY
        'watchdog.answer': { actions: ['noteAnswer', 'setWatchdog'] },
        // OKAY | Receive non-DWA | SetWatchdog() | OKAY
        'peer.message': { actions: 'setWatchdog' },
        'timer.watchdog': [
          // OKAY | Timer expires & Pending | Failover(), SetWatchdog() | SUSPECT
          { guard: 'isPending', target: 'suspect', actions: ['failOver', 'setWatchdog'] },
          // OKAY | Timer expires & !Pending | SendWatchdog(), SetWatchdog(), Pending = TRUE | OKAY
          { actions: ['sendWatchdog', 'setWatchdog', 'expectAnswer'] },
        ],
        // OKAY | Connection down | CloseConnection(), Failover(), SetWatchdog() | DOWN
        'connection.down': { target: 'down', actions: ['clearWatchdog', 'failOver'] },
      },
    },
    suspect: {
      on: {
        // SUSPECT | Receive DWA | Pending = FALSE, Failback(), SetWatchdog() | OKAY
        'watchdog.answer': { target: 'okay', actions: ['noteAnswer', 'failBack', 'setWatchdog'] },
        // SUSPECT | Receive non-DWA | Failback(), SetWatchdog() | OKAY
        'peer.message': { target: 'okay', actions: ['failBack', 'setWatchdog'] },
        // SUSPECT | Timer expires | CloseConnection(), SetWatchdog() | DOWN
        'timer.watchdog': { target: 'down', actions: ['clearWatchdog', 'closeConnection'] },
        // SUSPECT | Connection down | CloseConnection(), SetWatchdog() | DOWN
        'connection.down': { target: 'down', actions: 'clearWatchdog' },
      },
    },
    reopen: {
      on: {
        'watchdog.answer': [
          // REOPEN | Receive DWA & NumDWA == 2 | Pending = FALSE, NumDWA++, Failback() | OKAY
          { guard: 'isLastOfTrial', target: 'okay', actions: ['countAnswer', 'failBack'] },
          // REOPEN | Receive DWA & NumDWA < 2 | Pending = FALSE, NumDWA++ | REOPEN
          { actions: 'countAnswer' },
        ],
        'timer.watchdog': [
          // REOPEN | Timer expires & Pending & NumDWA >= 0 | NumDWA = -1, SetWatchdog() | REOPEN
          { guard: 'isFirstMiss', actions: ['missAnswer', 'setWatchdog'] },
          // REOPEN | Timer expires & Pending & NumDWA < 0 | CloseConnection(), SetWatchdog() | DOWN
          { guard: 'isPending', target: 'down', actions: ['clearWatchdog', 'closeConnection'] },
          // REOPEN | Timer expires & !Pending | SendWatchdog(), SetWatchdog(), Pending = TRUE | REOPEN
          { actions: ['sendWatchdog', 'setWatchdog', 'expectAnswer'] },
        ],
        // REOPEN | Connection down | CloseConnection(), SetWatchdog() | DOWN
        'connection.down': { target: 'down', actions: ['clearWatchdog', 'failOver'] },
      },
    },
    down: {
      on: {
        // DOWN | Connection up | NumDWA = 0, SendWatchdog(), SetWatchdog(), Pending = TRUE | REOPEN
        'connection.up': {
          target: 'reopen',
          actions: ['beginTrial', 'sendWatchdog', 'setWatchdog', 'expectAnswer'],
        },
      },
    },
  },
});
