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
  readonly t2Ms: number;
  readonly t4Ms: number;
}

export type NonInviteServerTransactionEvent =
  /** The request again. */
  | { type: 'sip.request' }
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
    sendTrying: effect('sendTrying'),
    sendResponse: effect<{ response: SipResponse }>('sendResponse'),
    repeatResponse: effect('repeatResponse'),
    reportExpiry: effect('reportExpiry'),
    reportTransportError: effect<{ reason: string }>('reportTransportError'),
  },
  delays: {
    tryingLimit: ({ context }) => timeUntilT2(context),
    answerLimit: ({ context }) => lifetimeMs(context) + context.t4Ms,
    timerJ: ({ context }) => (context.reliable ? 0 : lifetimeMs(context)),
  },
}).createMachine({
  id: 'nonInviteServerTransaction',
  context: ({ input }) => ({ reliable: input.reliable, t1Ms: input.t1Ms, t2Ms: input.t2Ms, t4Ms: input.t4Ms }),
  initial: 'pending',
  states: {
    pending: {
      initial: 'trying',
      states: {
        // RFC 3261 17.2.2: a retransmission finds no response yet and is dropped.
        // RFC 4320 4.1: no provisional response but a 100, and that only when the client's timer E has reached T2.
        trying: { after: { tryingLimit: { target: 'proceeding', actions: 'sendTrying' } } },
        proceeding: { on: { 'sip.request': { actions: 'repeatResponse' } } },
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

/** How long a client's timer E takes to grow from T1 to T2: 3.5 s with the values of RFC 3261. */
function timeUntilT2({ t1Ms, t2Ms }: { readonly t1Ms: number; readonly t2Ms: number }): number {
  let elapsedMs = 0;
  for (let intervalMs = t1Ms; intervalMs < t2Ms; intervalMs *= 2) elapsedMs += intervalMs;
  return elapsedMs;
}
