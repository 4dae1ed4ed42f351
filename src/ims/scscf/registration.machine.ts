/**
 * S-CSCF, the registration of one implicit registration set, from the first authenticated REGISTER to its end.
 * TS 24.229 §5.4.1.2.2, §5.4.1.4, §5.4.1.5; Cx-Put of TS 29.228 §6.1.2, RTR of §6.1.3; states of TS 29.228 §6.1.2.1 from
 * the S-CSCF's side. No reg-event package yet: UE and P-CSCF do not hear of an end that the network decides (REG-74,
 * REG-76), and the UE's next request is refused.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';
import type { RoutedRequest } from '../../node/index.js';
import type { UserProfile } from '../subscription/user-data.js';

export type AssignmentType = 'registration' | 'reRegistration' | 'userDeregistration' | 'timeoutDeregistration';

export interface RegistrationContext {
  /** The REGISTER that waits for its answer. */
  readonly request: RoutedRequest | undefined;
  /** What it asks for. */
  readonly requestedMs: number;
  /** Time to the end of the binding. */
  readonly expiresMs: number;
}

export type RegistrationEvent =
  | {
      type: 'register.authenticated';
      request: RoutedRequest;
      intent: 'bind' | 'remove';
      /** What is to be removed is bound. */
      bindingKnown: boolean;
      expiresMs: number;
    }
  | { type: 'cx.saa'; profile: UserProfile | undefined }
  /** `remainingMs`: to the end of the binding that stands, 0 where none does. */
  | { type: 'cx.saaRefused'; status: number; remainingMs: number }
  /** The HSS ends the registration (TS 29.228 §6.1.3.1). */
  | { type: 'cx.rtr'; releasesSessions: boolean };

export const registration = setup({
  types: {} as { context: RegistrationContext; events: RegistrationEvent },
  actions: {
    assignServer: effect<{ type: AssignmentType }>('assignServer'),
    storeProfile: effect<{ profile: UserProfile | undefined }>('storeProfile'),
    bindContact: effect<{ request: RoutedRequest | undefined }>('bindContact'),
    removeBinding: effect('removeBinding'),
    /** REG-72: no session outlives the registration that it was made with. */
    releaseSessions: effect('releaseSessions'),
    acceptRegister: effect<{ request: RoutedRequest | undefined }>('acceptRegister'),
    respond: effect<{ request: RoutedRequest | undefined; status: number }>('respond'),
    deferRequest: effect<{ request: RoutedRequest }>('deferRequest'),
    takeRequest: assign({
      request: ({ event, context }) => (event.type === 'register.authenticated' ? event.request : context.request),
      requestedMs: ({ event, context }) =>
        event.type === 'register.authenticated' ? event.expiresMs : context.requestedMs,
    }),
    grantExpiry: assign({ expiresMs: ({ context }) => context.requestedMs }),
    keepExpiry: assign({
      expiresMs: ({ event, context }) => (event.type === 'cx.saaRefused' ? event.remainingMs : context.expiresMs),
    }),
    forgetRequest: assign({ request: undefined }),
  },
  guards: {
    removesUnknown: ({ event }) =>
      event.type === 'register.authenticated' && event.intent === 'remove' && !event.bindingKnown,
    releasesSessions: ({ event }) => event.type === 'cx.rtr' && event.releasesSessions,
    removes: ({ event }) => event.type === 'register.authenticated' && event.intent === 'remove',
  },
  delays: { registrationExpiry: ({ context }) => context.expiresMs },
}).createMachine({
  id: 'registration',
  context: { request: undefined, requestedMs: 0, expiresMs: 0 },
  initial: 'notRegistered',
  // The HSS has forgotten the user already: nothing is asked or told it any more.
  on: {
    'cx.rtr': [
      { guard: 'releasesSessions', target: '.terminated', actions: ['removeBinding', 'releaseSessions'] },
      { target: '.terminated', actions: 'removeBinding' },
    ],
  },
  states: {
    notRegistered: {
      on: {
        'register.authenticated': [
          // REG-72: nothing to remove.
          {
            guard: 'removes',
            target: 'terminated',
            actions: { type: 'respond', params: ({ event }) => ({ request: event.request, status: 481 }) },
          },
          { target: 'assigning', actions: 'takeRequest' },
        ],
      },
    },
    assigning: {
      entry: { type: 'assignServer', params: { type: 'registration' } },
      on: {
        'cx.saa': {
          target: 'registered',
          actions: [
            'grantExpiry',
            { type: 'storeProfile', params: ({ event }) => ({ profile: event.profile }) },
            { type: 'bindContact', params: ({ context }) => ({ request: context.request }) },
            { type: 'acceptRegister', params: ({ context }) => ({ request: context.request }) },
            'forgetRequest',
          ],
        },
        'cx.saaRefused': {
          target: 'terminated',
          actions: {
            type: 'respond',
            params: ({ context, event }) => ({ request: context.request, status: event.status }),
          },
        },
        // The HSS does not know of this REGISTER, or will refuse its assignment: the UE has to begin anew.
        'cx.rtr': [
          {
            guard: 'releasesSessions',
            target: 'terminated',
            actions: [
              'removeBinding',
              'releaseSessions',
              { type: 'respond', params: ({ context }) => ({ request: context.request, status: 480 }) },
            ],
          },
          {
            target: 'terminated',
            actions: [
              'removeBinding',
              { type: 'respond', params: ({ context }) => ({ request: context.request, status: 480 }) },
            ],
          },
        ],
        'register.authenticated': {
          actions: { type: 'deferRequest', params: ({ event }) => ({ request: event.request }) },
        },
      },
    },
    registered: {
      after: { registrationExpiry: 'expiring' },
      on: {
        'register.authenticated': [
          {
            guard: 'removesUnknown',
            actions: { type: 'respond', params: ({ event }) => ({ request: event.request, status: 481 }) },
          },
          { guard: 'removes', target: 'deregistering', actions: 'takeRequest' },
          { target: 'refreshing', actions: 'takeRequest' },
        ],
      },
    },
    refreshing: {
      entry: { type: 'assignServer', params: { type: 'reRegistration' } },
      on: {
        'cx.saa': {
          target: 'registered',
          actions: [
            'grantExpiry',
            { type: 'storeProfile', params: ({ event }) => ({ profile: event.profile }) },
            { type: 'bindContact', params: ({ context }) => ({ request: context.request }) },
            { type: 'acceptRegister', params: ({ context }) => ({ request: context.request }) },
            'forgetRequest',
          ],
        },
        // The registration that stood before goes on as it was.
        'cx.saaRefused': {
          target: 'registered',
          actions: [
            'keepExpiry',
            { type: 'respond', params: ({ context, event }) => ({ request: context.request, status: event.status }) },
            'forgetRequest',
          ],
        },
        // The HSS does not know of this REGISTER, or will refuse its assignment: the UE has to begin anew.
        'cx.rtr': [
          {
            guard: 'releasesSessions',
            target: 'terminated',
            actions: [
              'removeBinding',
              'releaseSessions',
              { type: 'respond', params: ({ context }) => ({ request: context.request, status: 480 }) },
            ],
          },
          {
            target: 'terminated',
            actions: [
              'removeBinding',
              { type: 'respond', params: ({ context }) => ({ request: context.request, status: 480 }) },
            ],
          },
        ],
        'register.authenticated': {
          actions: { type: 'deferRequest', params: ({ event }) => ({ request: event.request }) },
        },
      },
    },
    // TS 24.229 §5.4.1.4: the UE is answered whatever the HSS says; the binding is gone here either way.
    deregistering: {
      entry: ['removeBinding', 'releaseSessions', { type: 'assignServer', params: { type: 'userDeregistration' } }],
      on: {
        'cx.saa': 'terminated',
        'cx.saaRefused': 'terminated',
        'register.authenticated': {
          actions: { type: 'deferRequest', params: ({ event }) => ({ request: event.request }) },
        },
      },
      exit: { type: 'acceptRegister', params: ({ context }) => ({ request: context.request }) },
    },
    // TS 24.229 §5.4.1.5, REG-73: no grace at the S-CSCF.
    expiring: {
      entry: ['removeBinding', 'releaseSessions', { type: 'assignServer', params: { type: 'timeoutDeregistration' } }],
      on: {
        'cx.saa': 'terminated',
        'cx.saaRefused': 'terminated',
        'register.authenticated': {
          actions: { type: 'deferRequest', params: ({ event }) => ({ request: event.request }) },
        },
      },
    },
    terminated: { type: 'final' },
  },
});
