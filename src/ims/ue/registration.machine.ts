/**
 * UE, registration of one contact: REGISTER, challenge, REGISTER, refresh in time, de-registration, back-off.
 * What NOTIFYs about it mean. TS 24.229 §5.1.1.2, §5.1.1.4 to §5.1.1.7; AKA at the UE TS 33.102 §6.3.3; back-off RFC 5626 4.5.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface RegistrationInput {
  /** Asked in REGISTER, seconds. */
  readonly expires: number;
  /** P-CSCFs to choose from. */
  readonly proxyCount: number;
  /** For emergencies: see the context. */
  readonly runsOut: boolean;
  /** See the context. */
  readonly isProtected: boolean;
}

/** How a challenge was answered: the checks of TS 33.102 §6.3.3, done by the USIM. */
export type ChallengeVerdict =
  | 'ok'
  | 'macFailure'
  | 'syncFailure'
  | 'unusable'
  /** In order, but the security agreement that has to come with it is not (REG-12). */
  | 'unprotected';

export interface RegistrationContext {
  readonly expires: number;
  readonly proxyCount: number;
  /** P-CSCFs that have failed one after the other. */
  readonly failedProxyCount: number;
  /** Attempts in a row that were given up for want of a security agreement. */
  readonly unprotectedCount: number;
  /** Times in a row that a 423 has made it ask for more. */
  readonly raisedCount: number;
  /** The attempt refreshes what the network has granted. */
  readonly refreshes: boolean;
  /** Challenges in a row that could not be accepted (REG-16: at most two are answered). */
  readonly invalidChallengeCount: number;
  /** Challenges answered since the REGISTER that began the attempt. */
  readonly challengeCount: number;
  /** Until the next refresh, of the granted time (REG-15). */
  readonly refreshMs: number;
  /** Failed attempts in a row, for the back-off. */
  readonly failureCount: number;
  readonly backOffMs: number;
  /** The user asked for the opposite of what is under way: it is done when this has ended (RFC 3261 10.2). */
  readonly reversed: boolean;
  /** What a NOTIFY has said since the last REGISTER left: where a 200 follows it, it has overtaken that. */
  readonly ended: 'not' | 'deactivated' | 'rejected';
  /** It ends when its time is over: the UE neither refreshes nor ends it (TS 24.229 §5.1.6). */
  readonly runsOut: boolean;
  /** Its requests go over what a security agreement has made, and the P-CSCF may have lost that. */
  readonly isProtected: boolean;
}

export type RegistrationEvent =
  /** `expires`: seconds to ask for from now on; undefined: as before. */
  | { type: 'ue.register'; expires: number | undefined }
  | { type: 'ue.deregister' }
  /** Another flow of this UE has taken away every contact of the user. */
  | { type: 'contacts.removed' }
  | { type: 'sip.challenged'; response: unknown }
  | { type: 'usim.challengeChecked'; verdict: ChallengeVerdict; response: unknown }
  | { type: 'sip.granted'; response: unknown; grantedMs: number }
  /** The network has lost the registration: 504 to another request, with the order to register anew. */
  | { type: 'sip.registrationLost' }
  /** No answer to another request (`status` undefined), or one that who is registered does not get: the P-CSCF may have lost it too. */
  | { type: 'sip.registrationDoubtful'; status: number | undefined }
  /** The flow to the P-CSCF does not answer its keep-alives (RFC 5626 4.4). */
  | { type: 'flow.failed' }
  /** 439: the first hop does not know outbound (RFC 5626 6). */
  | { type: 'sip.outboundRefused' }
  /** NOTIFY: register again, at once or after a time (TS 24.229 5.1.1.7; REG-74). */
  | { type: 'reg.deactivated'; retryAfterMs: number | undefined }
  /** NOTIFY: do not come back. */
  | { type: 'reg.rejected' }
  /** NOTIFY: the time left, ms (REG-75). */
  | { type: 'reg.shortened'; leftMs: number }
  /** 423 with Min-Expires. */
  | { type: 'sip.intervalTooBrief'; minExpires: number }
  /**
   * Any other final response, or none in time (status 408), or no transport (503). `retryAfterMs` where the network named
   * it; `chance`: 0 <= x < 1, drawn outside, where the back-off lies between its bounds.
   */
  | {
      type: 'sip.rejected';
      status: number;
      response: unknown;
      retryAfterMs: number | undefined;
      chance: number;
    };

/** Of two challenges that cannot be accepted the second is the last that is answered (TS 24.229 §5.1.1.5.12). */
const invalidChallengeMax = 2;
/** One valid challenge an attempt, one more after a resynchronisation or a race, then something is wrong for good. */
const challengeMax = 3;
/** After it, a network that never names a Security-Server is taken at its word. */
const unprotectedMax = 1;
/**
 * RFC 3261 §10.2.8 lets a UE try again with Min-Expires, and says of no end. A registrar names its minimum once; the second time
 * is for another S-CSCF, chosen meanwhile. Who raises it again would do so for ever.
 */
const raisedMax = 2;
/** RFC 5626 4.5: base-time when no flow is left, and max-time. */
const backOffBaseMs = 30_000;
const backOffMaxMs = 1_800_000;

export const registration = setup({
  types: {} as { input: RegistrationInput; context: RegistrationContext; events: RegistrationEvent },
  actions: {
    /** A REGISTER as it opens an attempt: without a response, or with the last one on a refresh. */
    sendRegister: effect<{ expires: number }>('sendRegister'),
    checkChallenge: effect<{ response: unknown }>('checkChallenge'),
    /** The REGISTER that answers the challenge, by its verdict: response, AUTS, or an empty response. */
    answerChallenge: effect<{ expires: number; verdict: ChallengeVerdict }>('answerChallenge'),
    storeRegistration: effect<{ response: unknown; grantedMs: number }>('storeRegistration'),
    forgetRegistration: effect('forgetRegistration'),
    reportSilence: effect('reportSilence'),
    changeProxy: effect<{ status: number }>('changeProxy'),
    /** The next REGISTER begins a call of its own. */
    renewCallId: effect('renewCallId'),
    reportRejected: effect('reportRejected'),
    /** It begins anew without having been asked to. */
    reportLoss: effect<{ status: number | undefined }>('reportLoss'),
    reportDeactivated: effect('reportDeactivated'),
    /** Its time is over. */
    reportRunOut: effect('reportRunOut'),
    reportRegistered: effect('reportRegistered'),
    /** It leaves unprotected. */
    reportProtectionLost: effect<{ status: number }>('reportProtectionLost'),
    reportDeregistered: effect('reportDeregistered'),
    reportFailure: effect<{ status: number; response: unknown }>('reportFailure'),
    reportDeregistrationFailure: effect<{ status: number; response: unknown }>('reportDeregistrationFailure'),
    beginAttempt: assign({ challengeCount: 0, invalidChallengeCount: 0, ended: 'not' }),
    beginAnew: assign({ refreshes: false, raisedCount: 0 }),
    countFailedProxy: assign({ failedProxyCount: ({ context }) => context.failedProxyCount + 1 }),
    countUnprotected: assign({ unprotectedCount: ({ context }) => context.unprotectedCount + 1 }),
    planReturn: assign({
      backOffMs: ({ context, event }) =>
        event.type === 'reg.deactivated' ? (event.retryAfterMs ?? 0) : context.backOffMs,
    }),
    planShortened: assign({
      refreshMs: ({ context, event }) => (event.type === 'reg.shortened' ? event.leftMs / 2 : context.refreshMs),
    }),
    noteExpires: assign({
      expires: ({ context, event }) =>
        event.type === 'ue.register' ? (event.expires ?? context.expires) : context.expires,
    }),
    noteEnded: assign({
      ended: ({ context, event }) =>
        event.type === 'reg.deactivated' ? 'deactivated' : event.type === 'reg.rejected' ? 'rejected' : context.ended,
    }),
    forgetEnded: assign({ ended: 'not' }),
    noteReversed: assign({ reversed: true }),
    forgetReversed: assign({ reversed: false }),
    countChallenge: assign({
      challengeCount: ({ context }) => context.challengeCount + 1,
      invalidChallengeCount: ({ context, event }) =>
        event.type === 'usim.challengeChecked' && event.verdict !== 'ok' ? context.invalidChallengeCount + 1 : 0,
    }),
    raiseExpires: assign({
      expires: ({ context, event }) => (event.type === 'sip.intervalTooBrief' ? event.minExpires : context.expires),
      raisedCount: ({ context }) => context.raisedCount + 1,
    }),
    planRefresh: assign({
      // CALL-70, TS 24.229 §5.1.6.4: a registration for emergencies is not refreshed without an emergency call. Else REG-15,
      // TS 24.229 §5.1.1.4.1: 600 s before the end if more than 1200 s were granted, else at half time.
      refreshMs: ({ context, event }) => {
        if (event.type !== 'sip.granted') return context.refreshMs;
        if (context.runsOut) return event.grantedMs;
        return event.grantedMs > 1_200_000 ? event.grantedMs - 600_000 : event.grantedMs / 2;
      },
      failureCount: 0,
      failedProxyCount: 0,
      unprotectedCount: 0,
      raisedCount: 0,
      refreshes: true,
    }),
    planRetry: assign({
      refreshes: false,
      raisedCount: 0,
      failedProxyCount: 0,
      failureCount: ({ context }) => context.failureCount + 1,
      // RFC 5626 4.5: 50 to 100 % of base-time * 2^failures, at most max-time. Retry-After goes before it (REG-16).
      backOffMs: ({ context, event }) => {
        if (event.type !== 'sip.rejected') return context.backOffMs;
        const upper = Math.min(backOffMaxMs, backOffBaseMs * 2 ** (context.failureCount + 1));
        return event.retryAfterMs ?? upper * (0.5 + 0.5 * event.chance);
      },
    }),
  },
  guards: {
    /** RFC 3680 5.3: what leaves more time than was granted shortens nothing, and the refresh stays where it was. */
    isShorter: ({ context, event }) => event.type === 'reg.shortened' && event.leftMs / 2 <= context.refreshMs,
    // REG-12: abandoned, and begun again with a new Call-ID.
    startsOver: ({ context, event }) =>
      event.type === 'usim.challengeChecked' &&
      event.verdict === 'unprotected' &&
      context.unprotectedCount < unprotectedMax,
    tooManyChallenges: ({ context, event }) =>
      event.type === 'usim.challengeChecked' &&
      (event.verdict === 'unusable' ||
        event.verdict === 'unprotected' ||
        context.challengeCount >= challengeMax ||
        (event.verdict !== 'ok' && context.invalidChallengeCount >= invalidChallengeMax)),
    worthRaising: ({ context, event }) =>
      event.type === 'sip.intervalTooBrief' && event.minExpires > context.expires && context.raisedCount < raisedMax,
    // REG-16: 403 ends it, no automatic retry. So do the other refusals that a repetition would meet again.
    final: ({ event }) => event.type === 'sip.rejected' && !retriedStatuses.has(event.status),
    // TS 24.229 §5.1.1.4.1: after these the UE performs an initial registration; the network may have forgotten it.
    refreshLost: ({ context, event }) =>
      event.type === 'sip.rejected' &&
      context.refreshes &&
      (lostStatuses.has(event.status) || (context.isProtected && event.status === agreementRequired)),
    // TS 33.203 §7.4: a P-CSCF that has lost the associations hears nothing over them, or knows nobody of them.
    protectionLost: ({ context, event }) =>
      event.type === 'sip.rejected' &&
      context.isProtected &&
      context.refreshes &&
      !context.reversed &&
      (event.status === 408 || event.status === 500 || event.status === agreementRequired),
    // REG-16: another P-CSCF, while there is one that has not been tried.
    otherProxyLeft: ({ context, event }) =>
      event.type === 'sip.rejected' &&
      !isGivenUp(context) &&
      context.failedProxyCount + 1 < context.proxyCount &&
      (event.status === useProxy || retriedStatuses.has(event.status)),
    wasRejected: ({ context }) => context.ended === 'rejected',
    wasDeactivated: ({ context }) => context.ended === 'deactivated',
    reversed: ({ context }) => context.reversed,
    givenUp: ({ context }) => isGivenUp(context),
    runsOut: ({ context }) => context.runsOut,
    comesLater: ({ event }) => event.type === 'reg.deactivated' && (event.retryAfterMs ?? 0) > 0,
  },
  delays: {
    refresh: ({ context }) => context.refreshMs,
    backOff: ({ context }) => context.backOffMs,
    /** Four copies of a REGISTER have gone out by then (timer E with the UE's T1, TS 24.229 §7.7). */
    patience: 16_000,
  },
}).createMachine({
  id: 'registration',
  context: ({ input }) => ({
    expires: input.expires,
    proxyCount: input.proxyCount,
    failedProxyCount: 0,
    unprotectedCount: 0,
    raisedCount: 0,
    refreshes: false,
    invalidChallengeCount: 0,
    challengeCount: 0,
    refreshMs: 0,
    failureCount: 0,
    backOffMs: 0,
    reversed: false,
    ended: 'not',
    runsOut: input.runsOut,
    isProtected: input.isProtected,
  }),
  initial: 'notRegistered',
  states: {
    notRegistered: {
      always: { guard: 'reversed', target: 'registering', actions: 'forgetReversed' },
      on: {
        'ue.register': { target: 'registering', actions: 'noteExpires' },
        'ue.deregister': { actions: 'reportDeregistered' },
      },
    },
    registering: {
      initial: 'awaitingResponse',
      entry: ['beginAttempt', { type: 'sendRegister', params: ({ context }) => ({ expires: context.expires }) }],
      on: {
        'ue.register': { actions: ['forgetReversed', 'noteExpires'] },
        'ue.deregister': { actions: 'noteReversed' },
        'sip.intervalTooBrief': [
          {
            guard: 'givenUp',
            target: 'refused',
            actions: { type: 'reportFailure', params: { status: 423, response: undefined } },
          },
          { guard: 'worthRaising', target: 'registering', reenter: true, actions: 'raiseExpires' },
          { target: 'refused', actions: { type: 'reportFailure', params: { status: 423, response: undefined } } },
        ],
        'sip.granted': [
          // TS 24.229 §5.1.1.7: the network has granted it, and ended it since: who is not registered is challenged first.
          { guard: 'wasRejected', target: 'refused', actions: 'reportRejected' },
          {
            guard: 'wasDeactivated',
            target: 'registering',
            reenter: true,
            actions: ['beginAnew', 'forgetRegistration', 'reportDeactivated'],
          },
          {
            target: 'registered',
            actions: [
              'planRefresh',
              {
                type: 'storeRegistration',
                params: ({ event }) => ({ response: event.response, grantedMs: event.grantedMs }),
              },
              'reportRegistered',
            ],
          },
        ],
        'reg.deactivated': { actions: 'noteEnded' },
        'reg.rejected': { actions: 'noteEnded' },
        'sip.outboundRefused': [
          {
            guard: 'givenUp',
            target: 'refused',
            actions: { type: 'reportFailure', params: { status: 439, response: undefined } },
          },
          { target: 'registering', reenter: true },
        ],
        'sip.rejected': [
          // TS 24.229 §5.1.1.7: the network has said why meanwhile, and whether the UE is to come back.
          { guard: 'wasRejected', target: 'refused', actions: 'reportRejected' },
          {
            guard: 'wasDeactivated',
            target: 'registering',
            reenter: true,
            actions: ['beginAnew', 'forgetRegistration', 'reportDeactivated'],
          },
          {
            guard: 'otherProxyLeft',
            target: 'registering',
            reenter: true,
            actions: [
              'beginAnew',
              'countFailedProxy',
              'forgetRegistration',
              { type: 'changeProxy', params: ({ event }) => ({ status: event.status }) },
            ],
          },
          {
            guard: 'refreshLost',
            target: 'registering',
            reenter: true,
            actions: [
              'beginAnew',
              'forgetRegistration',
              { type: 'reportLoss', params: ({ event }) => ({ status: event.status }) },
            ],
          },
          {
            guard: 'final',
            target: 'refused',
            actions: {
              type: 'reportFailure',
              params: ({ event }) => ({ status: event.status, response: event.response }),
            },
          },
          {
            target: 'backingOff',
            actions: [
              'planRetry',
              { type: 'reportFailure', params: ({ event }) => ({ status: event.status, response: event.response }) },
            ],
          },
        ],
      },
      states: {
        awaitingResponse: {
          after: { patience: { actions: 'reportSilence' } },
          on: {
            'sip.challenged': {
              target: 'checkingChallenge',
              actions: { type: 'checkChallenge', params: ({ event }) => ({ response: event.response }) },
            },
          },
        },
        checkingChallenge: {
          on: {
            'usim.challengeChecked': [
              {
                guard: 'startsOver',
                target: '#registration.registering',
                actions: ['countUnprotected', 'renewCallId', 'beginAnew', 'forgetRegistration'],
              },
              {
                guard: 'tooManyChallenges',
                target: '#registration.refused',
                actions: { type: 'reportFailure', params: ({ event }) => ({ status: 401, response: event.response }) },
              },
              {
                target: 'awaitingResponse',
                actions: [
                  'countChallenge',
                  'forgetEnded',
                  {
                    type: 'answerChallenge',
                    params: ({ context, event }) => ({ expires: context.expires, verdict: event.verdict }),
                  },
                ],
              },
            ],
          },
        },
      },
    },
    registered: {
      always: { guard: 'reversed', target: 'deregistering', actions: 'forgetReversed' },
      after: {
        refresh: [
          { guard: 'runsOut', target: 'notRegistered', actions: ['beginAnew', 'forgetRegistration', 'reportRunOut'] },
          { target: 'registering' },
        ],
      },
      on: {
        'ue.register': { target: 'registering', actions: 'noteExpires' },
        'ue.deregister': 'deregistering',
        'contacts.removed': { target: 'notRegistered', actions: ['beginAnew', 'forgetRegistration'] },
        // TS 24.229 §5.1.2A.1.6.
        'sip.registrationLost': {
          target: 'registering',
          actions: ['beginAnew', 'forgetRegistration', { type: 'reportLoss', params: { status: 504 } }],
        },
        'flow.failed': {
          target: 'registering',
          actions: ['beginAnew', 'forgetRegistration', { type: 'reportLoss', params: { status: undefined } }],
        },
        'reg.deactivated': [
          { guard: 'comesLater', target: 'backingOff', actions: ['beginAnew', 'planReturn', 'reportDeactivated'] },
          { target: 'registering', actions: ['beginAnew', 'forgetRegistration', 'reportDeactivated'] },
        ],
        'reg.rejected': { target: 'refused', actions: 'reportRejected' },
        'reg.shortened': { guard: 'isShorter', target: 'registered', reenter: true, actions: 'planShortened' },
        // A refresh tells what of the registration is left.
        'sip.registrationDoubtful': {
          target: 'registering',
          actions: { type: 'reportLoss', params: ({ event }) => ({ status: event.status }) },
        },
      },
    },
    deregistering: {
      initial: 'awaitingResponse',
      entry: ['beginAttempt', { type: 'sendRegister', params: { expires: 0 } }],
      exit: ['beginAnew', 'forgetRegistration'],
      on: {
        'ue.register': { actions: ['noteReversed', 'noteExpires'] },
        'ue.deregister': { actions: 'forgetReversed' },
        'sip.granted': { target: 'notRegistered', actions: 'reportDeregistered' },
        'sip.intervalTooBrief': {
          target: 'notRegistered',
          actions: { type: 'reportDeregistrationFailure', params: { status: 423, response: undefined } },
        },
        'sip.rejected': [
          // REG-18: once more, as who has no associations (TS 24.229 §5.1.1.4.1, as for a refresh): the challenge makes new ones.
          {
            guard: 'protectionLost',
            target: 'deregistering',
            reenter: true,
            actions: { type: 'reportProtectionLost', params: ({ event }) => ({ status: event.status }) },
          },
          {
            target: 'notRegistered',
            actions: {
              type: 'reportDeregistrationFailure',
              params: ({ event }) => ({ status: event.status, response: event.response }),
            },
          },
        ],
      },
      states: {
        awaitingResponse: {
          after: { patience: { actions: 'reportSilence' } },
          on: {
            'sip.challenged': {
              target: 'checkingChallenge',
              actions: { type: 'checkChallenge', params: ({ event }) => ({ response: event.response }) },
            },
          },
        },
        checkingChallenge: {
          on: {
            'usim.challengeChecked': [
              {
                guard: 'tooManyChallenges',
                target: '#registration.notRegistered',
                actions: {
                  type: 'reportDeregistrationFailure',
                  params: ({ event }) => ({ status: 401, response: event.response }),
                },
              },
              {
                target: 'awaitingResponse',
                actions: [
                  'countChallenge',
                  { type: 'answerChallenge', params: ({ event }) => ({ expires: 0, verdict: event.verdict }) },
                ],
              },
            ],
          },
        },
      },
    },
    // The network does not want this UE: only the user tries again.
    refused: {
      entry: ['beginAnew', 'forgetRegistration'],
      always: { guard: 'reversed', target: 'notRegistered', actions: ['forgetReversed', 'reportDeregistered'] },
      on: {
        'ue.register': { target: 'registering', actions: 'noteExpires' },
        'ue.deregister': { target: 'notRegistered', actions: 'reportDeregistered' },
      },
    },
    backingOff: {
      entry: 'forgetRegistration',
      always: { guard: 'reversed', target: 'notRegistered', actions: ['forgetReversed', 'reportDeregistered'] },
      after: { backOff: 'registering' },
      on: {
        'ue.register': { target: 'registering', actions: 'noteExpires' },
        'ue.deregister': { target: 'notRegistered', actions: 'reportDeregistered' },
      },
    },
  },
});

/** The user wants it no more, and the network has granted nothing that would have to be ended. */
function isGivenUp({ reversed, refreshes }: RegistrationContext): boolean {
  return reversed && !refreshes;
}

/** RFC 3261 21.3.4: to be asked of another P-CSCF (TS 24.229 5.1.1.2.1). */
const useProxy = 305;
/**
 * RFC 3329 2.3.1: the agreement is to be made anew. Unconfirmed for a UE that has one (TS 24.229 §5.1.1.4 does not name it): with AKA
 * only an initial REGISTER makes another one, outside of the old (§5.1.1.2.2). A 494 to that is final, as it refreshes nothing.
 */
const agreementRequired = 494;
/** REG-16: the answers after which a UE comes again by itself. */
const retriedStatuses: ReadonlySet<number> = new Set([408, 480, 500, 503, 504]);
/** Of a refresh; 408 where no answer came (timer F). */
const lostStatuses: ReadonlySet<number> = new Set([408, 500, 504]);
