/** The Sh messages as application servers and an HSS see them (TS 29.328 6.1, TS 29.329 6); results have the shapes of Cx. */
import type { ValueNames } from '../dictionaries/application.js';
import type { shDictionary } from '../dictionaries/sh.dictionary.js';
import type { DiameterAnswer, DiameterRequester, DiameterRespond, SupportedFeatures } from './stateless-messages.js';

/** RepositoryData, IMSPublicIdentity, IMSUserState … (TS 29.328 Table 7.6.1). */
export type DataReference = ValueNames<typeof shDictionary, 'Data-Reference'>;
/** ALL_IDENTITIES, REGISTERED_IDENTITIES, IMPLICIT_IDENTITIES, ALIAS_IDENTITIES. */
export type IdentitySet = ValueNames<typeof shDictionary, 'Identity-Set'>;
/** CS-Domain, PS-Domain. */
export type RequestedDomain = ValueNames<typeof shDictionary, 'Requested-Domain'>;

/** Whose data: one of them (TS 29.328 7.1). */
export interface UserIdentity {
  readonly publicIdentity?: string;
  /** Digits, no plus sign. */
  readonly msisdn?: string;
}

/** The keys that all requests of an AS may have (TS 29.328 Table 7.6.1). */
export interface DataKeys {
  readonly userIdentity: UserIdentity;
  readonly dataReferences: readonly DataReference[];
  readonly serviceIndications: readonly string[];
  readonly identitySets: readonly IdentitySet[];
  readonly dsaiTags: readonly string[];
  /** The AS, a SIP URI: whose filter criteria. */
  readonly serverName?: string;
  /** A private identity. */
  readonly userName?: string;
}

/** UDR. */
export interface UserDataQuery extends DataKeys {
  readonly requestedDomain?: RequestedDomain;
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

export interface UserDataInfo {
  /** The XML document of TS 29.328 Annex D. */
  readonly userData?: string;
  readonly wildcardedPublicIdentity?: string;
  readonly wildcardedImpu?: string;
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

/** PUR. */
export interface ProfileUpdateQuery {
  readonly userIdentity: UserIdentity;
  readonly dataReferences: readonly DataReference[];
  readonly userData: string;
  readonly userName?: string;
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

export interface ProfileUpdateInfo {
  readonly wildcardedPublicIdentity?: string;
  readonly wildcardedImpu?: string;
  /** The repository data at fault, of several (Update-Eff). */
  readonly repositoryDataId?: { readonly serviceIndication: string; readonly sequenceNumber: number };
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

/** SNR. */
export interface SubscribeNotificationsQuery extends DataKeys {
  readonly subscribes: boolean;
  readonly sendsData: boolean;
  /** When it ends, ms since the Unix epoch, whole seconds; never where absent. */
  readonly expiryTime?: number;
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

export interface SubscribeNotificationsInfo extends UserDataInfo {
  readonly expiryTime?: number;
}

/** PNR. */
export interface PushNotificationQuery {
  readonly userIdentity: UserIdentity;
  readonly wildcardedPublicIdentity?: string;
  readonly wildcardedImpu?: string;
  readonly userName?: string;
  readonly userData: string;
}

/** PNA has nothing but its result. */
export type PushNotificationInfo = Readonly<Record<never, never>>;

export type UserDataAnswer = DiameterAnswer<UserDataInfo>;
export type ProfileUpdateAnswer = DiameterAnswer<ProfileUpdateInfo>;
export type SubscribeNotificationsAnswer = DiameterAnswer<SubscribeNotificationsInfo>;
export type PushNotificationAnswer = DiameterAnswer<PushNotificationInfo>;

/** An HSS. A procedure that is left out is answered with 3001 COMMAND_UNSUPPORTED. */
export interface ShServerHandlers {
  userData?(query: UserDataQuery & DiameterRequester, respond: DiameterRespond<UserDataInfo>): void;
  profileUpdate?(query: ProfileUpdateQuery & DiameterRequester, respond: DiameterRespond<ProfileUpdateInfo>): void;
  subscribeNotifications?(
    query: SubscribeNotificationsQuery & DiameterRequester,
    respond: DiameterRespond<SubscribeNotificationsInfo>,
  ): void;
}

/** An AS, towards which an HSS speaks first. */
export interface ShClientHandlers {
  pushNotification?(
    query: PushNotificationQuery & DiameterRequester,
    respond: DiameterRespond<PushNotificationInfo>,
  ): void;
}
