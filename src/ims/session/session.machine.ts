/**
 * One leg of a session as a record-routing proxy (P-CSCF or S-CSCF) sees it: the INVITE it forwards, the dialogs that
 * come of it, and their end. TS 24.229 §5.2.6 and §5.4.3; proxy behaviour of RFC 3261 16; session timer of RFC 4028 8.
 * Whatever comes goes on: the states only say what the proxy still has to keep, and for how long.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';
import type { ReturningResponse, RoutedRequest } from '../../node/index.js';

export interface SessionInput {
  /** How long a session is kept whose 2xx names no Session-Expires, ms. */
  readonly sessionExpiresMs: number;
}

export interface SessionContext {
  readonly sessionExpiresMs: number;
}

export type SessionEvent =
  | { type: 'sip.invite'; request: RoutedRequest }
  | { type: 'sip.provisional'; response: ReturningResponse }
  /** 2xx to the INVITE that opens the session; Session-Expires in ms where it has one. */
  | { type: 'sip.answered'; response: ReturningResponse; sessionExpiresMs: number | undefined }
  | { type: 'sip.rejected'; response: ReturningResponse }
  /** A request within the dialog: PRACK, ACK, UPDATE, re-INVITE, INFO … */
  | { type: 'sip.request'; request: RoutedRequest }
  | { type: 'sip.bye'; request: RoutedRequest }
  | { type: 'sip.byeAnswered' }
  /** 2xx to a re-INVITE or UPDATE. */
  | { type: 'sip.refreshed'; sessionExpiresMs: number | undefined }
  /** The INVITE goes on as another leg, and nobody is told of what became of this one. */
  | { type: 'leg.superseded' }
  /** The network ends it (TS 24.229 §5.4.5.1.2). */
  | { type: 'network.release' };

export const session = setup({
  types: {} as { input: SessionInput; context: SessionContext; events: SessionEvent },
  actions: {
    forwardInvite: effect<{ request: RoutedRequest }>('forwardInvite'),
    forwardInDialog: effect<{ request: RoutedRequest }>('forwardInDialog'),
    relayResponse: effect<{ response: ReturningResponse }>('relayResponse'),
    reportExpiry: effect('reportExpiry'),
    /** Before the answer: CANCEL towards the callee, a final response to the caller. */
    cancelSession: effect('cancelSession'),
    /** BYE to both ends. */
    endDialog: effect('endDialog'),
    learnSessionTimer: assign({
      sessionExpiresMs: ({ event, context }) =>
        event.type === 'sip.answered' || event.type === 'sip.refreshed'
          ? (event.sessionExpiresMs ?? context.sessionExpiresMs)
          : context.sessionExpiresMs,
    }),
  },
  delays: { sessionExpiry: ({ context }) => context.sessionExpiresMs },
}).createMachine({
  id: 'session',
  context: ({ input }) => ({ sessionExpiresMs: input.sessionExpiresMs }),
  initial: 'idle',
  on: {
    'sip.provisional': { actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) } },
    // Also a late 2xx of another branch (RFC 6026): the caller acknowledges and releases it.
    'sip.answered': { actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) } },
    'sip.rejected': {
      target: '.failed',
      actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
    },
    // PRACK, UPDATE and even BYE pass before the answer (RFC 3262, RFC 3311, RFC 3261 15.1.1).
    'sip.request': { actions: { type: 'forwardInDialog', params: ({ event }) => ({ request: event.request }) } },
    'sip.bye': { actions: { type: 'forwardInDialog', params: ({ event }) => ({ request: event.request }) } },
  },
  states: {
    idle: {
      on: {
        'sip.invite': {
          target: 'inviting',
          actions: { type: 'forwardInvite', params: ({ event }) => ({ request: event.request }) },
        },
      },
    },
    inviting: {
      on: {
        'leg.superseded': 'superseded',
        'network.release': { target: 'failed', actions: 'cancelSession' },
        'sip.provisional': {
          target: 'early',
          actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
        },
        'sip.answered': {
          target: 'established',
          actions: [
            'learnSessionTimer',
            { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
          ],
        },
      },
    },
    /** At least one early dialog. */
    early: {
      on: {
        'network.release': { target: 'failed', actions: 'cancelSession' },
        'sip.answered': {
          target: 'established',
          actions: [
            'learnSessionTimer',
            { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
          ],
        },
      },
    },
    established: {
      // RFC 4028 9: a proxy that hears of no refresh and no BYE forgets the session.
      after: { sessionExpiry: { target: 'expired', actions: 'reportExpiry' } },
      on: {
        'network.release': { target: 'releasing', actions: 'endDialog' },
        'sip.refreshed': { target: 'established', reenter: true, actions: 'learnSessionTimer' },
        'sip.bye': {
          target: 'releasing',
          actions: { type: 'forwardInDialog', params: ({ event }) => ({ request: event.request }) },
        },
      },
    },
    // BYEs may cross on the way (RFC 3261 15.1): both pass, and the first answer ends the session.
    releasing: { on: { 'sip.byeAnswered': 'released' } },
    released: { type: 'final' },
    failed: { type: 'final' },
    superseded: { type: 'final' },
    expired: { type: 'final' },
  },
});
