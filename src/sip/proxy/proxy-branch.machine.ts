/**
 * One branch of a forwarded INVITE as the proxy core sees it: timer C, and when to cancel. RFC 3261 16.6 item 11,
 * 16.7 item 2, 16.8, 16.10. Requests but INVITE need no such machine: timer F bounds them.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface ProxyBranchInput {
  readonly timerCMs: number;
}

export interface ProxyBranchContext {
  readonly timerCMs: number;
  /** A provisional response has come, so a CANCEL may go out. */
  readonly provisional: boolean;
}

export type ProxyBranchEvent =
  /** A 100. It proves that the next hop lives, but does not restart timer C. */
  | { type: 'sip.trying' }
  /** 101 to 199. */
  | { type: 'sip.provisional' }
  /** 200 to 699, or the client transaction's failure. */
  | { type: 'sip.final' }
  /** The caller, or the outcome of another branch, makes this one useless. */
  | { type: 'tu.cancel' };

export const proxyBranch = setup({
  types: {} as { input: ProxyBranchInput; context: ProxyBranchContext; events: ProxyBranchEvent },
  actions: {
    cancelRequest: effect('cancelRequest'),
    reportTimeout: effect('reportTimeout'),
    rememberProvisional: assign({ provisional: true }),
  },
  guards: { isProvisional: ({ context }) => context.provisional },
  delays: { timerC: ({ context }) => context.timerCMs },
}).createMachine({
  id: 'proxyBranch',
  context: ({ input }) => ({ timerCMs: input.timerCMs, provisional: false }),
  initial: 'pending',
  states: {
    pending: {
      after: {
        // RFC 3261 16.8: CANCEL where something was heard, else as if a 408 had come.
        timerC: [
          { guard: 'isProvisional', target: 'cancelling' },
          { target: 'ended', actions: 'reportTimeout' },
        ],
      },
      on: {
        'sip.trying': { actions: 'rememberProvisional' },
        // RFC 3261 16.7 item 2: timer C starts anew.
        'sip.provisional': { target: 'pending', reenter: true, actions: 'rememberProvisional' },
        'sip.final': 'ended',
        'tu.cancel': 'cancelling',
      },
    },
    // The client transaction bounds this state (RFC 3261 9.1).
    cancelling: { entry: 'cancelRequest', on: { 'sip.final': 'ended' } },
    ended: { type: 'final' },
  },
});
