/**
 * S-CSCF, the registration of one implicit registration set, from the first authenticated REGISTER to its end.
 * TS 24.229 §5.4.1.2.2, §5.4.1.4 to §5.4.1.6; Cx-Put of TS 29.228 §6.1.2, RTR of §6.1.3; states of TS 29.228 §6.1.2.1 from
 * the S-CSCF's side. Its contacts and who is told of them are the owner's; the machine knows when the first of them expires.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';
import type { UserProfile } from '../subscription/user-data.js';
import type { IncomingRegister } from './register-request.js';

export type AssignmentType =
  | 'registration'
  | 'reRegistration'
  | 'userDeregistration'
  | 'timeoutDeregistration'
  | 'administrativeDeregistration';

/** What the end of a registration means for its UE (RFC 3680 5.3, REG-74). */
export type NetworkEnd = 'rejected' | 'deactivated';

export interface RegistrationContext {
  /** The REGISTER that waits for its answer. */
  readonly request: IncomingRegister | undefined;
  /** Time to the end of the contact that expires first. */
  readonly nextExpiryMs: number;
  /** The network ends it, as soon as the HSS has answered what it is asked; what that means. */
  readonly end: NetworkEnd | undefined;
}

export type RegistrationEvent =
  | {
      type: 'register.authenticated';
      request: IncomingRegister;
      intent: 'bind' | 'remove';
      /** What is to be removed is bound. */
      bindingKnown: boolean;
      /** Another contact stays. */
      leavesOthers: boolean;
    }
  /** `nextExpiryMs`: with the contact that is about to be bound. */
  | { type: 'cx.saa'; profile: UserProfile | undefined; nextExpiryMs: number }
  /** `nextExpiryMs`: of the contacts that stand, 0 where none does. */
  | { type: 'cx.saaRefused'; status: number; nextExpiryMs: number }
  /** What was left at the HSS before a restart has come back (TS 23.380 4.4); its contacts are bound. */
  | { type: 'cx.restored'; nextExpiryMs: number }
  /** The HSS has the user assigned to this S-CSCF, and no contact was left there. */
  | { type: 'cx.recalled' }
  /** It has not, or gives no answer. */
  | { type: 'cx.notRecalled' }
  /**
   * Contacts have gone, or expire sooner; 0: none is left. `outdatesHss`: of those that are left for a restoration some are gone (TS
   * 23.380 4.3.2).
   */
  | { type: 'contacts.changed'; nextExpiryMs: number; outdatesHss: boolean }
  /** The HSS ends the registration (TS 29.228 §6.1.3.1). `end` undefined: another S-CSCF serves on, and nobody is told. */
  | { type: 'cx.rtr'; end: NetworkEnd | undefined }
  /** The operator, or an AS that cannot be reached (CALL-82), ends it. */
  | { type: 'network.deregister'; end: NetworkEnd }
  /** Of what is to end so, no contact stays. */
  | { type: 'network.ended'; end: NetworkEnd }
  /** REG-75: the UE is to authenticate again within this time. */
  | { type: 'network.reauthenticate'; withinMs: number };

export const registration = setup({
  types: {} as { context: RegistrationContext; events: RegistrationEvent },
  actions: {
    assignServer: effect<{ type: AssignmentType }>('assignServer'),
    /** What does the HSS have of a user who is not known here? Answers with `cx.restored`, `cx.recalled` or `cx.notRecalled`. */
    recallRegistration: effect('recallRegistration'),
    /** Its contacts are not known any more; application servers hear of the end. */
    endLostContacts: effect<{ request: IncomingRegister | undefined }>('endLostContacts'),
    /** Judged anew, now that the contacts are known: answers with `register.authenticated`. */
    judgeAgain: effect<{ request: IncomingRegister | undefined }>('judgeAgain'),
    storeProfile: effect<{ profile: UserProfile | undefined }>('storeProfile'),
    bindContact: effect<{ request: IncomingRegister | undefined }>('bindContact'),
    /** Of several contacts: answers with `contacts.changed`. */
    removeContacts: effect<{ request: IncomingRegister | undefined }>('removeContacts'),
    /** Those whose time has come: answers with `contacts.changed`. */
    expireContacts: effect('expireContacts'),
    /** Answers with `contacts.changed`. */
    shortenContacts: effect<{ withinMs: number }>('shortenContacts'),
    /** All contacts but those for emergencies: answers with `network.ended` where there are none of those, else `contacts.changed`. */
    endByNetwork: effect<{ end: NetworkEnd }>('endByNetwork'),
    /** All of them go, and with them every session: no session outlives the registration it was made with (REG-72). */
    endContacts: effect<{ cause: 'unregistered' | 'expired' | NetworkEnd }>('endContacts'),
    /** The user is served elsewhere: who watches may look there, and nobody hears of an end. */
    forgetContacts: effect('forgetContacts'),
    acceptRegister: effect<{ request: IncomingRegister | undefined }>('acceptRegister'),
    respond: effect<{ request: IncomingRegister | undefined; status: number }>('respond'),
    deferRequest: effect<{ request: IncomingRegister }>('deferRequest'),
    takeRequest: assign({
      request: ({ event, context }) => (event.type === 'register.authenticated' ? event.request : context.request),
    }),
    planExpiry: assign({
      nextExpiryMs: ({ event, context }) => ('nextExpiryMs' in event ? event.nextExpiryMs : context.nextExpiryMs),
    }),
    noteEnd: assign({ end: ({ event, context }) => (event.type === 'network.deregister' ? event.end : context.end) }),
    forgetEnd: assign({ end: undefined }),
    forgetRequest: assign({ request: undefined }),
  },
  guards: {
    removesUnknown: ({ event }) =>
      event.type === 'register.authenticated' && event.intent === 'remove' && !event.bindingKnown,
    removesSome: ({ event }) =>
      event.type === 'register.authenticated' && event.intent === 'remove' && event.leavesOthers,
    removes: ({ event }) => event.type === 'register.authenticated' && event.intent === 'remove',
    endIsDue: ({ context }) => context.end !== undefined,
    outdatesHss: ({ event }) => event.type === 'contacts.changed' && event.outdatesHss,
    noneLeft: ({ event }) => event.type === 'contacts.changed' && event.nextExpiryMs === 0,
    isServedElsewhere: ({ event }) => event.type === 'cx.rtr' && event.end === undefined,
  },
  delays: { nextExpiry: ({ context }) => context.nextExpiryMs },
}).createMachine({
  id: 'registration',
  context: { request: undefined, nextExpiryMs: 0, end: undefined },
  initial: 'notRegistered',
  // The HSS has forgotten the user already: nothing is asked or told it any more.
  on: {
    'cx.rtr': [
      { guard: 'isServedElsewhere', target: '.terminated', actions: 'forgetContacts' },
      {
        target: '.terminated',
        actions: { type: 'endContacts', params: ({ event }) => ({ cause: event.end as NetworkEnd }) },
      },
    ],
  },
  states: {
    notRegistered: {
      on: {
        'register.authenticated': [
          // The UE has a registration that is not known here (any more): the HSS may know of it.
          { guard: 'removes', target: 'recalling', actions: 'takeRequest' },
          { target: 'assigning', actions: 'takeRequest' },
        ],
        'cx.restored': { target: 'registered', actions: 'planExpiry' },
      },
    },
    // TS 23.380 4.2, 4.4. The HSS is to have the user registered no longer, whatever this S-CSCF has lost.
    recalling: {
      entry: 'recallRegistration',
      on: {
        'cx.restored': {
          target: 'registered',
          actions: [
            'planExpiry',
            { type: 'judgeAgain', params: ({ context }) => ({ request: context.request }) },
            'forgetRequest',
          ],
        },
        'cx.recalled': 'ending.ofLost',
        // REG-72: nothing to remove.
        'cx.notRecalled': {
          target: 'terminated',
          actions: { type: 'respond', params: ({ context }) => ({ request: context.request, status: 481 }) },
        },
        'cx.rtr': {
          target: 'terminated',
          actions: { type: 'respond', params: ({ context }) => ({ request: context.request, status: 481 }) },
        },
        'register.authenticated': {
          actions: { type: 'deferRequest', params: ({ event }) => ({ request: event.request }) },
        },
      },
    },
    assigning: {
      initial: 'registration',
      on: {
        'cx.saa': {
          target: 'registered',
          actions: [
            'planExpiry',
            { type: 'storeProfile', params: ({ event }) => ({ profile: event.profile }) },
            { type: 'bindContact', params: ({ context }) => ({ request: context.request }) },
            { type: 'acceptRegister', params: ({ context }) => ({ request: context.request }) },
            'forgetRequest',
          ],
        },
        // The HSS does not know of this REGISTER, or will refuse its assignment: the UE has to begin anew.
        'cx.rtr': [
          {
            guard: 'isServedElsewhere',
            target: 'terminated',
            actions: [
              'forgetContacts',
              { type: 'respond', params: ({ context }) => ({ request: context.request, status: 480 }) },
            ],
          },
          {
            target: 'terminated',
            actions: [
              { type: 'endContacts', params: ({ event }) => ({ cause: event.end as NetworkEnd }) },
              { type: 'respond', params: ({ context }) => ({ request: context.request, status: 480 }) },
            ],
          },
        ],
        'register.authenticated': {
          actions: { type: 'deferRequest', params: ({ event }) => ({ request: event.request }) },
        },
        'network.deregister': { actions: 'noteEnd' },
      },
      states: {
        registration: {
          entry: { type: 'assignServer', params: { type: 'registration' } },
          on: {
            'cx.saaRefused': {
              target: '#registration.terminated',
              actions: {
                type: 'respond',
                params: ({ context, event }) => ({ request: context.request, status: event.status }),
              },
            },
          },
        },
        refresh: {
          entry: { type: 'assignServer', params: { type: 'reRegistration' } },
          on: {
            // The registration that stood before goes on as it was.
            'cx.saaRefused': {
              target: '#registration.registered',
              actions: [
                'planExpiry',
                {
                  type: 'respond',
                  params: ({ context, event }) => ({ request: context.request, status: event.status }),
                },
                'forgetRequest',
              ],
            },
          },
        },
      },
    },
    // No REGISTER asks for it: the HSS would restore contacts that are gone. What it answers changes nothing.
    updating: {
      entry: { type: 'assignServer', params: { type: 'reRegistration' } },
      on: {
        'cx.saa': { target: 'registered', actions: 'planExpiry' },
        'cx.saaRefused': { target: 'registered', actions: 'planExpiry' },
        'register.authenticated': {
          actions: { type: 'deferRequest', params: ({ event }) => ({ request: event.request }) },
        },
        'network.deregister': { actions: 'noteEnd' },
        'network.reauthenticate': {
          actions: { type: 'shortenContacts', params: ({ event }) => ({ withinMs: event.withinMs }) },
        },
      },
    },
    registered: {
      // Not before: which contacts there are is known when the REGISTER that waits is answered.
      always: {
        guard: 'endIsDue',
        actions: [{ type: 'endByNetwork', params: ({ context }) => ({ end: context.end! }) }, 'forgetEnd'],
      },
      after: { nextExpiry: { actions: 'expireContacts' } },
      on: {
        'register.authenticated': [
          {
            guard: 'removesUnknown',
            actions: { type: 'respond', params: ({ event }) => ({ request: event.request, status: 481 }) },
          },
          // REG-72: while others remain, the HSS is not told of an end.
          {
            guard: 'removesSome',
            actions: [
              { type: 'removeContacts', params: ({ event }) => ({ request: event.request }) },
              { type: 'acceptRegister', params: ({ event }) => ({ request: event.request }) },
            ],
          },
          { guard: 'removes', target: 'ending.byUser', actions: 'takeRequest' },
          { target: 'assigning.refresh', actions: 'takeRequest' },
        ],
        'contacts.changed': [
          { guard: 'noneLeft', target: 'ending.byTime' },
          { guard: 'outdatesHss', target: 'updating' },
          { target: 'registered', reenter: true, actions: 'planExpiry' },
        ],
        'network.deregister': { actions: 'noteEnd' },
        'network.ended': {
          target: 'ending.byNetwork',
          actions: { type: 'endContacts', params: ({ event }) => ({ cause: event.end }) },
        },
        'network.reauthenticate': {
          actions: { type: 'shortenContacts', params: ({ event }) => ({ withinMs: event.withinMs }) },
        },
      },
    },
    // The contacts are gone here whatever the HSS says.
    ending: {
      initial: 'byUser',
      on: {
        'cx.saa': 'terminated',
        'cx.saaRefused': 'terminated',
        'register.authenticated': {
          actions: { type: 'deferRequest', params: ({ event }) => ({ request: event.request }) },
        },
      },
      states: {
        // TS 24.229 §5.4.1.4.
        byUser: {
          entry: [
            { type: 'endContacts', params: { cause: 'unregistered' } },
            { type: 'assignServer', params: { type: 'userDeregistration' } },
          ],
          exit: { type: 'acceptRegister', params: ({ context }) => ({ request: context.request }) },
        },
        // What was bound went with a restart: 200 as for any other, so that nobody on the way keeps it.
        ofLost: {
          entry: [
            { type: 'endLostContacts', params: ({ context }) => ({ request: context.request }) },
            { type: 'assignServer', params: { type: 'userDeregistration' } },
          ],
          exit: { type: 'acceptRegister', params: ({ context }) => ({ request: context.request }) },
        },
        // TS 24.229 §5.4.1.5, REG-73: no grace at the S-CSCF.
        byTime: {
          entry: [
            { type: 'endContacts', params: { cause: 'expired' } },
            { type: 'assignServer', params: { type: 'timeoutDeregistration' } },
          ],
        },
        // TS 24.229 §5.4.1.5, REG-74: without RTR the HSS has to be told.
        byNetwork: {
          entry: { type: 'assignServer', params: { type: 'administrativeDeregistration' } },
        },
      },
    },
    terminated: { type: 'final' },
  },
});
