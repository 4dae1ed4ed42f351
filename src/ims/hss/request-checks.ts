/** The checks of TS 29.228 that need no registration state, in the order in which an HSS makes them. */
import type { ServerAssignmentQuery, UserAuthorizationQuery } from '../../diameter/index.js';
import { canonicalIdentity } from '../identity/index.js';
import { identitiesOf, type Subscriber } from '../subscription/subscriber.js';
import { assignmentEvents, isDeregistration } from './assignment-types.js';
import { type Refusal, refusals } from './refusals.js';

/** UAR-Flags bit 0 (TS 29.229 6.3.52): an emergency registration meets neither barring nor roaming rules. */
const emergencyFlag = 1;

/** The subscribers of an HSS by either identity. */
export class SubscriberIndex {
  readonly #byPrivate = new Map<string, Subscriber>();
  readonly #byPublic = new Map<string, Subscriber>();

  constructor(subscribers: readonly Subscriber[]) {
    for (const subscriber of subscribers) {
      this.#byPrivate.set(subscriber.privateIdentity, subscriber);
      for (const identity of identitiesOf(subscriber)) {
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
    const subscriber = this.#byPrivate.get(privateIdentity);
    const owner = this.byPublic(publicIdentity);
    if (subscriber === undefined || owner === undefined) return refusals.userUnknown;
    return subscriber === owner ? subscriber : refusals.identitiesDontMatch;
  }

  /** TS 29.228 §6.1.2.1: whom a SAR is about. */
  assigned(query: ServerAssignmentQuery): Subscriber | Refusal {
    const { userName, publicIdentities, serverAssignmentType } = query;
    const event = assignmentEvents[serverAssignmentType];
    const mayLackUserName = event === 'unregistered' || isDeregistration(event);
    if (userName === undefined && !(mayLackUserName && publicIdentities.length > 0)) return missing('User-Name');
    if (publicIdentities.length === 0 && !isDeregistration(event)) return missing('Public-Identity');
    let found: Subscriber | undefined = userName === undefined ? undefined : this.#byPrivate.get(userName);
    if (found === undefined && userName !== undefined) return refusals.userUnknown;
    for (const publicIdentity of publicIdentities) {
      const owner = this.byPublic(publicIdentity);
      if (owner === undefined) return refusals.userUnknown;
      found ??= owner;
      if (owner !== found) return refusals.identitiesDontMatch;
    }
    if (publicIdentities.length > 1 && !isDeregistration(event)) {
      // RFC 6733 7.1.5: the first one that is too many.
      return { ...refusals.occursTooManyTimes, failedAvp: { name: 'Public-Identity', value: publicIdentities[1]! } };
    }
    if (event === undefined) return refusals.errorInAssignmentType;
    return found ?? refusals.userUnknown;
  }
}

/** RFC 6733 7.1.5: an example of what is missing. */
function missing(name: 'User-Name' | 'Public-Identity'): Refusal {
  return { ...refusals.missingAvp, failedAvp: { name, value: '' } };
}

export function isRefusal(result: Subscriber | Refusal): result is Refusal {
  return 'kind' in result;
}

/** TS 29.228 §6.1.1.1 steps 3 and 4: barring, and roaming where a registration is asked for. */
export function mayRegister(subscriber: Subscriber, query: UserAuthorizationQuery): Refusal | undefined {
  const { visitedNetworkIdentifier, userAuthorizationType, uarFlags = 0 } = query;
  if ((uarFlags & emergencyFlag) !== 0) return undefined;
  if (identitiesOf(subscriber).every((identity) => identity.barred)) return refusals.authorizationRejected;
  if (userAuthorizationType === 'DE_REGISTRATION') return undefined;
  const { visitedNetworks } = subscriber;
  const isAllowed = visitedNetworks === undefined || visitedNetworks.includes(visitedNetworkIdentifier);
  return isAllowed ? undefined : refusals.roamingNotAllowed;
}
