/**
 * The Cx messages as the network functions see them (TS 29.228 6, TS 29.229 6): camelCase names, text where the wire
 * has octets of text, enumerations by their names. The codec's names stay verbatim; the mapping is in cx-mapping.ts.
 */
import type { ValueNames } from '../dictionaries/application.js';
import type { cxDictionary } from '../dictionaries/cx.dictionary.js';
import type {
  DiameterAnswer,
  DiameterDestination,
  DiameterRequester,
  DiameterRespond,
  SupportedFeatures,
} from './stateless-messages.js';

/** REGISTRATION, DE_REGISTRATION, REGISTRATION_AND_CAPABILITIES. */
export type UserAuthorizationType = ValueNames<typeof cxDictionary, 'User-Authorization-Type'>;
/** NO_ASSIGNMENT, REGISTRATION, RE_REGISTRATION, UNREGISTERED_USER, … (cx.md 4.2). */
export type ServerAssignmentType = ValueNames<typeof cxDictionary, 'Server-Assignment-Type'>;
/** PERMANENT_TERMINATION, NEW_SERVER_ASSIGNED, SERVER_CHANGE, REMOVE_S-CSCF. */
export type DeregistrationReasonCode = ValueNames<typeof cxDictionary, 'Reason-Code'>;

export interface ServerCapabilities {
  readonly mandatoryCapabilities: readonly number[];
  readonly optionalCapabilities: readonly number[];
  readonly serverNames: readonly string[];
}

/** One authentication vector, or in MAR the scheme and, to resynchronise, RAND || AUTS (TS 29.229 6.3.13). */
export interface SipAuthDataItem {
  readonly sipItemNumber?: number;
  readonly sipAuthenticationScheme?: string;
  /** AKA: RAND || AUTN, 32 octets. */
  readonly sipAuthenticate?: Buffer;
  /** MAA: XRES. MAR: RAND || AUTS, 30 octets. */
  readonly sipAuthorization?: Buffer;
  readonly sipAuthenticationContext?: Buffer;
  readonly confidentialityKey?: Buffer;
  readonly integrityKey?: Buffer;
  readonly sipDigestAuthenticate?: SipDigestAuthenticate;
  /** GIBA (TS 33.203 Annex T): the UE's IPv4 address. */
  readonly framedIpAddress?: string;
  /** GIBA: eight groups and the length, `2001:db8:0:1:0:0:0:0/64`. */
  readonly framedIpv6Prefix?: string;
  /** NASS-bundled (TS 29.229 6.3.42): the lines that the user may be on. */
  readonly lineIdentifiers?: readonly string[];
}

export interface SipDigestAuthenticate {
  readonly digestRealm: string;
  readonly digestAlgorithm?: string;
  readonly digestQop: string;
  readonly digestHa1: string;
}

/** What an S-CSCF leaves at the HSS, to be served again after a restart (TS 29.228 6.1.2, TS 23.380 4.3). */
export interface ScscfRestorationInfo {
  /** The private identity whose contacts these are. */
  readonly userName: string;
  readonly contacts: readonly RestorationContact[];
  readonly sipAuthenticationScheme?: string;
  /** When the registration ends, ms since the epoch (whole seconds). */
  readonly registrationTimeOut?: number;
}

export interface RestorationContact {
  /** The Path values, a comma list. */
  readonly path: string;
  /** The value of Contact. */
  readonly contact: string;
  readonly initialCSeq?: number;
  readonly callId?: string;
  /** The UE's subscription to reg-event; header values. */
  readonly subscription?: {
    readonly callId: string;
    readonly from: string;
    readonly to: string;
    readonly recordRoute: string;
    readonly contact: string;
  };
}

/** DiameterURIs of the charging functions (TS 29.229 6.3.19). */
export interface ChargingInformation {
  readonly primaryEventChargingFunctionName?: string;
  readonly secondaryEventChargingFunctionName?: string;
  readonly primaryChargingCollectionFunctionName?: string;
  readonly secondaryChargingCollectionFunctionName?: string;
}

/** 0 is the highest. */
export type SessionPriority = 0 | 1 | 2 | 3 | 4;

/** WebRTC functions by which a user may register (TS 29.229 6.3.60). */
export interface AllowedWebRtcFunctions {
  readonly authenticationFunctions: readonly string[];
  readonly webServerFunctions: readonly string[];
}

export interface UserAuthorizationQuery {
  /** The private identity. */
  readonly userName: string;
  readonly publicIdentity: string;
  readonly visitedNetworkIdentifier: string;
  /** Unset means REGISTRATION. */
  readonly userAuthorizationType?: UserAuthorizationType;
  /** Bit 0: emergency registration. */
  readonly uarFlags?: number;
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

export interface UserAuthorizationInfo {
  readonly serverName?: string;
  readonly serverCapabilities?: ServerCapabilities;
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

export interface MultimediaAuthQuery {
  readonly userName: string;
  readonly publicIdentity: string;
  readonly sipNumberAuthItems: number;
  readonly sipAuthDataItem: SipAuthDataItem;
  /** SIP URI of the asking S-CSCF. */
  readonly serverName: string;
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

export interface MultimediaAuthInfo {
  readonly userName?: string;
  readonly publicIdentity?: string;
  readonly sipNumberAuthItems?: number;
  /** In ascending order of their item numbers, which is the order of use. */
  readonly sipAuthDataItems?: readonly SipAuthDataItem[];
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

export interface ServerAssignmentQuery {
  readonly userName?: string;
  readonly publicIdentities: readonly string[];
  readonly wildcardedPublicIdentity?: string;
  readonly serverName: string;
  readonly serverAssignmentType: ServerAssignmentType;
  readonly userDataAlreadyAvailable: boolean;
  readonly multipleRegistrationIndication?: boolean;
  readonly restorationInfo?: ScscfRestorationInfo;
  /** 0 (highest) to 4. */
  readonly sessionPriority?: SessionPriority;
  /** Bit 0: P-CSCF restoration. */
  readonly sarFlags?: number;
  /** The P-CSCF that does not answer, with P-CSCF restoration. */
  readonly failedPcscf?: { readonly fqdn?: string; readonly addresses: readonly string[] };
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

export interface ServerAssignmentInfo {
  readonly userName?: string;
  /** The XML document of TS 29.228 Annex E. */
  readonly userData?: string;
  readonly chargingInformation?: ChargingInformation;
  /** Private identities. */
  readonly associatedIdentities?: readonly string[];
  readonly associatedRegisteredIdentities?: readonly string[];
  /** What S-CSCFs have left here, one a private identity. */
  readonly restorationInfo?: readonly ScscfRestorationInfo[];
  readonly looseRouteIndication?: boolean;
  readonly serverName?: string;
  readonly wildcardedPublicIdentity?: string;
  readonly priviledgedSenderIndication?: boolean;
  readonly allowedWebRtcFunctions?: AllowedWebRtcFunctions;
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

export interface LocationInfoQuery {
  readonly publicIdentity: string;
  /** The request is an originating one (Originating-Request). */
  readonly originatingRequest?: boolean;
  readonly userAuthorizationType?: UserAuthorizationType;
  /** 0 (highest) to 4. */
  readonly sessionPriority?: SessionPriority;
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

export interface LocationInfo {
  readonly serverName?: string;
  readonly serverCapabilities?: ServerCapabilities;
  readonly wildcardedPublicIdentity?: string;
  /** Bit 0: PSI direct routing. */
  readonly liaFlags?: number;
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

export interface RegistrationTerminationQuery {
  readonly userName: string;
  readonly associatedIdentities?: readonly string[];
  /** Empty: all of the private identity. */
  readonly publicIdentities: readonly string[];
  readonly reasonCode: DeregistrationReasonCode;
  readonly reasonInfo?: string;
  readonly rtrFlags?: number;
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

export interface RegistrationTerminationInfo {
  readonly associatedIdentities?: readonly string[];
  readonly identitiesWithEmergencyRegistration?: readonly { userName: string; publicIdentity: string }[];
}

export interface PushProfileQuery {
  readonly userName: string;
  readonly userData?: string;
  readonly chargingInformation?: ChargingInformation;
  readonly sipAuthDataItem?: SipAuthDataItem;
  readonly allowedWebRtcFunctions?: AllowedWebRtcFunctions;
  readonly supportedFeatures?: readonly SupportedFeatures[];
}

/** PPA has nothing but its result. */
export type PushProfileInfo = Readonly<Record<never, never>>;

export type UserAuthorizationAnswer = DiameterAnswer<UserAuthorizationInfo>;
export type MultimediaAuthAnswer = DiameterAnswer<MultimediaAuthInfo>;
export type ServerAssignmentAnswer = DiameterAnswer<ServerAssignmentInfo>;
export type LocationInfoAnswer = DiameterAnswer<LocationInfo>;
export type RegistrationTerminationAnswer = DiameterAnswer<RegistrationTerminationInfo>;
export type PushProfileAnswer = DiameterAnswer<PushProfileInfo>;

/** An HSS. A procedure that is left out is answered with 3001 COMMAND_UNSUPPORTED. */
export interface CxServerHandlers {
  userAuthorization?(
    query: UserAuthorizationQuery & DiameterRequester,
    respond: DiameterRespond<UserAuthorizationInfo>,
  ): void;
  multimediaAuth?(query: MultimediaAuthQuery & DiameterRequester, respond: DiameterRespond<MultimediaAuthInfo>): void;
  serverAssignment?(
    query: ServerAssignmentQuery & DiameterRequester,
    respond: DiameterRespond<ServerAssignmentInfo>,
  ): void;
  locationInfo?(query: LocationInfoQuery & DiameterRequester, respond: DiameterRespond<LocationInfo>): void;
}

/** A CSCF, towards which an HSS speaks first. */
export interface CxClientHandlers {
  registrationTermination?(
    query: RegistrationTerminationQuery & DiameterRequester,
    respond: DiameterRespond<RegistrationTerminationInfo>,
  ): void;
  pushProfile?(query: PushProfileQuery & DiameterRequester, respond: DiameterRespond<PushProfileInfo>): void;
}

/** The asking side: I-CSCF and S-CSCF. Callbacks run once, never synchronously. */
export interface CxQueries {
  userAuthorization(
    query: UserAuthorizationQuery & DiameterDestination,
    onAnswer: (answer: UserAuthorizationAnswer) => void,
  ): void;
  multimediaAuth(
    query: MultimediaAuthQuery & DiameterDestination,
    onAnswer: (answer: MultimediaAuthAnswer) => void,
  ): void;
  serverAssignment(
    query: ServerAssignmentQuery & DiameterDestination,
    onAnswer: (answer: ServerAssignmentAnswer) => void,
  ): void;
  locationInfo(query: LocationInfoQuery & DiameterDestination, onAnswer: (answer: LocationInfoAnswer) => void): void;
}

/** The HSS speaking first; the destination is the stored S-CSCF (TS 29.229 5.5). */
export interface CxNotifications {
  registrationTermination(
    query: RegistrationTerminationQuery & Required<DiameterDestination>,
    onAnswer: (answer: RegistrationTerminationAnswer) => void,
  ): void;
  pushProfile(
    query: PushProfileQuery & Required<DiameterDestination>,
    onAnswer: (answer: PushProfileAnswer) => void,
  ): void;
}
