/**
 * UE, the session timer of one call: whoever is the refresher refreshes at half time, and who hears of no refresh ends the
 * call before the session expires. RFC 4028 7.2, 9, 10; CALL-27.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface SessionTimerContext {
  /** Session-Expires as agreed, ms. */
  readonly intervalMs: number;
}

export type SessionTimerEvent =
  /** A 2xx to INVITE or UPDATE, ours or theirs; `refreshes`: the next refresh is ours. */
  | { type: 'session.agreed'; intervalMs: number; refreshes: boolean }
  /** A 2xx without Session-Expires. */
  | { type: 'session.unlimited' }
  /** 422 with Min-SE. */
  | { type: 'sip.intervalTooBrief'; intervalMs: number }
  /** Any other failure of the refresh. */
  | { type: 'sip.refreshFailed' }
  /** The refresh was answered 481 or 408: the other side knows the session no more. */
  | { type: 'sip.sessionLost' }
  | { type: 'call.ended' };

export const sessionTimer = setup({
  types: {} as { input: undefined; context: SessionTimerContext; events: SessionTimerEvent },
  actions: {
    sendRefresh: effect<{ intervalMs: number }>('sendRefresh'),
    reportExpiry: effect<{ refreshes: boolean }>('reportExpiry'),
    noteInterval: assign({
      intervalMs: ({ context, event }) =>
        event.type === 'session.agreed' || event.type === 'sip.intervalTooBrief'
          ? event.intervalMs
          : context.intervalMs,
    }),
  },
  guards: {
    refreshes: ({ event }) => event.type === 'session.agreed' && event.refreshes,
    worthRaising: ({ context, event }) =>
      event.type === 'sip.intervalTooBrief' && event.intervalMs > context.intervalMs,
  },
  delays: {
    // RFC 4028 7.2, 10.
    half: ({ context }) => context.intervalMs / 2,
    expiry: ({ context }) => context.intervalMs - Math.min(32_000, context.intervalMs / 3),
    /** Several tries fit into the time that is left. */
    retry: 10_000,
  },
}).createMachine({
  id: 'sessionTimer',
  context: { intervalMs: 0 },
  initial: 'unlimited',
  on: {
    'session.agreed': [
      { guard: 'refreshes', target: '.refreshing', actions: 'noteInterval' },
      { target: '.awaitingRefresh', actions: 'noteInterval' },
    ],
    'session.unlimited': '.unlimited',
    'call.ended': '.ended',
  },
  states: {
    unlimited: {},
    refreshing: {
      initial: 'waiting',
      after: { expiry: { target: 'expired', actions: { type: 'reportExpiry', params: { refreshes: true } } } },
      on: { 'sip.sessionLost': { target: 'expired', actions: { type: 'reportExpiry', params: { refreshes: true } } } },
      states: {
        waiting: { after: { half: 'requesting' } },
        requesting: {
          entry: { type: 'sendRefresh', params: ({ context }) => ({ intervalMs: context.intervalMs }) },
          on: {
            'sip.intervalTooBrief': [
              { guard: 'worthRaising', target: 'requesting', reenter: true, actions: 'noteInterval' },
              { target: 'awaitingRetry' },
            ],
            'sip.refreshFailed': 'awaitingRetry',
          },
        },
        awaitingRetry: { after: { retry: 'requesting' } },
      },
    },
    awaitingRefresh: {
      after: { expiry: { target: 'expired', actions: { type: 'reportExpiry', params: { refreshes: false } } } },
    },
    expired: { type: 'final' },
    ended: { type: 'final' },
  },
});
