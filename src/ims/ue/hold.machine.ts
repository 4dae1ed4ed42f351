/**
 * UE, its own hold of the other side of a call: an offer in re-INVITE, its answer, and another try where offers crossed.
 * TS 24.610 §4.5.2.1; RFC 3264 8.4; RFC 6337 5.3; glare RFC 3261 14.1. Whether the other side holds us shows in the media only.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface HoldContext {
  /** Offers that crossed in a row. */
  readonly glareCount: number;
  readonly retryMs: number;
}

export type HoldEvent =
  | { type: 'ue.hold' }
  | { type: 'ue.resume' }
  /** A 2xx whose answer is of use. */
  | { type: 'sip.accepted' }
  /** 491. `retryMs`: drawn outside, within the bounds of RFC 3261 14.1. */
  | { type: 'sip.glare'; retryMs: number }
  /** An INVITE or an offer of the call is under way, so that no other may be sent. */
  | { type: 'call.offerPending'; retryMs: number }
  /** Any other final response; 408 or 503 where none came. */
  | { type: 'sip.refused'; status: number }
  | { type: 'call.ended' };

/** RFC 3261 14.1 asks for one more try. Two sides that draw anew each time do not cross this often. */
const glareMax = 5;

export const hold = setup({
  types: {} as { input: undefined; context: HoldContext; events: HoldEvent },
  actions: {
    sendOffer: effect<{ holding: boolean }>('sendOffer'),
    reportDone: effect<{ holding: boolean }>('reportDone'),
    reportFailure: effect<{ holding: boolean; status: number }>('reportFailure'),
    /** The opposite of what is under way was asked for. */
    reportBusy: effect<{ holding: boolean }>('reportBusy'),
    forgetGlare: assign({ glareCount: 0 }),
    countGlare: assign({ glareCount: ({ context }) => context.glareCount + 1 }),
    planRetry: assign({
      retryMs: ({ context, event }) =>
        event.type === 'sip.glare' || event.type === 'call.offerPending' ? event.retryMs : context.retryMs,
    }),
  },
  guards: { crossedTooOften: ({ context }) => context.glareCount >= glareMax },
  delays: { retry: ({ context }) => context.retryMs },
}).createMachine({
  id: 'hold',
  context: { glareCount: 0, retryMs: 0 },
  initial: 'active',
  on: { 'call.ended': '.ended' },
  states: {
    active: {
      on: {
        'ue.hold': 'holding',
        'ue.resume': { actions: { type: 'reportDone', params: { holding: false } } },
      },
    },
    holding: {
      initial: 'offering',
      entry: 'forgetGlare',
      on: {
        'ue.resume': { actions: { type: 'reportBusy', params: { holding: false } } },
        'sip.accepted': { target: 'held', actions: { type: 'reportDone', params: { holding: true } } },
        // RFC 3261 14.1: the session stays as it was.
        'sip.refused': {
          target: 'active',
          actions: { type: 'reportFailure', params: ({ event }) => ({ holding: true, status: event.status }) },
        },
      },
      states: {
        offering: {
          entry: { type: 'sendOffer', params: { holding: true } },
          on: {
            'sip.glare': [
              {
                guard: 'crossedTooOften',
                target: '#hold.active',
                actions: { type: 'reportFailure', params: { holding: true, status: 491 } },
              },
              { target: 'awaitingRetry', actions: ['countGlare', 'planRetry'] },
            ],
            'call.offerPending': { target: 'awaitingRetry', actions: 'planRetry' },
          },
        },
        awaitingRetry: { after: { retry: 'offering' } },
      },
    },
    held: {
      on: {
        'ue.hold': { actions: { type: 'reportDone', params: { holding: true } } },
        'ue.resume': 'resuming',
      },
    },
    resuming: {
      initial: 'offering',
      entry: 'forgetGlare',
      on: {
        'ue.hold': { actions: { type: 'reportBusy', params: { holding: true } } },
        'sip.accepted': { target: 'active', actions: { type: 'reportDone', params: { holding: false } } },
        'sip.refused': {
          target: 'held',
          actions: { type: 'reportFailure', params: ({ event }) => ({ holding: false, status: event.status }) },
        },
      },
      states: {
        offering: {
          entry: { type: 'sendOffer', params: { holding: false } },
          on: {
            'sip.glare': [
              {
                guard: 'crossedTooOften',
                target: '#hold.held',
                actions: { type: 'reportFailure', params: { holding: false, status: 491 } },
              },
              { target: 'awaitingRetry', actions: ['countGlare', 'planRetry'] },
            ],
            'call.offerPending': { target: 'awaitingRetry', actions: 'planRetry' },
          },
        },
        awaitingRetry: { after: { retry: 'offering' } },
      },
    },
    ended: { type: 'final' },
  },
});
