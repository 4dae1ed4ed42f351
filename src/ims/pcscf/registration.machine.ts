/**
 * P-CSCF, the registration of one contact of a UE: REGISTERs go home, the answers come back, and from the 200 on the
 * UE may use the network, until it or the S-CSCF ends that. TS 24.229 §5.2.2, §5.2.5, §5.2.8. Each set of security
 * associations has a machine of its own (association-set.machine.ts).
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';
import type { ReturningResponse } from '../../node/index.js';
import type { RegisterRequest } from './agreement.js';

export interface RegistrationInput {
  /** Lifetime of what a challenge leaves behind (reg-await-auth), ms. */
  readonly awaitAuthMs: number;
}

export interface RegistrationContext {
  readonly awaitAuthMs: number;
  readonly expiresMs: number;
  /** REGISTERs without a final answer: a UE may send another one before the first is answered. */
  readonly underWayCount: number;
  /** Of them those that were so when the S-CSCF said that the registration is over: it has granted them before that. */
  readonly overtakenCount: number;
}

export type RegistrationEvent =
  | { type: 'sip.register'; request: RegisterRequest }
  | { type: 'sip.challenged'; response: ReturningResponse }
  /** 200 with our contact in it. `isProven`: by credentials, which an S-CSCF that does not know the user (any more) would challenge. */
  | { type: 'sip.granted'; response: ReturningResponse; expiresMs: number; isProven: boolean }
  /** 200 without our contact: it was removed. */
  | { type: 'sip.removed'; response: ReturningResponse }
  | { type: 'sip.rejected'; response: ReturningResponse }
  /** The 200 to another REGISTER of this user does not list our contact any more (REG-46). */
  | { type: 'contact.replaced' }
  /** REG-27: the S-CSCF says that it is over. `ueIsTold`: it tells the UE as well, through us. */
  | { type: 'contact.terminated'; ueIsTold: boolean }
  /** REG-75: or that it is over sooner. */
  | { type: 'contact.shortened'; expiresMs: number }
  /** The UE has got its last NOTIFY, or never will. */
  | { type: 'ue.told' };

export const registration = setup({
  types: {} as { input: RegistrationInput; context: RegistrationContext; events: RegistrationEvent },
  actions: {
    forwardRegister: effect<{ request: RegisterRequest }>('forwardRegister'),
    relayResponse: effect<{ response: ReturningResponse }>('relayResponse'),
    storeRegistration: effect<{ response: ReturningResponse }>('storeRegistration'),
    forgetRegistration: effect('forgetRegistration'),
    /** TS 24.229 §5.2.8. */
    releaseSessions: effect('releaseSessions'),
    countRequest: assign({ underWayCount: ({ context }) => context.underWayCount + 1 }),
    countAnswer: assign({
      underWayCount: ({ context }) => Math.max(0, context.underWayCount - 1),
      overtakenCount: ({ context }) => Math.max(0, context.overtakenCount - 1),
    }),
    noteOvertaken: assign({ overtakenCount: ({ context }) => context.underWayCount }),
    learnExpiry: assign({
      expiresMs: ({ event, context }) =>
        event.type === 'sip.granted' || event.type === 'contact.shortened' ? event.expiresMs : context.expiresMs,
    }),
  },
  guards: {
    othersUnderWay: ({ context }) => context.underWayCount > 1,
    isOvertaken: ({ context, event }) => event.type === 'sip.granted' && event.isProven && context.overtakenCount > 0,
    ueIsTold: ({ event }) => event.type === 'contact.terminated' && event.ueIsTold,
  },
  delays: {
    regAwaitAuth: ({ context }) => context.awaitAuthMs,
    registrationExpiry: ({ context }) => context.expiresMs,
    /** 64*T1 towards a UE (TS 24.229 §5.2.5.2, §7.7). */
    deliveryLimit: 128_000,
  },
}).createMachine({
  id: 'registration',
  context: ({ input }) => ({ awaitAuthMs: input.awaitAuthMs, expiresMs: 0, underWayCount: 0, overtakenCount: 0 }),
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
      on: {
        'contact.shortened': { target: 'registered', reenter: true, actions: 'learnExpiry' },
        'contact.terminated': [
          { guard: 'ueIsTold', target: 'terminating', actions: 'noteOvertaken' },
          { target: 'ended', actions: ['forgetRegistration', 'releaseSessions'] },
        ],
      },
    },
    // REG-76: the UE hears of it over its associations; it may also register again.
    terminating: {
      after: { deliveryLimit: { target: 'ended', actions: ['forgetRegistration', 'releaseSessions'] } },
      on: {
        'ue.told': { target: 'ended', actions: ['forgetRegistration', 'releaseSessions'] },
        // It was granted before it was ended: the NOTIFY has overtaken the 200.
        'sip.granted': {
          guard: 'isOvertaken',
          actions: ['countAnswer', { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) }],
        },
      },
    },
    ended: { type: 'final' },
  },
});
