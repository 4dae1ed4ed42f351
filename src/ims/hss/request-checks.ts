/** The checks of TS 29.228 that need no registration state, in the order in which an HSS makes them. */
import {
  type MultimediaAuthQuery,
  type ServerAssignmentQuery,
  sameHost,
  type UserAuthorizationQuery,
} from '../../diameter/index.js';
import { unquote } from '../../sip/index.js';
import { canonicalPrivateIdentity, canonicalServerName } from '../identity/index.js';
import { isWildcarded } from '../subscription/matching-identity.js';
import { type ImplicitSet, identitiesOfSet, type PublicIdentity, type Subscriber } from '../subscription/subscriber.js';
import { type AssignmentEvent, assignmentEvents, isDeregistration, isForUsers } from './assignment-types.js';
import { holds } from './common-sets.js';
import { type NamedIdentities, ownIdentity } from './named-identities.js';
import { type Refusal, refusals } from './refusals.js';
import { isActive } from './sh-view.js';
import type { OwnedIdentity, Subscription } from './subscription.js';

/** UAR-Flags bit 0 (TS 29.229 6.3.52): an emergency registration meets neither barring nor roaming rules. */
const emergencyFlag = 1;

/** The same request with its names as they are compared here: itself where it has them so, as nearly always. */
export function inCanonicalForm<TQuery extends { readonly userName?: string; readonly serverName?: string }>(
  query: TQuery,
): TQuery {
  const { userName, serverName } = query;
  const user = userName === undefined ? undefined : canonicalPrivateIdentity(userName);
  const server = serverName === undefined ? undefined : canonicalServerName(serverName);
  return user === userName && server === serverName ? query : { ...query, userName: user, serverName: server };
}

/** Whom a SAR is about. */
export interface Assignment {
  readonly event: AssignmentEvent;
  readonly subscriber: Subscriber;
  readonly subscription: Subscription;
  /** None is all of the private identity. */
  readonly identities: readonly PublicIdentity[];
}

/** Whom a UAR or MAR is about. */
export interface Match extends OwnedIdentity {
  readonly subscription: Subscription;
}

/** TS 29.228 §6.1.1.1 steps 1 and 2, the same for UAR and MAR: both known, the public one a user's (5001), and its own (5002). */
export function match(named: NamedIdentities, privateIdentity: string, publicIdentity: string): Match | Refusal {
  const { subscription } = named;
  const subscriber = named.byPrivate(privateIdentity);
  const found = named.byPublic(publicIdentity);
  if (subscription === undefined || subscriber === undefined || found === undefined) return refusals.userUnknown;
  // A PSI is not registered, and of a wildcarded identity only what was registered explicitly (TS 23.228 4.3.3.3b).
  if (found.identity.kind !== 'distinct') return refusals.userUnknown;
  const own = owned(subscription, subscriber, found);
  return isRefusal(own) ? own : { subscriber: own.subscriber, identity: own.identity, subscription };
}

function owned(
  subscription: Subscription | undefined,
  subscriber: Subscriber,
  found: OwnedIdentity,
): OwnedIdentity | Refusal {
  if (found.subscriber === subscriber) return found;
  const { identity } = found;
  // Those of one IMS subscription may share it.
  const own = ownIdentity(subscriber, identity.uri);
  if (own !== undefined) return own;
  // TS 23.228 5.2.1a.1: who has a set has all of it.
  const sets = subscription?.setsOf(subscriber.privateIdentity) ?? [];
  return sets.some(({ data }) => holds(data, identity.uri)) ? { subscriber, identity } : refusals.identitiesDontMatch;
}

/** What a MAR or SAR has to have before anybody is looked for (TS 29.229 6.3.3, TS 29.228 Table 6.3.2); `undefined`: it has it. */
export function unusable({ serverName, sipAuthDataItem }: Partial<MultimediaAuthQuery>): Refusal | undefined {
  // No I-CSCF could route to any other name.
  if (serverName?.startsWith('sip:') !== true && !/^sips?:./i.test(serverName ?? '')) {
    return { ...refusals.invalidAvpValue, failedAvp: { name: 'Server-Name', value: serverName ?? '' } };
  }
  return sipAuthDataItem !== undefined && sipAuthDataItem.sipAuthenticationScheme === undefined
    ? missing('SIP-Authentication-Scheme')
    : undefined;
}

/** TS 29.228 §6.1.2.1. */
export function assigned(named: NamedIdentities, query: ServerAssignmentQuery): Assignment | Refusal {
  const { userName, serverAssignmentType, wildcardedPublicIdentity } = query;
  const publicIdentities = wildcardedPublicIdentity === undefined ? query.publicIdentities : [wildcardedPublicIdentity];
  const event = assignmentEvents[serverAssignmentType];
  const mayLackUserName = event === 'unregistered' || isDeregistration(event);
  if (userName === undefined && !(mayLackUserName && publicIdentities.length > 0)) return missing('User-Name');
  if (query.publicIdentities.length === 0 && !isDeregistration(event)) return missing('Public-Identity');
  let subscriber = userName === undefined ? undefined : named.byPrivate(userName);
  if (subscriber === undefined && userName !== undefined) return refusals.userUnknown;
  const identities: PublicIdentity[] = [];
  for (const publicIdentity of publicIdentities) {
    const found = named.byPublic(publicIdentity);
    if (found === undefined || !isActive(found.identity, named.subscription?.sh)) return refusals.userUnknown;
    subscriber ??= found.subscriber;
    const own = owned(named.subscription, subscriber, found);
    if (isRefusal(own)) return own;
    identities.push(own.identity);
  }
  if (query.publicIdentities.length > 1 && !isDeregistration(event)) {
    // RFC 6733 7.1.5: the first one that is too many.
    return {
      ...refusals.occursTooManyTimes,
      failedAvp: { name: 'Public-Identity', value: query.publicIdentities[1]! },
    };
  }
  if (event === undefined || (isForUsers(event) && identities.some(isNoUser))) return refusals.errorInAssignmentType;
  const { subscription } = named;
  return subscriber === undefined || subscription === undefined
    ? refusals.userUnknown
    : { event, subscriber, subscription, identities };
}

function isNoUser(identity: PublicIdentity): boolean {
  return identity.kind === 'distinctPsi' || isWildcarded(identity);
}

/** RFC 6733 7.1.5: an example of what is missing. */
function missing(name: 'User-Name' | 'Public-Identity' | 'SIP-Authentication-Scheme'): Refusal {
  return { ...refusals.missingAvp, failedAvp: { name, value: '' } };
}

export function isRefusal<TFound extends object>(result: TFound | Refusal): result is Refusal {
  return 'resultCode' in result || 'experimentalResultCode' in result;
}

/** TS 29.228 §6.1.1.1 steps 3 and 4: barring within the set, and roaming where a registration is asked for. */
export function mayRegister(
  subscriber: Subscriber,
  set: ImplicitSet,
  query: UserAuthorizationQuery,
): Refusal | undefined {
  const { visitedNetworkIdentifier, userAuthorizationType, uarFlags = 0 } = query;
  if ((uarFlags & emergencyFlag) !== 0) return undefined;
  if (identitiesOfSet(set).every(({ barred, kind }) => barred || kind !== 'distinct')) {
    return refusals.authorizationRejected;
  }
  if (userAuthorizationType === 'DE_REGISTRATION') return undefined;
  const { visitedNetworks, mayNotRegister } = subscriber;
  // Kamailio's I-CSCF leaves the quotes of P-Visited-Network-ID in place. It is a domain name (TS 23.003 13.2).
  const visited = unquote(visitedNetworkIdentifier);
  const isAllowed = visitedNetworks === undefined || visitedNetworks.some((network) => sameHost(network, visited));
  if (!isAllowed) return refusals.roamingNotAllowed;
  return mayNotRegister ? refusals.authorizationRejected : undefined;
}
