/**
 * HSS, the registration state of one implicit registration set: who serves it, and what each Cx request finds and
 * changes. TS 29.228 §6.1.1.1 (UAR), §6.1.2.1 (SAR), §6.1.4.1 (LIR), §6.3.1 (MAR); states of TS 29.228 §6.1.2.1.
 * Checks that need no state (unknown identity, no match, barring, roaming) come before, in request-checks.ts. Every event
 * is a Cx request and gets exactly one answer, within the event.
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

/** The answers of the state tables, as names; cx-replies.ts turns them into result codes and AVPs. */
export type CxAnswer =
  | 'success'
  | 'successWithServer'
  | 'firstRegistration'
  | 'subsequentRegistration'
  | 'serverCapabilities'
  | 'identityNotRegistered'
  | 'identityAlreadyRegistered'
  | 'unableToComply'
  | 'userData'
  | 'vectors';

export type SubscriptionEvent =
  | { type: 'cx.uar'; authorizationType: 'registration' | 'deregistration' | 'registrationAndCapabilities' }
  | { type: 'cx.lir'; capabilities: boolean }
  | { type: 'cx.mar'; serverName: string }
  /** REGISTRATION and RE_REGISTRATION. */
  | { type: 'cx.sar.register'; serverName: string }
  /** UNREGISTERED_USER. */
  | { type: 'cx.sar.unregistered'; serverName: string }
  | { type: 'cx.sar.noAssignment'; serverName: string }
  /** Every de-registration; `storeServerName` where the S-CSCF asks to stay assigned. */
  | { type: 'cx.sar.deregister'; serverName: string; storeServerName: boolean }
  /** AUTHENTICATION_FAILURE and AUTHENTICATION_TIMEOUT. */
  | { type: 'cx.sar.authenticationEnded'; serverName: string };

const named = ({ context, event }: { context: SubscriptionContext; event: SubscriptionEvent }): boolean =>
  'serverName' in event && context.serverName === event.serverName;

export const subscription = setup({
  types: {} as { context: SubscriptionContext; events: SubscriptionEvent },
  actions: {
    answer: effect<{ answer: CxAnswer }>('answer'),
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
    wantsCapabilities: ({ event }) =>
      (event.type === 'cx.uar' && event.authorizationType === 'registrationAndCapabilities') ||
      (event.type === 'cx.lir' && event.capabilities),
    deregisters: ({ event }) => event.type === 'cx.uar' && event.authorizationType === 'deregistration',
    unassigned: ({ context, event }, params: { authorizationType: string }) =>
      context.serverName === undefined &&
      event.type === 'cx.uar' &&
      event.authorizationType === params.authorizationType,
    fromAssigned: named,
    // TS 29.228 §6.1.2.1: another S-CSCF only where none is stored or reassignment is pending (REG-61, REG-62).
    mayServe: (args) => args.context.serverName === undefined || args.context.reassignmentPending || named(args),
    staysAssigned: (args) => args.event.type === 'cx.sar.deregister' && args.event.storeServerName && named(args),
  },
}).createMachine({
  id: 'subscription',
  context: { serverName: undefined, authenticationPending: false, reassignmentPending: false },
  initial: 'notRegistered',
  // What the states answer alike: the stored S-CSCF, or capabilities on demand. A state's own entry comes first.
  on: {
    'cx.uar': [
      {
        guard: 'wantsCapabilities',
        actions: ['allowReassignment', { type: 'answer', params: { answer: 'serverCapabilities' } }],
      },
      { guard: 'deregisters', actions: { type: 'answer', params: { answer: 'successWithServer' } } },
      { actions: { type: 'answer', params: { answer: 'subsequentRegistration' } } },
    ],
    'cx.lir': [
      {
        guard: 'wantsCapabilities',
        actions: ['allowReassignment', { type: 'answer', params: { answer: 'serverCapabilities' } }],
      },
      { actions: { type: 'answer', params: { answer: 'successWithServer' } } },
    ],
    // TS 29.228 §6.3.1: the asking S-CSCF is stored, whoever was before.
    'cx.mar': { actions: ['storeServer', 'beginAuthentication', { type: 'answer', params: { answer: 'vectors' } }] },
    'cx.sar.register': [
      {
        guard: 'mayServe',
        target: '.registered',
        actions: [
          'storeServer',
          'endAuthentication',
          'endReassignment',
          { type: 'answer', params: { answer: 'userData' } },
        ],
      },
      { actions: { type: 'answer', params: { answer: 'identityAlreadyRegistered' } } },
    ],
    'cx.sar.unregistered': [
      {
        guard: 'mayServe',
        target: '.unregistered',
        actions: ['storeServer', 'endReassignment', { type: 'answer', params: { answer: 'userData' } }],
      },
      { actions: { type: 'answer', params: { answer: 'identityAlreadyRegistered' } } },
    ],
    'cx.sar.noAssignment': [
      { guard: 'fromAssigned', actions: { type: 'answer', params: { answer: 'userData' } } },
      { actions: { type: 'answer', params: { answer: 'unableToComply' } } },
    ],
    'cx.sar.deregister': [
      {
        guard: 'staysAssigned',
        target: '.unregistered',
        actions: { type: 'answer', params: { answer: 'success' } },
      },
      {
        guard: 'fromAssigned',
        target: '.notRegistered',
        actions: ['forgetServer', { type: 'answer', params: { answer: 'success' } }],
      },
      // An S-CSCF that does not serve the user changes nothing. The result code is unconfirmed: 5012 decided here.
      { actions: { type: 'answer', params: { answer: 'unableToComply' } } },
    ],
    'cx.sar.authenticationEnded': [
      { guard: 'fromAssigned', actions: ['endAuthentication', { type: 'answer', params: { answer: 'success' } }] },
      // As for a de-registration: the user has gone on to another S-CSCF meanwhile.
      { actions: { type: 'answer', params: { answer: 'unableToComply' } } },
    ],
  },
  states: {
    notRegistered: {
      on: {
        'cx.uar': [
          {
            guard: { type: 'unassigned', params: { authorizationType: 'registration' } },
            actions: { type: 'answer', params: { answer: 'firstRegistration' } },
          },
          {
            guard: { type: 'unassigned', params: { authorizationType: 'registrationAndCapabilities' } },
            actions: { type: 'answer', params: { answer: 'serverCapabilities' } },
          },
          {
            guard: { type: 'unassigned', params: { authorizationType: 'deregistration' } },
            actions: { type: 'answer', params: { answer: 'identityNotRegistered' } },
          },
        ],
        // No services for the unregistered state yet (TS 29.228 §6.1.4.1): there is nothing that an S-CSCF could do.
        'cx.lir': { actions: { type: 'answer', params: { answer: 'identityNotRegistered' } } },
        'cx.sar.authenticationEnded': {
          guard: 'fromAssigned',
          actions: ['forgetServer', { type: 'answer', params: { answer: 'success' } }],
        },
      },
    },
    registered: {},
    unregistered: {},
  },
});
