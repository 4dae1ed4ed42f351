/** The four queries and two notifications of Cx, each with its answer: to the codec's names and back (TS 29.229 6.1). */
import type { cxDictionary } from '../dictionaries/cx.dictionary.js';
import {
  fromAllowedWebRtcFunctions,
  fromChargingInformation,
  fromFlag,
  fromRestorationInfo,
  fromServerCapabilities,
  fromSipAuthDataItem,
  fromSupportedFeatures,
  maybe,
  reasonCode,
  serverAssignmentType,
  toAllowedWebRtcFunctions,
  toChargingInformation,
  toFlag,
  toOctets,
  toRestorationInfo,
  toServerCapabilities,
  toSipAuthDataItem,
  toSipAuthDataItems,
  toSupportedFeatures,
  toText,
  userAuthorizationType,
} from './cx-mapping.js';
import type * as cx from './cx-messages.js';
import type { Mapping as CommandMapping } from './exchange.js';

type CxDictionary = typeof cxDictionary;
export type CxName = keyof CxDictionary['commands'];
type Mapping<N extends CxName, TQuery, TInfo> = CommandMapping<CxDictionary, N, TQuery, TInfo>;

export const userAuthorization: Mapping<'User-Authorization', cx.UserAuthorizationQuery, cx.UserAuthorizationInfo> = {
  fromQuery: (query) => ({
    'User-Name': query.userName,
    'Public-Identity': query.publicIdentity,
    'Visited-Network-Identifier': toOctets(query.visitedNetworkIdentifier),
    'User-Authorization-Type': maybe(query.userAuthorizationType, userAuthorizationType.toNumber),
    'UAR-Flags': query.uarFlags,
    'Supported-Features': query.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toQuery: (avps) => ({
    userName: avps['User-Name'],
    publicIdentity: avps['Public-Identity'],
    visitedNetworkIdentifier: toText(avps['Visited-Network-Identifier']),
    userAuthorizationType: maybe(avps['User-Authorization-Type'], userAuthorizationType.toName),
    uarFlags: avps['UAR-Flags'],
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
  fromInfo: (info) => ({
    'Server-Name': info.serverName,
    'Server-Capabilities': maybe(info.serverCapabilities, fromServerCapabilities),
    'Supported-Features': info.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toInfo: (avps) => ({
    serverName: avps['Server-Name'],
    serverCapabilities: maybe(avps['Server-Capabilities'], toServerCapabilities),
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
};

export const multimediaAuth: Mapping<'Multimedia-Auth', cx.MultimediaAuthQuery, cx.MultimediaAuthInfo> = {
  fromQuery: (query) => ({
    'User-Name': query.userName,
    'Public-Identity': query.publicIdentity,
    'SIP-Auth-Data-Item': fromSipAuthDataItem(query.sipAuthDataItem),
    'SIP-Number-Auth-Items': query.sipNumberAuthItems,
    'Server-Name': query.serverName,
    'Supported-Features': query.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toQuery: (avps) => ({
    userName: avps['User-Name'],
    publicIdentity: avps['Public-Identity'],
    sipAuthDataItem: toSipAuthDataItem(avps['SIP-Auth-Data-Item']),
    sipNumberAuthItems: avps['SIP-Number-Auth-Items'],
    serverName: avps['Server-Name'],
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
  fromInfo: (info) => ({
    'User-Name': info.userName,
    'Public-Identity': info.publicIdentity,
    'SIP-Number-Auth-Items': info.sipNumberAuthItems,
    'SIP-Auth-Data-Item': info.sipAuthDataItems?.map(fromSipAuthDataItem),
    'Supported-Features': info.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toInfo: (avps) => ({
    userName: avps['User-Name'],
    publicIdentity: avps['Public-Identity'],
    sipNumberAuthItems: avps['SIP-Number-Auth-Items'],
    sipAuthDataItems: toSipAuthDataItems(avps['SIP-Auth-Data-Item']),
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
};

export const serverAssignment: Mapping<'Server-Assignment', cx.ServerAssignmentQuery, cx.ServerAssignmentInfo> = {
  fromQuery: (query) => ({
    'User-Name': query.userName,
    'Public-Identity': query.publicIdentities,
    'Wildcarded-Public-Identity': query.wildcardedPublicIdentity,
    'Server-Name': query.serverName,
    'Server-Assignment-Type': serverAssignmentType.toNumber(query.serverAssignmentType),
    'User-Data-Already-Available': fromFlag(query.userDataAlreadyAvailable),
    'SCSCF-Restoration-Info': maybe(query.restorationInfo, fromRestorationInfo),
    'Multiple-Registration-Indication': maybe(query.multipleRegistrationIndication, fromFlag),
    'Session-Priority': query.sessionPriority,
    'SAR-Flags': query.sarFlags,
    'Failed-PCSCF': maybe(query.failedPcscf, ({ fqdn, addresses }) => ({
      'PCSCF-FQDN': fqdn,
      'PCSCF-IP-Address': addresses,
    })),
    'Supported-Features': query.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toQuery: (avps) => ({
    userName: avps['User-Name'],
    publicIdentities: avps['Public-Identity'],
    wildcardedPublicIdentity: avps['Wildcarded-Public-Identity'],
    serverName: avps['Server-Name'],
    serverAssignmentType: serverAssignmentType.toName(avps['Server-Assignment-Type']),
    userDataAlreadyAvailable: toFlag(avps['User-Data-Already-Available']),
    restorationInfo: maybe(avps['SCSCF-Restoration-Info'], toRestorationInfo),
    multipleRegistrationIndication: maybe(avps['Multiple-Registration-Indication'], toFlag),
    sessionPriority: avps['Session-Priority'],
    sarFlags: avps['SAR-Flags'],
    failedPcscf: maybe(avps['Failed-PCSCF'], (failed) => ({
      fqdn: failed['PCSCF-FQDN'],
      addresses: failed['PCSCF-IP-Address'],
    })),
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
  fromInfo: (info) => ({
    'User-Name': info.userName,
    'User-Data': maybe(info.userData, toOctets),
    'Charging-Information': maybe(info.chargingInformation, fromChargingInformation),
    'Associated-Identities': maybe(info.associatedIdentities, (names) => ({ 'User-Name': names })),
    'Associated-Registered-Identities': maybe(info.associatedRegisteredIdentities, (names) => ({ 'User-Name': names })),
    'SCSCF-Restoration-Info': info.restorationInfo?.map(fromRestorationInfo),
    'Loose-Route-Indication': maybe(info.looseRouteIndication, fromFlag),
    'Server-Name': info.serverName,
    'Wildcarded-Public-Identity': info.wildcardedPublicIdentity,
    'Priviledged-Sender-Indication': maybe(info.priviledgedSenderIndication, fromFlag),
    'Allowed-WAF-WWSF-Identities': maybe(info.allowedWebRtcFunctions, fromAllowedWebRtcFunctions),
    'Supported-Features': info.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toInfo: (avps) => ({
    userName: avps['User-Name'],
    userData: maybe(avps['User-Data'], toText),
    chargingInformation: maybe(avps['Charging-Information'], toChargingInformation),
    associatedIdentities: avps['Associated-Identities']?.['User-Name'],
    associatedRegisteredIdentities: avps['Associated-Registered-Identities']?.['User-Name'],
    restorationInfo:
      avps['SCSCF-Restoration-Info'].length === 0 ? undefined : avps['SCSCF-Restoration-Info'].map(toRestorationInfo),
    looseRouteIndication: maybe(avps['Loose-Route-Indication'], toFlag),
    serverName: avps['Server-Name'],
    wildcardedPublicIdentity: avps['Wildcarded-Public-Identity'],
    priviledgedSenderIndication: maybe(avps['Priviledged-Sender-Indication'], toFlag),
    allowedWebRtcFunctions: maybe(avps['Allowed-WAF-WWSF-Identities'], toAllowedWebRtcFunctions),
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
};

export const locationInfo: Mapping<'Location-Info', cx.LocationInfoQuery, cx.LocationInfo> = {
  fromQuery: (query) => ({
    // ORIGINATING is the only value: the AVP's presence says it (TS 29.229 6.3.34).
    'Originating-Request': query.originatingRequest === true ? 0 : undefined,
    'Public-Identity': query.publicIdentity,
    'User-Authorization-Type': maybe(query.userAuthorizationType, userAuthorizationType.toNumber),
    'Session-Priority': query.sessionPriority,
    'Supported-Features': query.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toQuery: (avps) => ({
    originatingRequest: avps['Originating-Request'] !== undefined,
    publicIdentity: avps['Public-Identity'],
    userAuthorizationType: maybe(avps['User-Authorization-Type'], userAuthorizationType.toName),
    sessionPriority: avps['Session-Priority'],
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
  fromInfo: (info) => ({
    'Server-Name': info.serverName,
    'Server-Capabilities': maybe(info.serverCapabilities, fromServerCapabilities),
    'Wildcarded-Public-Identity': info.wildcardedPublicIdentity,
    'LIA-Flags': info.liaFlags,
    'Supported-Features': info.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toInfo: (avps) => ({
    serverName: avps['Server-Name'],
    serverCapabilities: maybe(avps['Server-Capabilities'], toServerCapabilities),
    wildcardedPublicIdentity: avps['Wildcarded-Public-Identity'],
    liaFlags: avps['LIA-Flags'],
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
};

export const registrationTermination: Mapping<
  'Registration-Termination',
  cx.RegistrationTerminationQuery,
  cx.RegistrationTerminationInfo
> = {
  fromQuery: (query) => ({
    'User-Name': query.userName,
    'Associated-Identities': maybe(query.associatedIdentities, (names) => ({ 'User-Name': names })),
    'Public-Identity': query.publicIdentities,
    'Deregistration-Reason': {
      'Reason-Code': reasonCode.toNumber(query.reasonCode),
      'Reason-Info': query.reasonInfo,
    },
    'RTR-Flags': query.rtrFlags,
    'Supported-Features': query.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toQuery: (avps) => ({
    userName: avps['User-Name'],
    associatedIdentities: avps['Associated-Identities']?.['User-Name'],
    publicIdentities: avps['Public-Identity'],
    reasonCode: reasonCode.toName(avps['Deregistration-Reason']['Reason-Code']),
    reasonInfo: avps['Deregistration-Reason']['Reason-Info'],
    rtrFlags: avps['RTR-Flags'],
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
  fromInfo: (info) => ({
    'Associated-Identities': maybe(info.associatedIdentities, (names) => ({ 'User-Name': names })),
    'Identity-with-Emergency-Registration': info.identitiesWithEmergencyRegistration?.map((identity) => ({
      'User-Name': identity.userName,
      'Public-Identity': identity.publicIdentity,
    })),
  }),
  toInfo: (avps) => ({
    associatedIdentities: avps['Associated-Identities']?.['User-Name'],
    identitiesWithEmergencyRegistration: avps['Identity-with-Emergency-Registration'].map((identity) => ({
      userName: identity['User-Name'],
      publicIdentity: identity['Public-Identity'],
    })),
  }),
};

export const pushProfile: Mapping<'Push-Profile', cx.PushProfileQuery, cx.PushProfileInfo> = {
  fromQuery: (query) => ({
    'User-Name': query.userName,
    'User-Data': maybe(query.userData, toOctets),
    'Charging-Information': maybe(query.chargingInformation, fromChargingInformation),
    'SIP-Auth-Data-Item': maybe(query.sipAuthDataItem, fromSipAuthDataItem),
    'Allowed-WAF-WWSF-Identities': maybe(query.allowedWebRtcFunctions, fromAllowedWebRtcFunctions),
    'Supported-Features': query.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toQuery: (avps) => ({
    userName: avps['User-Name'],
    userData: maybe(avps['User-Data'], toText),
    chargingInformation: maybe(avps['Charging-Information'], toChargingInformation),
    sipAuthDataItem: maybe(avps['SIP-Auth-Data-Item'], toSipAuthDataItem),
    allowedWebRtcFunctions: maybe(avps['Allowed-WAF-WWSF-Identities'], toAllowedWebRtcFunctions),
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
  fromInfo: () => ({}),
  toInfo: () => ({}),
};
