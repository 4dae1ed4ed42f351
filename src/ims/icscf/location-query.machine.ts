/**
 * I-CSCF, one request towards a user of this network: ask the HSS who serves the user, choose an S-CSCF for an
 * unregistered user's services, try another S-CSCF when the assigned one is dead. TS 24.229 §5.3.2; Cx-Location-Query
 * of TS 29.228 §6.1.4. After the request has gone to an S-CSCF that answers, the I-CSCF only relays.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';
import { type QueryOutcome, refusal, untried } from './query-outcome.js';

export interface LocationQueryInput {
  /** The request asks for originating services (`orig` parameter, CALL-02). */
  readonly originating: boolean;
}

export interface LocationQueryContext {
  readonly originating: boolean;
  readonly serverName: string | undefined;
  readonly tried: readonly string[];
}

export type LocationQueryEvent =
  | { type: 'cx.lia'; outcome: QueryOutcome }
  | { type: 'sip.provisional'; response: unknown }
  /** A final response; `unavailable` when the S-CSCF itself did not answer. */
  | { type: 'sip.response'; response: unknown; unavailable: boolean }
  | { type: 'sip.cancel' };

export const locationQuery = setup({
  types: {} as { input: LocationQueryInput; context: LocationQueryContext; events: LocationQueryEvent },
  actions: {
    queryHss: effect<{ originating: boolean; capabilities: boolean }>('queryHss'),
    forwardRequest: effect<{ serverName: string }>('forwardRequest'),
    relayResponse: effect<{ response: unknown }>('relayResponse'),
    respond: effect<{ status: number }>('respond'),
    chooseNamed: assign({
      serverName: ({ event }) =>
        event.type === 'cx.lia' && event.outcome.kind === 'server' ? event.outcome.serverName : undefined,
    }),
    chooseCandidate: assign({
      serverName: ({ context, event }) => (event.type === 'cx.lia' ? untried(event.outcome, context.tried) : undefined),
    }),
    markTried: assign({
      tried: ({ context }) =>
        context.serverName === undefined ? context.tried : [...context.tried, context.serverName],
      serverName: undefined,
    }),
  },
  guards: {
    namesServer: ({ event }) => event.type === 'cx.lia' && event.outcome.kind === 'server',
    offersCandidate: ({ context, event }) =>
      event.type === 'cx.lia' && untried(event.outcome, context.tried) !== undefined,
    unavailable: ({ event }) => event.type === 'sip.response' && event.unavailable,
  },
}).createMachine({
  id: 'locationQuery',
  context: ({ input }) => ({ originating: input.originating, serverName: undefined, tried: [] }),
  initial: 'queryingHss',
  states: {
    queryingHss: {
      entry: { type: 'queryHss', params: ({ context }) => ({ originating: context.originating, capabilities: false }) },
      on: {
        'cx.lia': [
          { guard: 'namesServer', target: 'awaitingServer', actions: 'chooseNamed' },
          { guard: 'offersCandidate', target: 'awaitingServer', actions: 'chooseCandidate' },
          {
            target: 'refused',
            actions: { type: 'respond', params: ({ event }) => ({ status: refusal(event.outcome) }) },
          },
        ],
        // RFC 3261 9.2: the endpoint has answered the CANCEL; the INVITE ends here, nothing was forwarded yet.
        'sip.cancel': { target: 'refused', actions: { type: 'respond', params: { status: 487 } } },
      },
    },
    awaitingServer: {
      entry: { type: 'forwardRequest', params: ({ context }) => ({ serverName: context.serverName ?? '' }) },
      on: {
        'sip.provisional': {
          actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
        },
        'sip.response': [
          // TS 24.229 §5.3.2.2: another S-CSCF may serve the user.
          { guard: 'unavailable', target: 'reselecting', actions: 'markTried' },
          {
            target: 'answered',
            actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
          },
        ],
      },
    },
    reselecting: {
      entry: { type: 'queryHss', params: ({ context }) => ({ originating: context.originating, capabilities: true }) },
      on: {
        'cx.lia': [
          { guard: 'offersCandidate', target: 'awaitingServer', actions: 'chooseCandidate' },
          { target: 'refused', actions: { type: 'respond', params: { status: 504 } } },
        ],
        'sip.cancel': { target: 'refused', actions: { type: 'respond', params: { status: 487 } } },
      },
    },
    answered: { type: 'final' },
    refused: { type: 'final' },
  },
});
