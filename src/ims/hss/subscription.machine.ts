/**
 * HSS, the registration state of one implicit registration set: who serves it, and what each Cx request finds and
 * changes. TS 29.228 §6.1.1.1 (UAR), §6.1.2.1 (SAR), §6.1.4.1 (LIR), §6.3.1 (MAR); states of TS 29.228 §6.1.2.1.
 * Checks that need no state (unknown identity, no match, barring, roaming) come before, in request-checks.ts.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface SubscriptionContext {
  /** Server-Name of the assigned S-CSCF. */
  readonly serverName: string | undefined;
  /** A challenge is out: the name was stored by MAR, not yet by SAR (TS 29.228 §6.3.1). */
  readonly authenticationPending: boolean;
  /** The I-CSCF was given capabilities although a name is stored: the next SAR may overwrite it (REG-61). */
  readonly reassignmentPending: boolean;
}

/** The answers of the state tables, as names; answers.ts turns them into result codes and AVPs. */
export type CxAnswer =
  | 'success'
  | 'successWithServer'
  | 'firstRegistration'
  | 'subsequentRegistration'
  | 'serverCapabilities'
  | 'identityNotRegistered'
  | 'identityAlreadyRegistered'
  | 'unableToComply'
  | 'userData';

export type SubscriptionEvent =
  | {
      type: 'cx.uar';
      authorizationType: 'registration' | 'deregistration' | 'registrationAndCapabilities';
      request: unknown;
    }
  | { type: 'cx.lir'; capabilities: boolean; request: unknown }
  | { type: 'cx.mar'; serverName: string; request: unknown }
  /** REGISTRATION and RE_REGISTRATION. */
  | { type: 'cx.sar.register'; serverName: string; request: unknown }
  /** UNREGISTERED_USER. */
  | { type: 'cx.sar.unregistered'; serverName: string; request: unknown }
  | { type: 'cx.sar.noAssignment'; serverName: string; request: unknown }
  /** Every de-registration; `storeServerName` where the S-CSCF asks to stay assigned. */
  | { type: 'cx.sar.deregister'; serverName: string; storeServerName: boolean; request: unknown }
  /** AUTHENTICATION_FAILURE and AUTHENTICATION_TIMEOUT. */
  | { type: 'cx.sar.authenticationEnded'; request: unknown };

const named = ({ context, event }: { context: SubscriptionContext; event: SubscriptionEvent }): boolean =>
  'serverName' in event && context.serverName === event.serverName;

export const subscription = setup({
  types: {} as { context: SubscriptionContext; events: SubscriptionEvent },
  actions: {
    answer: effect<{ request: unknown; answer: CxAnswer; serverName: string | undefined }>('answer'),
    answerWithVectors: effect<{ request: unknown }>('answerWithVectors'),
    storeServer: assign({
      serverName: ({ context, event }) => ('serverName' in event ? event.serverName : context.serverName),
    }),
    beginAuthentication: assign({ authenticationPending: true }),
    endAuthentication: assign({ authenticationPending: false }),
    allowReassignment: assign({ reassignmentPending: true }),
    endReassignment: assign({ reassignmentPending: false }),
    forgetServer: assign({ serverName: undefined, authenticationPending: false, reassignmentPending: false }),
  },
  guards: {
    serverKnown: ({ context }) => context.serverName !== undefined,
    wantsCapabilities: ({ event }) =>
      (event.type === 'cx.uar' && event.authorizationType === 'registrationAndCapabilities') ||
      (event.type === 'cx.lir' && event.capabilities),
    deregisters: ({ event }) => event.type === 'cx.uar' && event.authorizationType === 'deregistration',
    deregistersKnown: ({ context, event }) =>
      event.type === 'cx.uar' && event.authorizationType === 'deregistration' && context.serverName !== undefined,
    fromAssigned: named,
    // TS 29.228 §6.1.2.1: another S-CSCF only where none is stored or reassignment is pending (REG-61, REG-62).
    mayServe: (args) => args.context.serverName === undefined || args.context.reassignmentPending || named(args),
    staysAssigned: (args) => args.event.type === 'cx.sar.deregister' && args.event.storeServerName && named(args),
  },
}).createMachine({
  id: 'subscription',
  context: { serverName: undefined, authenticationPending: false, reassignmentPending: false },
  initial: 'notRegistered',
  // What every state answers alike. A state's own entry for an event comes first.
  on: {
    'cx.mar': {
      actions: [
        'storeServer',
        'beginAuthentication',
        { type: 'answerWithVectors', params: ({ event }) => ({ request: event.request }) },
      ],
    },
    'cx.sar.register': [
      {
        guard: 'mayServe',
        target: '.assigned.registered',
        actions: [
          'storeServer',
          'endAuthentication',
          'endReassignment',
          {
            type: 'answer',
            params: ({ event }) => ({ request: event.request, answer: 'userData', serverName: event.serverName }),
          },
        ],
      },
      {
        actions: {
          type: 'answer',
          params: ({ context, event }) => ({
            request: event.request,
            answer: 'identityAlreadyRegistered',
            serverName: context.serverName,
          }),
        },
      },
    ],
    'cx.sar.unregistered': [
      {
        guard: 'mayServe',
        target: '.assigned.unregistered',
        actions: [
          'storeServer',
          'endReassignment',
          {
            type: 'answer',
            params: ({ event }) => ({ request: event.request, answer: 'userData', serverName: event.serverName }),
          },
        ],
      },
      {
        actions: {
          type: 'answer',
          params: ({ context, event }) => ({
            request: event.request,
            answer: 'identityAlreadyRegistered',
            serverName: context.serverName,
          }),
        },
      },
    ],
    'cx.sar.noAssignment': [
      {
        guard: 'fromAssigned',
        actions: {
          type: 'answer',
          params: ({ event }) => ({ request: event.request, answer: 'userData', serverName: event.serverName }),
        },
      },
      {
        actions: {
          type: 'answer',
          params: ({ context, event }) => ({
            request: event.request,
            answer: 'unableToComply',
            serverName: context.serverName,
          }),
        },
      },
    ],
    'cx.sar.deregister': [
      {
        guard: 'staysAssigned',
        target: '.assigned.unregistered',
        actions: {
          type: 'answer',
          params: ({ event }) => ({ request: event.request, answer: 'success', serverName: undefined }),
        },
      },
      {
        guard: 'fromAssigned',
        target: '.notRegistered',
        actions: [
          {
            type: 'answer',
            params: ({ event }) => ({ request: event.request, answer: 'success', serverName: undefined }),
          },
          'forgetServer',
        ],
      },
      // An S-CSCF that does not serve the user changes nothing. The result code is unconfirmed: 5012 decided here.
      {
        actions: {
          type: 'answer',
          params: ({ event }) => ({ request: event.request, answer: 'unableToComply', serverName: undefined }),
        },
      },
    ],
  },
  states: {
    notRegistered: {
      on: {
        'cx.uar': [
          {
            guard: 'wantsCapabilities',
            actions: [
              'allowReassignment',
              {
                type: 'answer',
                params: ({ event }) => ({
                  request: event.request,
                  answer: 'serverCapabilities',
                  serverName: undefined,
                }),
              },
            ],
          },
          {
            guard: 'deregistersKnown',
            actions: {
              type: 'answer',
              params: ({ context, event }) => ({
                request: event.request,
                answer: 'successWithServer',
                serverName: context.serverName,
              }),
            },
          },
          {
            guard: 'deregisters',
            actions: {
              type: 'answer',
              params: ({ event }) => ({
                request: event.request,
                answer: 'identityNotRegistered',
                serverName: undefined,
              }),
            },
          },
          {
            guard: 'serverKnown',
            actions: {
              type: 'answer',
              params: ({ context, event }) => ({
                request: event.request,
                answer: 'subsequentRegistration',
                serverName: context.serverName,
              }),
            },
          },
          {
            actions: {
              type: 'answer',
              params: ({ event }) => ({ request: event.request, answer: 'firstRegistration', serverName: undefined }),
            },
          },
        ],
        'cx.lir': {
          actions: {
            type: 'answer',
            params: ({ event }) => ({ request: event.request, answer: 'identityNotRegistered', serverName: undefined }),
          },
        },
        'cx.sar.authenticationEnded': {
          actions: [
            'forgetServer',
            {
              type: 'answer',
              params: ({ event }) => ({ request: event.request, answer: 'success', serverName: undefined }),
            },
          ],
        },
      },
    },
    // UNREGISTERED and REGISTERED answer alike: the stored S-CSCF, or capabilities on demand.
    assigned: {
      initial: 'registered',
      on: {
        'cx.uar': [
          {
            guard: 'wantsCapabilities',
            actions: [
              'allowReassignment',
              {
                type: 'answer',
                params: ({ event }) => ({
                  request: event.request,
                  answer: 'serverCapabilities',
                  serverName: undefined,
                }),
              },
            ],
          },
          {
            guard: 'deregisters',
            actions: {
              type: 'answer',
              params: ({ context, event }) => ({
                request: event.request,
                answer: 'successWithServer',
                serverName: context.serverName,
              }),
            },
          },
          {
            actions: {
              type: 'answer',
              params: ({ context, event }) => ({
                request: event.request,
                answer: 'subsequentRegistration',
                serverName: context.serverName,
              }),
            },
          },
        ],
        'cx.lir': [
          {
            guard: 'wantsCapabilities',
            actions: [
              'allowReassignment',
              {
                type: 'answer',
                params: ({ event }) => ({
                  request: event.request,
                  answer: 'serverCapabilities',
                  serverName: undefined,
                }),
              },
            ],
          },
          {
            actions: {
              type: 'answer',
              params: ({ context, event }) => ({
                request: event.request,
                answer: 'successWithServer',
                serverName: context.serverName,
              }),
            },
          },
        ],
        'cx.sar.authenticationEnded': {
          actions: [
            'endAuthentication',
            {
              type: 'answer',
              params: ({ event }) => ({ request: event.request, answer: 'success', serverName: undefined }),
            },
          ],
        },
      },
      states: { registered: {}, unregistered: {} },
    },
  },
});
