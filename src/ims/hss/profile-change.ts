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
import { leadingIdentity, overlap } from './common-sets.js';

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

/** The subscriber as it is afterwards, or why it cannot be so: one plain sentence. */
export function changedSubscriber(before: Subscriber, change: ProfileChange, services: Services): Subscriber | string {
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
  return {
    ...before,
    implicitSets: before.implicitSets.map((set) => changedSet(set, isBarred, criteria)),
    ...(charging !== undefined && { charging }),
    ...(digest !== undefined && { authentication: { ...before.authentication, digest } }),
  };
}

/** All of the subscription as they are afterwards: a set that they share is one set (TS 23.228 5.2.1a.1). */
export function changedMembers(
  members: readonly Subscriber[],
  before: Subscriber,
  after: Subscriber,
): readonly Subscriber[] {
  return members.map((member) => {
    if (member === before) return after;
    const implicitSets = member.implicitSets.map(
      (set) => after.implicitSets.find((changed) => overlap(changed, set)) ?? set,
    );
    return implicitSets.every((set, at) => set === member.implicitSets[at]) ? member : { ...member, implicitSets };
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

/** The document of the set would be another one. */
export function isChanged(before: ImplicitSet, after: ImplicitSet): boolean {
  return before.serviceProfiles.some(({ publicIdentities, filterCriteria }, index) => {
    const other = after.serviceProfiles[index]!;
    return (
      filterCriteria !== other.filterCriteria ||
      publicIdentities.some(({ barred }, at) => barred !== other.publicIdentities[at]!.barred)
    );
  });
}

/** TS 29.228 §6.2.2.1: PPR never changes the default identity of a set that is registered. */
export function changesDefault(before: ImplicitSet, after: ImplicitSet): boolean {
  return leadingIdentity(before) !== leadingIdentity(after);
}

function canonical(uri: string): string {
  return canonicalIdentity(uri) ?? uri;
}
