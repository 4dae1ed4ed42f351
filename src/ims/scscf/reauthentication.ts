/** S-CSCF: whether a REGISTER of a registered user is challenged again. TS 24.229 §5.4.1.2.2; REG-44. */
import type { Credentials } from '../../sip/index.js';
import { isAuthenticatedElsewhere, isProtected } from './authentication-scheme.js';
import type { ScscfConfig } from './config.js';

/** How often a user who is registered has to prove again who it is. */
export type ReauthenticationPolicy = 'always' | 'never' | { readonly every: number } | { readonly afterMs: number };

/** What the registrar has of the user when a REGISTER arrives. */
export interface Standing {
  /** The HSS that answered before (TS 29.228 6.4). */
  readonly hssHost: string | undefined;
  readonly registered: boolean;
  /** The contact of the REGISTER is bound. */
  readonly contactKnown: boolean;
  /** The contact names a flow (reg-id). */
  readonly hasFlow: boolean;
}

/** When a user last proved who it is. */
export interface LastAuthentication {
  /** ms. */
  readonly at: number;
  /** Requests accepted since without a challenge. */
  accepted: number;
}

export type Admission =
  | { readonly kind: 'challenge' }
  | { readonly kind: 'accept' }
  | { readonly kind: 'refuse'; readonly status: number; readonly text: string };

/** Asked while no challenge is out. */
export function admission(
  credentials: Credentials | undefined,
  standing: Standing,
  last: LastAuthentication | undefined,
  { config, now }: { readonly config: ScscfConfig['authentication']; readonly now: number },
): Admission {
  if (isAuthenticatedElsewhere(credentials)) return { kind: 'accept' };
  // TS 24.229 §5.4.1.2.1: an unprotected REGISTER is always challenged.
  if (!isProtected(credentials)) return { kind: 'challenge' };
  if (!standing.registered) return { kind: 'challenge' };
  if (!standing.contactKnown && !standing.hasFlow) {
    return {
      kind: 'refuse',
      status: 403,
      text: 'its contact is not bound and names no flow, though it came over a security association of the user',
    };
  }
  return isDue(config.reauthenticate, last, now) ? { kind: 'challenge' } : { kind: 'accept' };
}

function isDue(policy: ReauthenticationPolicy, last: LastAuthentication | undefined, now: number): boolean {
  if (policy === 'always' || last === undefined) return true;
  if (policy === 'never') return false;
  return 'every' in policy ? last.accepted + 1 >= policy.every : now - last.at >= policy.afterMs;
}
