/**
 * Application server, one user of whom an S-CSCF has told it: registered from the first third-party REGISTER until one with
 * Expires 0, or until nobody has refreshed it. TS 24.229 §5.4.1.7, §5.7.1.1; CALL-80. Where the AS subscribes, it watches
 * the user's registrations meanwhile (CALL-83).
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface ThirdPartyRegistrationInput {
  /** As the REGISTER says, ms. */
  readonly expiresMs: number;
}

export type ThirdPartyRegistrationContext = ThirdPartyRegistrationInput;

/** A REGISTER about the user; 0: no longer registered. */
export interface ThirdPartyRegistrationEvent {
  readonly type: 'sip.register';
  readonly expiresMs: number;
}

export const thirdPartyRegistration = setup({
  types: {} as {
    input: ThirdPartyRegistrationInput;
    context: ThirdPartyRegistrationContext;
    events: ThirdPartyRegistrationEvent;
  },
  actions: {
    /** Unless it does so already. */
    watch: effect('watch'),
    endWatch: effect('endWatch'),
    reportExpiry: effect('reportExpiry'),
    noteExpires: assign({ expiresMs: ({ event }) => event.expiresMs }),
  },
  guards: {
    ends: ({ event }) => event.expiresMs === 0,
  },
  delays: {
    expiry: ({ context }) => context.expiresMs,
  },
}).createMachine({
  id: 'thirdPartyRegistration',
  context: ({ input }) => ({ expiresMs: input.expiresMs }),
  initial: 'registered',
  states: {
    registered: {
      entry: 'watch',
      after: { expiry: { target: 'ended', actions: ['reportExpiry', 'endWatch'] } },
      on: {
        'sip.register': [
          { guard: 'ends', target: 'ended', actions: 'endWatch' },
          { target: 'registered', reenter: true, actions: 'noteExpires' },
        ],
      },
    },
    ended: { type: 'final' },
  },
});
