/** UE, a pager message that it sends: one MESSAGE and its final response. RFC 3428 4, 5; TS 24.247; CALL-64. */
import { setup } from 'xstate';
import { effect } from '../../machine/index.js';

export type PagerMessageEvent =
  /** 2xx: 200, or 202 where a store keeps it. */
  | { type: 'sip.accepted'; response: unknown }
  /** Any other final response; 408 or 503, and no response, where none came. */
  | { type: 'sip.rejected'; status: number; response: unknown };

export const pagerMessage = setup({
  types: {} as { input: undefined; context: Record<string, never>; events: PagerMessageEvent },
  actions: {
    sendMessage: effect('sendMessage'),
    reportSilence: effect('reportSilence'),
    reportDelivered: effect<{ response: unknown }>('reportDelivered'),
    reportFailure: effect<{ status: number; response: unknown }>('reportFailure'),
  },
  delays: {
    /** Four copies have gone out by then (timer E with the UE's T1, TS 24.229 §7.7). */
    patience: 16_000,
  },
}).createMachine({
  id: 'pagerMessage',
  context: {},
  initial: 'awaitingResponse',
  states: {
    awaitingResponse: {
      entry: 'sendMessage',
      after: { patience: { actions: 'reportSilence' } },
      on: {
        'sip.accepted': {
          target: 'delivered',
          actions: { type: 'reportDelivered', params: ({ event }) => ({ response: event.response }) },
        },
        'sip.rejected': {
          target: 'failed',
          actions: {
            type: 'reportFailure',
            params: ({ event }) => ({ status: event.status, response: event.response }),
          },
        },
      },
    },
    delivered: { type: 'final' },
    failed: { type: 'final' },
  },
});
