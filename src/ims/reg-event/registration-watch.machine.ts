/**
 * One watch of registrations, from the subscriber's side: SUBSCRIBE, its refreshes and its end. RFC 6665 4.1 (the
 * subscriber's states of its figure 1), RFC 3680 4; when to refresh: TS 24.229 5.1.1.3, 5.2.3. A subscription that the
 * other side ends is made again where its reason lets us (RFC 6665 4.1.3), at once, then later and later.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface RegistrationWatchInput {
  /** To be asked for, seconds. */
  readonly expires: number;
  /** Timer N, 64*T1 (RFC 6665 4.1.2.4), ms. */
  readonly notifyWaitMs: number;
}

export interface RegistrationWatchContext extends RegistrationWatchInput {
  /** As granted last, ms. */
  readonly grantedMs: number;
  /** Subscriptions begun since the last one that held. */
  readonly attempts: number;
  /** Until the next subscription, ms. */
  readonly retryMs: number;
}

export type RegistrationWatchEvent =
  /** 2xx. */
  | { type: 'sip.accepted'; expiresMs: number }
  /** 423 with Min-Expires, seconds. */
  | { type: 'sip.intervalTooBrief'; minExpires: number }
  /** 481 and its kin to a SUBSCRIBE within the dialog (RFC 5057 5.1): the subscription is gone. */
  | { type: 'sip.subscriptionLost' }
  /** 408, 480, 500, 503, 504 or no answer: it may go better later. */
  | { type: 'sip.failed'; reason: string; retryAfterMs: number | undefined }
  /** Any other final response. */
  | { type: 'sip.refused'; reason: string; retryAfterMs: number | undefined }
  /** A NOTIFY, active or pending; without expires nothing changes. */
  | { type: 'sip.notified'; expiresMs: number | undefined }
  /** A NOTIFY with Subscription-State terminated. */
  | { type: 'sip.terminated'; reason: string | undefined; retryAfterMs: number | undefined }
  /** A document is missing, or the owner wants to know anew. */
  | { type: 'watch.refresh' }
  | { type: 'watch.unsubscribe' };

/** RFC 6665 4.1.3. `later`: not before retry-after, or the time that we take for one; with the others it has no meaning. */
const afterReason: ReadonlyMap<string | undefined, 'atOnce' | 'later' | 'never'> = new Map([
  ['deactivated', 'atOnce'],
  ['probation', 'later'],
  ['rejected', 'never'],
  ['timeout', 'atOnce'],
  ['giveup', 'later'],
  ['noresource', 'never'],
  ['invariant', 'never'],
]);

const attemptsMax = 8;
const firstRetryMs = 30_000;
const longestRetryMs = 1_800_000;

/** A notifier that grants no time at all is asked again after a while: at once would never end. */
function grantOf(expiresMs: number): number {
  return expiresMs === 0 ? firstRetryMs : expiresMs;
}

/** RFC 5626 4.5 gives the pattern: doubling from 30 s up to half an hour. */
function backOffMs(attempts: number): number {
  return Math.min(longestRetryMs, firstRetryMs * 2 ** Math.max(0, attempts - 1));
}

/** RFC 6665 4.1.3: where there is no reason, or one that nobody knows, at any time. */
function mayBeAtOnce(event: RegistrationWatchEvent): boolean {
  if (event.type === 'sip.terminated') return (afterReason.get(event.reason) ?? 'atOnce') === 'atOnce';
  return event.type === 'sip.subscriptionLost';
}

/** How long the other side wants us to wait, ms. RFC 6665 4.1.3: retry-after says nothing with deactivated and timeout. */
function askedDelayMs(event: RegistrationWatchEvent): number | undefined {
  if (event.type === 'sip.terminated' && afterReason.get(event.reason) === 'atOnce') return undefined;
  return 'retryAfterMs' in event ? event.retryAfterMs : undefined;
}

/** Why a watch is over. */
export interface WatchEnd {
  /** Of RFC 6665 4.1.3, or one plain clause; undefined: the owner wanted it. */
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** What the events say that bring none. */
const ownReasons: Partial<Record<RegistrationWatchEvent['type'], string>> = {
  'sip.intervalTooBrief': 'SUBSCRIBE was answered 423, and Min-Expires wants no more than it had asked for',
  'sip.subscriptionLost': 'the S-CSCF does not know the subscription any more',
};

function endOf(event: RegistrationWatchEvent): WatchEnd {
  const reason = 'reason' in event ? event.reason : ownReasons[event.type];
  return {
    reason: reason ?? 'the S-CSCF gave no reason',
    retryAfterMs: 'retryAfterMs' in event ? event.retryAfterMs : undefined,
  };
}

/** Nothing more will come of it by itself. */
const over = {
  target: 'ended',
  actions: {
    type: 'reportEnd',
    params: ({ event }: { event: RegistrationWatchEvent }): WatchEnd => endOf(event),
  },
} as const;

/** RFC 6665 4.1.2.4. */
const unheard = {
  target: 'ended',
  actions: {
    type: 'reportEnd',
    params: {
      reason: 'SUBSCRIBE was accepted, but no NOTIFY that could be read came within 64*T1',
      retryAfterMs: undefined,
    },
  },
} as const;

/** The owner wanted the end. */
const left = {
  target: 'ended',
  actions: { type: 'reportEnd', params: { reason: undefined, retryAfterMs: undefined } },
} as const;

const terminated = [{ guard: 'comesBack', target: 'awaitingRetry', actions: 'noteRetry' }, over] as const;

export const registrationWatch = setup({
  types: {} as {
    input: RegistrationWatchInput;
    context: RegistrationWatchContext;
    events: RegistrationWatchEvent;
  },
  actions: {
    /** Outside of every dialog. */
    subscribe: effect<{ expires: number }>('subscribe'),
    /** Within the dialog; 0 ends it. */
    resubscribe: effect<{ expires: number }>('resubscribe'),
    reportEnd: effect<WatchEnd>('reportEnd'),
    countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    forgetAttempts: assign({ attempts: 0 }),
    noteGrant: assign({
      grantedMs: ({ context, event }) =>
        event.type === 'sip.accepted' || event.type === 'sip.notified'
          ? grantOf(event.expiresMs ?? context.grantedMs)
          : context.grantedMs,
    }),
    raiseExpires: assign({
      expires: ({ context, event }) => (event.type === 'sip.intervalTooBrief' ? event.minExpires : context.expires),
    }),
    noteRetry: assign({
      retryMs: ({ context, event }) =>
        askedDelayMs(event) ?? (context.attempts <= 1 && mayBeAtOnce(event) ? 0 : backOffMs(context.attempts)),
    }),
  },
  guards: {
    worthRaising: ({ context, event }) => event.type === 'sip.intervalTooBrief' && event.minExpires > context.expires,
    tryingAgain: ({ context }) => context.attempts < attemptsMax,
    comesBack: ({ context, event }) =>
      event.type === 'sip.terminated' && context.attempts < attemptsMax && afterReason.get(event.reason) !== 'never',
    saysExpires: ({ event }) => event.type === 'sip.notified' && event.expiresMs !== undefined,
  },
  delays: {
    notifyWait: ({ context }) => context.notifyWaitMs,
    // TS 24.229 5.1.1.3, 5.2.3: 600 s before the end where there are more than 1200 s, else at half time.
    refresh: ({ context }) => (context.grantedMs > 1_200_000 ? context.grantedMs - 600_000 : context.grantedMs / 2),
    expiry: ({ context }) => context.grantedMs,
    retry: ({ context }) => context.retryMs,
    /** A refresh that failed for once; several tries fit into the time that is left. */
    refreshAgain: ({ context }) => Math.max(1_000, Math.min(60_000, context.grantedMs / 10)),
    /** A subscription that has stood so long is no failure any more. */
    settled: 60_000,
  },
}).createMachine({
  id: 'registrationWatch',
  context: ({ input }) => ({ ...input, grantedMs: 1000 * input.expires, attempts: 0, retryMs: 0 }),
  initial: 'subscribing',
  states: {
    subscribing: {
      entry: ['countAttempt', { type: 'subscribe', params: ({ context }) => ({ expires: context.expires }) }],
      on: {
        'sip.accepted': { target: 'awaitingNotify', actions: 'noteGrant' },
        // RFC 6665 4.4.1: the NOTIFY may be here before the 2xx.
        'sip.notified': { target: 'subscribed', actions: 'noteGrant' },
        'sip.terminated': terminated,
        'sip.intervalTooBrief': [
          { guard: 'worthRaising', target: 'subscribing', reenter: true, actions: 'raiseExpires' },
          over,
        ],
        'sip.failed': [{ guard: 'tryingAgain', target: 'awaitingRetry', actions: 'noteRetry' }, over],
        'sip.refused': over,
        'watch.unsubscribe': 'leaving',
      },
    },
    awaitingNotify: {
      // RFC 6665 4.1.2.4: no NOTIFY within 64*T1, no subscription.
      after: { notifyWait: [{ guard: 'tryingAgain', target: 'awaitingRetry', actions: 'noteRetry' }, unheard] },
      on: {
        'sip.notified': { target: 'subscribed', actions: 'noteGrant' },
        'sip.terminated': terminated,
        'watch.unsubscribe': 'unsubscribing',
      },
    },
    subscribed: {
      initial: 'resting',
      after: { expiry: 'subscribing', settled: { actions: 'forgetAttempts' } },
      on: {
        // Of a refresh, or of the SUBSCRIBE that a NOTIFY has overtaken.
        'sip.accepted': { target: 'subscribed', reenter: true, actions: 'noteGrant' },
        'sip.notified': { guard: 'saysExpires', target: 'subscribed', reenter: true, actions: 'noteGrant' },
        'sip.subscriptionLost': [{ guard: 'tryingAgain', target: 'awaitingRetry', actions: 'noteRetry' }, over],
        'sip.terminated': terminated,
        'watch.unsubscribe': 'unsubscribing',
      },
      states: {
        resting: { after: { refresh: 'refreshing' }, on: { 'watch.refresh': 'refreshing' } },
        refreshing: {
          entry: { type: 'resubscribe', params: ({ context }) => ({ expires: context.expires }) },
          on: {
            'sip.intervalTooBrief': [
              { guard: 'worthRaising', target: 'refreshing', reenter: true, actions: 'raiseExpires' },
              { target: 'awaitingRefresh' },
            ],
            // RFC 6665 4.1.2.2: the subscription stands until its time is over.
            'sip.failed': 'awaitingRefresh',
            'sip.refused': 'awaitingRefresh',
          },
        },
        awaitingRefresh: { after: { refreshAgain: 'refreshing' }, on: { 'watch.refresh': 'refreshing' } },
      },
    },
    awaitingRetry: { after: { retry: 'subscribing' }, on: { 'watch.unsubscribe': left } },
    // There is no dialog yet to end.
    leaving: {
      after: { notifyWait: left },
      on: {
        'sip.accepted': 'unsubscribing',
        'sip.notified': 'unsubscribing',
        'sip.terminated': left,
        'sip.intervalTooBrief': left,
        'sip.failed': left,
        'sip.refused': left,
      },
    },
    unsubscribing: {
      entry: { type: 'resubscribe', params: { expires: 0 } },
      after: { notifyWait: left },
      on: {
        'sip.terminated': left,
        'sip.subscriptionLost': left,
        'sip.failed': left,
        'sip.refused': left,
      },
    },
    ended: { type: 'final' },
  },
});
