/**
 * HSS, the registration state of one implicit registration set: who serves it, by which private identities it is
 * registered, and what each Cx request finds and changes. TS 29.228 §6.1.1.1 (UAR), §6.1.2.1 (SAR), §6.1.3.1 (RTR),
 * §6.1.4.1 (LIR), §6.3.1 (MAR); states of TS 29.228 §6.1.2.1. What other sets of the subscription have comes with the
 * event. Checks that need no state (unknown identity, no match, barring, roaming) come before, in request-checks.ts.
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

/** What the other sets of the subscription say: one S-CSCF serves all of them (TS 29.228 §6.1.1.1). */
export interface Elsewhere {
  readonly server: AssignedServer | undefined;
  readonly reassignmentPending: boolean;
}

export interface SubscriptionContext {
  /** The assigned S-CSCF. */
  readonly server: AssignedServer | undefined;
  /** The one that serves the user while another one authenticates it anew (REG-61, REG-62). */
  readonly formerServer: AssignedServer | undefined;
  /** The private identities that have registered the set. */
  readonly registeredBy: readonly string[];
  /** Those whose challenge is out: the name was stored by MAR, not yet by SAR (TS 29.228 §6.3.1). */
  readonly authenticating: readonly string[];
  /** The I-CSCF was given capabilities although a name is stored: the next SAR may overwrite it (REG-61). */
  readonly reassignmentPending: boolean;
  /** RTR is out, RTA is not back. */
  readonly terminationPending: boolean;
}

/** The answers of the state tables, as names; cx-replies.ts turns them into result codes and AVPs. */
export type AnswerName =
  | 'success'
  | 'successWithServer'
  | 'firstRegistration'
  | 'subsequentRegistration'
  | 'serverCapabilities'
  | 'unregisteredService'
  | 'serverNameNotStored'
  | 'identityNotRegistered'
  | 'identityAlreadyRegistered'
  | 'unableToComply'
  | 'terminationPending'
  | 'userData'
  | 'vectors';

export type SubscriptionEvent =
  | {
      type: 'cx.uar';
      authorizationType: 'registration' | 'deregistration' | 'registrationAndCapabilities';
      elsewhere: Elsewhere;
    }
  /** `hasServices`: the identity has services for the unregistered state in that session case. */
  | { type: 'cx.lir'; capabilities: boolean; hasServices: boolean; elsewhere: Elsewhere }
  /** `aka`: of another scheme a registered set has no challenge that the HSS would have to know of. */
  | { type: 'cx.mar'; server: AssignedServer; privateIdentity: string; aka: boolean }
  /** REGISTRATION and RE_REGISTRATION. */
  | { type: 'cx.sar.register'; server: AssignedServer; privateIdentity: string; elsewhere: Elsewhere }
  /** UNREGISTERED_USER; `restores`: it takes what an S-CSCF has left here (TS 23.380 4.3). */
  | { type: 'cx.sar.unregistered'; server: AssignedServer; restores: boolean; elsewhere: Elsewhere }
  | { type: 'cx.sar.noAssignment'; server: AssignedServer }
  /**
   * Every de-registration. `privateIdentity` undefined: for all of them. The S-CSCF asks to stay assigned
   * (`storeServerName`), and there is a reason for it (`keepsServer`).
   */
  | {
      type: 'cx.sar.deregister';
      server: AssignedServer;
      privateIdentity: string | undefined;
      storeServerName: boolean;
      keepsServer: boolean;
    }
  /** AUTHENTICATION_FAILURE and AUTHENTICATION_TIMEOUT. */
  | { type: 'cx.sar.authenticationEnded'; server: AssignedServer; privateIdentity: string }
  /** The operator de-registers the user (TS 29.228 §6.1.3). */
  | { type: 'operator.deregister'; reason: DeregistrationReasonCode; privateIdentity: string }
  /** Another set of the subscription has gone to another S-CSCF (TS 29.228 §8.1.1). */
  | { type: 'subscription.reassigned' }
  /** The S-CSCF has answered RTR, or the time for it is over. */
  | { type: 'cx.rta' }
  /** RTA names an identity of the set that is registered for emergencies and stays (TS 29.228 §6.1.3.1). */
  | { type: 'cx.rta.emergency'; server: AssignedServer; privateIdentity: string };

/** RTR is due: to whom, why, and for which private identities. */
export interface Termination {
  readonly server: AssignedServer | undefined;
  readonly reason: DeregistrationReasonCode;
  /** None where nobody had the set registered. */
  readonly privateIdentities: readonly string[];
}

interface Situation {
  readonly context: SubscriptionContext;
  readonly event: SubscriptionEvent;
}

const named = ({ context, event }: Situation): boolean =>
  'server' in event && context.server?.name === event.server.name;

/** TS 29.228 §6.1.2.1: another S-CSCF only where none is stored or reassignment is pending (REG-61, REG-62). */
export function mayServe(context: SubscriptionContext, elsewhere: Elsewhere, serverName: string): boolean {
  const stored = context.server ?? elsewhere.server;
  return (
    stored === undefined || context.reassignmentPending || elsewhere.reassignmentPending || stored.name === serverName
  );
}

const serves = ({ context, event }: Situation): boolean =>
  'server' in event && 'elsewhere' in event && mayServe(context, event.elsewhere, event.server.name);

/** Whom this S-CSCF takes the user from, at another Diameter address (TS 29.228 §8.1.1). */
const replaced = ({ context, event }: Situation): AssignedServer | undefined => {
  const former = context.formerServer ?? context.server;
  return 'server' in event && former?.host !== event.server.host ? former : undefined;
};

/** The S-CSCF that serves the user while another one authenticates it anew. */
const isFormer = ({ context, event }: Situation): boolean =>
  'server' in event && context.formerServer?.name === event.server.name;

/** REG-61, TS 29.228 §8.1: the S-CSCF that served the user before is told. */
const replacement = (situation: Situation): Termination => ({
  server: replaced(situation),
  reason: 'NEW_SERVER_ASSIGNED',
  privateIdentities: situation.context.registeredBy,
});

/** TS 23.380 4.4: the assigned S-CSCF, or the one that it has been given up for. */
const restores = (situation: Situation): boolean =>
  situation.event.type === 'cx.sar.unregistered' && situation.event.restores && serves(situation);

/** Of the private identity that the operator names. */
const orderedTermination = ({
  context,
  event,
}: {
  readonly context: SubscriptionContext;
  readonly event: Extract<SubscriptionEvent, { type: 'operator.deregister' }>;
}): Termination => ({
  server: context.formerServer ?? context.server,
  reason: event.reason,
  privateIdentities: [event.privateIdentity],
});

const identityIn = (event: SubscriptionEvent): string | undefined =>
  'privateIdentity' in event ? event.privateIdentity : undefined;

/** One list for all sets of a large HSS. */
const nobody: readonly string[] = [];

const without = (list: readonly string[], event: SubscriptionEvent): readonly string[] => {
  const identity = identityIn(event);
  const left = identity === undefined ? nobody : list.filter((each) => each !== identity);
  return left.length === 0 ? nobody : left;
};

const having = (list: readonly string[], event: SubscriptionEvent): readonly string[] => {
  const identity = identityIn(event);
  return identity === undefined || list.includes(identity) ? list : list.concat(identity);
};

/** Nothing is known of the set: no instance is needed for it. */
export function isAtRest(state: string, context: SubscriptionContext): boolean {
  const { server, terminationPending, reassignmentPending } = context;
  return state === 'notRegistered' && server === undefined && !terminationPending && !reassignmentPending;
}

export const initialContext: SubscriptionContext = {
  server: undefined,
  formerServer: undefined,
  registeredBy: nobody,
  authenticating: nobody,
  reassignmentPending: false,
  terminationPending: false,
};

export const subscription = setup({
  types: {} as { context: SubscriptionContext; events: SubscriptionEvent },
  actions: {
    answer: effect<{ answer: AnswerName }>('answer'),
    sendTermination: effect<Termination>('sendTermination'),
    refuseTermination: effect('refuseTermination'),
    storeServer: assign({
      server: ({ context, event }) => ('server' in event ? event.server : context.server),
    }),
    rememberFormerServer: assign({ formerServer: ({ context }) => context.formerServer ?? context.server }),
    restoreFormerServer: assign({ server: ({ context }) => context.formerServer, formerServer: undefined }),
    forgetFormerServer: assign({ formerServer: undefined }),
    beginAuthentication: assign({ authenticating: ({ context, event }) => having(context.authenticating, event) }),
    endAuthentication: assign({ authenticating: ({ context, event }) => without(context.authenticating, event) }),
    addRegistration: assign({ registeredBy: ({ context, event }) => having(context.registeredBy, event) }),
    removeRegistration: assign({ registeredBy: ({ context, event }) => without(context.registeredBy, event) }),
    forgetRegistrations: assign({ registeredBy: () => nobody }),
    allowReassignment: assign({ reassignmentPending: true }),
    endReassignment: assign({ reassignmentPending: false, formerServer: undefined }),
    beginTermination: assign({ terminationPending: true }),
    endTermination: assign({ terminationPending: false }),
    forgetServer: assign({
      server: undefined,
      formerServer: undefined,
      registeredBy: () => nobody,
      authenticating: () => nobody,
      reassignmentPending: false,
    }),
  },
  guards: {
    wantsCapabilities: ({ event }) =>
      (event.type === 'cx.uar' && event.authorizationType === 'registrationAndCapabilities') ||
      (event.type === 'cx.lir' && event.capabilities),
    deregisters: ({ event }) => event.type === 'cx.uar' && event.authorizationType === 'deregistration',
    unassigned: ({ context, event }, params: { authorizationType: string }) =>
      event.type === 'cx.uar' &&
      context.server === undefined &&
      event.elsewhere.server === undefined &&
      event.authorizationType === params.authorizationType,
    withoutServices: ({ event }) => event.type === 'cx.lir' && !event.hasServices,
    servedNowhere: ({ context, event }) =>
      event.type === 'cx.lir' && context.server === undefined && event.elsewhere.server === undefined,
    fromAssigned: named,
    // TS 29.228 §6.1.2.1: what is gone already is gone, as after an answer that was lost.
    fromAssignedIfAny: (situation) => situation.context.server === undefined || named(situation),
    fromAnother: (situation) => !named(situation),
    needsNoChallenge: ({ event }) => event.type === 'cx.mar' && !event.aka,
    mayServe: serves,
    mayServeInstead: (situation) => serves(situation) && replaced(situation) !== undefined,
    restores,
    restoresInstead: (situation) => restores(situation) && replaced(situation) !== undefined,
    // It was on its way when RTR left: the S-CSCF drops the user as soon as it has it.
    overtakenByTermination: ({ context, event }) =>
      context.terminationPending && !context.authenticating.includes(identityIn(event) ?? ''),
    replacementFailed: (situation) => named(situation) && situation.context.formerServer !== undefined,
    stillRegistered: ({ context, event }) =>
      context.registeredBy.length > 0 && without(context.registeredBy, event).length > 0,
    stillRegisteredHere: (situation) =>
      (named(situation) || isFormer(situation)) && without(situation.context.registeredBy, situation.event).length > 0,
    fromFormer: isFormer,
    endsAtFormer: (situation) =>
      named(situation) && situation.context.formerServer !== undefined && replaced(situation) !== undefined,
    stillAuthenticating: (situation) =>
      named(situation) && without(situation.context.authenticating, situation.event).length > 0,
    staysAssigned: (situation) =>
      situation.event.type === 'cx.sar.deregister' &&
      situation.event.storeServerName &&
      situation.event.keepsServer &&
      named(situation),
    isNotKept: (situation) =>
      situation.event.type === 'cx.sar.deregister' && situation.event.storeServerName && named(situation),
  },
}).createMachine({
  id: 'subscription',
  context: initialContext,
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
      { guard: 'overtakenByTermination', actions: { type: 'answer', params: { answer: 'terminationPending' } } },
      // REG-61, TS 29.228 §8.1: the S-CSCF that served the user before is told.
      {
        guard: 'mayServeInstead',
        target: '.registered',
        actions: [
          { type: 'answer', params: { answer: 'userData' } },
          { type: 'sendTermination', params: replacement },
          'storeServer',
          'addRegistration',
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
          'addRegistration',
          'endAuthentication',
          'endReassignment',
          { type: 'answer', params: { answer: 'userData' } },
        ],
      },
      { actions: { type: 'answer', params: { answer: 'identityAlreadyRegistered' } } },
    ],
    'cx.sar.unregistered': [
      {
        guard: 'mayServeInstead',
        target: '.unregistered',
        actions: [
          { type: 'answer', params: { answer: 'userData' } },
          { type: 'sendTermination', params: replacement },
          'storeServer',
          'forgetRegistrations',
          'endReassignment',
          'beginTermination',
        ],
      },
      {
        guard: 'mayServe',
        target: '.unregistered',
        actions: [
          'storeServer',
          'forgetRegistrations',
          'endReassignment',
          { type: 'answer', params: { answer: 'userData' } },
        ],
      },
      { actions: { type: 'answer', params: { answer: 'identityAlreadyRegistered' } } },
    ],
    'cx.sar.noAssignment': [
      { guard: 'fromAssigned', actions: { type: 'answer', params: { answer: 'userData' } } },
      { actions: { type: 'answer', params: { answer: 'unableToComply' } } },
    ],
    'cx.sar.deregister': [
      // TS 29.228 §6.1.2.1: another private identity has the set registered too.
      {
        guard: 'stillRegisteredHere',
        actions: ['removeRegistration', { type: 'answer', params: { answer: 'success' } }],
      },
      // REG-62: while another S-CSCF authenticates the user, the one that serves the user ends the registration.
      {
        guard: 'fromFormer',
        target: '.notRegistered',
        actions: ['forgetRegistrations', 'forgetFormerServer', { type: 'answer', params: { answer: 'success' } }],
      },
      // REG-61: it has authenticated the user for a REGISTER that ended nothing, and the one that serves the user hears of the end.
      {
        guard: 'endsAtFormer',
        target: '.notRegistered',
        actions: [
          { type: 'answer', params: { answer: 'success' } },
          { type: 'sendTermination', params: replacement },
          'forgetServer',
          'beginTermination',
        ],
      },
      {
        guard: 'staysAssigned',
        target: '.unregistered',
        actions: ['forgetRegistrations', { type: 'answer', params: { answer: 'success' } }],
      },
      {
        guard: 'isNotKept',
        target: '.notRegistered',
        actions: ['forgetServer', { type: 'answer', params: { answer: 'serverNameNotStored' } }],
      },
      {
        guard: 'fromAssignedIfAny',
        target: '.notRegistered',
        actions: ['forgetServer', { type: 'answer', params: { answer: 'success' } }],
      },
      // Where another S-CSCF serves the user this one changes nothing. The result code is unconfirmed: 5012 decided here.
      { actions: { type: 'answer', params: { answer: 'unableToComply' } } },
    ],
    'cx.sar.authenticationEnded': [
      { guard: 'fromAssignedIfAny', actions: ['endAuthentication', { type: 'answer', params: { answer: 'success' } }] },
      // As for a de-registration: the user has gone on to another S-CSCF meanwhile.
      { actions: { type: 'answer', params: { answer: 'unableToComply' } } },
    ],
    // TS 29.228 §6.1.3.1: the user is de-registered here first, whatever the S-CSCF answers.
    'operator.deregister': [
      {
        guard: 'stillRegistered',
        actions: [{ type: 'sendTermination', params: orderedTermination }, 'removeRegistration'],
      },
      {
        target: '.notRegistered',
        actions: [{ type: 'sendTermination', params: orderedTermination }, 'forgetServer', 'beginTermination'],
      },
    ],
    // The S-CSCF that had all of the sets is told once, and forgets this one too.
    'subscription.reassigned': {
      target: '.notRegistered',
      actions: [
        {
          type: 'sendTermination',
          params: ({ context }) => ({
            server: context.formerServer ?? context.server,
            reason: 'NEW_SERVER_ASSIGNED',
            privateIdentities: context.registeredBy,
          }),
        },
        'forgetServer',
        'beginTermination',
      ],
    },
    'cx.rta': { actions: 'endTermination' },
    // TS 29.228 §6.1.3.1: the S-CSCF serves on, and so it is the one that the HSS knows, where no other has come meanwhile.
    'cx.rta.emergency': {
      guard: 'fromAssignedIfAny',
      target: '.registered',
      actions: ['storeServer', 'addRegistration', 'endTermination'],
    },
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
        'cx.lir': [
          // TS 29.228 §6.1.4.1: there is nothing that an S-CSCF could do.
          { guard: 'withoutServices', actions: { type: 'answer', params: { answer: 'identityNotRegistered' } } },
          { guard: 'servedNowhere', actions: { type: 'answer', params: { answer: 'unregisteredService' } } },
        ],
        'cx.sar.authenticationEnded': [
          {
            guard: 'stillAuthenticating',
            actions: ['endAuthentication', { type: 'answer', params: { answer: 'success' } }],
          },
          {
            guard: 'fromAssignedIfAny',
            actions: ['forgetServer', { type: 'answer', params: { answer: 'success' } }],
          },
        ],
        'operator.deregister': { actions: 'refuseTermination' },
        'subscription.reassigned': { actions: 'forgetServer' },
      },
    },
    registered: {
      on: {
        'cx.mar': [
          // REG-62: the S-CSCF that serves the user goes on until the other one has registered it.
          {
            guard: 'fromAnother',
            actions: [
              'rememberFormerServer',
              'storeServer',
              'beginAuthentication',
              { type: 'answer', params: { answer: 'vectors' } },
            ],
          },
          { guard: 'needsNoChallenge', actions: { type: 'answer', params: { answer: 'vectors' } } },
        ],
        // TS 23.380 4.3, 4.4: it gets what was left here, and the registration stands.
        'cx.sar.unregistered': [
          {
            guard: 'restoresInstead',
            actions: [
              { type: 'answer', params: { answer: 'userData' } },
              { type: 'sendTermination', params: replacement },
              'storeServer',
              'endReassignment',
              'beginTermination',
            ],
          },
          {
            guard: 'restores',
            actions: ['storeServer', 'endReassignment', { type: 'answer', params: { answer: 'userData' } }],
          },
        ],
        // TS 33.203 §6.1.2.1: the registration stands, and so does its S-CSCF.
        'cx.sar.authenticationEnded': {
          guard: 'replacementFailed',
          actions: ['restoreFormerServer', 'endAuthentication', { type: 'answer', params: { answer: 'success' } }],
        },
      },
    },
    unregistered: {
      on: {
        // TS 29.228 §8.1.1: the S-CSCF that has the user's services is told once the other one has taken the user.
        'cx.mar': {
          guard: 'fromAnother',
          actions: [
            'rememberFormerServer',
            'storeServer',
            'beginAuthentication',
            { type: 'answer', params: { answer: 'vectors' } },
          ],
        },
        // TS 29.228 §6.1.2.1: the state stands, and so does its S-CSCF.
        'cx.sar.authenticationEnded': {
          guard: 'replacementFailed',
          actions: ['restoreFormerServer', 'endAuthentication', { type: 'answer', params: { answer: 'success' } }],
        },
      },
    },
  },
});
