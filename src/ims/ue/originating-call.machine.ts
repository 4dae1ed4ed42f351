/**
 * UE, a call it makes: VoLTE set-up with 100rel and preconditions, talk, release.
 * TS 24.229 §5.1.3.1, §5.1.5; GSMA IR.92 2.2; RFC 3262, RFC 3312, RFC 3311; dialog of RFC 3261 12, 13, 15.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface OriginatingCallInput {
  /** Time the access network takes for the dedicated bearer, ms. */
  readonly bearerMs: number;
  /** Talk time, ms; undefined: until somebody hangs up. */
  readonly holdForMs: number | undefined;
  /** How long the set-up may take, ringing included, ms. */
  readonly setupMaxMs: number;
  /** How long to let it ring, ms. */
  readonly answerMaxMs: number;
}

export interface OriginatingCallContext extends OriginatingCallInput {
  /** 200 to the PRACK of the answer in 183. */
  readonly prackAnswered: boolean;
  readonly bearerReady: boolean;
}

/** Why the caller gives a call up before it was answered. */
export type CancelCause = 'noAnswer' | 'requestFailed' | 'hungUp';

export type OriginatingCallEvent =
  /** The network has the INVITE: any provisional response. */
  | { type: 'sip.trying' }
  /**
   * 101–199. `reliable`: it asks for PRACK; `preconditions`: the callee waits for our resources; repeated ones never get here.
   */
  | { type: 'sip.provisional'; response: unknown; reliable: boolean; preconditions: boolean; ringing: boolean }
  | { type: 'sip.prackAnswered' }
  | { type: 'sip.updateAnswered'; response: unknown }
  /** The first 2xx; the UA core acknowledges its repetitions (RFC 3261 13.2.2.4). */
  | { type: 'sip.answered'; response: unknown }
  /** Final failure of the INVITE; status 408 or 503 when none came. */
  | { type: 'sip.rejected'; status: number; response: unknown }
  /** PRACK, UPDATE or BYE failed, or an answer is of no use: the session cannot go on. */
  | { type: 'sip.requestFailed'; status: number }
  /** UPDATE or re-INVITE of the callee. */
  | { type: 'sip.offer'; request: unknown }
  | { type: 'sip.bye'; request: unknown }
  | { type: 'sip.byeAnswered' }
  | { type: 'ue.hangUp' };

export const originatingCall = setup({
  types: {} as { input: OriginatingCallInput; context: OriginatingCallContext; events: OriginatingCallEvent },
  actions: {
    sendInvite: effect('sendInvite'),
    /** PRACK; takes the answer if the response has one. */
    acknowledgeProvisional: effect<{ response: unknown }>('acknowledgeProvisional'),
    /** UPDATE: our resources stand. */
    confirmResources: effect('confirmResources'),
    applyAnswer: effect<{ response: unknown }>('applyAnswer'),
    answerOffer: effect<{ request: unknown }>('answerOffer'),
    acknowledgeAnswer: effect<{ response: unknown }>('acknowledgeAnswer'),
    startMedia: effect('startMedia'),
    stopMedia: effect('stopMedia'),
    sendBye: effect('sendBye'),
    sendCancel: effect<{ cause: CancelCause; status: number | undefined }>('sendCancel'),
    answerBye: effect<{ request: unknown }>('answerBye'),
    releaseLateAnswer: effect<{ response: unknown }>('releaseLateAnswer'),
    reportSilence: effect<{ method: 'INVITE' | 'BYE' }>('reportSilence'),
    /** Nothing has rung yet, and a user would begin to wonder. */
    reportSlowness: effect('reportSlowness'),
    reportRinging: effect('reportRinging'),
    reportTalking: effect('reportTalking'),
    reportReleased: effect('reportReleased'),
    reportFailure: effect<{ status: number | undefined; response: unknown }>('reportFailure'),
    notePrackAnswered: assign({ prackAnswered: true }),
    noteBearerReady: assign({ bearerReady: true }),
  },
  guards: {
    // Once our resources stand the callee has nothing to wait for.
    holdsResources: ({ context, event }) =>
      event.type === 'sip.provisional' && event.reliable && event.preconditions && !context.bearerReady,
    reliable: ({ event }) => event.type === 'sip.provisional' && event.reliable,
    ringing: ({ event }) => event.type === 'sip.provisional' && event.ringing,
    reliableRinging: ({ event }) => event.type === 'sip.provisional' && event.reliable && event.ringing,
    resourcesReady: ({ context }) => context.prackAnswered && context.bearerReady,
    limited: ({ context }) => context.holdForMs !== undefined,
  },
  delays: {
    bearer: ({ context }) => context.bearerMs,
    holdFor: ({ context }) => context.holdForMs ?? 0,
    setupMax: ({ context }) => context.setupMaxMs,
    answerMax: ({ context }) => context.answerMaxMs,
    slow: 30_000,
    /** Four copies of a request have gone out by then (timers A and E with the UE's T1, TS 24.229 §7.7). */
    patience: 16_000,
    /** The 487 should be here by now; whoever waits for the outcome waits no longer. */
    cancelMax: 5_000,
  },
}).createMachine({
  id: 'originatingCall',
  context: ({ input }) => ({ ...input, prackAnswered: false, bearerReady: false }),
  initial: 'setup',
  on: {
    'sip.offer': { actions: { type: 'answerOffer', params: ({ event }) => ({ request: event.request }) } },
    // Before the answer only the caller may send BYE (RFC 3261 15); be liberal.
    'sip.bye': { actions: { type: 'answerBye', params: ({ event }) => ({ request: event.request }) } },
  },
  states: {
    setup: {
      initial: 'inviting',
      entry: 'sendInvite',
      after: {
        slow: { actions: 'reportSlowness' },
        setupMax: {
          target: 'cancelling',
          actions: { type: 'sendCancel', params: { cause: 'noAnswer', status: undefined } },
        },
      },
      on: {
        'sip.provisional': [
          {
            guard: 'holdsResources',
            target: '.reserving',
            actions: { type: 'acknowledgeProvisional', params: ({ event }) => ({ response: event.response }) },
          },
          {
            guard: 'reliableRinging',
            target: '.ringing',
            actions: [
              { type: 'acknowledgeProvisional', params: ({ event }) => ({ response: event.response }) },
              'reportRinging',
            ],
          },
          {
            guard: 'reliable',
            actions: { type: 'acknowledgeProvisional', params: ({ event }) => ({ response: event.response }) },
          },
          { guard: 'ringing', target: '.ringing', actions: 'reportRinging' },
        ],
        // The 180 overtook the 200 to UPDATE (reordering on UDP).
        'sip.updateAnswered': {
          actions: { type: 'applyAnswer', params: ({ event }) => ({ response: event.response }) },
        },
        'sip.answered': {
          target: 'talking',
          actions: { type: 'acknowledgeAnswer', params: ({ event }) => ({ response: event.response }) },
        },
        'sip.rejected': {
          target: 'failed',
          actions: {
            type: 'reportFailure',
            params: ({ event }) => ({ status: event.status, response: event.response }),
          },
        },
        'sip.requestFailed': {
          target: 'cancelling',
          actions: {
            type: 'sendCancel',
            params: ({ event }) => ({ cause: 'requestFailed', status: event.status }),
          },
        },
        'ue.hangUp': {
          target: 'cancelling',
          actions: { type: 'sendCancel', params: { cause: 'hungUp', status: undefined } },
        },
      },
      states: {
        // Nothing has come back yet.
        inviting: {
          after: { patience: { actions: { type: 'reportSilence', params: { method: 'INVITE' } } } },
          on: { 'sip.trying': 'proceeding' },
        },
        proceeding: {},
        // RFC 3312 5: nobody rings before both ends have their resources.
        reserving: {
          after: { bearer: { actions: 'noteBearerReady' } },
          always: { guard: 'resourcesReady', target: 'confirming', actions: 'confirmResources' },
          on: {
            'sip.prackAnswered': { actions: 'notePrackAnswered' },
            // The same answer in another reliable response.
            'sip.provisional': [
              {
                guard: 'reliableRinging',
                target: 'ringing',
                actions: [
                  { type: 'acknowledgeProvisional', params: ({ event }) => ({ response: event.response }) },
                  'reportRinging',
                ],
              },
              {
                guard: 'reliable',
                actions: { type: 'acknowledgeProvisional', params: ({ event }) => ({ response: event.response }) },
              },
              { guard: 'ringing', target: 'ringing', actions: 'reportRinging' },
            ],
          },
        },
        // UPDATE is out.
        confirming: {
          on: {
            'sip.updateAnswered': {
              target: 'proceeding',
              actions: { type: 'applyAnswer', params: ({ event }) => ({ response: event.response }) },
            },
          },
        },
        ringing: {
          after: {
            answerMax: {
              target: '#originatingCall.cancelling',
              actions: { type: 'sendCancel', params: { cause: 'noAnswer', status: undefined } },
            },
          },
          on: {
            // Another 180 does not make it ring longer.
            'sip.provisional': [
              {
                guard: 'reliable',
                actions: { type: 'acknowledgeProvisional', params: ({ event }) => ({ response: event.response }) },
              },
              { actions: 'reportRinging' },
            ],
          },
        },
      },
    },
    talking: {
      initial: 'unlimited',
      entry: ['startMedia', 'reportTalking'],
      on: {
        // The 200 to INVITE overtook that to UPDATE.
        'sip.updateAnswered': {
          actions: [{ type: 'applyAnswer', params: ({ event }) => ({ response: event.response }) }, 'startMedia'],
        },
        'sip.bye': {
          target: 'released',
          actions: [
            'stopMedia',
            { type: 'answerBye', params: ({ event }) => ({ request: event.request }) },
            'reportReleased',
          ],
        },
        'ue.hangUp': 'releasing',
      },
      states: {
        // Until somebody hangs up.
        unlimited: { always: { guard: 'limited', target: 'limited' } },
        limited: { after: { holdFor: '#originatingCall.releasing' } },
      },
    },
    releasing: {
      entry: ['stopMedia', 'sendBye'],
      after: { patience: { actions: { type: 'reportSilence', params: { method: 'BYE' } } } },
      on: {
        'sip.byeAnswered': { target: 'released', actions: 'reportReleased' },
        // The other side's BYE crosses ours and ends the session as well (RFC 3261 15.1.2): its answer may never come.
        'sip.bye': {
          target: 'released',
          actions: [{ type: 'answerBye', params: ({ event }) => ({ request: event.request }) }, 'reportReleased'],
        },
        'sip.requestFailed': { target: 'released', actions: 'reportReleased' },
      },
    },
    cancelling: {
      after: { cancelMax: { actions: { type: 'reportFailure', params: { status: undefined, response: undefined } } } },
      on: {
        'sip.rejected': {
          target: 'failed',
          actions: {
            type: 'reportFailure',
            params: ({ event }) => ({ status: event.status, response: event.response }),
          },
        },
        // The answer crossed the CANCEL (RFC 3261 9.1): acknowledge, then release.
        'sip.answered': {
          target: 'failed',
          actions: [
            { type: 'releaseLateAnswer', params: ({ event }) => ({ response: event.response }) },
            { type: 'reportFailure', params: { status: undefined, response: undefined } },
          ],
        },
      },
    },
    released: { type: 'final' },
    failed: { type: 'final' },
  },
});
