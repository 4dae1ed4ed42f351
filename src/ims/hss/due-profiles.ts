/** Which PPRs are due, and what stands in them (TS 29.228 §6.2). */
import { isDeepStrictEqual } from 'node:util';
import type { ChargingInformation } from '../../diameter/index.js';
import {
  type DigestAuthentication,
  defaultIdentity,
  identitiesOfSet,
  type ServiceProfile,
  type Subscriber,
} from '../subscription/subscriber.js';
import { formatUserData } from '../subscription/user-data.js';
import { digestProof } from './authentication-items.js';
import { type CommonSet, succeeding } from './common-sets.js';
import type { ProfileChange } from './profile-change.js';
import type { RegistrationSet } from './registration-set.js';
import type { DueProfile } from './s-cscf-notifications.js';
import { servedProfiles } from './service-activation.js';
import type { ShState } from './sh-state.js';
import type { Subscription } from './subscription.js';
import type { AssignedServer } from './subscription.machine.js';

/** What an S-CSCF has to hear of; what is undefined it knows, or has no need to. */
interface News {
  readonly serviceProfiles?: readonly ServiceProfile[] | undefined;
  readonly charging?: ChargingInformation | undefined;
  readonly digest?: DigestAuthentication | undefined;
}

/** A set that an S-CSCF has. */
export type ServedSet = RegistrationSet & { readonly server: AssignedServer };

export function isServed(set: RegistrationSet): set is ServedSet {
  return set.server !== undefined && set.state !== 'notRegistered';
}

/** For `flatMap`: none where there is no news. */
function dueProfile(
  { server }: ServedSet,
  privateIdentity: string,
  { serviceProfiles, charging, digest }: News,
): readonly DueProfile[] {
  const data = {
    ...(serviceProfiles !== undefined && { userData: formatUserData({ privateIdentity, serviceProfiles }) }),
    ...(charging !== undefined && { chargingInformation: charging }),
    ...(digest !== undefined && {
      sipAuthDataItem: { sipAuthenticationScheme: 'SIP Digest', ...digestProof(digest) },
    }),
  };
  return Object.keys(data).length === 0 ? [] : [{ privateIdentity, server, ...data }];
}

/** Of an order of the operator for one private identity. `common`: the sets as they are afterwards. */
export function orderedProfiles(
  { privateIdentity, charging, digest }: ProfileChange,
  sets: readonly RegistrationSet[],
  common: readonly CommonSet[],
  sh: ShState | undefined,
): readonly DueProfile[] {
  return sets.filter(isServed).flatMap((set) => {
    const after = succeeding(set.data, common);
    // TS 29.228 §6.2.2: one that the S-CSCF knows; the others of the set share the document, and nothing else.
    const { registeredBy } = set.context;
    const isKnown = registeredBy.length === 0 || registeredBy.includes(privateIdentity);
    return dueProfile(set, isKnown ? privateIdentity : registeredBy[0]!, {
      serviceProfiles: isDeepStrictEqual(set.data, after) ? undefined : servedProfiles(after, sh),
      ...(isKnown && { charging, digest }),
    });
  });
}

/** Of a set whose subscribers are others than before: `after` and `members` are those of now. */
export function changedProfiles(
  subscription: Subscription,
  set: ServedSet,
  after: CommonSet,
  members: readonly Subscriber[],
): readonly DueProfile[] {
  const serviceProfiles = isDeepStrictEqual(set.data, after.set)
    ? undefined
    : servedProfiles(after.set, subscription.sh);
  const known = members.filter(({ privateIdentity }) => registeredBy(set).includes(privateIdentity));
  return (known.length === 0 ? members.slice(0, 1) : known).flatMap((member, at) => {
    const before = subscription.member(member.privateIdentity);
    const { charging } = member;
    const { digest } = member.authentication;
    return dueProfile(set, member.privateIdentity, {
      // TS 29.228 §6.2.2: the document is one for all that have registered the set.
      serviceProfiles: at === 0 ? serviceProfiles : undefined,
      charging: isDeepStrictEqual(before?.charging, charging) ? undefined : charging,
      digest: isDeepStrictEqual(before?.authentication.digest, digest) ? undefined : digest,
    });
  });
}

/** All that S-CSCFs have of a subscription of which nobody knows what it was before. */
export function wholeProfiles(subscription: Subscription): readonly DueProfile[] {
  return subscription.sets.filter(isServed).flatMap((set) => {
    if (defaultIdentity(identitiesOfSet(set.data)) === undefined) return [];
    const { privateIdentity, charging, authentication } = firstRegistered(subscription, set);
    const serviceProfiles = servedProfiles(set.data, subscription.sh);
    return dueProfile(set, privateIdentity, { serviceProfiles, charging, digest: authentication.digest });
  });
}

/** What S-CSCFs get where an AS has switched services: as if an operator had changed the criteria (TS 29.328 7.6.11). */
export function changedServices(subscription: Subscription, before: ShState | undefined): readonly DueProfile[] {
  return subscription.sets.filter(isServed).flatMap((set) => {
    const serviceProfiles = servedProfiles(set.data, subscription.sh);
    if (isDeepStrictEqual(servedProfiles(set.data, before), serviceProfiles)) return [];
    return dueProfile(set, firstRegistered(subscription, set).privateIdentity, { serviceProfiles });
  });
}

/** Of a set that nobody has registered the first one stands for all. */
export function registeredBy({ context, privateIdentities }: RegistrationSet): readonly string[] {
  return context.registeredBy.length > 0 ? context.registeredBy : privateIdentities.slice(0, 1);
}

function firstRegistered(subscription: Subscription, set: RegistrationSet): Subscriber {
  return subscription.member(registeredBy(set)[0]!) ?? subscription.members[0]!;
}
