/**
 * A subscription that passes a record-routing proxy: from its SUBSCRIBE to the NOTIFY that ends it, or to its expiry.
 * TS 24.229 §5.2.6; RFC 6665 4.3, 4.4.1.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';
import type { ReturningResponse, RoutedRequest } from '../../node/index.js';

export interface SubscriptionPathInput {
  /** Of a subscription whose messages name no time, ms. */
  readonly expiresMs: number;
}

export interface SubscriptionPathContext {
  readonly expiresMs: number;
}

export type SubscriptionPathEvent =
  | { type: 'sip.subscribe'; request: RoutedRequest }
  /** 2xx to the first SUBSCRIBE or to a refresh. */
  | { type: 'sip.accepted'; response: ReturningResponse; expiresMs: number | undefined }
  /** What else a SUBSCRIBE got; the subscription stays as it was. */
  | { type: 'sip.rejected'; response: ReturningResponse }
  /** The same where there is no subscription then: the first one, or 481 (RFC 6665 4.1.2.2). */
  | { type: 'sip.refused'; response: ReturningResponse }
  | { type: 'sip.notify'; request: RoutedRequest; expiresMs: number | undefined }
  /** NOTIFY with Subscription-State: terminated. */
  | { type: 'sip.terminated'; request: RoutedRequest }
  /** To the NOTIFY that ends it, or a 481 to any; or none came, which ends a subscription too (RFC 6665 4.2.2). */
  | { type: 'sip.notifyAnswered' }
  /** The served user's registration has ended: its subscription ends with it, though the NOTIFY that says so may get lost. */
  | { type: 'registration.ended' }
  /** Any other request within the dialog. */
  | { type: 'sip.request'; request: RoutedRequest };

export const subscriptionPath = setup({
  types: {} as {
    input: SubscriptionPathInput;
    context: SubscriptionPathContext;
    events: SubscriptionPathEvent;
  },
  actions: {
    forwardSubscribe: effect<{ request: RoutedRequest }>('forwardSubscribe'),
    forwardNotify: effect<{ request: RoutedRequest }>('forwardNotify'),
    forwardInDialog: effect<{ request: RoutedRequest }>('forwardInDialog'),
    relayResponse: effect<{ response: ReturningResponse }>('relayResponse'),
    learnExpiry: assign({
      expiresMs: ({ event, context }) =>
        event.type === 'sip.accepted' || event.type === 'sip.notify'
          ? (event.expiresMs ?? context.expiresMs)
          : context.expiresMs,
    }),
  },
  delays: {
    subscriptionExpiry: ({ context }) => context.expiresMs,
    /** 64*T1 towards a UE: by then a NOTIFY is delivered, or never will be (TS 24.229 §7.7). */
    deliveryLimit: 128_000,
  },
}).createMachine({
  id: 'subscriptionPath',
  context: ({ input }) => ({ expiresMs: input.expiresMs }),
  initial: 'subscribing',
  on: {
    'sip.subscribe': {
      actions: { type: 'forwardSubscribe', params: ({ event }) => ({ request: event.request }) },
    },
    'sip.request': {
      actions: { type: 'forwardInDialog', params: ({ event }) => ({ request: event.request }) },
    },
    'sip.accepted': {
      target: '.active',
      reenter: true,
      actions: ['learnExpiry', { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) }],
    },
    'sip.rejected': {
      actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
    },
    'sip.refused': {
      target: '.ended',
      actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
    },
    // It may overtake the 2xx (RFC 6665 4.4.1).
    'sip.notify': {
      target: '.active',
      reenter: true,
      actions: ['learnExpiry', { type: 'forwardNotify', params: ({ event }) => ({ request: event.request }) }],
    },
    'sip.terminated': {
      target: '.closing',
      actions: { type: 'forwardNotify', params: ({ event }) => ({ request: event.request }) },
    },
    'sip.notifyAnswered': '.ended',
    'registration.ended': '.closing',
  },
  states: {
    subscribing: {},
    active: { after: { subscriptionExpiry: 'ended' } },
    /** The last NOTIFY is on its way, or ought to be. */
    closing: {
      after: { deliveryLimit: 'ended' },
      on: {
        'sip.accepted': {
          actions: { type: 'relayResponse', params: ({ event }) => ({ response: event.response }) },
        },
        'sip.notify': {
          actions: { type: 'forwardNotify', params: ({ event }) => ({ request: event.request }) },
        },
      },
    },
    ended: { type: 'final' },
  },
});
