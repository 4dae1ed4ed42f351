/**
 * INVITE server transaction. RFC 3261 17.2.1 (figure 7) with the Accepted state of RFC 6026 7.1. In Accepted the
 * UAS core repeats its 2xx itself (RFC 3261 13.3.1.4); the transaction only keeps retransmitted INVITEs away from it.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';
import type { SipRequest, SipResponse } from '../message/index.js';
import { lifetimeMs, type TransactionInput } from './timers.js';

export type InviteServerTransactionInput = TransactionInput;

export interface InviteServerTransactionContext extends TransactionInput {
  /** The next timer G. */
  readonly intervalMs: number;
}

export type InviteServerTransactionEvent =
  /** The INVITE again. */
  | { type: 'sip.request' }
  | { type: 'sip.ack'; request: SipRequest }
  | { type: 'tu.provisional'; response: SipResponse }
  | { type: 'tu.success'; response: SipResponse }
  | { type: 'tu.failure'; response: SipResponse }
  | { type: 'transport.error'; reason: string };

export const inviteServerTransaction = setup({
  types: {} as {
    input: InviteServerTransactionInput;
    context: InviteServerTransactionContext;
    events: InviteServerTransactionEvent;
  },
  actions: {
    sendTrying: effect('sendTrying'),
    sendResponse: effect<{ response: SipResponse }>('sendResponse'),
    /** The last response once more, if there is one. */
    repeatResponse: effect('repeatResponse'),
    passAck: effect<{ request: SipRequest }>('passAck'),
    reportNoAck: effect('reportNoAck'),
    reportTransportError: effect<{ reason: string }>('reportTransportError'),
    doubleInterval: assign({ intervalMs: ({ context }) => Math.min(context.intervalMs * 2, context.t2Ms) }),
  },
  guards: { isUnreliable: ({ context }) => !context.reliable },
  delays: {
    // RFC 3261 17.2.1: the client must hear something within 200 ms.
    tryingLimit: 200,
    timerG: ({ context }) => context.intervalMs,
    timerH: ({ context }) => lifetimeMs(context),
    timerI: ({ context }) => (context.reliable ? 0 : context.t4Ms),
    timerL: ({ context }) => lifetimeMs(context),
  },
}).createMachine({
  id: 'inviteServerTransaction',
  context: ({ input }) => ({ ...input, intervalMs: input.t1Ms }),
  initial: 'proceeding',
  states: {
    proceeding: {
      initial: 'unanswered',
      states: {
        unanswered: {
          after: { tryingLimit: { target: 'answered', actions: 'sendTrying' } },
          on: {
            'tu.provisional': {
              target: 'answered',
              actions: { type: 'sendResponse', params: ({ event }) => ({ response: event.response }) },
            },
          },
        },
        answered: {
          on: {
            'tu.provisional': {
              actions: { type: 'sendResponse', params: ({ event }) => ({ response: event.response }) },
            },
          },
        },
      },
      on: {
        'sip.request': { actions: 'repeatResponse' },
        'tu.success': {
          target: 'accepted',
          actions: { type: 'sendResponse', params: ({ event }) => ({ response: event.response }) },
        },
        'tu.failure': {
          target: 'completed',
          actions: { type: 'sendResponse', params: ({ event }) => ({ response: event.response }) },
        },
        'transport.error': {
          actions: { type: 'reportTransportError', params: ({ event }) => ({ reason: event.reason }) },
        },
      },
    },
    accepted: {
      after: { timerL: 'terminated' },
      on: {
        'tu.success': { actions: { type: 'sendResponse', params: ({ event }) => ({ response: event.response }) } },
        'sip.ack': { actions: { type: 'passAck', params: ({ event }) => ({ request: event.request }) } },
        'transport.error': {
          actions: { type: 'reportTransportError', params: ({ event }) => ({ reason: event.reason }) },
        },
      },
    },
    completed: {
      initial: 'retransmitting',
      states: {
        retransmitting: {
          after: {
            // RFC 3261 17.2.1: doubles up to T2; not over a reliable transport.
            timerG: {
              guard: 'isUnreliable',
              target: 'retransmitting',
              reenter: true,
              actions: ['doubleInterval', 'repeatResponse'],
            },
          },
        },
      },
      after: { timerH: { target: 'terminated', actions: 'reportNoAck' } },
      on: {
        'sip.request': { actions: 'repeatResponse' },
        'sip.ack': 'confirmed',
        // RFC 6026 8.7: told, but the transaction lives on until timer H.
        'transport.error': {
          actions: { type: 'reportTransportError', params: ({ event }) => ({ reason: event.reason }) },
        },
      },
    },
    confirmed: { after: { timerI: 'terminated' } },
    terminated: { type: 'final' },
  },
});
