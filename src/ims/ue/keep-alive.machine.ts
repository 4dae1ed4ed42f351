/** UE, the keep-alives of one flow: each waits for its answer, and a flow that gives none has failed. RFC 5626 §3.5, §4.4; RFC 6223 §4.3. */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface KeepAliveInput {
  readonly intervalMs: number;
  /** Keep-alives without an answer after which the flow has failed: a datagram may get lost, a segment does not. */
  readonly attemptsMax: number;
}

export interface KeepAliveContext extends KeepAliveInput {
  readonly attemptCount: number;
}

export type KeepAliveEvent = { type: 'flow.pong' };

export const keepAlive = setup({
  types: {} as { input: KeepAliveInput; context: KeepAliveContext; events: KeepAliveEvent },
  actions: {
    sendKeepAlive: effect('sendKeepAlive'),
    reportFlowFailed: effect('reportFlowFailed'),
    countAttempt: assign({ attemptCount: ({ context }) => context.attemptCount + 1 }),
    forgetAttempts: assign({ attemptCount: 0 }),
  },
  guards: {
    attemptsLeft: ({ context }) => context.attemptCount < context.attemptsMax,
  },
  delays: {
    interval: ({ context }) => context.intervalMs,
    /** RFC 5626 4.4.1. */
    pongTimeout: 10_000,
  },
}).createMachine({
  id: 'keepAlive',
  context: ({ input }) => ({ ...input, attemptCount: 0 }),
  initial: 'idle',
  states: {
    idle: {
      entry: 'forgetAttempts',
      after: { interval: 'awaitingPong' },
    },
    awaitingPong: {
      entry: ['countAttempt', 'sendKeepAlive'],
      after: {
        pongTimeout: [
          { guard: 'attemptsLeft', target: 'awaitingPong', reenter: true },
          { target: 'failed', actions: 'reportFlowFailed' },
        ],
      },
      on: { 'flow.pong': 'idle' },
    },
    failed: { type: 'final' },
  },
});
