/**
 * The Cx messages as the network functions see them (TS 29.228 6, TS 29.229 6): camelCase names, text where the wire
 * has octets of text, enumerations by their names. The codec's names stay verbatim; the mapping is in cx-mapping.ts.
 */
import type { ValueNames } from '../dictionaries/application.js';
import type { cxDictionary } from '../dictionaries/cx.dictionary.js';

/** REGISTRATION, DE_REGISTRATION, REGISTRATION_AND_CAPABILITIES. */
export type UserAuthorizationType = ValueNames<typeof cxDictionary, 'User-Authorization-Type'>;
/** NO_ASSIGNMENT, REGISTRATION, RE_REGISTRATION, UNREGISTERED_USER, … (cx.md 4.2). */
export type ServerAssignmentType = ValueNames<typeof cxDictionary, 'Server-Assignment-Type'>;
/** PERMANENT_TERMINATION, NEW_SERVER_ASSIGNED, SERVER_CHANGE, REMOVE_S-CSCF. */
export type DeregistrationReasonCode = ValueNames<typeof cxDictionary, 'Reason-Code'>;

/** Where a request goes. Unset: the client's own settings. */
export interface CxDestination {
  /** The HSS that answered before, where one is known (TS 29.228 6.4). */
  readonly destinationHost?: string | undefined;
  /** Realm of the user's home network. */
  readonly destinationRealm?: string;
}

/** A client's own settings. */
export interface CxDefaults extends CxDestination {
  /** A request whose host cannot be reached is asked anew of the realm: a new request, of whoever serves it there. */
  readonly fallsBack?: boolean;
}

/** Who asks, as the server sees it. */
export interface CxRequester {
  readonly sessionId: string;
  readonly originHost: string;
  readonly originRealm: string;
}

/** Who answered, as the client sees it: the S-CSCF keeps it for the identity's next requests (TS 29.228 6.4). */
export interface CxResponder {
  readonly originHost: string;
  readonly originRealm: string;
}

/** Result-Code 2xxx. */
export interface CxSuccess {
  readonly kind: 'success';
  readonly resultCode: number;
}

/** A 3GPP code: 2xxx are good news (2001 FIRST_REGISTRATION …), 5xxx are not. Never the same thing as Result-Code of that number. */
export interface CxExperimental {
  readonly kind: 'experimental';
  readonly experimentalResultCode: number;
}

/** Any other Result-Code: 3xxx protocol errors, 4xxx, 5xxx. */
export interface CxError {
  readonly kind: 'error';
  readonly resultCode: number;
  /** Error-Message, for a person. */
  readonly errorMessage?: string;
  /** Sent only: the AVP at fault, as Failed-AVP wants it (RFC 6733 7.5), a text; one that is missing has an empty value. */
  readonly failedAvp?: {
    readonly name:
      | 'User-Name'
      | 'Public-Identity'
      | 'SIP-Authentication-Scheme'
      | 'Service-Indication'
      | 'Server-Name'
      | 'DSAI-Tag'
      | 'Requested-Domain';
    readonly value: string;
  };
}

export type CxResult = CxSuccess | CxExperimental | CxError;

/** No usable answer came. `timeout`: none in time, after one resend; `unreachable`: no open peer, or too much pending; `malformed`: it could not be decoded. */
export interface CxFailure {
  readonly kind: 'timeout' | 'unreachable' | 'malformed';
  readonly reason: string;
}

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

export interface SupportedFeatures {
  readonly vendorId: number;
  readonly featureListId: number;
  readonly featureList: number;
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

/** What the client gets: the result with the answer's AVPs and its sender, or why there is none. */
export type CxAnswer<TInfo> = (CxResult & TInfo & CxResponder) | CxFailure;
/** What the server gives. */
export type CxReply<TInfo> = CxResult & TInfo;

export type UserAuthorizationAnswer = CxAnswer<UserAuthorizationInfo>;
export type MultimediaAuthAnswer = CxAnswer<MultimediaAuthInfo>;
export type ServerAssignmentAnswer = CxAnswer<ServerAssignmentInfo>;
export type LocationInfoAnswer = CxAnswer<LocationInfo>;
export type RegistrationTerminationAnswer = CxAnswer<RegistrationTerminationInfo>;
export type PushProfileAnswer = CxAnswer<PushProfileInfo>;

/** How a server answers one request: at once or later, once. */
export type CxResponse<TInfo> = (reply: CxReply<TInfo>) => void;

/** An HSS. A procedure that is left out is answered with 3001 COMMAND_UNSUPPORTED. */
export interface CxServerHandlers {
  userAuthorization?(query: UserAuthorizationQuery & CxRequester, respond: CxResponse<UserAuthorizationInfo>): void;
  multimediaAuth?(query: MultimediaAuthQuery & CxRequester, respond: CxResponse<MultimediaAuthInfo>): void;
  serverAssignment?(query: ServerAssignmentQuery & CxRequester, respond: CxResponse<ServerAssignmentInfo>): void;
  locationInfo?(query: LocationInfoQuery & CxRequester, respond: CxResponse<LocationInfo>): void;
}

/** A CSCF, towards which an HSS speaks first. */
export interface CxClientHandlers {
  registrationTermination?(
    query: RegistrationTerminationQuery & CxRequester,
    respond: CxResponse<RegistrationTerminationInfo>,
  ): void;
  pushProfile?(query: PushProfileQuery & CxRequester, respond: CxResponse<PushProfileInfo>): void;
}

/** The asking side: I-CSCF and S-CSCF. Callbacks run once, never synchronously. */
export interface CxQueries {
  userAuthorization(
    query: UserAuthorizationQuery & CxDestination,
    onAnswer: (answer: UserAuthorizationAnswer) => void,
  ): void;
  multimediaAuth(query: MultimediaAuthQuery & CxDestination, onAnswer: (answer: MultimediaAuthAnswer) => void): void;
  serverAssignment(
    query: ServerAssignmentQuery & CxDestination,
    onAnswer: (answer: ServerAssignmentAnswer) => void,
  ): void;
  locationInfo(query: LocationInfoQuery & CxDestination, onAnswer: (answer: LocationInfoAnswer) => void): void;
}

/** The HSS speaking first; the destination is the stored S-CSCF (TS 29.229 5.5). */
export interface CxNotifications {
  registrationTermination(
    query: RegistrationTerminationQuery & Required<CxDestination>,
    onAnswer: (answer: RegistrationTerminationAnswer) => void,
  ): void;
  pushProfile(query: PushProfileQuery & Required<CxDestination>, onAnswer: (answer: PushProfileAnswer) => void): void;
}
