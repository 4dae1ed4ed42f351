/**
 * P-CSCF, the registration of one contact of a UE: REGISTERs go home, the answers come back, and from the 200 on the
 * UE may use the network. TS 24.229 §5.2.2; lifetimes of §5.2.2.2 and TS 33.203 §7.3. Security associations are not part
 * of it yet: without them only the time limits of a challenge and of a registration are kept.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface RegistrationInput {
  /** Lifetime of what a challenge leaves behind (reg-await-auth), ms. */
  readonly awaitAuthMs: number;
}

export interface RegistrationContext {
  readonly awaitAuthMs: number;
  readonly expiresMs: number;
}

export type RegistrationEvent =
  | { type: 'sip.register'; request: unknown }
  | { type: 'sip.challenged'; response: unknown }
  /** 200 with our contact in it. */
  | { type: 'sip.granted'; response: unknown; expiresMs: number }
  /** 200 without our contact: it was removed. */
  | { type: 'sip.removed'; response: unknown }
  | { type: 'sip.rejected'; response: unknown };

export const registration = setup({
  types: {} as { input: RegistrationInput; context: RegistrationContext; events: RegistrationEvent },
  actions: {
    forwardRegister: effect<{ request: unknown }>('forwardRegister'),
    relayResponse: effect<{ response: unknown }>('relayResponse'),
    storeRegistration: effect<{ response: unknown }>('storeRegistration'),
    forgetRegistration: effect('forgetRegistration'),
    learnExpiry: assign({
      expiresMs: ({ event, context }) => (event.type === 'sip.granted' ? event.expiresMs : context.expiresMs),
    }),
  },
  delays: {
    regAwaitAuth: ({ context }) => context.awaitAuthMs,
    registrationExpiry: ({ context }) => context.expiresMs,
  },
}).createMachine({
  id: 'registration',
  context: ({ input }) => ({ awaitAuthMs: input.awaitAuthMs, expiresMs: 0 }),
  initial: 'notRegistered',
  states: {
    notRegistered: {
      on: {
        'sip.register': {
          target: 'awaitingHomeNetwork',
          actions: { type: 'forwardRegister', params: ({ event }) => ({ request: event.request }) },
        },
      },
    },
    awaitingHomeNetwork: {
      on: {
        'sip.register': { actions: { type: 'forwardRegister', params: ({ event }) => ({ request: event.request }) } },
        'sip.challenged': {
          target: 'awaitingChallengeResponse',
          actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
        },
        'sip.granted': {
          target: 'registered',
          actions: [
            'learnExpiry',
            { type: 'storeRegistration', params: ({ event }) => ({ response: event.response }) },
            { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
          ],
        },
        'sip.removed': {
          target: 'ended',
          actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
        },
        'sip.rejected': {
          target: 'ended',
          actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
        },
      },
    },
    awaitingChallengeResponse: {
      // REG-23: what the 401 left is kept for reg-await-auth.
      after: { regAwaitAuth: 'ended' },
      on: {
        // Answers to a REGISTER that overtook the challenged one.
        'sip.challenged': { actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) } },
        'sip.rejected': { actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) } },
        'sip.register': {
          target: 'awaitingHomeNetwork',
          actions: { type: 'forwardRegister', params: ({ event }) => ({ request: event.request }) },
        },
      },
    },
    registered: {
      // REG-25: registration time + 30 s.
      after: { registrationExpiry: { target: 'ended', actions: 'forgetRegistration' } },
      on: {
        'sip.register': { actions: { type: 'forwardRegister', params: ({ event }) => ({ request: event.request }) } },
        // A re-authentication that fails leaves the registration as it stands (REG section 8).
        'sip.challenged': { actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) } },
        'sip.rejected': { actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) } },
        'sip.granted': {
          target: 'registered',
          reenter: true,
          actions: [
            'learnExpiry',
            { type: 'storeRegistration', params: ({ event }) => ({ response: event.response }) },
            { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
          ],
        },
        'sip.removed': {
          target: 'ended',
          actions: [
            'forgetRegistration',
            { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
          ],
        },
      },
    },
    ended: { type: 'final' },
  },
});
