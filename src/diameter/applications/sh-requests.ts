/** The four commands of Sh, each with its answer: to the codec's names and back (TS 29.329 6.1). */
import { msisdnDigits, msisdnOctets } from '../codec/msisdn.js';
import { shDictionary } from '../dictionaries/sh.dictionary.js';
import { enumeration, fromSupportedFeatures, maybe, toOctets, toSupportedFeatures, toText } from './cx-mapping.js';
import type { CommandAvps, Mapping as CommandMapping } from './exchange.js';
import type * as sh from './sh-messages.js';

type ShDictionary = typeof shDictionary;
export type ShName = keyof ShDictionary['commands'];
type Mapping<N extends ShName, TQuery, TInfo> = CommandMapping<ShDictionary, N, TQuery, TInfo>;

const dataReference = enumeration(shDictionary.avps['Data-Reference']);
const identitySet = enumeration(shDictionary.avps['Identity-Set']);
const requestedDomain = enumeration(shDictionary.avps['Requested-Domain']);
const { Subscribe: subscribe, Unsubscribe: unsubscribe } = shDictionary.avps['Subs-Req-Type'].values;

function fromUserIdentity({ publicIdentity, msisdn }: sh.UserIdentity) {
  return { 'Public-Identity': publicIdentity, MSISDN: maybe(msisdn, msisdnOctets) };
}

function toUserIdentity(avps: { 'Public-Identity'?: string; MSISDN?: Buffer }): sh.UserIdentity {
  const { 'Public-Identity': publicIdentity, MSISDN: msisdn } = avps;
  return { publicIdentity, msisdn: maybe(msisdn, msisdnDigits) };
}

/** An empty list is sent as none. */
function fromKeys(keys: sh.DataKeys) {
  return {
    'User-Identity': fromUserIdentity(keys.userIdentity),
    'Server-Name': keys.serverName,
    'Service-Indication': keys.serviceIndications.map(toOctets),
    'Data-Reference': keys.dataReferences.map(dataReference.toNumber),
    'Identity-Set': keys.identitySets.map(identitySet.toNumber),
    'DSAI-Tag': keys.dsaiTags.map(toOctets),
    'User-Name': keys.userName,
  };
}

function toKeys(
  avps: Pick<
    CommandAvps<ShDictionary, 'User-Data', 'request', 'received'>,
    | 'User-Identity'
    | 'Server-Name'
    | 'Service-Indication'
    | 'Data-Reference'
    | 'Identity-Set'
    | 'DSAI-Tag'
    | 'User-Name'
  >,
): sh.DataKeys {
  return {
    userIdentity: toUserIdentity(avps['User-Identity']),
    serverName: avps['Server-Name'],
    serviceIndications: avps['Service-Indication'].map(toText),
    dataReferences: avps['Data-Reference'].map(dataReference.toName),
    identitySets: avps['Identity-Set'].map(identitySet.toName),
    dsaiTags: avps['DSAI-Tag'].map(toText),
    userName: avps['User-Name'],
  };
}

const fromWildcards = (info: { wildcardedPublicIdentity?: string; wildcardedImpu?: string }) => ({
  'Wildcarded-Public-Identity': info.wildcardedPublicIdentity,
  'Wildcarded-IMPU': info.wildcardedImpu,
});

const toWildcards = (avps: { 'Wildcarded-Public-Identity'?: string; 'Wildcarded-IMPU'?: string }) => ({
  wildcardedPublicIdentity: avps['Wildcarded-Public-Identity'],
  wildcardedImpu: avps['Wildcarded-IMPU'],
});

export const userData: Mapping<'User-Data', sh.UserDataQuery, sh.UserDataInfo> = {
  fromQuery: (query) => ({
    ...fromKeys(query),
    'Requested-Domain': maybe(query.requestedDomain, requestedDomain.toNumber),
    'Supported-Features': query.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toQuery: (avps) => ({
    ...toKeys(avps),
    requestedDomain: maybe(avps['Requested-Domain'], requestedDomain.toName),
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
  fromInfo: (info) => ({
    ...fromWildcards(info),
    'Sh-User-Data': maybe(info.userData, toOctets),
    'Supported-Features': info.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toInfo: (avps) => ({
    ...toWildcards(avps),
    userData: maybe(avps['Sh-User-Data'], toText),
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
};

export const profileUpdate: Mapping<'Profile-Update', sh.ProfileUpdateQuery, sh.ProfileUpdateInfo> = {
  fromQuery: (query) => ({
    'User-Identity': fromUserIdentity(query.userIdentity),
    'User-Name': query.userName,
    'Data-Reference': query.dataReferences.map(dataReference.toNumber),
    'Sh-User-Data': toOctets(query.userData),
    'Supported-Features': query.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toQuery: (avps) => ({
    userIdentity: toUserIdentity(avps['User-Identity']),
    userName: avps['User-Name'],
    dataReferences: avps['Data-Reference'].map(dataReference.toName),
    userData: toText(avps['Sh-User-Data']),
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
  fromInfo: (info) => ({
    ...fromWildcards(info),
    'Repository-Data-ID': maybe(info.repositoryDataId, ({ serviceIndication, sequenceNumber }) => ({
      'Service-Indication': toOctets(serviceIndication),
      'Sequence-Number': sequenceNumber,
    })),
    'Supported-Features': info.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toInfo: (avps) => ({
    ...toWildcards(avps),
    repositoryDataId: maybe(avps['Repository-Data-ID'], (id) => ({
      serviceIndication: toText(id['Service-Indication']),
      sequenceNumber: id['Sequence-Number'],
    })),
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
};

export const subscribeNotifications: Mapping<
  'Subscribe-Notifications',
  sh.SubscribeNotificationsQuery,
  sh.SubscribeNotificationsInfo
> = {
  fromQuery: (query) => ({
    ...fromKeys(query),
    'Subs-Req-Type': query.subscribes ? subscribe : unsubscribe,
    // Absent means that none is asked for (TS 29.329 6.3.17).
    'Send-Data-Indication': query.sendsData ? 1 : undefined,
    'Expiry-Time': query.expiryTime,
    'Supported-Features': query.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toQuery: (avps) => ({
    ...toKeys(avps),
    subscribes: avps['Subs-Req-Type'] === subscribe,
    sendsData: avps['Send-Data-Indication'] === 1,
    expiryTime: avps['Expiry-Time'],
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
  fromInfo: (info) => ({
    ...fromWildcards(info),
    'Sh-User-Data': maybe(info.userData, toOctets),
    'Expiry-Time': info.expiryTime,
    'Supported-Features': info.supportedFeatures?.map(fromSupportedFeatures),
  }),
  toInfo: (avps) => ({
    ...toWildcards(avps),
    userData: maybe(avps['Sh-User-Data'], toText),
    expiryTime: avps['Expiry-Time'],
    supportedFeatures: toSupportedFeatures(avps['Supported-Features']),
  }),
};

export const pushNotification: Mapping<'Push-Notification', sh.PushNotificationQuery, sh.PushNotificationInfo> = {
  fromQuery: (query) => ({
    'User-Identity': fromUserIdentity(query.userIdentity),
    ...fromWildcards(query),
    'User-Name': query.userName,
    'Sh-User-Data': toOctets(query.userData),
  }),
  toQuery: (avps) => ({
    userIdentity: toUserIdentity(avps['User-Identity']),
    ...toWildcards(avps),
    userName: avps['User-Name'],
    userData: toText(avps['Sh-User-Data']),
  }),
  fromInfo: () => ({}),
  toInfo: () => ({}),
};
