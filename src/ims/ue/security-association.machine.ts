/**
 * UE, one set of security associations as SIP sees it: temporary until the registration that it carries is granted, then
 * in use for as long as that, then left for what is still under way. TS 24.229 §5.1.1.5.1, §5.1.1.4.2; TS 33.203 §7.4.
 */
import { assign, setup } from 'xstate';
import { effect } from '../../machine/index.js';

export interface SecurityAssociationContext {
  /** Until it ends of itself, of the time of the last grant, ms. */
  readonly lifetimeMs: number;
}

export type SecurityAssociationEvent =
  /** A REGISTER over it was granted; `lifetimeMs`: the registration and 30 s more. */
  | { type: 'registration.granted'; lifetimeMs: number }
  /** A newer set has taken over. */
  | { type: 'set.superseded' }
  /** The authentication failed, or the registration has ended. */
  | { type: 'set.dropped' };

export const securityAssociation = setup({
  types: {} as { context: SecurityAssociationContext; events: SecurityAssociationEvent },
  actions: {
    removeSet: effect('removeSet'),
    noteLifetime: assign({
      lifetimeMs: ({ context, event }) =>
        event.type === 'registration.granted' ? event.lifetimeMs : context.lifetimeMs,
    }),
  },
  delays: {
    /** reg-await-auth, TS 24.229 7.8. */
    regAwaitAuth: 240_000,
    lifetime: ({ context }) => context.lifetimeMs,
    /** 64*T1 of the UE (TS 33.203 7.4.1a; TS 24.229 7.7). */
    pendingTransactions: 128_000,
  },
}).createMachine({
  id: 'securityAssociation',
  context: { lifetimeMs: 0 },
  initial: 'temporary',
  states: {
    temporary: {
      after: { regAwaitAuth: 'ended' },
      on: {
        'registration.granted': { target: 'established', actions: 'noteLifetime' },
        'set.superseded': 'ended',
        'set.dropped': 'ended',
      },
    },
    established: {
      // AKA-53: at the level of SIP.
      after: { lifetime: 'ended' },
      on: {
        'registration.granted': { target: 'established', reenter: true, actions: 'noteLifetime' },
        'set.superseded': 'superseded',
        'set.dropped': 'ended',
      },
    },
    superseded: {
      after: { pendingTransactions: 'ended' },
      on: { 'set.dropped': 'ended' },
    },
    ended: { type: 'final', entry: 'removeSet' },
  },
});
