/**
 * S-CSCF, one authentication of one private identity: fetch a vector, challenge, judge the answer; or, where the access
 * network vouches for the user, compare what it says. TS 24.229 §5.4.1.2.1 to §5.4.1.2.3A, reg-await-auth of §7.8; TS 33.203
 * Annexes N, S and T; Cx-AV-Req and Cx-Put of TS 29.228 §6.3, §6.1.2.
 * Whether the user is registered already is none of its business: the registration machine goes on beside it.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';
import type { AkaProof, DigestProof, PlaceProof } from './proof.js';
import type { IncomingRegister } from './register-request.js';

export interface AuthenticationInput {
  /** The REGISTER that starts it. */
  readonly request: IncomingRegister;
  readonly awaitAuthMs: number;
  /** How many wrong answers end it. */
  readonly attemptsMax: number;
  /** The REGISTER answers with the right password for an old nonce. */
  readonly stale: boolean;
}

export interface AuthenticationContext {
  /** The REGISTER that waits for an answer. */
  readonly request: IncomingRegister | undefined;
  readonly awaitAuthMs: number;
  /** AUTS of the UE, for the next MAR (REG section 8); hex of RAND || AUTS. */
  readonly resynchronisation: string | undefined;
  /** Wrong answers until now, and how many of them end it. */
  readonly attempts: number;
  readonly attemptsMax: number;
  /** The next challenge says that the nonce was stale (RFC 2617 3.2.1). */
  readonly stale: boolean;
}

/** How a REGISTER that arrives while a challenge is out relates to it; judged by challenge-answer.ts. */
export type ChallengeAnswer =
  | 'correct'
  | 'wrong'
  | 'macFailure'
  | 'syncFailure'
  | 'malformedAuts'
  | 'stale'
  | 'unrelated';

/** Why an authentication ended without success. */
export type AuthenticationFailure = ChallengeAnswer | 'noAnswer';

export type AuthenticationEvent =
  | {
      type: 'sip.register';
      request: IncomingRegister;
      answer: ChallengeAnswer;
      resynchronisation: string | undefined;
      /** The scheme allows another challenge after this answer, if it is a wrong one. */
      mayBeRepeated: boolean;
    }
  | { type: 'cx.maa'; proof: AkaProof | DigestProof | PlaceProof }
  | { type: 'cx.maaRefused'; status: number };

export const authentication = setup({
  types: {} as { input: AuthenticationInput; context: AuthenticationContext; events: AuthenticationEvent },
  actions: {
    fetchVector: effect<{ request: IncomingRegister | undefined; resynchronisation: string | undefined }>(
      'fetchVector',
    ),
    challenge: effect<{ request: IncomingRegister | undefined; proof: AkaProof | DigestProof; stale: boolean }>(
      'challenge',
    ),
    explainPlace: effect<{ proof: PlaceProof }>('explainPlace'),
    respond: effect<{ request: IncomingRegister | undefined; status: number }>('respond'),
    deferRequest: effect<{ request: IncomingRegister }>('deferRequest'),
    explainFailure: effect<{ failure: AuthenticationFailure }>('explainFailure'),
    /** SAR AUTHENTICATION_FAILURE or _TIMEOUT, so that the HSS drops authentication pending. */
    reportToHss: effect<{ outcome: 'failure' | 'timeout' }>('reportToHss'),
    accept: effect<{ request: IncomingRegister | undefined }>('accept'),
    takeRequest: assign({
      request: ({ event, context }) => (event.type === 'sip.register' ? event.request : context.request),
      resynchronisation: ({ event }) => (event.type === 'sip.register' ? event.resynchronisation : undefined),
      stale: ({ event }) => event.type === 'sip.register' && event.answer === 'stale',
    }),
    countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    forgetRequest: assign({ request: undefined, resynchronisation: undefined, stale: false }),
  },
  guards: {
    isPlace: ({ event }) => event.type === 'cx.maa' && event.proof.kind === 'place' && event.proof.agrees,
    isOtherPlace: ({ event }) => event.type === 'cx.maa' && event.proof.kind === 'place' && !event.proof.agrees,
    mayTryAgain: ({ context, event }) =>
      event.type === 'sip.register' && event.mayBeRepeated && context.attempts + 1 < context.attemptsMax,
    answerIs: ({ event }, params: { answer: ChallengeAnswer }) =>
      event.type === 'sip.register' && event.answer === params.answer,
  },
  delays: { regAwaitAuth: ({ context }) => context.awaitAuthMs },
}).createMachine({
  id: 'authentication',
  context: ({ input }) => ({
    request: input.request,
    awaitAuthMs: input.awaitAuthMs,
    resynchronisation: undefined,
    attempts: 0,
    attemptsMax: input.attemptsMax,
    stale: input.stale,
  }),
  initial: 'fetchingVector',
  states: {
    fetchingVector: {
      entry: {
        type: 'fetchVector',
        params: ({ context }) => ({ request: context.request, resynchronisation: context.resynchronisation }),
      },
      on: {
        'cx.maa': [
          // TS 33.203 T.4, R.3: who sends from the right place is who it says.
          {
            guard: 'isPlace',
            target: 'accepted',
            actions: { type: 'accept', params: ({ context }) => ({ request: context.request }) },
          },
          {
            guard: 'isOtherPlace',
            target: 'rejected',
            actions: [
              { type: 'explainPlace', params: ({ event }) => ({ proof: event.proof as PlaceProof }) },
              { type: 'respond', params: ({ context }) => ({ request: context.request, status: 403 }) },
              { type: 'reportToHss', params: { outcome: 'failure' } },
            ],
          },
          {
            target: 'awaitingChallengeResponse',
            actions: [
              {
                type: 'challenge',
                params: ({ context, event }) => ({
                  request: context.request,
                  proof: event.proof as AkaProof | DigestProof,
                  stale: context.stale,
                }),
              },
              'forgetRequest',
            ],
          },
        ],
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
          // RFC 2617 3.2.1: the password is right, the nonce is old.
          {
            guard: { type: 'answerIs', params: { answer: 'stale' } },
            target: 'fetchingVector',
            actions: 'takeRequest',
          },
          // REG section 8: by policy another challenge, with another RAND or nonce.
          {
            guard: 'mayTryAgain',
            target: 'fetchingVector',
            actions: [
              { type: 'explainFailure', params: ({ event }) => ({ failure: event.answer }) },
              'countAttempt',
              'takeRequest',
            ],
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
