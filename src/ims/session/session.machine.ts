/**
 * One leg of a session as a record-routing proxy (P-CSCF or S-CSCF) sees it: the INVITE it forwards, the dialogs that
 * come of it, and their end. TS 24.229 §5.2.6 and §5.4.3; proxy behaviour of RFC 3261 16; session timer of RFC 4028 8.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface SessionInput {
  /** Used until the 2xx names a Session-Expires (RFC 4028); no proxy keeps a dead session for ever. */
  readonly sessionExpiresMs: number;
}

export interface SessionContext {
  readonly sessionExpiresMs: number;
}

export type SessionEvent =
  | { type: 'sip.invite'; request: unknown }
  | { type: 'sip.provisional'; response: unknown }
  /** 2xx to the INVITE that opens the session. */
  | { type: 'sip.answered'; response: unknown; sessionExpiresMs: number | undefined }
  | { type: 'sip.rejected'; response: unknown }
  /** A request within the dialog: PRACK, ACK, UPDATE, re-INVITE, INFO … and BYE. */
  | { type: 'sip.request'; request: unknown; refreshes: boolean }
  | { type: 'sip.bye'; request: unknown }
  | { type: 'sip.byeAnswered' };

export const session = setup({
  types: {} as { input: SessionInput; context: SessionContext; events: SessionEvent },
  actions: {
    forwardInvite: effect<{ request: unknown }>('forwardInvite'),
    forwardInDialog: effect<{ request: unknown }>('forwardInDialog'),
    relayResponse: effect<{ response: unknown }>('relayResponse'),
    learnSessionTimer: assign({
      sessionExpiresMs: ({ event, context }) =>
        event.type === 'sip.answered' ? (event.sessionExpiresMs ?? context.sessionExpiresMs) : context.sessionExpiresMs,
    }),
  },
  guards: {
    refreshes: ({ event }) => event.type === 'sip.request' && event.refreshes,
  },
  delays: { sessionExpiry: ({ context }) => context.sessionExpiresMs },
}).createMachine({
  id: 'session',
  context: ({ input }) => ({ sessionExpiresMs: input.sessionExpiresMs }),
  initial: 'idle',
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
        'sip.rejected': {
          target: 'failed',
          actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
        },
      },
    },
    // At least one early dialog: PRACK, UPDATE and even BYE pass before the answer (RFC 3262, RFC 3311).
    early: {
      on: {
        'sip.provisional': {
          actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
        },
        'sip.request': { actions: { type: 'forwardInDialog', params: ({ event }) => ({ request: event.request }) } },
        'sip.bye': { actions: { type: 'forwardInDialog', params: ({ event }) => ({ request: event.request }) } },
        'sip.answered': {
          target: 'established',
          actions: [
            'learnSessionTimer',
            { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
          ],
        },
        'sip.rejected': {
          target: 'failed',
          actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
        },
      },
    },
    established: {
      after: { sessionExpiry: 'released' },
      on: {
        // A late 2xx of another branch (RFC 6026): the caller acknowledges and releases it.
        'sip.answered': { actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) } },
        'sip.request': [
          // RFC 4028 8.2: a re-INVITE or UPDATE starts the time anew.
          {
            guard: 'refreshes',
            target: 'established',
            reenter: true,
            actions: { type: 'forwardInDialog', params: ({ event }) => ({ request: event.request }) },
          },
          { actions: { type: 'forwardInDialog', params: ({ event }) => ({ request: event.request }) } },
        ],
        'sip.bye': {
          target: 'releasing',
          actions: { type: 'forwardInDialog', params: ({ event }) => ({ request: event.request }) },
        },
      },
    },
    releasing: {
      on: {
        'sip.request': { actions: { type: 'forwardInDialog', params: ({ event }) => ({ request: event.request }) } },
        // BYEs that cross on the way (RFC 3261 15.1): both pass.
        'sip.bye': { actions: { type: 'forwardInDialog', params: ({ event }) => ({ request: event.request }) } },
        'sip.byeAnswered': 'released',
      },
    },
    released: { type: 'final' },
    failed: { type: 'final' },
  },
});
