/**
 * A call that an application server takes itself: an announcement, a voice mailbox. TS 24.229 §5.7.2 (terminating user agent);
 * RFC 3261 13.3.1.4, 15.1. It ends with the announcement, or when the caller hangs up.
 */
import { setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface AnnouncementInput {
  readonly playMs: number;
}

export interface AnnouncementContext {
  readonly playMs: number;
}

export type AnnouncementEvent =
  | { type: 'sip.ack' }
  /** 64*T1 without ACK. */
  | { type: 'sip.unacknowledged' }
  | { type: 'sip.bye' }
  /** A final response to our BYE, or none. */
  | { type: 'sip.byeAnswered' };

export const announcement = setup({
  types: {} as { input: AnnouncementInput; context: AnnouncementContext; events: AnnouncementEvent },
  actions: {
    /** 200 with the answer, repeated until it is acknowledged. */
    answer: effect('answer'),
    play: effect('play'),
    endMedia: effect('endMedia'),
    sendBye: effect('sendBye'),
  },
  delays: { play: ({ context }) => context.playMs },
}).createMachine({
  id: 'announcement',
  context: ({ input }) => ({ playMs: input.playMs }),
  initial: 'answering',
  on: { 'sip.bye': { target: '.ended', actions: 'endMedia' } },
  states: {
    answering: {
      entry: 'answer',
      on: { 'sip.ack': 'playing', 'sip.unacknowledged': 'releasing' },
    },
    playing: { entry: 'play', after: { play: 'releasing' } },
    releasing: { entry: ['endMedia', 'sendBye'], on: { 'sip.byeAnswered': 'ended' } },
    ended: { type: 'final' },
  },
});
