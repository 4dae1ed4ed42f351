/**
 * One request that a redirect agent has sent elsewhere (RFC 6733 6.1.8; TS 29.228 6.4): the hosts that it named are asked one
 * after the other, over a connection that stands or one that is made, until one of them answers.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface RedirectionInput {
  /** How many hosts were named, one at least. */
  readonly hostCount: number;
  /** For a connection to a host that is no peer yet. */
  readonly connectMs: number;
}

export interface RedirectionContext extends RedirectionInput {
  /** Which of them it is about now. */
  readonly index: number;
}

export type RedirectionEvent =
  /** It is a peer, and open. */
  | { type: 'host.open' }
  | { type: 'host.connecting' }
  /** No way to it, or its connection could not be made. */
  | { type: 'host.unreachable' }
  | { type: 'diameter.answer' }
  /** It could not deliver, did not answer in time, or is gone. */
  | { type: 'diameter.undelivered' };

export const redirectionMachine = setup({
  types: {} as { input: RedirectionInput; context: RedirectionContext; events: RedirectionEvent },
  actions: {
    approach: effect<{ index: number }>('approach'),
    ask: effect<{ index: number }>('ask'),
    giveUp: effect('giveUp'),
    next: assign({ index: ({ context }) => context.index + 1 }),
  },
  guards: {
    hasNext: ({ context }) => context.index + 1 < context.hostCount,
  },
  delays: {
    connect: ({ context }) => context.connectMs,
  },
}).createMachine({
  id: 'redirection',
  context: ({ input }) => ({ ...input, index: 0 }),
  initial: 'choosing',
  states: {
    choosing: {
      entry: { type: 'approach', params: ({ context }) => ({ index: context.index }) },
      on: {
        'host.open': 'asking',
        'host.connecting': 'connecting',
        'host.unreachable': [
          { guard: 'hasNext', target: 'choosing', reenter: true, actions: 'next' },
          { target: 'exhausted' },
        ],
      },
    },
    connecting: {
      after: {
        connect: [{ guard: 'hasNext', target: 'choosing', actions: 'next' }, { target: 'exhausted' }],
      },
      on: {
        'host.open': 'asking',
        'host.unreachable': [{ guard: 'hasNext', target: 'choosing', actions: 'next' }, { target: 'exhausted' }],
      },
    },
    asking: {
      entry: { type: 'ask', params: ({ context }) => ({ index: context.index }) },
      on: {
        'diameter.answer': 'answered',
        'diameter.undelivered': [{ guard: 'hasNext', target: 'choosing', actions: 'next' }, { target: 'exhausted' }],
      },
    },
    answered: { type: 'final' },
    exhausted: { type: 'final', entry: 'giveUp' },
  },
});
