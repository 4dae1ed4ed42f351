/**
 * A user who is not registered at this S-CSCF and for or by whom a request has come: asked for at the HSS, which may have left
 * contacts of a registration (TS 23.380 4.4), served while there are services for that state, and given back after a time without
 * requests. TS 24.229 §5.4.3.2, §5.4.3.3; TS 29.228 §6.1.2.1 (UNREGISTERED_USER, TIMEOUT_DEREGISTRATION).
 */
import { setup } from 'xstate';
import { effect } from '../../machine/index.js';

export type UnregisteredUserEvent =
  /** What SAA has brought: contacts of a registration, services, or neither. */
  | { type: 'cx.saa'; brought: 'registration' | 'services' | 'nothing' }
  | { type: 'cx.saaRefused' }
  /** A further request of or for the user. */
  | { type: 'sip.request' }
  /** The user has registered here. */
  | { type: 'user.registered' }
  /** The HSS takes the user away. */
  | { type: 'cx.rtr' };

export const unregisteredUser = setup({
  types: {} as { input: undefined; context: Record<string, never>; events: UnregisteredUserEvent },
  actions: {
    askHss: effect('askHss'),
    /** Those who wait hear whether there is somebody to be served. */
    proceed: effect<{ isServed: boolean }>('proceed'),
    giveBack: effect('giveBack'),
  },
  guards: {
    hasServices: ({ event }) => event.type === 'cx.saa' && event.brought === 'services',
    hasRegistration: ({ event }) => event.type === 'cx.saa' && event.brought === 'registration',
  },
  /** The standard leaves to the S-CSCF how long it keeps the profile. */
  delays: { idle: 600_000 },
}).createMachine({
  id: 'unregisteredUser',
  context: {},
  initial: 'asking',
  states: {
    asking: {
      entry: 'askHss',
      on: {
        'cx.saa': [
          { guard: 'hasServices', target: 'served', actions: { type: 'proceed', params: { isServed: true } } },
          { guard: 'hasRegistration', target: 'ended', actions: { type: 'proceed', params: { isServed: true } } },
          { target: 'ended', actions: ['giveBack', { type: 'proceed', params: { isServed: false } }] },
        ],
        'cx.saaRefused': { target: 'ended', actions: { type: 'proceed', params: { isServed: false } } },
      },
    },
    served: {
      after: { idle: { target: 'ended', actions: 'giveBack' } },
      on: {
        'sip.request': { target: 'served', reenter: true },
        'user.registered': 'ended',
        'cx.rtr': 'ended',
      },
    },
    ended: { type: 'final' },
  },
});
