/** The implicit registration sets of an IMS subscription, whoever of its members has them. */
import { isDeepStrictEqual } from 'node:util';
import {
  defaultIdentity,
  type ImplicitSet,
  identitiesOfSet,
  type ServiceProfile,
  type Subscriber,
} from '../subscription/subscriber.js';

export interface CommonSet {
  readonly set: ImplicitSet;
  readonly privateIdentities: readonly string[];
}

/**
 * The sets of all members; those that have an identity in common are one, with the identities of all of them: each private
 * identity of a set has all of it (TS 23.228 5.2.1a.1), though no line need have all. Of what they have twice the first counts.
 */
export function commonSets(members: readonly Subscriber[]): readonly CommonSet[] {
  let common: CommonSet[] = [];
  for (const { privateIdentity, implicitSets } of members) {
    for (const set of implicitSets) {
      const own: CommonSet = { set, privateIdentities: [privateIdentity] };
      const [first, ...more] = members.length === 1 ? [] : common.filter((other) => overlap(other.set, set));
      if (first === undefined) {
        common.push(own);
        continue;
      }
      const all = [...more, own].reduce(united, first);
      common = common.filter((each) => !more.includes(each)).map((each) => (each === first ? all : each));
    }
  }
  return common;
}

function united(one: CommonSet, other: CommonSet): CommonSet {
  return {
    set: other.set.serviceProfiles.reduce(withProfile, one.set),
    privateIdentities: [...new Set([...one.privateIdentities, ...other.privateIdentities])],
  };
}

/** What the set does not have yet of the profile joins those that have the same services. */
function withProfile(set: ImplicitSet, profile: ServiceProfile): ImplicitSet {
  const added = profile.publicIdentities.filter(({ uri }) => !holds(set, uri));
  if (added.length === 0) return set;
  const { serviceProfiles } = set;
  const same = serviceProfiles.find((each) => isDeepStrictEqual(servicesOf(each), servicesOf(profile)));
  if (same === undefined) return { serviceProfiles: [...serviceProfiles, { ...profile, publicIdentities: added }] };
  const longer = { ...same, publicIdentities: [...same.publicIdentities, ...added] };
  return { serviceProfiles: serviceProfiles.map((each) => (each === same ? longer : each)) };
}

function servicesOf({ publicIdentities: _, ...services }: ServiceProfile): Omit<ServiceProfile, 'publicIdentities'> {
  return services;
}

/**
 * What has become of a set: that of those with an identity of it which has its default one, as S-CSCFs know it by that (TS 29.228
 * §6.2.2.1); else the first.
 */
export function successorOf(before: ImplicitSet, sets: readonly CommonSet[]): CommonSet | undefined {
  const leading = leadingIdentity(before);
  return (
    (leading === undefined ? undefined : sets.find(({ set }) => leadingIdentity(set) === leading)) ??
    sets.find(({ set }) => overlap(set, before))
  );
}

/** A set as it is afterwards; as before where nothing has come of it. */
export function succeeding(before: ImplicitSet, sets: readonly CommonSet[]): ImplicitSet {
  return successorOf(before, sets)?.set ?? before;
}

export function leadingIdentity(set: ImplicitSet): string | undefined {
  return defaultIdentity(identitiesOfSet(set))?.uri;
}

export function overlap(one: ImplicitSet, other: ImplicitSet): boolean {
  return identitiesOfSet(one).some(({ uri }) => holds(other, uri));
}

export function holds(set: ImplicitSet, uri: string): boolean {
  return identitiesOfSet(set).some((identity) => identity.uri === uri);
}
