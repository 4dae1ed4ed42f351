/**
 * P-CSCF, one set of security associations: temporary from the challenge on, established with the 200, replaced when a
 * re-authentication brings a new one. TS 24.229 §5.2.2.2; TS 33.203 §7.3, §7.4; AKA-53, AKA-54.
 */
import { assign, setup } from 'xstate';

export interface AssociationSetInput {
  /** reg-await-auth, ms. */
  readonly awaitAuthMs: number;
}

export interface AssociationSetContext {
  readonly awaitAuthMs: number;
  readonly lifetimeMs: number;
}

export type AssociationSetEvent =
  /** 200 to a REGISTER that came over it; what is left of its lifetime, or what the registration has and 30 s. */
  | { type: 'register.granted'; lifetimeMs: number }
  /** Any other final response, or a REGISTER that breaks the agreement. */
  | { type: 'register.failed' }
  /** A re-authentication has put another set into its place. */
  | { type: 'set.superseded' }
  /** The newer set has carried a message. */
  | { type: 'newer.used' }
  /** Its contact is not registered any more. */
  | { type: 'contact.ended' }
  /** At once: a new challenge, or a first registration of the same contact. */
  | { type: 'set.dropped' };

export const associationSet = setup({
  types: {} as { input: AssociationSetInput; context: AssociationSetContext; events: AssociationSetEvent },
  actions: {
    learnLifetime: assign({
      lifetimeMs: ({ event, context }) => (event.type === 'register.granted' ? event.lifetimeMs : context.lifetimeMs),
    }),
  },
  delays: {
    regAwaitAuth: ({ context }) => context.awaitAuthMs,
    lifetime: ({ context }) => context.lifetimeMs,
    /** 64*T1 towards a UE: what is under way still ends over it (TS 33.203 §7.4.2, TS 24.229 §7.7). */
    transactionsEnd: 128_000,
  },
}).createMachine({
  id: 'associationSet',
  context: ({ input }) => ({ awaitAuthMs: input.awaitAuthMs, lifetimeMs: 0 }),
  initial: 'temporary',
  on: {
    'register.granted': { target: '.established', reenter: true, actions: 'learnLifetime' },
    'set.dropped': '.removed',
  },
  states: {
    temporary: {
      after: { regAwaitAuth: 'removed' },
      on: { 'register.failed': 'removed', 'set.superseded': 'removed', 'contact.ended': 'removed' },
    },
    established: {
      after: { lifetime: 'removed' },
      on: { 'set.superseded': 'retiring', 'contact.ended': 'retiring' },
    },
    retiring: {
      after: { transactionsEnd: 'removed' },
      on: { 'newer.used': 'removed' },
    },
    removed: { type: 'final' },
  },
});
