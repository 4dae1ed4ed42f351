/** Between Cx messages as functions see them and as they lie in the codec (TS 29.229 6): names and formats, nothing else. */
import type { AvpDefinition, ValueOf } from '../dictionaries/application.js';
import { cxDictionary } from '../dictionaries/cx.dictionary.js';
import type {
  AllowedWebRtcFunctions,
  ChargingInformation,
  RestorationContact,
  ScscfRestorationInfo,
  ServerCapabilities,
  SipAuthDataItem,
} from './cx-messages.js';
import { fromFramedAddress, fromFramedPrefix, toFramedAddress, toFramedPrefix } from './framed-address.js';
import type { SupportedFeatures } from './stateless-messages.js';

type CxAvps = (typeof cxDictionary)['avps'];
type Sent<N extends keyof CxAvps> = ValueOf<CxAvps, N, 'sent'>;
type Received<N extends keyof CxAvps> = ValueOf<CxAvps, N, 'received'>;

/** Number ↔ name of an enumeration. */
export function enumeration<const V extends Readonly<Record<string, number>>>(
  avp: AvpDefinition & { readonly values: V },
) {
  const names = new Map(Object.entries(avp.values).map(([name, value]) => [value, name]));
  return {
    toNumber: (name: keyof V): V[keyof V] => avp.values[name],
    /** The codec lets no other numbers in. */
    toName: (value: number): keyof V & string => names.get(value) as keyof V & string,
  };
}

export const userAuthorizationType = enumeration(cxDictionary.avps['User-Authorization-Type']);
export const serverAssignmentType = enumeration(cxDictionary.avps['Server-Assignment-Type']);
export const reasonCode = enumeration(cxDictionary.avps['Reason-Code']);

/** Applies a mapping where there is a value. */
export function maybe<T, U>(value: T | undefined, map: (value: T) => U): U | undefined {
  return value === undefined ? undefined : map(value);
}

export const toText = (octets: Buffer): string => octets.toString('utf8');
export const toOctets = (text: string): Buffer => Buffer.from(text, 'utf8');
/** A received octet string is a view that would keep its whole message alive. */
const keep = (octets: Buffer): Buffer => Buffer.from(octets);
export const toFlag = (value: number): boolean => value === 1;
export const fromFlag = (value: boolean): 0 | 1 => (value ? 1 : 0);

export function toServerCapabilities(avps: Received<'Server-Capabilities'>): ServerCapabilities {
  return {
    mandatoryCapabilities: avps['Mandatory-Capability'],
    optionalCapabilities: avps['Optional-Capability'],
    serverNames: avps['Server-Name'],
  };
}

export function fromServerCapabilities(capabilities: ServerCapabilities): Sent<'Server-Capabilities'> {
  return {
    'Mandatory-Capability': capabilities.mandatoryCapabilities,
    'Optional-Capability': capabilities.optionalCapabilities,
    'Server-Name': capabilities.serverNames,
  };
}

export function toSupportedFeatures(
  list: readonly Received<'Supported-Features'>[],
): readonly SupportedFeatures[] | undefined {
  if (list.length === 0) return undefined;
  return list.map((avps) => ({
    vendorId: avps['Vendor-Id'],
    featureListId: avps['Feature-List-ID'],
    featureList: avps['Feature-List'],
  }));
}

export function fromSupportedFeatures(features: SupportedFeatures): Sent<'Supported-Features'> {
  return {
    'Vendor-Id': features.vendorId,
    'Feature-List-ID': features.featureListId,
    'Feature-List': features.featureList,
  };
}

export function toSipAuthDataItem(avps: Received<'SIP-Auth-Data-Item'>): SipAuthDataItem {
  return {
    sipItemNumber: avps['SIP-Item-Number'],
    sipAuthenticationScheme: avps['SIP-Authentication-Scheme'],
    sipAuthenticate: maybe(avps['SIP-Authenticate'], keep),
    sipAuthorization: maybe(avps['SIP-Authorization'], keep),
    sipAuthenticationContext: maybe(avps['SIP-Authentication-Context'], keep),
    confidentialityKey: maybe(avps['Confidentiality-Key'], keep),
    integrityKey: maybe(avps['Integrity-Key'], keep),
    sipDigestAuthenticate: maybe(avps['SIP-Digest-Authenticate'], (digest) => ({
      digestRealm: digest['Digest-Realm'],
      digestAlgorithm: digest['Digest-Algorithm'],
      digestQop: digest['Digest-QoP'],
      digestHa1: digest['Digest-HA1'],
    })),
    framedIpAddress: maybe(avps['Framed-IP-Address'], toFramedAddress),
    framedIpv6Prefix: maybe(avps['Framed-IPv6-Prefix'], toFramedPrefix),
    lineIdentifiers: avps['Line-Identifier'].length === 0 ? undefined : avps['Line-Identifier'].map(toText),
  };
}

export function fromSipAuthDataItem(item: SipAuthDataItem): Sent<'SIP-Auth-Data-Item'> {
  return {
    'SIP-Item-Number': item.sipItemNumber,
    'SIP-Authentication-Scheme': item.sipAuthenticationScheme,
    'SIP-Authenticate': item.sipAuthenticate,
    'SIP-Authorization': item.sipAuthorization,
    'SIP-Authentication-Context': item.sipAuthenticationContext,
    'Confidentiality-Key': item.confidentialityKey,
    'Integrity-Key': item.integrityKey,
    'SIP-Digest-Authenticate': maybe(item.sipDigestAuthenticate, (digest) => ({
      'Digest-Realm': digest.digestRealm,
      'Digest-Algorithm': digest.digestAlgorithm,
      'Digest-QoP': digest.digestQop,
      'Digest-HA1': digest.digestHa1,
    })),
    'Framed-IP-Address': maybe(item.framedIpAddress, fromFramedAddress),
    'Framed-IPv6-Prefix': maybe(item.framedIpv6Prefix, fromFramedPrefix),
    'Line-Identifier': item.lineIdentifiers?.map(toOctets),
  };
}

/** TS 29.229 6.3.14: the lowest item number is used first; items without one keep their place behind. */
export function toSipAuthDataItems(
  list: readonly Received<'SIP-Auth-Data-Item'>[],
): readonly SipAuthDataItem[] | undefined {
  if (list.length === 0) return undefined;
  const last = Number.POSITIVE_INFINITY;
  const items = list.map(toSipAuthDataItem);
  return items.sort((one, other) => (one.sipItemNumber ?? last) - (other.sipItemNumber ?? last) || 0);
}

export function toChargingInformation(avps: Received<'Charging-Information'>): ChargingInformation {
  return {
    primaryEventChargingFunctionName: avps['Primary-Event-Charging-Function-Name'],
    secondaryEventChargingFunctionName: avps['Secondary-Event-Charging-Function-Name'],
    primaryChargingCollectionFunctionName: avps['Primary-Charging-Collection-Function-Name'],
    secondaryChargingCollectionFunctionName: avps['Secondary-Charging-Collection-Function-Name'],
  };
}

export function fromChargingInformation(names: ChargingInformation): Sent<'Charging-Information'> {
  return {
    'Primary-Event-Charging-Function-Name': names.primaryEventChargingFunctionName,
    'Secondary-Event-Charging-Function-Name': names.secondaryEventChargingFunctionName,
    'Primary-Charging-Collection-Function-Name': names.primaryChargingCollectionFunctionName,
    'Secondary-Charging-Collection-Function-Name': names.secondaryChargingCollectionFunctionName,
  };
}

export function toRestorationInfo(avps: Received<'SCSCF-Restoration-Info'>): ScscfRestorationInfo {
  return {
    userName: avps['User-Name'],
    contacts: avps['Restoration-Info'].map((each) => ({
      path: toText(each.Path),
      contact: toText(each.Contact),
      initialCSeq: each['Initial-CSeq-Sequence-Number'],
      callId: maybe(each['Call-ID-SIP-Header'], toText),
      subscription: maybe(each['Subscription-Info'], (subscription) => ({
        callId: toText(subscription['Call-ID-SIP-Header']),
        from: toText(subscription['From-SIP-Header']),
        to: toText(subscription['To-SIP-Header']),
        recordRoute: toText(subscription['Record-Route']),
        contact: toText(subscription.Contact),
      })),
    })),
    sipAuthenticationScheme: avps['SIP-Authentication-Scheme'],
    registrationTimeOut: avps['Registration-Time-Out'],
  };
}

export function fromRestorationInfo(info: ScscfRestorationInfo): Sent<'SCSCF-Restoration-Info'> {
  return {
    'User-Name': info.userName,
    'Restoration-Info': info.contacts.map(fromRestorationContact),
    'Registration-Time-Out': info.registrationTimeOut,
    'SIP-Authentication-Scheme': info.sipAuthenticationScheme,
  };
}

function fromRestorationContact(each: RestorationContact): Sent<'Restoration-Info'> {
  return {
    Path: toOctets(each.path),
    Contact: toOctets(each.contact),
    'Initial-CSeq-Sequence-Number': each.initialCSeq,
    'Call-ID-SIP-Header': maybe(each.callId, toOctets),
    'Subscription-Info': maybe(each.subscription, (subscription) => ({
      'Call-ID-SIP-Header': toOctets(subscription.callId),
      'From-SIP-Header': toOctets(subscription.from),
      'To-SIP-Header': toOctets(subscription.to),
      'Record-Route': toOctets(subscription.recordRoute),
      Contact: toOctets(subscription.contact),
    })),
  };
}

export function toAllowedWebRtcFunctions(avps: Received<'Allowed-WAF-WWSF-Identities'>): AllowedWebRtcFunctions {
  return {
    authenticationFunctions: avps['WebRTC-Authentication-Function-Name'],
    webServerFunctions: avps['WebRTC-Web-Server-Function-Name'],
  };
}

export function fromAllowedWebRtcFunctions(allowed: AllowedWebRtcFunctions): Sent<'Allowed-WAF-WWSF-Identities'> {
  return {
    'WebRTC-Authentication-Function-Name': allowed.authenticationFunctions,
    'WebRTC-Web-Server-Function-Name': allowed.webServerFunctions,
  };
}
