/**
 * I-CSCF, one request towards a user of this network: ask the HSS who serves the user, choose an S-CSCF for an
 * unregistered user's services, try another S-CSCF when the assigned one is dead. TS 24.229 §5.3.2; Cx-Location-Query
 * of TS 29.228 §6.1.4. After the request has gone to an S-CSCF that answers, the I-CSCF only relays.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';
import type { ReturningResponse } from '../../node/index.js';
import { hasNobody, type QueryOutcome, refusal, untried } from './query-outcome.js';

export interface LocationQueryInput {
  /** The request asks for originating services (`orig` parameter, CALL-02). */
  readonly originating: boolean;
}

export interface LocationQueryContext {
  readonly originating: boolean;
  readonly serverName: string | undefined;
  readonly tried: readonly string[];
  /** The caller gave up: nothing is tried any more. */
  readonly cancelled: boolean;
}

export type LocationQueryEvent =
  | { type: 'cx.lia'; outcome: QueryOutcome }
  | { type: 'sip.provisional'; response: ReturningResponse }
  /** A final response; `unavailable` when the S-CSCF itself did not answer. */
  | { type: 'sip.response'; response: ReturningResponse; unavailable: boolean }
  | { type: 'sip.cancel' };

export const locationQuery = setup({
  types: {} as { input: LocationQueryInput; context: LocationQueryContext; events: LocationQueryEvent },
  actions: {
    queryHss: effect<{ originating: boolean; capabilities: boolean }>('queryHss'),
    forwardRequest: effect<{ serverName: string }>('forwardRequest'),
    relayResponse: effect<{ response: ReturningResponse }>('relayResponse'),
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
    rememberCancel: assign({ cancelled: true }),
  },
  guards: {
    namesServer: ({ event }) => event.type === 'cx.lia' && event.outcome.kind === 'server',
    offersCandidate: ({ context, event }) =>
      event.type === 'cx.lia' && untried(event.outcome, context.tried) !== undefined,
    noCandidate: ({ event }) => event.type === 'cx.lia' && hasNobody(event.outcome),
    unavailable: ({ event }) => event.type === 'sip.response' && event.unavailable,
    unavailableAfterCancel: ({ context, event }) =>
      event.type === 'sip.response' && event.unavailable && context.cancelled,
  },
}).createMachine({
  id: 'locationQuery',
  context: ({ input }) => ({ originating: input.originating, serverName: undefined, tried: [], cancelled: false }),
  initial: 'queryingHss',
  states: {
    queryingHss: {
      entry: { type: 'queryHss', params: ({ context }) => ({ originating: context.originating, capabilities: false }) },
      on: {
        'cx.lia': [
          { guard: 'namesServer', target: 'awaitingServer', actions: 'chooseNamed' },
          { guard: 'offersCandidate', target: 'awaitingServer', actions: 'chooseCandidate' },
          // As for a registration (REG-32): mandatory capabilities that no S-CSCF has.
          { guard: 'noCandidate', target: 'refused', actions: { type: 'respond', params: { status: 600 } } },
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
        // The proxy core cancels what was forwarded; an S-CSCF that is silent even then ends the matter.
        'sip.cancel': { actions: 'rememberCancel' },
        'sip.response': [
          {
            guard: 'unavailableAfterCancel',
            target: 'refused',
            actions: { type: 'respond', params: { status: 487 } },
          },
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
        // What the HSS says of the user counts as in its first answer; 504 is for none left.
        'cx.lia': [
          { guard: 'offersCandidate', target: 'awaitingServer', actions: 'chooseCandidate' },
          { guard: 'noCandidate', target: 'refused', actions: { type: 'respond', params: { status: 600 } } },
          {
            target: 'refused',
            actions: { type: 'respond', params: ({ event }) => ({ status: refusal(event.outcome) }) },
          },
        ],
        'sip.cancel': { target: 'refused', actions: { type: 'respond', params: { status: 487 } } },
      },
    },
    answered: { type: 'final' },
    refused: { type: 'final' },
  },
});
