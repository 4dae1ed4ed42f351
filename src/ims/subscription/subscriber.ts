/** A subscriber as the subscriber files hold it: the HSS reads all of it, a UE its own SIM's part. */
import type { KeyMaterial, SqnProfile } from '../../aka/index.js';
import type { ChargingInformation } from '../../diameter/index.js';
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
  /** Of a PSI, at the HSS alone: the AS to which I-CSCFs send requests at once (PSI direct routing), or that it is out of use. */
  readonly directTo?: string;
  readonly inactive?: true;
}

/** Identities that have the same services (TS 29.228 B.2.1). */
export interface ServiceProfile {
  readonly publicIdentities: readonly PublicIdentity[];
  /** In ascending order of priority: the order of use (CX-50). */
  readonly filterCriteria: readonly InitialFilterCriterion[];
  /** SharedIFCSetID of a document: sets of criteria that count beside those (TS 29.228 B.2.1). */
  readonly sharedSets?: readonly number[];
  /** SubscribedMediaProfileId: which media the user may have, by a number of the operator's. */
  readonly mediaProfile?: number;
  /** ServiceId: the communication services that the user may have (ICSI). */
  readonly serviceIds?: readonly string[];
}

/** Identities that are registered and de-registered together (REG-80; TS 29.228 6.5.1). */
export interface ImplicitSet {
  readonly serviceProfiles: readonly ServiceProfile[];
}

/** What the HSS answers to the scheme `Unknown`, and what the subscription is for (TS 24.229 §5.4.1.1). */
export type AuthenticationScheme = 'aka' | 'sip-digest' | 'giba' | 'nass-bundled';

/** IMS AKA (TS 33.203 6.1). */
export interface AkaAuthentication {
  /** The keys of the card. */
  readonly material: KeyMaterial;
  /** 2 octets (AKA-14). */
  readonly amf: Buffer;
  /** 48-bit SQN the HSS starts from. */
  readonly sqn: bigint;
  /** The array index that Cx uses (AKA-23); `rotating` where each vector takes the next one (AKA-22). */
  readonly ind: number | 'rotating';
  /** How many bits of a SQN are the array index (AKA-20). */
  readonly indBits: number;
  /** How the next SEQ is found (TS 33.102 C.1.1); `sequence` where absent. */
  readonly sqnProfile?: SqnProfile;
  /** For peers that cut RES at a zero octet: only RANDs whose RES has none are drawn. */
  readonly resWithoutZeroOctets: boolean;
}

/** SIP Digest (TS 33.203 Annex N). */
export interface DigestAuthentication {
  readonly realm: string;
  readonly algorithm: 'MD5' | 'SHA-256';
  /** `auth`, or `auth,auth-int`. */
  readonly qop: string;
  /** Of private identity, realm and password; lower-case hexadecimal. */
  readonly ha1: string;
}

/** What the HSS has for each scheme; it refuses a scheme for which it has nothing (5006). */
export interface SubscriberAuthentication {
  readonly scheme: AuthenticationScheme;
  readonly aka?: AkaAuthentication;
  readonly digest?: DigestAuthentication;
  /** GIBA: the address that the access network gave, `192.0.2.1`, or an IPv6 prefix, `2001:db8::/64`. */
  readonly framedAddress?: string;
  /** NASS-bundled: the lines where the user may be. */
  readonly lineIdentifiers?: readonly string[];
}

export interface Subscriber {
  /** Empty of a public service, which has no card. */
  readonly imsi: string;
  /** IMPI, `<IMSI>@<home domain>` unless the file says otherwise (REG-01). */
  readonly privateIdentity: string;
  /** At least one, each with at least one identity. */
  readonly implicitSets: readonly ImplicitSet[];
  readonly authentication: SubscriberAuthentication;
  readonly capabilities: { readonly mandatory: readonly number[]; readonly optional: readonly number[] };
  /** Visited networks where roaming is allowed; undefined = everywhere. */
  readonly visitedNetworks: readonly string[] | undefined;
  /** Loose-Route-Indication: the UE gets requests with its identity in the Request-URI (TS 24.229 §5.4.3.3). */
  readonly looseRoute?: true;
  /** The subscription is not allowed to register (TS 29.228 §6.1.1.1 step 4). */
  readonly mayNotRegister?: true;
  /** Where the S-CSCF finds charging functions (TS 29.228 6.6). */
  readonly charging?: ChargingInformation;
  /**
   * Subscribers of one IMS subscription have the same name here; the sets that they have in common are shared (TS 23.228
   * 4.3.3.4). Absent: alone.
   */
  readonly subscription?: string;
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
