/**
 * A response that the UAS core itself repeats until the peer acknowledges it: a 2xx to INVITE until its ACK (RFC 3261
 * 13.3.1.4, T1 doubling up to T2), a reliable provisional response until its PRACK (RFC 3262 3, T1 doubling without a
 * cap). Over every transport, since the acknowledgement is end to end.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';
import { lifetimeMs } from '../transaction/timers.js';

export interface ResponseRetransmissionInput {
  readonly t1Ms: number;
  /** The longest interval, ms; undefined: no cap. */
  readonly intervalMaxMs: number | undefined;
}

export interface ResponseRetransmissionContext {
  readonly t1Ms: number;
  readonly intervalMaxMs: number;
  readonly intervalMs: number;
}

export type ResponseRetransmissionEvent =
  | { type: 'sip.acknowledgement' }
  /** The call has ended some other way. */
  | { type: 'tu.stop' };

export const responseRetransmission = setup({
  types: {} as {
    input: ResponseRetransmissionInput;
    context: ResponseRetransmissionContext;
    events: ResponseRetransmissionEvent;
  },
  actions: {
    sendResponse: effect('sendResponse'),
    reportUnacknowledged: effect('reportUnacknowledged'),
    doubleInterval: assign({ intervalMs: ({ context }) => Math.min(context.intervalMs * 2, context.intervalMaxMs) }),
  },
  delays: {
    interval: ({ context }) => context.intervalMs,
    limit: ({ context }) => lifetimeMs(context),
  },
}).createMachine({
  id: 'responseRetransmission',
  context: ({ input }) => ({
    t1Ms: input.t1Ms,
    intervalMaxMs: input.intervalMaxMs ?? lifetimeMs(input),
    intervalMs: input.t1Ms,
  }),
  initial: 'awaitingAcknowledgement',
  states: {
    awaitingAcknowledgement: {
      entry: 'sendResponse',
      initial: 'retransmitting',
      states: {
        retransmitting: {
          after: { interval: { target: 'retransmitting', reenter: true, actions: ['doubleInterval', 'sendResponse'] } },
        },
      },
      after: { limit: { target: 'ended', actions: 'reportUnacknowledged' } },
      on: { 'sip.acknowledgement': 'ended', 'tu.stop': 'ended' },
    },
    ended: { type: 'final' },
  },
});
