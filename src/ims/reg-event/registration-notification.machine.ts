/**
 * The notifications of one subscription to registrations, from the notifier's side, while there is something to notify:
 * one NOTIFY at once after each SUBSCRIBE (RFC 6665 4.2.1.2), for changes at most one in 5 s (RFC 3680 4.10, REG-93) and
 * none while another one has no answer, and the last one at once. A subscription that rests has no instance.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

/** `changes`: what was collected since the last document. */
export type Wanted = 'nothing' | 'changes' | 'everything';

export interface RegistrationNotificationContext {
  readonly wanted: Wanted;
  /** The number of the last NOTIFY of this instance. */
  readonly sent: number;
  /** The last one has its answer. */
  readonly isAnswered: boolean;
}

export type RegistrationNotificationEvent =
  /** A SUBSCRIBE was accepted that asks for more than 0 s. */
  | { type: 'sip.subscribe' }
  | { type: 'registration.changed' }
  /** The subscription ends: reason of RFC 6665 4.1.3. */
  | { type: 'subscription.over'; reason: string }
  /** A final response to the NOTIFY of that number that ends nothing, whether it was taken or not. */
  | { type: 'sip.notifyAnswered'; number: number }
  /** No response, or one that says that there is no such subscription (RFC 6665 4.2.2, RFC 5057 5.1). */
  | { type: 'sip.notifyFailed' };

export const registrationNotification = setup({
  types: {} as { input: undefined; context: RegistrationNotificationContext; events: RegistrationNotificationEvent },
  actions: {
    notify: effect<{ wanted: Wanted; number: number }>('notify'),
    /** Subscription-State: terminated. */
    notifyEnd: effect<{ reason: string }>('notifyEnd'),
    /** There is nobody to be notified any more. */
    drop: effect('drop'),
    countNotify: assign({ sent: ({ context }) => context.sent + 1, isAnswered: false }),
    wantNothing: assign({ wanted: 'nothing' }),
    wantChanges: assign({
      wanted: ({ context }): Wanted => (context.wanted === 'everything' ? 'everything' : 'changes'),
    }),
    wantEverything: assign({ wanted: 'everything' }),
    noteAnswer: assign({ isAnswered: true }),
  },
  guards: {
    isLast: ({ context, event }) => event.type === 'sip.notifyAnswered' && event.number === context.sent,
    isLastAndMore: ({ context, event }) =>
      event.type === 'sip.notifyAnswered' && event.number === context.sent && context.wanted !== 'nothing',
    answeredAndMore: ({ context }) => context.isAnswered && context.wanted !== 'nothing',
    answered: ({ context }) => context.isAnswered,
  },
  delays: {
    /** RFC 3680 4.10. */
    spacing: 5_000,
  },
}).createMachine({
  id: 'registrationNotification',
  context: { wanted: 'nothing', sent: 0, isAnswered: false },
  initial: 'waiting',
  on: {
    'sip.subscribe': { target: '.spaced', actions: 'wantEverything' },
    // At once, whatever was said last (REG-93).
    'subscription.over': {
      target: '.ended',
      actions: { type: 'notifyEnd', params: ({ event }) => ({ reason: event.reason }) },
    },
    'registration.changed': { actions: 'wantChanges' },
    'sip.notifyFailed': { target: '.ended', actions: 'drop' },
  },
  states: {
    waiting: { on: { 'registration.changed': { target: 'spaced', actions: 'wantChanges' } } },
    /** A NOTIFY has just gone out. */
    spaced: {
      entry: [
        'countNotify',
        { type: 'notify', params: ({ context }) => ({ wanted: context.wanted, number: context.sent }) },
        'wantNothing',
      ],
      on: { 'sip.notifyAnswered': { guard: 'isLast', actions: 'noteAnswer' } },
      after: {
        spacing: [
          { guard: 'answeredAndMore', target: 'spaced', reenter: true },
          { guard: 'answered', target: 'resting' },
          { target: 'awaitingAnswer' },
        ],
      },
    },
    awaitingAnswer: {
      on: {
        'sip.notifyAnswered': [
          { guard: 'isLastAndMore', target: 'spaced' },
          { guard: 'isLast', target: 'resting' },
        ],
      },
    },
    resting: { type: 'final' },
    ended: { type: 'final' },
  },
});
