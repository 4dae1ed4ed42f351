/**
 * One initial request at one application server, as the S-CSCF that sent it there sees it: whether the server has done anything
 * with it, and what its failure means. TS 24.229 §5.4.3.2, §5.4.3.3 (default handling); TS 23.218 6.5, 6.7; CALL-03, CALL-04.
 * From the first sign of the server on, what comes back is its word, or that of somebody whom it has asked.
 */
import { setup } from 'xstate';
import { effect } from '../../machine/index.js';
import type { RoutedRequest } from '../../node/index.js';

export interface ServiceInvocationInput {
  /** Default handling SESSION_CONTINUED. */
  readonly continues: boolean;
}

export interface ServiceInvocationContext {
  readonly continues: boolean;
}

export type ServiceInvocationEvent =
  /** The server has passed the request on: it has come back with the original dialog identifier. */
  | { type: 'isc.returned'; request: RoutedRequest }
  /** 101 to 199. */
  | { type: 'sip.provisional' }
  /** 408, 5xx, or nothing; `why` for a person. */
  | { type: 'sip.failed'; why: string }
  /** Another final response. */
  | { type: 'sip.final' }
  /** The caller has given up: nothing is begun for it any more. */
  | { type: 'sip.cancel' };

export const serviceInvocation = setup({
  types: {} as { input: ServiceInvocationInput; context: ServiceInvocationContext; events: ServiceInvocationEvent },
  actions: {
    /** On with the next criterion, or to where the server has sent the request. */
    resume: effect<{ request: RoutedRequest }>('resume'),
    reportSkipped: effect<{ why: string }>('reportSkipped'),
    reportTerminated: effect<{ why: string }>('reportTerminated'),
  },
  guards: { continues: ({ context }) => context.continues },
  /** CALL-03: for what the server still sends after its answer; 64*T1. */
  delays: { identifierMargin: 32_000 },
}).createMachine({
  id: 'serviceInvocation',
  context: ({ input }) => ({ continues: input.continues }),
  initial: 'invoked',
  states: {
    invoked: {
      on: {
        'isc.returned': {
          target: 'engaged',
          actions: { type: 'resume', params: ({ event }) => ({ request: event.request }) },
        },
        'sip.provisional': 'engaged',
        'sip.failed': [
          {
            guard: 'continues',
            target: 'skipped',
            actions: { type: 'reportSkipped', params: ({ event }) => ({ why: event.why }) },
          },
          {
            target: 'answered',
            actions: { type: 'reportTerminated', params: ({ event }) => ({ why: event.why }) },
          },
        ],
        'sip.final': 'answered',
        'sip.cancel': 'engaged',
      },
    },
    engaged: {
      on: {
        // A server may try one after the other, or several at once (TS 24.229 §5.7.4).
        'isc.returned': { actions: { type: 'resume', params: ({ event }) => ({ request: event.request }) } },
        'sip.failed': 'answered',
        'sip.final': 'answered',
      },
    },
    answered: {
      after: { identifierMargin: 'ended' },
      on: {
        'isc.returned': { actions: { type: 'resume', params: ({ event }) => ({ request: event.request }) } },
      },
    },
    /** The request goes on without the server; what it sends now belongs to nothing. */
    skipped: { type: 'final' },
    ended: { type: 'final' },
  },
});
