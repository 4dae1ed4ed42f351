/**
 * INVITE client transaction. RFC 3261 17.1.1 (figure 5) with the Accepted state of RFC 6026 7.2 and 8.4, and with the
 * life of its CANCEL (RFC 3261 9.1). Proceeding has no timer of its own: the UAC core or the proxy (timer C) bounds it.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';
import type { SipResponse } from '../message/index.js';
import { lifetimeMs, type TransactionInput } from './timers.js';

export type InviteClientTransactionInput = TransactionInput;

export interface InviteClientTransactionContext {
  readonly reliable: boolean;
  readonly t1Ms: number;
  /** The next timer A. */
  readonly intervalMs: number;
  /** The TU wants it cancelled, but no provisional response has come yet. */
  readonly cancelRequested: boolean;
}

export type InviteClientTransactionEvent =
  | { type: 'sip.provisional'; response: SipResponse }
  | { type: 'sip.success'; response: SipResponse }
  | { type: 'sip.failure'; response: SipResponse }
  | { type: 'tu.cancel' }
  | { type: 'transport.error'; reason: string };

export const inviteClientTransaction = setup({
  types: {} as {
    input: InviteClientTransactionInput;
    context: InviteClientTransactionContext;
    events: InviteClientTransactionEvent;
  },
  actions: {
    sendRequest: effect('sendRequest'),
    sendAck: effect<{ response: SipResponse }>('sendAck'),
    sendCancel: effect('sendCancel'),
    passResponse: effect<{ response: SipResponse }>('passResponse'),
    reportTimeout: effect('reportTimeout'),
    reportTransportError: effect<{ reason: string }>('reportTransportError'),
    doubleInterval: assign({ intervalMs: ({ context }) => context.intervalMs * 2 }),
    rememberCancel: assign({ cancelRequested: true }),
  },
  guards: {
    isUnreliable: ({ context }) => !context.reliable,
    isCancelRequested: ({ context }) => context.cancelRequested,
  },
  delays: {
    timerA: ({ context }) => context.intervalMs,
    timerB: ({ context }) => lifetimeMs(context),
    // At least 32 s over UDP; more than 128 s with the UE's T1 (TS 24.229 7.7).
    timerD: ({ context }) => (context.reliable ? 0 : Math.max(32_000, lifetimeMs(context))),
    timerM: ({ context }) => lifetimeMs(context),
    cancelLimit: ({ context }) => lifetimeMs(context),
  },
}).createMachine({
  id: 'inviteClientTransaction',
  context: ({ input }) => ({
    reliable: input.reliable,
    t1Ms: input.t1Ms,
    intervalMs: input.t1Ms,
    cancelRequested: false,
  }),
  initial: 'calling',
  states: {
    calling: {
      entry: 'sendRequest',
      initial: 'retransmitting',
      states: {
        retransmitting: {
          after: {
            // RFC 3261 17.1.1.2: doubles without a cap; not over a reliable transport.
            timerA: {
              guard: 'isUnreliable',
              target: 'retransmitting',
              reenter: true,
              actions: ['doubleInterval', 'sendRequest'],
            },
          },
        },
      },
      after: { timerB: { target: 'terminated', actions: 'reportTimeout' } },
      on: {
        'sip.provisional': [
          {
            guard: 'isCancelRequested',
            target: 'proceeding.cancelling',
            actions: { type: 'passResponse', params: ({ event }) => ({ response: event.response }) },
          },
          {
            target: 'proceeding',
            actions: { type: 'passResponse', params: ({ event }) => ({ response: event.response }) },
          },
        ],
        'sip.success': {
          target: 'accepted',
          actions: { type: 'passResponse', params: ({ event }) => ({ response: event.response }) },
        },
        'sip.failure': {
          target: 'completed',
          actions: [
            { type: 'sendAck', params: ({ event }) => ({ response: event.response }) },
            { type: 'passResponse', params: ({ event }) => ({ response: event.response }) },
          ],
        },
        // RFC 3261 9.1: no CANCEL before a provisional response.
        'tu.cancel': { actions: 'rememberCancel' },
        'transport.error': {
          target: 'terminated',
          actions: { type: 'reportTransportError', params: ({ event }) => ({ reason: event.reason }) },
        },
      },
    },
    proceeding: {
      initial: 'awaitingFinal',
      states: {
        awaitingFinal: { on: { 'tu.cancel': 'cancelling' } },
        cancelling: {
          entry: 'sendCancel',
          // RFC 3261 9.1: without a final response within 64*T1 of the CANCEL the INVITE counts as cancelled.
          after: { cancelLimit: { target: '#inviteClientTransaction.terminated', actions: 'reportTimeout' } },
        },
      },
      on: {
        'sip.provisional': { actions: { type: 'passResponse', params: ({ event }) => ({ response: event.response }) } },
        'sip.success': {
          target: 'accepted',
          actions: { type: 'passResponse', params: ({ event }) => ({ response: event.response }) },
        },
        'sip.failure': {
          target: 'completed',
          actions: [
            { type: 'sendAck', params: ({ event }) => ({ response: event.response }) },
            { type: 'passResponse', params: ({ event }) => ({ response: event.response }) },
          ],
        },
        // The connection that the response should come over is gone.
        'transport.error': {
          target: 'terminated',
          actions: { type: 'reportTransportError', params: ({ event }) => ({ reason: event.reason }) },
        },
      },
    },
    accepted: {
      after: { timerM: 'terminated' },
      on: {
        // RFC 6026 7.2: every 2xx goes up, so that the UAC can ACK it again; other late responses are dropped.
        'sip.success': { actions: { type: 'passResponse', params: ({ event }) => ({ response: event.response }) } },
      },
    },
    completed: {
      after: { timerD: 'terminated' },
      on: {
        'sip.failure': { actions: { type: 'sendAck', params: ({ event }) => ({ response: event.response }) } },
        'transport.error': {
          target: 'terminated',
          actions: { type: 'reportTransportError', params: ({ event }) => ({ reason: event.reason }) },
        },
      },
    },
    terminated: { type: 'final' },
  },
});
