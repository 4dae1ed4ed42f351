/** A subscriber as the subscriber files hold it: the HSS reads all of it, a UE its own SIM's part. */
import type { KeyMaterial } from '../../aka/index.js';
import type { InitialFilterCriterion } from './filter-criteria.js';

/** IdentityType of the user profile (TS 29.228 Annex E). */
export type IdentityKind = 'distinct' | 'distinctPsi' | 'wildcardedPsi' | 'wildcarded';

export interface PublicIdentity {
  /** SIP or tel URI in its canonical form (REG-03); of a wildcarded one with the regular expression between two `!`. */
  readonly uri: string;
  readonly barred: boolean;
  readonly kind: IdentityKind;
  /** AliasIdentityGroupID: identities of one group have the same services and service data (REG-82). */
  readonly aliasGroup?: string;
  readonly displayName?: string;
}

/** Identities that have the same services (TS 29.228 B.2.1). */
export interface ServiceProfile {
  readonly publicIdentities: readonly PublicIdentity[];
  /** In ascending order of priority: the order of use (CX-50). */
  readonly filterCriteria: readonly InitialFilterCriterion[];
}

/** Identities that are registered and de-registered together (REG-80; TS 29.228 6.5.1). */
export interface ImplicitSet {
  readonly serviceProfiles: readonly ServiceProfile[];
}

export interface Subscriber {
  readonly imsi: string;
  /** IMPI, `<IMSI>@<home domain>` unless the file says otherwise (REG-01). */
  readonly privateIdentity: string;
  /** At least one, each with at least one identity. */
  readonly implicitSets: readonly ImplicitSet[];
  readonly authentication: {
    readonly material: KeyMaterial;
    /** 2 octets (AKA-14). */
    readonly amf: Buffer;
    /** 48-bit SQN the HSS starts from. */
    readonly sqn: bigint;
    /** The array index that Cx uses (AKA-23). */
    readonly ind: number;
    /** For peers that cut RES at a zero octet: only RANDs whose RES has none are drawn. */
    readonly resWithoutZeroOctets: boolean;
  };
  readonly capabilities: { readonly mandatory: readonly number[]; readonly optional: readonly number[] };
  /** Visited networks where roaming is allowed; undefined = everywhere. */
  readonly visitedNetworks: readonly string[] | undefined;
}

/** A public user identity without anything special. */
export function distinctIdentity(uri: string, barred = false): PublicIdentity {
  return { uri, barred, kind: 'distinct' };
}

/** One set with one service profile. */
export function implicitSet(
  publicIdentities: readonly PublicIdentity[],
  filterCriteria: readonly InitialFilterCriterion[] = [],
): ImplicitSet {
  return { serviceProfiles: [{ publicIdentities, filterCriteria }] };
}

/** The identities of a set in their order. */
export function identitiesOfSet({ serviceProfiles }: ImplicitSet): readonly PublicIdentity[] {
  const [first] = serviceProfiles;
  return serviceProfiles.length === 1 && first !== undefined
    ? first.publicIdentities
    : serviceProfiles.flatMap(({ publicIdentities }) => publicIdentities);
}

/** All identities of a subscriber, set by set. */
export function identitiesOf({ implicitSets }: Pick<Subscriber, 'implicitSets'>): readonly PublicIdentity[] {
  const [first] = implicitSets;
  return implicitSets.length === 1 && first !== undefined
    ? identitiesOfSet(first)
    : implicitSets.flatMap(identitiesOfSet);
}

/** The default one: the first public user identity that is neither barred nor a wildcard (REG-80). */
export function defaultIdentity(identities: readonly PublicIdentity[]): PublicIdentity | undefined {
  return identities.find(({ barred, kind }) => !barred && kind === 'distinct');
}
