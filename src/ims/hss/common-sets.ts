/** The implicit registration sets of an IMS subscription, whoever of its members has them. */
import { defaultIdentity, type ImplicitSet, identitiesOfSet, type Subscriber } from '../subscription/subscriber.js';

export interface CommonSet {
  readonly set: ImplicitSet;
  readonly privateIdentities: string[];
}

/** The sets of all members; two that have an identity in common are one (TS 23.228 5.2.1a.1). */
export function commonSets(members: readonly Subscriber[]): readonly CommonSet[] {
  const common: CommonSet[] = [];
  for (const { privateIdentity, implicitSets } of members) {
    for (const set of implicitSets) {
      const same = members.length === 1 ? undefined : common.find((other) => overlap(other.set, set));
      if (same === undefined) common.push({ set, privateIdentities: [privateIdentity] });
      else same.privateIdentities.push(privateIdentity);
    }
  }
  return common;
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

export function leadingIdentity(set: ImplicitSet): string | undefined {
  return defaultIdentity(identitiesOfSet(set))?.uri;
}

export function overlap(one: ImplicitSet, other: ImplicitSet): boolean {
  return identitiesOfSet(one).some(({ uri }) => holds(other, uri));
}

export function holds(set: ImplicitSet, uri: string): boolean {
  return identitiesOfSet(set).some((identity) => identity.uri === uri);
}
