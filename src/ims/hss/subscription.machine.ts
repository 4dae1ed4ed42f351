/**
 * HSS, the registration state of one implicit registration set: who serves it, and what each Cx request finds and
 * changes. TS 29.228 §6.1.1.1 (UAR), §6.1.2.1 (SAR), §6.1.3.1 (RTR), §6.1.4.1 (LIR), §6.3.1 (MAR); states of TS 29.228
 * §6.1.2.1. Checks that need no state (unknown identity, no match, barring, roaming) come before, in request-checks.ts.
 * Every Cx request is an event and gets exactly one answer, within the event.
 */
import { assign, setup } from 'xstate';
import type { DeregistrationReasonCode } from '../../diameter/index.js';
import { effect } from '../../machine/index.js';

/** An S-CSCF as the HSS stores it (TS 29.228 §6.1.2.1, §6.3.1): its name, and where RTR and PPR go. */
export interface AssignedServer {
  /** Server-Name, a SIP URI. */
  readonly name: string;
  /** Its Diameter identity. */
  readonly host: string;
  readonly realm: string;
}

export interface SubscriptionContext {
  /** The assigned S-CSCF. */
  readonly server: AssignedServer | undefined;
  /** The one that serves a registered user while another one authenticates it anew (REG-61, REG-62). */
  readonly formerServer: AssignedServer | undefined;
  /** A challenge is out: the name was stored by MAR, not yet by SAR (TS 29.228 §6.3.1). */
  readonly authenticationPending: boolean;
  /** The I-CSCF was given capabilities although a name is stored: the next SAR may overwrite it (REG-61). */
  readonly reassignmentPending: boolean;
  /** RTR is out, RTA is not back. */
  readonly terminationPending: boolean;
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
  | { type: 'cx.mar'; server: AssignedServer }
  /** REGISTRATION and RE_REGISTRATION. */
  | { type: 'cx.sar.register'; server: AssignedServer }
  /** UNREGISTERED_USER. */
  | { type: 'cx.sar.unregistered'; server: AssignedServer }
  | { type: 'cx.sar.noAssignment'; server: AssignedServer }
  /** Every de-registration; `storeServerName` where the S-CSCF asks to stay assigned. */
  | { type: 'cx.sar.deregister'; server: AssignedServer; storeServerName: boolean }
  /** AUTHENTICATION_FAILURE and AUTHENTICATION_TIMEOUT. */
  | { type: 'cx.sar.authenticationEnded'; server: AssignedServer }
  /** The operator de-registers the user (TS 29.228 §6.1.3). */
  | { type: 'operator.deregister'; reason: DeregistrationReasonCode }
  /** The S-CSCF has answered RTR, or the time for it is over. */
  | { type: 'cx.rta' };

interface Situation {
  readonly context: SubscriptionContext;
  readonly event: SubscriptionEvent;
}

const named = ({ context, event }: Situation): boolean =>
  'server' in event && context.server?.name === event.server.name;

/** TS 29.228 §6.1.2.1: another S-CSCF only where none is stored or reassignment is pending (REG-61, REG-62). */
const mayServe = (situation: Situation): boolean =>
  situation.context.server === undefined || situation.context.reassignmentPending || named(situation);

/** Whom a registration by this S-CSCF takes the user from. */
const replaced = ({ context, event }: Situation): AssignedServer | undefined => {
  const former = context.formerServer ?? context.server;
  return 'server' in event && former?.name !== event.server.name ? former : undefined;
};

export const subscription = setup({
  types: {} as { context: SubscriptionContext; events: SubscriptionEvent },
  actions: {
    answer: effect<{ answer: CxAnswer }>('answer'),
    sendTermination: effect<{ server: AssignedServer | undefined; reason: DeregistrationReasonCode }>(
      'sendTermination',
    ),
    refuseTermination: effect('refuseTermination'),
    storeServer: assign({
      server: ({ context, event }) => ('server' in event ? event.server : context.server),
    }),
    rememberFormerServer: assign({ formerServer: ({ context }) => context.formerServer ?? context.server }),
    restoreFormerServer: assign({ server: ({ context }) => context.formerServer, formerServer: undefined }),
    beginAuthentication: assign({ authenticationPending: true }),
    endAuthentication: assign({ authenticationPending: false }),
    allowReassignment: assign({ reassignmentPending: true }),
    endReassignment: assign({ reassignmentPending: false, formerServer: undefined }),
    beginTermination: assign({ terminationPending: true }),
    endTermination: assign({ terminationPending: false }),
    forgetServer: assign({
      server: undefined,
      formerServer: undefined,
      authenticationPending: false,
      reassignmentPending: false,
    }),
  },
  guards: {
    wantsCapabilities: ({ event }) =>
      (event.type === 'cx.uar' && event.authorizationType === 'registrationAndCapabilities') ||
      (event.type === 'cx.lir' && event.capabilities),
    deregisters: ({ event }) => event.type === 'cx.uar' && event.authorizationType === 'deregistration',
    unassigned: ({ context, event }, params: { authorizationType: string }) =>
      context.server === undefined && event.type === 'cx.uar' && event.authorizationType === params.authorizationType,
    fromAssigned: named,
    fromAnother: (situation) => !named(situation),
    mayServe,
    mayServeInstead: (situation) => mayServe(situation) && replaced(situation) !== undefined,
    // It was on its way when RTR left: the S-CSCF drops the user as soon as it has it.
    overtakenByTermination: ({ context }) => context.terminationPending && !context.authenticationPending,
    replacementFailed: (situation) => named(situation) && situation.context.formerServer !== undefined,
    staysAssigned: (situation) =>
      situation.event.type === 'cx.sar.deregister' && situation.event.storeServerName && named(situation),
  },
}).createMachine({
  id: 'subscription',
  context: {
    server: undefined,
    formerServer: undefined,
    authenticationPending: false,
    reassignmentPending: false,
    terminationPending: false,
  },
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
      { guard: 'overtakenByTermination', actions: { type: 'answer', params: { answer: 'unableToComply' } } },
      // REG-61, TS 29.228 §8.1: the S-CSCF that served the user before is told.
      {
        guard: 'mayServeInstead',
        target: '.registered',
        actions: [
          { type: 'answer', params: { answer: 'userData' } },
          {
            type: 'sendTermination',
            params: (situation) => ({ server: replaced(situation), reason: 'NEW_SERVER_ASSIGNED' }),
          },
          'storeServer',
          'endAuthentication',
          'endReassignment',
          'beginTermination',
        ],
      },
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
    // TS 29.228 §6.1.3.1: the user is de-registered here first, whatever the S-CSCF answers.
    'operator.deregister': {
      target: '.notRegistered',
      actions: [
        {
          type: 'sendTermination',
          params: ({ context, event }) => ({ server: context.formerServer ?? context.server, reason: event.reason }),
        },
        'forgetServer',
        'beginTermination',
      ],
    },
    'cx.rta': { actions: 'endTermination' },
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
        'operator.deregister': { actions: 'refuseTermination' },
      },
    },
    registered: {
      on: {
        // REG-62: the S-CSCF that serves the user goes on until the other one has registered it.
        'cx.mar': {
          guard: 'fromAnother',
          actions: [
            'rememberFormerServer',
            'storeServer',
            'beginAuthentication',
            { type: 'answer', params: { answer: 'vectors' } },
          ],
        },
        // TS 33.203 §6.1.2.1: the registration stands, and so does its S-CSCF.
        'cx.sar.authenticationEnded': {
          guard: 'replacementFailed',
          actions: ['restoreFormerServer', 'endAuthentication', { type: 'answer', params: { answer: 'success' } }],
        },
      },
    },
    unregistered: {},
  },
});
