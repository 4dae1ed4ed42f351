/**
 * S-CSCF, one authentication of one private identity: fetch a vector, challenge, judge the answer.
 * TS 24.229 §5.4.1.2.1 to §5.4.1.2.3A, reg-await-auth of §7.8; Cx-AV-Req and Cx-Put of TS 29.228 §6.3, §6.1.2.
 * Whether the user is registered already is none of its business: the registration machine goes on beside it.
 */
import { assign, setup } from 'xstate';
import type { SipAuthDataItem } from '../../diameter/index.js';
import { effect } from '../../machine/index.js';
import type { RoutedRequest } from '../../node/index.js';

export interface AuthenticationInput {
  /** The REGISTER that starts it. */
  readonly request: RoutedRequest;
  readonly awaitAuthMs: number;
}

export interface AuthenticationContext {
  /** The REGISTER that waits for an answer. */
  readonly request: RoutedRequest | undefined;
  readonly awaitAuthMs: number;
  /** AUTS of the UE, for the next MAR (REG section 8); hex of RAND || AUTS. */
  readonly resynchronisation: string | undefined;
}

/** How a REGISTER that arrives while a challenge is out relates to it; judged by challenge-answer.ts. */
export type ChallengeAnswer = 'correct' | 'wrong' | 'macFailure' | 'syncFailure' | 'malformedAuts' | 'unrelated';

/** Why an authentication ended without success. */
export type AuthenticationFailure = ChallengeAnswer | 'noAnswer';

export type AuthenticationEvent =
  | { type: 'sip.register'; request: RoutedRequest; answer: ChallengeAnswer; resynchronisation: string | undefined }
  | { type: 'cx.maa'; vector: SipAuthDataItem }
  | { type: 'cx.maaRefused'; status: number };

export const authentication = setup({
  types: {} as { input: AuthenticationInput; context: AuthenticationContext; events: AuthenticationEvent },
  actions: {
    fetchVector: effect<{ request: RoutedRequest | undefined; resynchronisation: string | undefined }>('fetchVector'),
    challenge: effect<{ request: RoutedRequest | undefined; vector: SipAuthDataItem }>('challenge'),
    respond: effect<{ request: RoutedRequest | undefined; status: number }>('respond'),
    deferRequest: effect<{ request: RoutedRequest }>('deferRequest'),
    explainFailure: effect<{ failure: AuthenticationFailure }>('explainFailure'),
    /** SAR AUTHENTICATION_FAILURE or _TIMEOUT, so that the HSS drops authentication pending. */
    reportToHss: effect<{ outcome: 'failure' | 'timeout' }>('reportToHss'),
    accept: effect<{ request: RoutedRequest }>('accept'),
    takeRequest: assign({
      request: ({ event, context }) => (event.type === 'sip.register' ? event.request : context.request),
      resynchronisation: ({ event }) => (event.type === 'sip.register' ? event.resynchronisation : undefined),
    }),
    forgetRequest: assign({ request: undefined, resynchronisation: undefined }),
  },
  guards: {
    answerIs: ({ event }, params: { answer: ChallengeAnswer }) =>
      event.type === 'sip.register' && event.answer === params.answer,
  },
  delays: { regAwaitAuth: ({ context }) => context.awaitAuthMs },
}).createMachine({
  id: 'authentication',
  context: ({ input }) => ({ request: input.request, awaitAuthMs: input.awaitAuthMs, resynchronisation: undefined }),
  initial: 'fetchingVector',
  states: {
    fetchingVector: {
      entry: {
        type: 'fetchVector',
        params: ({ context }) => ({ request: context.request, resynchronisation: context.resynchronisation }),
      },
      on: {
        'cx.maa': {
          target: 'awaitingChallengeResponse',
          actions: [
            { type: 'challenge', params: ({ context, event }) => ({ request: context.request, vector: event.vector }) },
            'forgetRequest',
          ],
        },
        'cx.maaRefused': {
          target: 'rejected',
          actions: {
            type: 'respond',
            params: ({ context, event }) => ({ request: context.request, status: event.status }),
          },
        },
        // Another REGISTER while the HSS is asked: the UE is told to come again.
        'sip.register': { actions: { type: 'deferRequest', params: ({ event }) => ({ request: event.request }) } },
      },
    },
    awaitingChallengeResponse: {
      after: {
        // TS 24.229 §5.4.1.2.3: no answer in 4 minutes.
        regAwaitAuth: {
          target: 'rejected',
          actions: [
            { type: 'explainFailure', params: { failure: 'noAnswer' } },
            { type: 'reportToHss', params: { outcome: 'timeout' } },
          ],
        },
      },
      on: {
        'sip.register': [
          {
            guard: { type: 'answerIs', params: { answer: 'correct' } },
            target: 'accepted',
            actions: { type: 'accept', params: ({ event }) => ({ request: event.request }) },
          },
          // TS 24.229 §5.4.1.2.3A, TS 33.203 §6.1.3: fetch anew with the UE's AUTS.
          {
            guard: { type: 'answerIs', params: { answer: 'syncFailure' } },
            target: 'fetchingVector',
            actions: 'takeRequest',
          },
          // Another Call-ID or nonce: a new attempt replaces this one (TS 24.229 §5.4.1.2.3).
          {
            guard: { type: 'answerIs', params: { answer: 'unrelated' } },
            target: 'fetchingVector',
            actions: 'takeRequest',
          },
          // Wrong RES, MAC failure, broken AUTS: never a second challenge with this RAND.
          {
            target: 'rejected',
            actions: [
              { type: 'explainFailure', params: ({ event }) => ({ failure: event.answer }) },
              { type: 'respond', params: ({ event }) => ({ request: event.request, status: 403 }) },
              { type: 'reportToHss', params: { outcome: 'failure' } },
            ],
          },
        ],
      },
    },
    accepted: { type: 'final' },
    rejected: { type: 'final' },
  },
});
