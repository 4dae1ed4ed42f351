/**
 * UE, a call it receives: answer in 183, resources, ringing, answer, talk, release.
 * TS 24.229 §5.1.4.1, §5.1.5; GSMA IR.92 2.2; RFC 3262 3, RFC 3312 5 and 6, RFC 3261 13.3.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface TerminatingCallInput {
  readonly bearerMs: number;
  readonly ringMs: number;
  /** 180 is sent reliably: the caller can, and it wants that or we do. */
  readonly reliableRinging: boolean;
  /** How the user behaves. */
  readonly answer: 'accept' | 'busy' | 'decline' | 'ring';
  /** The caller supports 100rel and preconditions, and its offer has them. */
  readonly preconditions: boolean;
  /** The caller's offer says that its resources stand. */
  readonly remoteReady: boolean;
  /** No codec in common, or no usable offer: SIP status to refuse with. */
  readonly refusalStatus: number | undefined;
  /** How long a caller may take from our 183 to resources on both sides, and from our 180 on, ms. */
  readonly setupMaxMs: number;
}

export interface TerminatingCallContext extends TerminatingCallInput {
  readonly prackReceived: boolean;
  readonly bearerReady: boolean;
  /** The user has hung up before the ACK came. */
  readonly hangsUp: boolean;
}

export type TerminatingCallEvent =
  /** PRACK of the response that waits for it. */
  | { type: 'sip.prack'; request: unknown }
  /** UPDATE or re-INVITE. `remoteReady`: it says that the caller's resources stand. */
  | { type: 'sip.offer'; request: unknown; remoteReady: boolean }
  | { type: 'sip.ack'; request: unknown }
  /** A reliable response was never acknowledged with PRACK, or the 2xx never with ACK (64*T1). */
  | { type: 'sip.acknowledgementMissing' }
  | { type: 'sip.cancel' }
  | { type: 'sip.bye'; request: unknown }
  | { type: 'sip.byeAnswered' }
  /** BYE failed. */
  | { type: 'sip.requestFailed'; status: number }
  /** The user picks up. */
  | { type: 'ue.answer' }
  /** The user refuses. */
  | { type: 'ue.reject'; status: number }
  | { type: 'ue.hangUp' };

export const terminatingCall = setup({
  types: {} as { input: TerminatingCallInput; context: TerminatingCallContext; events: TerminatingCallEvent },
  actions: {
    refuse: effect<{ status: number }>('refuse'),
    sendSessionProgress: effect('sendSessionProgress'),
    answerPrack: effect<{ request: unknown }>('answerPrack'),
    answerOffer: effect<{ request: unknown }>('answerOffer'),
    holdResources: effect('holdResources'),
    ring: effect<{ reliable: boolean }>('ring'),
    accept: effect('accept'),
    /** The ACK may carry the answer to an offer in our 2xx. */
    takeAcknowledgement: effect<{ request: unknown }>('takeAcknowledgement'),
    startMedia: effect('startMedia'),
    stopMedia: effect('stopMedia'),
    sendBye: effect('sendBye'),
    answerBye: effect<{ request: unknown }>('answerBye'),
    reportTalking: effect('reportTalking'),
    reportReleased: effect('reportReleased'),
    reportFailure: effect<{ status: number }>('reportFailure'),
    notePrack: assign({ prackReceived: true }),
    noteBearerReady: assign({ bearerReady: true }),
    noteHangUp: assign({ hangsUp: true }),
    noteRemoteReady: assign({
      remoteReady: ({ context, event }) => context.remoteReady || (event.type === 'sip.offer' && event.remoteReady),
    }),
  },
  guards: {
    refuses: ({ context }) => context.refusalStatus !== undefined,
    busy: ({ context }) => context.answer === 'busy',
    declines: ({ context }) => context.answer === 'decline',
    withPreconditions: ({ context }) => context.preconditions,
    // RFC 3312 6: alert when local and remote mandatory preconditions are met.
    resourcesReady: ({ context }) => context.bearerReady && context.remoteReady && context.prackReceived,
    answers: ({ context }) => context.answer === 'accept',
    hangsUp: ({ context }) => context.hangsUp,
  },
  delays: {
    bearer: ({ context }) => context.bearerMs,
    userAnswers: ({ context }) => context.ringMs,
    setupMax: ({ context }) => context.setupMaxMs,
  },
}).createMachine({
  id: 'terminatingCall',
  context: ({ input }) => ({ ...input, prackReceived: false, bearerReady: false, hangsUp: false }),
  initial: 'invited',
  on: {
    'sip.prack': { actions: { type: 'answerPrack', params: ({ event }) => ({ request: event.request }) } },
    'sip.offer': { actions: { type: 'answerOffer', params: ({ event }) => ({ request: event.request }) } },
    // ACK of a re-INVITE, or once more.
    'sip.ack': { actions: { type: 'takeAcknowledgement', params: ({ event }) => ({ request: event.request }) } },
  },
  states: {
    invited: {
      always: [
        {
          guard: 'refuses',
          target: 'failed',
          actions: [
            { type: 'refuse', params: ({ context }) => ({ status: context.refusalStatus ?? 488 }) },
            { type: 'reportFailure', params: ({ context }) => ({ status: context.refusalStatus ?? 488 }) },
          ],
        },
        {
          guard: 'busy',
          target: 'failed',
          actions: [
            { type: 'refuse', params: { status: 486 } },
            { type: 'reportFailure', params: { status: 486 } },
          ],
        },
        {
          guard: 'declines',
          target: 'failed',
          actions: [
            { type: 'refuse', params: { status: 603 } },
            { type: 'reportFailure', params: { status: 603 } },
          ],
        },
        { guard: 'withPreconditions', target: 'setup', actions: 'sendSessionProgress' },
        { target: 'setup.ringing' },
      ],
    },
    setup: {
      initial: 'reserving',
      on: {
        // CALL-26, RFC 3262 3: the caller never acknowledged the reliable response.
        'sip.acknowledgementMissing': {
          target: 'failed',
          actions: [
            { type: 'refuse', params: { status: 504 } },
            { type: 'reportFailure', params: { status: 504 } },
          ],
        },
        'sip.cancel': {
          target: 'failed',
          actions: [
            { type: 'refuse', params: { status: 487 } },
            { type: 'reportFailure', params: { status: 487 } },
          ],
        },
        // The caller may end an early dialog this way too (RFC 3261 15.1.2).
        'sip.bye': {
          target: 'failed',
          actions: [
            { type: 'answerBye', params: ({ event }) => ({ request: event.request }) },
            { type: 'refuse', params: { status: 487 } },
            { type: 'reportFailure', params: { status: 487 } },
          ],
        },
        'ue.reject': {
          target: 'failed',
          actions: [
            { type: 'refuse', params: ({ event }) => ({ status: event.status }) },
            { type: 'reportFailure', params: ({ event }) => ({ status: event.status }) },
          ],
        },
        'ue.hangUp': {
          target: 'failed',
          actions: [
            { type: 'refuse', params: { status: 480 } },
            { type: 'reportFailure', params: { status: 480 } },
          ],
        },
      },
      states: {
        reserving: {
          after: {
            bearer: { actions: ['noteBearerReady', 'holdResources'] },
            // RFC 3312 8: resources did not come.
            setupMax: {
              target: '#terminatingCall.failed',
              actions: [
                { type: 'refuse', params: { status: 580 } },
                { type: 'reportFailure', params: { status: 580 } },
              ],
            },
          },
          always: { guard: 'resourcesReady', target: 'ringing' },
          on: {
            'sip.prack': {
              actions: ['notePrack', { type: 'answerPrack', params: ({ event }) => ({ request: event.request }) }],
            },
            'sip.offer': {
              actions: [
                'noteRemoteReady',
                { type: 'answerOffer', params: ({ event }) => ({ request: event.request }) },
              ],
            },
          },
        },
        ringing: {
          entry: { type: 'ring', params: ({ context }) => ({ reliable: context.reliableRinging }) },
          on: { 'ue.answer': { target: '#terminatingCall.awaitingAck', actions: 'accept' } },
          after: {
            userAnswers: { guard: 'answers', target: '#terminatingCall.awaitingAck', actions: 'accept' },
            setupMax: {
              target: '#terminatingCall.failed',
              actions: [
                { type: 'refuse', params: { status: 480 } },
                { type: 'reportFailure', params: { status: 480 } },
              ],
            },
          },
        },
      },
    },
    awaitingAck: {
      entry: 'startMedia',
      on: {
        'sip.ack': [
          {
            guard: 'hangsUp',
            target: 'releasing',
            actions: { type: 'takeAcknowledgement', params: ({ event }) => ({ request: event.request }) },
          },
          {
            target: 'talking',
            actions: { type: 'takeAcknowledgement', params: ({ event }) => ({ request: event.request }) },
          },
        ],
        // RFC 3261 15: the callee sends no BYE before the ACK.
        'ue.hangUp': { actions: 'noteHangUp' },
        // RFC 3261 13.3.1.4: no ACK in 64*T1: the session is released.
        'sip.acknowledgementMissing': 'releasing',
        'sip.bye': {
          target: 'released',
          actions: [
            'stopMedia',
            { type: 'answerBye', params: ({ event }) => ({ request: event.request }) },
            'reportReleased',
          ],
        },
      },
    },
    talking: {
      entry: 'reportTalking',
      on: {
        'sip.bye': {
          target: 'released',
          actions: [
            'stopMedia',
            { type: 'answerBye', params: ({ event }) => ({ request: event.request }) },
            'reportReleased',
          ],
        },
        // Also: the 2xx to a re-INVITE was never acknowledged (RFC 3261 14.2).
        'sip.acknowledgementMissing': 'releasing',
        'ue.hangUp': 'releasing',
      },
    },
    releasing: {
      entry: ['stopMedia', 'sendBye'],
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
    released: { type: 'final' },
    failed: { type: 'final' },
  },
});
