/**
 * Non-INVITE server transaction. RFC 3261 17.2.2 (figure 8), RFC 4320. The figure lets Trying and Proceeding last as
 * long as the TU likes; here they end when the client has given up (its timer F) and nothing of its can be under way
 * (T4), since no answer could be of use any more and a transaction must not live for ever.
 */
import { setup } from 'xstate';
import { effect } from '../../machine/index.js';
import type { SipResponse } from '../message/index.js';
import { lifetimeMs, type TransactionInput } from './timers.js';

export type NonInviteServerTransactionInput = TransactionInput;

export interface NonInviteServerTransactionContext {
  readonly reliable: boolean;
  readonly t1Ms: number;
  readonly t4Ms: number;
}

export type NonInviteServerTransactionEvent =
  /** The request again. */
  | { type: 'sip.request' }
  | { type: 'tu.provisional'; response: SipResponse }
  | { type: 'tu.final'; response: SipResponse }
  /** The TU will never answer: a proxy whose next hop is silent (RFC 4320 4.2). */
  | { type: 'tu.abandon' }
  | { type: 'transport.error'; reason: string };

export const nonInviteServerTransaction = setup({
  types: {} as {
    input: NonInviteServerTransactionInput;
    context: NonInviteServerTransactionContext;
    events: NonInviteServerTransactionEvent;
  },
  actions: {
    sendResponse: effect<{ response: SipResponse }>('sendResponse'),
    repeatResponse: effect('repeatResponse'),
    reportExpiry: effect('reportExpiry'),
    reportTransportError: effect<{ reason: string }>('reportTransportError'),
  },
  delays: {
    answerLimit: ({ context }) => lifetimeMs(context) + context.t4Ms,
    timerJ: ({ context }) => (context.reliable ? 0 : lifetimeMs(context)),
  },
}).createMachine({
  id: 'nonInviteServerTransaction',
  context: ({ input }) => ({ reliable: input.reliable, t1Ms: input.t1Ms, t4Ms: input.t4Ms }),
  initial: 'pending',
  states: {
    pending: {
      initial: 'trying',
      states: {
        // RFC 3261 17.2.2: a retransmission finds no response yet and is dropped.
        trying: {
          on: {
            'tu.provisional': {
              target: 'proceeding',
              actions: { type: 'sendResponse', params: ({ event }) => ({ response: event.response }) },
            },
          },
        },
        proceeding: {
          on: {
            'sip.request': { actions: 'repeatResponse' },
            'tu.provisional': {
              actions: { type: 'sendResponse', params: ({ event }) => ({ response: event.response }) },
            },
          },
        },
      },
      after: { answerLimit: { target: 'terminated', actions: 'reportExpiry' } },
      on: {
        'tu.final': {
          target: 'completed',
          actions: { type: 'sendResponse', params: ({ event }) => ({ response: event.response }) },
        },
        'tu.abandon': 'completed',
        'transport.error': {
          target: 'terminated',
          actions: { type: 'reportTransportError', params: ({ event }) => ({ reason: event.reason }) },
        },
      },
    },
    completed: {
      after: { timerJ: 'terminated' },
      on: {
        'sip.request': { actions: 'repeatResponse' },
        'transport.error': {
          target: 'terminated',
          actions: { type: 'reportTransportError', params: ({ event }) => ({ reason: event.reason }) },
        },
      },
    },
    terminated: { type: 'final' },
  },
});
