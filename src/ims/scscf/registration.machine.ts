/**
 * S-CSCF, the registration of one implicit registration set, from the first authenticated REGISTER to its end.
 * TS 24.229 §5.4.1.2.2, §5.4.1.4, §5.4.1.5; Cx-Put of TS 29.228 §6.1.2; states of TS 29.228 §6.1.2.1 from the S-CSCF's side.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export type AssignmentType = 'registration' | 'reRegistration' | 'userDeregistration' | 'timeoutDeregistration';

/** What an authenticated REGISTER asks for. */
export type RegisterIntent = 'bind' | 'remove';

export interface RegistrationContext {
  /** The REGISTER that waits for its answer; opaque here. */
  readonly request: unknown;
  /** Time to the end of the binding, as granted. */
  readonly expiresMs: number;
}

export type RegistrationEvent =
  | {
      type: 'register.authenticated';
      request: unknown;
      intent: RegisterIntent;
      bindingKnown: boolean;
      expiresMs: number;
    }
  | { type: 'cx.saa'; userData: unknown }
  | { type: 'cx.saaRefused'; status: number };

export const registration = setup({
  types: {} as { context: RegistrationContext; events: RegistrationEvent },
  actions: {
    assignServer: effect<{ type: AssignmentType }>('assignServer'),
    storeProfile: effect<{ userData: unknown }>('storeProfile'),
    bindContact: effect<{ request: unknown }>('bindContact'),
    removeBinding: effect('removeBinding'),
    acceptRegister: effect<{ request: unknown }>('acceptRegister'),
    respond: effect<{ request: unknown; status: number }>('respond'),
    deferRequest: effect<{ request: unknown }>('deferRequest'),
    takeRequest: assign({
      request: ({ event, context }) => (event.type === 'register.authenticated' ? event.request : context.request),
      expiresMs: ({ event, context }) =>
        event.type === 'register.authenticated' && event.intent === 'bind' ? event.expiresMs : context.expiresMs,
    }),
    forgetRequest: assign({ request: undefined }),
  },
  guards: {
    removesUnknown: ({ event }) =>
      event.type === 'register.authenticated' && event.intent === 'remove' && !event.bindingKnown,
    removes: ({ event }) => event.type === 'register.authenticated' && event.intent === 'remove',
    requestWaits: ({ context }) => context.request !== undefined,
  },
  delays: { registrationExpiry: ({ context }) => context.expiresMs },
}).createMachine({
  id: 'registration',
  context: { request: undefined, expiresMs: 0 },
  initial: 'notRegistered',
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
            { type: 'storeProfile', params: ({ event }) => ({ userData: event.userData }) },
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
            { type: 'storeProfile', params: ({ event }) => ({ userData: event.userData }) },
            { type: 'bindContact', params: ({ context }) => ({ request: context.request }) },
            { type: 'acceptRegister', params: ({ context }) => ({ request: context.request }) },
            'forgetRequest',
          ],
        },
        // The registration that stood before goes on as it was.
        'cx.saaRefused': {
          target: 'registered',
          actions: [
            { type: 'respond', params: ({ context, event }) => ({ request: context.request, status: event.status }) },
            'forgetRequest',
          ],
        },
        'register.authenticated': {
          actions: { type: 'deferRequest', params: ({ event }) => ({ request: event.request }) },
        },
      },
    },
    // TS 24.229 §5.4.1.4: the UE is answered whatever the HSS says; the binding is gone here either way.
    deregistering: {
      entry: ['removeBinding', { type: 'assignServer', params: { type: 'userDeregistration' } }],
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
      entry: ['removeBinding', { type: 'assignServer', params: { type: 'timeoutDeregistration' } }],
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
