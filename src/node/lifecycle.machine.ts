/**
 * The life of a node: sockets first, then peers, then service; on the way out, work that runs may end.
 * Nothing of this is specified by 3GPP; RFC 6733 5.4 wants peers told before a node goes (DPR), and a user wants
 * Ctrl-C to leave no call hanging.
 */
import { assign, setup } from 'xstate';
import { effect } from '../machine/index.js';
import type { StartFailure } from './node.js';

export interface LifecycleInput {
  /** How long to wait for peers before serving without them (they are retried on), ms. */
  readonly peersWaitMs: number;
  /** How long running work may take to end, ms. */
  readonly drainMaxMs: number;
}

export interface LifecycleContext extends LifecycleInput {
  readonly failure: StartFailure | undefined;
}

export type LifecycleEvent =
  | { type: 'node.bound' }
  | { type: 'node.bindFailed'; failure: StartFailure }
  | { type: 'peers.connected' }
  | { type: 'node.stop' }
  | { type: 'node.drained' };

export const lifecycle = setup({
  types: {} as { input: LifecycleInput; context: LifecycleContext; events: LifecycleEvent },
  actions: {
    bindSockets: effect('bindSockets'),
    connectPeers: effect('connectPeers'),
    beginService: effect('beginService'),
    refuseNewWork: effect('refuseNewWork'),
    closeEverything: effect('closeEverything'),
    rememberFailure: assign({
      failure: ({ event }) => (event.type === 'node.bindFailed' ? event.failure : undefined),
    }),
  },
  delays: {
    peersWait: ({ context }) => context.peersWaitMs,
    drainMax: ({ context }) => context.drainMaxMs,
  },
}).createMachine({
  id: 'lifecycle',
  context: ({ input: { peersWaitMs, drainMaxMs } }) => ({ peersWaitMs, drainMaxMs, failure: undefined }),
  initial: 'starting',
  states: {
    starting: {
      entry: 'bindSockets',
      on: {
        'node.bound': 'connectingPeers',
        'node.bindFailed': { target: 'failed', actions: 'rememberFailure' },
        'node.stop': 'stopped',
      },
    },
    connectingPeers: {
      entry: 'connectPeers',
      after: { peersWait: 'serving' },
      on: { 'peers.connected': 'serving', 'node.stop': 'stopped' },
    },
    serving: {
      entry: 'beginService',
      on: { 'node.stop': 'draining' },
    },
    draining: {
      entry: 'refuseNewWork',
      after: { drainMax: 'stopped' },
      on: { 'node.drained': 'stopped' },
    },
    stopped: { entry: 'closeEverything', type: 'final' },
    failed: { entry: 'closeEverything', type: 'final' },
  },
});
