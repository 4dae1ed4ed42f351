/** What an operator changes of a subscriber while the HSS runs (TS 29.228 §6.2). Pure. */
import type { ChargingInformation } from '../../diameter/index.js';
import { canonicalIdentity } from '../identity/index.js';
import type { InitialFilterCriterion } from '../subscription/filter-criteria.js';
import {
  type DigestAuthentication,
  type ImplicitSet,
  identitiesOf,
  type PublicIdentity,
  type Subscriber,
} from '../subscription/subscriber.js';
import { commonSets, leadingIdentity, overlap } from './common-sets.js';

export interface ProfileChange {
  readonly privateIdentity: string;
  /** Public identities that are barred from now on, or no longer. */
  readonly bar?: readonly string[];
  readonly unbar?: readonly string[];
  /** Names of the services that all identities have from now on; none takes all of them away. */
  readonly services?: readonly string[];
  readonly charging?: ChargingInformation;
  readonly digest?: DigestAuthentication;
}

/** The services that can be named, each with its filter criteria. */
export type Services = ReadonlyMap<string, readonly InitialFilterCriterion[]>;

/**
 * All of the subscription as they are afterwards, or why they cannot be so: one plain sentence. What others have of the
 * subscriber's sets changes with them: a set that they share is one set (TS 23.228 5.2.1a.1).
 */
export function changedMembers(
  members: readonly Subscriber[],
  before: Subscriber,
  change: ProfileChange,
  services: Services,
): readonly Subscriber[] | string {
  const own = new Set(identitiesOf(before).map(({ uri }) => uri));
  const bar = (change.bar ?? []).map(canonical);
  const unbar = (change.unbar ?? []).map(canonical);
  const foreign = [...bar, ...unbar].find((uri) => !own.has(uri));
  if (foreign !== undefined)
    return `${foreign} is no identity of ${before.privateIdentity}; it has ${[...own].join(', ')}`;
  const unknown = change.services?.find((name) => !services.has(name));
  if (unknown !== undefined) {
    const known = [...services.keys()].join(', ') || 'none';
    return `there is no service ${unknown}; the subscriber file has ${known}`;
  }
  const criteria = change.services && criteriaOf(change.services, services);
  const isBarred = ({ uri, barred }: PublicIdentity): boolean =>
    bar.includes(uri) ? true : barred && !unbar.includes(uri);
  const { charging, digest } = change;
  const common = commonSets(members).filter((each) => each.privateIdentities.includes(before.privateIdentity));
  return members.map((member) => {
    const implicitSets = member.implicitSets.map((set) =>
      common.some((each) => overlap(each.set, set)) ? changedSet(set, isBarred, criteria) : set,
    );
    if (implicitSets.every((set, at) => set === member.implicitSets[at])) return member;
    if (member !== before) return { ...member, implicitSets };
    return {
      ...member,
      implicitSets,
      ...(charging !== undefined && { charging }),
      ...(digest !== undefined && { authentication: { ...before.authentication, digest } }),
    };
  });
}

/** The criteria of several services in one list, in the order of use. */
export function criteriaOf(names: readonly string[], services: Services): readonly InitialFilterCriterion[] {
  return names.flatMap((name) => services.get(name) ?? []).sort((one, other) => one.priority - other.priority);
}

function changedSet(
  { serviceProfiles }: ImplicitSet,
  isBarred: (identity: PublicIdentity) => boolean,
  criteria: readonly InitialFilterCriterion[] | undefined,
): ImplicitSet {
  return {
    serviceProfiles: serviceProfiles.map((profile) => ({
      ...profile,
      publicIdentities: profile.publicIdentities.map((identity) => ({ ...identity, barred: isBarred(identity) })),
      filterCriteria: criteria ?? profile.filterCriteria,
    })),
  };
}

/** TS 29.228 §6.2.2.1: PPR never changes the default identity of a set that is registered. */
export function changesDefault(before: ImplicitSet, after: ImplicitSet): boolean {
  return leadingIdentity(before) !== leadingIdentity(after);
}

function canonical(uri: string): string {
  return canonicalIdentity(uri) ?? uri;
}
