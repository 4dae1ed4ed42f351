/** The checks of TS 29.228 that need no registration state, in the order in which an HSS makes them. */
import { canonicalIdentity } from '../identity/index.js';
import type { Subscriber } from '../subscription/subscriber.js';

/** Result codes of cx.md 4.7; Experimental and plain ones share numbers, so the kind is part of it. */
export type Refusal =
  | { readonly kind: 'experimental'; readonly experimentalResultCode: number }
  | { readonly kind: 'error'; readonly resultCode: number };

export const refusals = {
  userUnknown: { kind: 'experimental', experimentalResultCode: 5001 },
  identitiesDontMatch: { kind: 'experimental', experimentalResultCode: 5002 },
  identityNotRegistered: { kind: 'experimental', experimentalResultCode: 5003 },
  roamingNotAllowed: { kind: 'experimental', experimentalResultCode: 5004 },
  identityAlreadyRegistered: { kind: 'experimental', experimentalResultCode: 5005 },
  authSchemeNotSupported: { kind: 'experimental', experimentalResultCode: 5006 },
  errorInAssignmentType: { kind: 'experimental', experimentalResultCode: 5007 },
  authorizationRejected: { kind: 'error', resultCode: 5003 },
  unableToComply: { kind: 'error', resultCode: 5012 },
  missingAvp: { kind: 'error', resultCode: 5005 },
  occursTooManyTimes: { kind: 'error', resultCode: 5009 },
} as const satisfies Record<string, Refusal>;

/** The subscribers of an HSS by either identity. */
export class SubscriberIndex {
  readonly #byPrivate = new Map<string, Subscriber>();
  readonly #byPublic = new Map<string, Subscriber>();

  constructor(subscribers: readonly Subscriber[]) {
    for (const subscriber of subscribers) {
      this.#byPrivate.set(subscriber.privateIdentity, subscriber);
      for (const identity of subscriber.publicIdentities) {
        this.#byPublic.set(canonicalIdentity(identity.uri) ?? identity.uri, subscriber);
      }
    }
  }

  byPrivate(privateIdentity: string): Subscriber | undefined {
    return this.#byPrivate.get(privateIdentity);
  }

  byPublic(publicIdentity: string): Subscriber | undefined {
    return this.#byPublic.get(canonicalIdentity(publicIdentity) ?? publicIdentity);
  }

  /** TS 29.228 §6.1.1.1 steps 1 and 2, the same for UAR, SAR and MAR: both known (5001), and of one subscription (5002). */
  match(privateIdentity: string, publicIdentity: string): Subscriber | Refusal {
    const subscriber = this.byPrivate(privateIdentity);
    const owner = this.byPublic(publicIdentity);
    if (subscriber === undefined || owner === undefined) return refusals.userUnknown;
    return subscriber === owner ? subscriber : refusals.identitiesDontMatch;
  }
}

export function isRefusal(result: Subscriber | Refusal): result is Refusal {
  return 'kind' in result;
}

/** TS 29.228 §6.1.1.1 steps 3 and 4: barring, and roaming where a registration is asked for. */
export function mayRegister(
  subscriber: Subscriber,
  visitedNetwork: string,
  checkRoaming: boolean,
): Refusal | undefined {
  if (subscriber.publicIdentities.every((identity) => identity.barred)) return refusals.authorizationRejected;
  const allowed = subscriber.visitedNetworks;
  if (checkRoaming && allowed !== undefined && !allowed.includes(visitedNetwork)) return refusals.roamingNotAllowed;
  return undefined;
}
