/** What S-CSCFs have to hear when the subscribers of an IMS subscription are others than before (TS 29.228 §6.1.3, §6.2). */
import type { DeregistrationReasonCode } from '../../diameter/index.js';
import type { Subscriber } from '../subscription/subscriber.js';
import { commonSets, successorOf } from './common-sets.js';
import { changedProfiles, isServed, registeredBy } from './due-profiles.js';
import { changesDefault } from './profile-change.js';
import type { RegistrationSet } from './registration-set.js';
import type { DueProfile } from './s-cscf-notifications.js';
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
  const profiles = subscription.sets.filter(isServed).flatMap((set) => {
    const after = successorOf(set.data, common);
    if (after === undefined || changesDefault(set.data, after.set)) {
      // TS 29.228 §6.2.2.1: no PPR may say so.
      for (const privateIdentity of registeredBy(set)) terminate([set], privateIdentity);
      return [];
    }
    return changedProfiles(subscription, set, after, members);
  });
  return { terminations: joined(terminations), profiles };
}

/** TS 29.228 §6.1.3: so it is where capabilities are changed; an S-CSCF that has had all of them goes on. */
function needsOtherServer({ capabilities: before }: Subscriber, { capabilities: after }: Subscriber): boolean {
  return after.mandatory.some((each) => !before.mandatory.includes(each));
}
