/**
 * I-CSCF, one REGISTER: ask the HSS where the user is served, choose an S-CSCF when it names none, try another one
 * when the chosen one does not answer. TS 24.229 §5.3.1.2, §5.3.1.3; Cx-Query and Cx-Select-Pull of TS 29.228 §6.1.1.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';
import type { ReturningResponse } from '../../node/index.js';
import { hasNobody, type QueryOutcome, refusal, untried } from './query-outcome.js';

export type AuthorizationType = 'registration' | 'deregistration' | 'registrationAndCapabilities';

export interface RegistrationQueryInput {
  readonly authorizationType: AuthorizationType;
}

export interface RegistrationQueryContext {
  readonly authorizationType: AuthorizationType;
  /** The S-CSCF to which the request goes now. */
  readonly serverName: string | undefined;
  /** S-CSCFs that did not serve, so that none is tried twice. */
  readonly tried: readonly string[];
}

export type RegistrationQueryEvent =
  | { type: 'cx.uaa'; outcome: QueryOutcome }
  /** A final response of the S-CSCF; `unavailable` when REG-32 asks to choose another one. */
  | { type: 'sip.response'; response: ReturningResponse; unavailable: boolean }
  | { type: 'sip.provisional'; response: ReturningResponse };

export const registrationQuery = setup({
  types: {} as {
    input: RegistrationQueryInput;
    context: RegistrationQueryContext;
    events: RegistrationQueryEvent;
  },
  actions: {
    queryHss: effect<{ authorizationType: AuthorizationType }>('queryHss'),
    forwardRegister: effect<{ serverName: string }>('forwardRegister'),
    relayResponse: effect<{ response: ReturningResponse }>('relayResponse'),
    respond: effect<{ status: number }>('respond'),
    chooseNamed: assign({
      serverName: ({ event }) =>
        event.type === 'cx.uaa' && event.outcome.kind === 'server' ? event.outcome.serverName : undefined,
    }),
    chooseCandidate: assign({
      serverName: ({ context, event }) => (event.type === 'cx.uaa' ? untried(event.outcome, context.tried) : undefined),
    }),
    markTried: assign({
      tried: ({ context }) =>
        context.serverName === undefined ? context.tried : [...context.tried, context.serverName],
      serverName: undefined,
    }),
  },
  guards: {
    namesServer: ({ event }) => event.type === 'cx.uaa' && event.outcome.kind === 'server',
    offersCandidate: ({ context, event }) =>
      event.type === 'cx.uaa' && untried(event.outcome, context.tried) !== undefined,
    noCandidate: ({ event }) => event.type === 'cx.uaa' && hasNobody(event.outcome),
    unavailable: ({ event }) => event.type === 'sip.response' && event.unavailable,
  },
}).createMachine({
  id: 'registrationQuery',
  context: ({ input }) => ({ authorizationType: input.authorizationType, serverName: undefined, tried: [] }),
  initial: 'queryingHss',
  states: {
    queryingHss: {
      entry: { type: 'queryHss', params: ({ context }) => ({ authorizationType: context.authorizationType }) },
      on: {
        'cx.uaa': [
          { guard: 'namesServer', target: 'awaitingServer', actions: 'chooseNamed' },
          { guard: 'offersCandidate', target: 'awaitingServer', actions: 'chooseCandidate' },
          // REG-32: mandatory capabilities that no S-CSCF has.
          { guard: 'noCandidate', target: 'refused', actions: { type: 'respond', params: { status: 600 } } },
          {
            target: 'refused',
            actions: { type: 'respond', params: ({ event }) => ({ status: refusal(event.outcome) }) },
          },
        ],
      },
    },
    awaitingServer: {
      entry: { type: 'forwardRegister', params: ({ context }) => ({ serverName: context.serverName ?? '' }) },
      on: {
        'sip.provisional': {
          actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
        },
        'sip.response': [
          // TS 24.229 §5.3.1.3: REG-32, REG-61.
          { guard: 'unavailable', target: 'reselecting', actions: 'markTried' },
          {
            target: 'answered',
            actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
          },
        ],
      },
    },
    reselecting: {
      entry: { type: 'queryHss', params: { authorizationType: 'registrationAndCapabilities' } },
      on: {
        // REG-32: what the HSS says of the user counts as in its first answer; 504 is for none left.
        'cx.uaa': [
          { guard: 'offersCandidate', target: 'awaitingServer', actions: 'chooseCandidate' },
          { guard: 'noCandidate', target: 'refused', actions: { type: 'respond', params: { status: 600 } } },
          {
            target: 'refused',
            actions: { type: 'respond', params: ({ event }) => ({ status: refusal(event.outcome) }) },
          },
        ],
      },
    },
    answered: { type: 'final' },
    refused: { type: 'final' },
  },
});
