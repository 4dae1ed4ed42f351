/**
 * UE, a call it makes: VoLTE set-up with 100rel and preconditions, talk, release.
 * TS 24.229 §5.1.3.1, §5.1.5; GSMA IR.92 2.2; RFC 3262, RFC 3312, RFC 3311; dialog of RFC 3261 12, 13, 15.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface OriginatingCallInput {
  /** Time the access network takes for the dedicated bearer, ms. */
  readonly bearerMs: number;
  /** Talk time, ms. */
  readonly holdForMs: number;
  /** How long to let it ring, ms. */
  readonly ringMaxMs: number;
}

export interface OriginatingCallContext extends OriginatingCallInput {
  /** 200 to the PRACK of the answer in 183. */
  readonly prackAnswered: boolean;
  readonly bearerReady: boolean;
}

export type OriginatingCallEvent =
  /** 101–199. `answers`: it carries the SDP answer and asks for PRACK; `preconditions`: it holds resources back. */
  | { type: 'sip.provisional'; response: unknown; reliable: boolean; preconditions: boolean; ringing: boolean }
  | { type: 'sip.prackAnswered'; response: unknown }
  | { type: 'sip.updateAnswered'; response: unknown }
  | { type: 'sip.answered'; response: unknown }
  /** Final failure of the INVITE; status 408 or 503 when none came. */
  | { type: 'sip.rejected'; status: number; response: unknown }
  /** PRACK or UPDATE failed: the session cannot be set up. */
  | { type: 'sip.requestFailed'; status: number }
  | { type: 'sip.bye'; request: unknown }
  | { type: 'sip.byeAnswered' }
  | { type: 'ue.hangUp' };

export const originatingCall = setup({
  types: {} as { input: OriginatingCallInput; context: OriginatingCallContext; events: OriginatingCallEvent },
  actions: {
    sendInvite: effect('sendInvite'),
    acknowledgeProvisional: effect<{ response: unknown }>('acknowledgeProvisional'),
    applyAnswer: effect<{ response: unknown }>('applyAnswer'),
    confirmResources: effect('confirmResources'),
    reportRinging: effect('reportRinging'),
    acknowledgeAnswer: effect<{ response: unknown }>('acknowledgeAnswer'),
    startMedia: effect('startMedia'),
    stopMedia: effect('stopMedia'),
    sendBye: effect('sendBye'),
    sendCancel: effect('sendCancel'),
    answerBye: effect<{ request: unknown }>('answerBye'),
    releaseLateAnswer: effect<{ response: unknown }>('releaseLateAnswer'),
    reportReleased: effect('reportReleased'),
    reportFailure: effect<{ status: number; response: unknown }>('reportFailure'),
    notePrackAnswered: assign({ prackAnswered: true }),
    noteBearerReady: assign({ bearerReady: true }),
  },
  guards: {
    holdsResources: ({ event }) => event.type === 'sip.provisional' && event.reliable && event.preconditions,
    reliable: ({ event }) => event.type === 'sip.provisional' && event.reliable,
    ringing: ({ event }) => event.type === 'sip.provisional' && event.ringing,
    reliableRinging: ({ event }) => event.type === 'sip.provisional' && event.reliable && event.ringing,
    resourcesReady: ({ context }) => context.prackAnswered && context.bearerReady,
  },
  delays: {
    bearer: ({ context }) => context.bearerMs,
    holdFor: ({ context }) => context.holdForMs,
    ringMax: ({ context }) => context.ringMaxMs,
  },
}).createMachine({
  id: 'originatingCall',
  context: ({ input }) => ({ ...input, prackAnswered: false, bearerReady: false }),
  initial: 'setup',
  states: {
    setup: {
      initial: 'inviting',
      entry: 'sendInvite',
      after: { ringMax: { target: 'cancelling', actions: 'sendCancel' } },
      on: {
        'sip.answered': {
          target: 'talking',
          actions: [{ type: 'acknowledgeAnswer', params: ({ event }) => ({ response: event.response }) }, 'startMedia'],
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
          actions: [
            'sendCancel',
            { type: 'reportFailure', params: ({ event }) => ({ status: event.status, response: undefined }) },
          ],
        },
        // The callee ends an early dialog (RFC 3261 15: only the caller may; be liberal).
        'sip.bye': { actions: { type: 'answerBye', params: ({ event }) => ({ request: event.request }) } },
        'ue.hangUp': { target: 'cancelling', actions: 'sendCancel' },
      },
      states: {
        inviting: {
          on: {
            'sip.provisional': [
              {
                guard: 'holdsResources',
                target: 'reserving',
                actions: [
                  { type: 'applyAnswer', params: ({ event }) => ({ response: event.response }) },
                  { type: 'acknowledgeProvisional', params: ({ event }) => ({ response: event.response }) },
                ],
              },
              {
                guard: 'reliableRinging',
                target: 'ringing',
                actions: [
                  { type: 'applyAnswer', params: ({ event }) => ({ response: event.response }) },
                  { type: 'acknowledgeProvisional', params: ({ event }) => ({ response: event.response }) },
                  'reportRinging',
                ],
              },
              {
                guard: 'reliable',
                actions: [
                  { type: 'applyAnswer', params: ({ event }) => ({ response: event.response }) },
                  { type: 'acknowledgeProvisional', params: ({ event }) => ({ response: event.response }) },
                ],
              },
              { guard: 'ringing', target: 'ringing', actions: 'reportRinging' },
            ],
          },
        },
        // RFC 3312 5: nobody rings before both ends have their resources.
        reserving: {
          after: { bearer: { actions: 'noteBearerReady' } },
          always: { guard: 'resourcesReady', target: 'confirming', actions: 'confirmResources' },
          on: { 'sip.prackAnswered': { actions: 'notePrackAnswered' } },
        },
        // UPDATE is out: "our resources stand".
        confirming: {
          on: {
            'sip.updateAnswered': {
              target: 'awaitingRinging',
              actions: { type: 'applyAnswer', params: ({ event }) => ({ response: event.response }) },
            },
            // 180 overtook the 200 to UPDATE (reordering on UDP).
            'sip.provisional': [
              {
                guard: 'reliableRinging',
                actions: [
                  { type: 'acknowledgeProvisional', params: ({ event }) => ({ response: event.response }) },
                  'reportRinging',
                ],
              },
              { guard: 'ringing', actions: 'reportRinging' },
            ],
          },
        },
        awaitingRinging: {
          on: {
            'sip.provisional': [
              {
                guard: 'reliableRinging',
                target: 'ringing',
                actions: [
                  { type: 'acknowledgeProvisional', params: ({ event }) => ({ response: event.response }) },
                  'reportRinging',
                ],
              },
              { guard: 'ringing', target: 'ringing', actions: 'reportRinging' },
              {
                guard: 'reliable',
                actions: { type: 'acknowledgeProvisional', params: ({ event }) => ({ response: event.response }) },
              },
            ],
          },
        },
        ringing: {
          on: {
            'sip.provisional': {
              guard: 'reliable',
              actions: { type: 'acknowledgeProvisional', params: ({ event }) => ({ response: event.response }) },
            },
          },
        },
      },
    },
    talking: {
      after: { holdFor: 'releasing' },
      on: {
        // Our ACK was lost: the 2xx comes again and is acknowledged again (RFC 3261 13.2.2.4).
        'sip.answered': {
          actions: { type: 'acknowledgeAnswer', params: ({ event }) => ({ response: event.response }) },
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
    },
    releasing: {
      entry: ['stopMedia', 'sendBye'],
      on: {
        'sip.byeAnswered': { target: 'released', actions: 'reportReleased' },
        'sip.requestFailed': { target: 'released', actions: 'reportReleased' },
        'sip.bye': { actions: { type: 'answerBye', params: ({ event }) => ({ request: event.request }) } },
      },
    },
    cancelling: {
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
          actions: { type: 'releaseLateAnswer', params: ({ event }) => ({ response: event.response }) },
        },
      },
    },
    released: { type: 'final' },
    failed: { type: 'final' },
  },
});
