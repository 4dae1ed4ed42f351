/**
 * S-CSCF: a user is not served here any more, and the HSS, which has given no answer to that, may still have the user assigned.
 * TS 29.228 §6.1.2 has the HSS told and leaves open what follows a lost SAR; §8.1 lets the HSS assign another S-CSCF only when it
 * knows. So SAR is sent again, later and later, some times: the HSS takes what is gone already for gone (§6.1.2.1).
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface EndingAssignmentContext {
  /** SARs without an answer that counts. */
  readonly failures: number;
}

export type EndingAssignmentEvent =
  /** The HSS knows, or refuses for good. */
  | { type: 'cx.saa' }
  /** No answer, or one that may be another later (RFC 6733 7.1.3, 7.1.4). */
  | { type: 'cx.saaMissing' }
  /** The user is served here again: there is nothing to end. */
  | { type: 'user.served' }
  /** The user may be served here again soon: a challenge is out, which HSS and I-CSCF know this S-CSCF by, or SAR is. */
  | { type: 'user.authenticating' };

/** The last one is sent more than half an hour after the first. */
const failuresMax = 12;
const firstRetryMs = 1_000;
const longestRetryMs = 600_000;

export const endingAssignment = setup({
  types: {} as {
    input: { readonly failures: number };
    context: EndingAssignmentContext;
    events: EndingAssignmentEvent;
  },
  actions: {
    /** Answers with any of the events. */
    endAssignment: effect('endAssignment'),
    giveUp: effect<{ attempts: number }>('giveUp'),
    countFailure: assign({ failures: ({ context }) => context.failures + 1 }),
  },
  guards: { tryingAgain: ({ context }) => context.failures < failuresMax },
  delays: { retry: ({ context }) => Math.min(longestRetryMs, firstRetryMs * 2 ** Math.max(0, context.failures - 1)) },
}).createMachine({
  id: 'endingAssignment',
  context: ({ input }) => ({ failures: input.failures }),
  initial: 'waiting',
  states: {
    waiting: { after: { retry: 'asking' } },
    asking: {
      entry: 'endAssignment',
      on: {
        'cx.saa': 'ended',
        'user.served': 'ended',
        'user.authenticating': 'waiting',
        'cx.saaMissing': [
          { guard: 'tryingAgain', target: 'waiting', actions: 'countFailure' },
          {
            target: 'ended',
            actions: { type: 'giveUp', params: ({ context }) => ({ attempts: context.failures + 1 }) },
          },
        ],
      },
    },
    ended: { type: 'final' },
  },
});
