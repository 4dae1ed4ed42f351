/** Non-INVITE client transaction. RFC 3261 17.1.2 (figure 6). */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';
import type { SipResponse } from '../message/index.js';
import { lifetimeMs, type TransactionInput } from './timers.js';

export type NonInviteClientTransactionInput = TransactionInput;

export interface NonInviteClientTransactionContext extends TransactionInput {
  /** The next timer E. */
  readonly intervalMs: number;
  /** A provisional response has come: timer E runs at T2 from its next expiry on. */
  readonly provisional: boolean;
}

export type NonInviteClientTransactionEvent =
  | { type: 'sip.provisional'; response: SipResponse }
  | { type: 'sip.final'; response: SipResponse }
  | { type: 'transport.error'; reason: string };

export const nonInviteClientTransaction = setup({
  types: {} as {
    input: NonInviteClientTransactionInput;
    context: NonInviteClientTransactionContext;
    events: NonInviteClientTransactionEvent;
  },
  actions: {
    sendRequest: effect('sendRequest'),
    passResponse: effect<{ response: SipResponse }>('passResponse'),
    reportTimeout: effect('reportTimeout'),
    reportTransportError: effect<{ reason: string }>('reportTransportError'),
    doubleInterval: assign({ intervalMs: ({ context }) => Math.min(context.intervalMs * 2, context.t2Ms) }),
    relaxInterval: assign({ intervalMs: ({ context }) => context.t2Ms }),
    noteProvisional: assign({ provisional: true }),
  },
  guards: {
    isUnreliable: ({ context }) => !context.reliable,
    isProceeding: ({ context }) => !context.reliable && context.provisional,
  },
  delays: {
    timerE: ({ context }) => context.intervalMs,
    timerF: ({ context }) => lifetimeMs(context),
    timerK: ({ context }) => (context.reliable ? 0 : context.t4Ms),
  },
}).createMachine({
  id: 'nonInviteClientTransaction',
  context: ({ input }) => ({
    reliable: input.reliable,
    t1Ms: input.t1Ms,
    t2Ms: input.t2Ms,
    t4Ms: input.t4Ms,
    intervalMs: input.t1Ms,
    provisional: false,
  }),
  initial: 'pending',
  states: {
    // Trying and Proceeding of the figure share timer F.
    pending: {
      entry: 'sendRequest',
      initial: 'trying',
      states: {
        // RFC 3261 17.1.2.2: a provisional response leaves the timer E that runs alone; the one after it is T2. So the change to
        // Proceeding, which means nothing else, waits for timer E.
        trying: {
          after: {
            timerE: [
              { guard: 'isProceeding', target: 'proceeding', actions: ['relaxInterval', 'sendRequest'] },
              {
                guard: 'isUnreliable',
                target: 'trying',
                reenter: true,
                actions: ['doubleInterval', 'sendRequest'],
              },
            ],
          },
          on: {
            'sip.provisional': {
              actions: [
                'noteProvisional',
                { type: 'passResponse', params: ({ event }) => ({ response: event.response }) },
              ],
            },
          },
        },
        proceeding: {
          after: { timerE: { guard: 'isUnreliable', target: 'proceeding', reenter: true, actions: 'sendRequest' } },
          on: {
            'sip.provisional': {
              actions: { type: 'passResponse', params: ({ event }) => ({ response: event.response }) },
            },
          },
        },
      },
      after: { timerF: { target: 'terminated', actions: 'reportTimeout' } },
      on: {
        'sip.final': {
          target: 'completed',
          actions: { type: 'passResponse', params: ({ event }) => ({ response: event.response }) },
        },
        'transport.error': {
          target: 'terminated',
          actions: { type: 'reportTransportError', params: ({ event }) => ({ reason: event.reason }) },
        },
      },
    },
    // Responses that come again end here.
    completed: { after: { timerK: 'terminated' } },
    terminated: { type: 'final' },
  },
});
