/**
 * P-CSCF, the registration of one contact of a UE: REGISTERs go home, the answers come back, and from the 200 on the
 * UE may use the network. TS 24.229 §5.2.2; lifetimes of §5.2.2.2 and TS 33.203 §7.3. Security associations are not part
 * of it yet: without them only the time limits of a challenge and of a registration are kept.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';
import type { ReturningResponse, RoutedRequest } from '../../node/index.js';

export interface RegistrationInput {
  /** Lifetime of what a challenge leaves behind (reg-await-auth), ms. */
  readonly awaitAuthMs: number;
}

export interface RegistrationContext {
  readonly awaitAuthMs: number;
  readonly expiresMs: number;
  /** REGISTERs without a final answer: a UE may send another one before the first is answered. */
  readonly underWayCount: number;
}

export type RegistrationEvent =
  | { type: 'sip.register'; request: RoutedRequest }
  | { type: 'sip.challenged'; response: ReturningResponse }
  /** 200 with our contact in it. */
  | { type: 'sip.granted'; response: ReturningResponse; expiresMs: number }
  /** 200 without our contact: it was removed. */
  | { type: 'sip.removed'; response: ReturningResponse }
  | { type: 'sip.rejected'; response: ReturningResponse }
  /** The 200 to another REGISTER of this user does not list our contact any more (REG-46). */
  | { type: 'contact.replaced' };

export const registration = setup({
  types: {} as { input: RegistrationInput; context: RegistrationContext; events: RegistrationEvent },
  actions: {
    forwardRegister: effect<{ request: RoutedRequest }>('forwardRegister'),
    relayResponse: effect<{ response: ReturningResponse }>('relayResponse'),
    storeRegistration: effect<{ response: ReturningResponse }>('storeRegistration'),
    forgetRegistration: effect('forgetRegistration'),
    countRequest: assign({ underWayCount: ({ context }) => context.underWayCount + 1 }),
    countAnswer: assign({ underWayCount: ({ context }) => Math.max(0, context.underWayCount - 1) }),
    learnExpiry: assign({
      expiresMs: ({ event, context }) => (event.type === 'sip.granted' ? event.expiresMs : context.expiresMs),
    }),
  },
  guards: {
    othersUnderWay: ({ context }) => context.underWayCount > 1,
  },
  delays: {
    regAwaitAuth: ({ context }) => context.awaitAuthMs,
    registrationExpiry: ({ context }) => context.expiresMs,
  },
}).createMachine({
  id: 'registration',
  context: ({ input }) => ({ awaitAuthMs: input.awaitAuthMs, expiresMs: 0, underWayCount: 0 }),
  initial: 'notRegistered',
  // What every state does with an answer, unless it says otherwise: it goes to the UE.
  on: {
    'sip.register': {
      actions: ['countRequest', { type: 'forwardRegister', params: ({ event }) => ({ request: event.request }) }],
    },
    'sip.challenged': {
      actions: ['countAnswer', { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) }],
    },
    'sip.granted': {
      target: '.registered',
      reenter: true,
      actions: [
        'countAnswer',
        'learnExpiry',
        { type: 'storeRegistration', params: ({ event }) => ({ response: event.response }) },
        { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
      ],
    },
    'sip.removed': {
      target: '.ended',
      actions: ['forgetRegistration', { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) }],
    },
    'sip.rejected': {
      actions: ['countAnswer', { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) }],
    },
    'contact.replaced': { target: '.ended', actions: 'forgetRegistration' },
  },
  states: {
    notRegistered: {
      on: {
        'sip.register': {
          target: 'awaitingHomeNetwork',
          actions: ['countRequest', { type: 'forwardRegister', params: ({ event }) => ({ request: event.request }) }],
        },
      },
    },
    awaitingHomeNetwork: {
      on: {
        'sip.challenged': {
          target: 'awaitingChallengeResponse',
          actions: ['countAnswer', { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) }],
        },
        'sip.rejected': [
          {
            guard: 'othersUnderWay',
            actions: ['countAnswer', { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) }],
          },
          {
            target: 'ended',
            actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
          },
        ],
      },
    },
    awaitingChallengeResponse: {
      // REG-23: what the 401 left is kept for reg-await-auth.
      after: { regAwaitAuth: 'ended' },
      on: {
        'sip.register': {
          target: 'awaitingHomeNetwork',
          actions: ['countRequest', { type: 'forwardRegister', params: ({ event }) => ({ request: event.request }) }],
        },
      },
    },
    // A re-authentication that fails leaves it as it stands (REG section 8).
    registered: {
      // REG-25: registration time + 30 s.
      after: { registrationExpiry: { target: 'ended', actions: 'forgetRegistration' } },
    },
    ended: { type: 'final' },
  },
});
