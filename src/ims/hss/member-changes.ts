/** What S-CSCFs have to hear when the subscribers of an IMS subscription are others than before (TS 29.228 §6.1.3, §6.2). */
import { isDeepStrictEqual } from 'node:util';
import type { DeregistrationReasonCode } from '../../diameter/index.js';
import { defaultIdentity, identitiesOfSet, type ServiceProfile, type Subscriber } from '../subscription/subscriber.js';
import { formatUserData } from '../subscription/user-data.js';
import { digestProof } from './authentication-items.js';
import { type CommonSet, commonSets, successorOf } from './common-sets.js';
import { changesDefault } from './profile-change.js';
import type { RegistrationSet } from './registration-set.js';
import type { DueProfile } from './s-cscf-notifications.js';
import { servedProfiles } from './service-activation.js';
import type { ShState } from './sh-state.js';
import { type DueTermination, joined, type Subscription } from './subscription.js';

export interface DueNotifications {
  readonly terminations: readonly DueTermination[];
  readonly profiles: readonly DueProfile[];
}

/**
 * De-registers here what cannot stay, and gives what is to be told of it and of the rest. `members`: those of now; before
 * the subscription has them. None: it is gone.
 */
export function changeMembers(subscription: Subscription, members: readonly Subscriber[]): DueNotifications {
  const terminations: DueTermination[] = [];
  const terminate = (
    sets: readonly RegistrationSet[],
    privateIdentity: string,
    reason: DeregistrationReasonCode = 'PERMANENT_TERMINATION',
  ): void => {
    terminations.push(...subscription.deregister(sets, reason, privateIdentity));
  };
  const served = (privateIdentity: string): readonly RegistrationSet[] =>
    subscription.setsOf(privateIdentity).filter(({ server }) => server !== undefined);
  for (const { privateIdentity } of subscription.members) {
    if (members.some((member) => member.privateIdentity === privateIdentity)) continue;
    terminate(subscription.setsOf(privateIdentity), privateIdentity);
  }
  for (const after of members) {
    const { privateIdentity } = after;
    const before = subscription.member(privateIdentity);
    if (before === undefined) continue;
    // TS 23.228 5.3.2: the operator restricts the access of who is registered.
    if (after.mayNotRegister && !before.mayNotRegister) {
      const own = served(privateIdentity).filter(({ context }) => context.registeredBy.includes(privateIdentity));
      terminate(own, privateIdentity);
    }
    if (!needsOtherServer(before, after)) continue;
    for (const set of served(privateIdentity)) {
      for (const each of registeredBy(set)) terminate([set], each, 'SERVER_CHANGE');
    }
  }
  const common = commonSets(members);
  const profiles = subscription.sets.flatMap((set) => {
    if (set.server === undefined || set.state === 'notRegistered') return [];
    const after = successorOf(set.data, common);
    if (after === undefined || changesDefault(set.data, after.set)) {
      // TS 29.228 §6.2.2.1: no PPR may say so.
      for (const privateIdentity of registeredBy(set)) terminate([set], privateIdentity);
      return [];
    }
    return dueProfile(subscription, set, after, members);
  });
  return { terminations: joined(terminations), profiles };
}

/** TS 29.228 §6.1.3: so it is where capabilities are changed; an S-CSCF that has had all of them goes on. */
function needsOtherServer({ capabilities: before }: Subscriber, { capabilities: after }: Subscriber): boolean {
  return after.mandatory.some((each) => !before.mandatory.includes(each));
}

/** Of a set that nobody has registered the first one stands for all. */
function registeredBy({ context, privateIdentities }: RegistrationSet): readonly string[] {
  return context.registeredBy.length > 0 ? context.registeredBy : privateIdentities.slice(0, 1);
}

function dueProfile(
  subscription: Subscription,
  set: RegistrationSet,
  after: CommonSet,
  members: readonly Subscriber[],
): readonly DueProfile[] {
  const isChanged = !isDeepStrictEqual(set.data, after.set);
  const served = servedProfiles(after.set, subscription.sh);
  const known = members.filter(({ privateIdentity }) => registeredBy(set).includes(privateIdentity));
  return (known.length === 0 ? members.slice(0, 1) : known).flatMap((member, at) => {
    const before = subscription.member(member.privateIdentity);
    const { charging } = member;
    const { digest } = member.authentication;
    const differences = {
      // TS 29.228 §6.2.2: the document is one for all that have registered the set.
      isChanged: isChanged && at === 0,
      hasOtherCharging: charging !== undefined && !isDeepStrictEqual(before?.charging, charging),
      hasOtherDigest: digest !== undefined && !isDeepStrictEqual(before?.authentication.digest, digest),
    };
    return Object.values(differences).includes(true) ? [profileOf(set, served, member, differences)] : [];
  });
}

interface Differences {
  readonly isChanged: boolean;
  readonly hasOtherCharging: boolean;
  readonly hasOtherDigest: boolean;
}

const everything: Differences = { isChanged: true, hasOtherCharging: true, hasOtherDigest: true };

/** `differences`: what goes into the PPR. */
function profileOf(
  { server }: RegistrationSet,
  serviceProfiles: readonly ServiceProfile[],
  { privateIdentity, charging, authentication }: Subscriber,
  { isChanged, hasOtherCharging, hasOtherDigest }: Differences,
): DueProfile {
  const { digest } = authentication;
  return {
    privateIdentity,
    server: server!,
    ...(isChanged && { userData: formatUserData({ privateIdentity, serviceProfiles }) }),
    ...(hasOtherCharging && charging !== undefined && { chargingInformation: charging }),
    ...(hasOtherDigest &&
      digest !== undefined && {
        sipAuthDataItem: { sipAuthenticationScheme: 'SIP Digest', ...digestProof(digest) },
      }),
  };
}

/** All that S-CSCFs have of a subscription of which nobody knows what it was before. */
export function wholeProfiles(subscription: Subscription): readonly DueProfile[] {
  return subscription.sets.flatMap((set) => {
    if (set.server === undefined || set.state === 'notRegistered') return [];
    if (defaultIdentity(identitiesOfSet(set.data)) === undefined) return [];
    const [registered = set.privateIdentities[0]!] = set.context.registeredBy;
    const member = subscription.member(registered) ?? subscription.members[0]!;
    return [profileOf(set, servedProfiles(set.data, subscription.sh), member, everything)];
  });
}

const profileAlone: Differences = { isChanged: true, hasOtherCharging: false, hasOtherDigest: false };

/** What S-CSCFs get where an AS has switched services: as if an operator had changed the criteria (TS 29.328 7.6.11). */
export function changedServices(subscription: Subscription, before: ShState | undefined): readonly DueProfile[] {
  return subscription.sets.flatMap((set) => {
    if (set.server === undefined || set.state === 'notRegistered') return [];
    const after = servedProfiles(set.data, subscription.sh);
    if (isDeepStrictEqual(servedProfiles(set.data, before), after)) return [];
    const [registered = set.privateIdentities[0]!] = set.context.registeredBy;
    return [profileOf(set, after, subscription.member(registered) ?? subscription.members[0]!, profileAlone)];
  });
}
