/** Sh (TS 29.329 6): application 16777217 of vendor 3GPP. Code points per TS 29.230. */
import type { Application, AvpDefinitions } from './application.js';
import { baseAvps } from './base.dictionary.js';
import { cxDictionary, vendor3gpp } from './cx.dictionary.js';
import { answerHead, answerTail, requestHead, requestTail } from './stateless-heads.js';

const must = { vendor: vendor3gpp, mandatory: true } as const;
const mustNot = { vendor: vendor3gpp, mandatory: false } as const;

/** TS 29.329 Table 6.3.1. */
const shAvps = {
  'User-Identity': {
    ...must,
    code: 700,
    format: 'Grouped',
    members: { 'Public-Identity': 'optional', MSISDN: 'optional', 'External-Identifier': 'optional', AVP: 'many' },
  },
  // TS 29.329 6.3.2: BCD digits, the first one in the low half of its octet.
  MSISDN: { ...must, code: 701, format: 'OctetString' },
  // User-Data of Sh; Cx has one of its own under that name (606).
  'Sh-User-Data': { ...must, code: 702, format: 'OctetString', isText: true },
  'Data-Reference': {
    ...must,
    code: 703,
    format: 'Enumerated',
    values: {
      RepositoryData: 0,
      IMSPublicIdentity: 10,
      IMSUserState: 11,
      'S-CSCFName': 12,
      InitialFilterCriteria: 13,
      LocationInformation: 14,
      UserState: 15,
      ChargingInformation: 16,
      MSISDN: 17,
      PSIActivation: 18,
      DSAI: 19,
      ServiceLevelTraceInfo: 21,
      IPAddressSecureBindingInformation: 22,
      ServicePriorityLevel: 23,
      SMSRegistrationInfo: 24,
      UEReachabilityForIP: 25,
      TADSinformation: 26,
      'STN-SR': 27,
      'UE-SRVCC-Capability': 28,
      ExtendedPriority: 29,
      CSRN: 30,
      ReferenceLocationInformation: 31,
      IMSI: 32,
      IMSPrivateUserIdentity: 33,
      IMEISV: 34,
      'UE-5G-SRVCC-Capability': 35,
    },
  },
  'Service-Indication': { ...must, code: 704, format: 'OctetString', isText: true },
  'Subs-Req-Type': { ...must, code: 705, format: 'Enumerated', values: { Subscribe: 0, Unsubscribe: 1 } },
  'Requested-Domain': { ...must, code: 706, format: 'Enumerated', values: { 'CS-Domain': 0, 'PS-Domain': 1 } },
  'Current-Location': {
    ...must,
    code: 707,
    format: 'Enumerated',
    values: { DoNotNeedInitiateActiveLocationRetrieval: 0, InitiateActiveLocationRetrieval: 1 },
  },
  'Identity-Set': {
    ...mustNot,
    code: 708,
    format: 'Enumerated',
    values: { ALL_IDENTITIES: 0, REGISTERED_IDENTITIES: 1, IMPLICIT_IDENTITIES: 2, ALIAS_IDENTITIES: 3 },
  },
  'Expiry-Time': { ...mustNot, code: 709, format: 'Time' },
  'Send-Data-Indication': {
    ...mustNot,
    code: 710,
    format: 'Enumerated',
    values: { USER_DATA_NOT_REQUESTED: 0, USER_DATA_REQUESTED: 1 },
  },
  'DSAI-Tag': { ...must, code: 711, format: 'OctetString', isText: true },
  'One-Time-Notification': {
    ...mustNot,
    code: 712,
    format: 'Enumerated',
    values: { ONE_TIME_NOTIFICATION_REQUESTED: 0 },
  },
  'Requested-Nodes': { ...mustNot, code: 713, format: 'Unsigned32' },
  'Serving-Node-Indication': {
    ...mustNot,
    code: 714,
    format: 'Enumerated',
    values: { ONLY_SERVING_NODES_REQUIRED: 0 },
  },
  'Repository-Data-ID': {
    ...mustNot,
    code: 715,
    format: 'Grouped',
    members: { 'Service-Indication': 'required', 'Sequence-Number': 'required', AVP: 'many' },
  },
  'Sequence-Number': { ...mustNot, code: 716, format: 'Unsigned32' },
  'Pre-paging-Supported': {
    ...mustNot,
    code: 717,
    format: 'Enumerated',
    values: { PREPAGING_NOT_SUPPORTED: 0, PREPAGING_SUPPORTED: 1 },
  },
  'Local-Time-Zone-Indication': {
    ...mustNot,
    code: 718,
    format: 'Enumerated',
    values: { ONLY_LOCAL_TIME_ZONE_REQUESTED: 0, LOCAL_TIME_ZONE_WITH_LOCATION_INFO_REQUESTED: 1 },
  },
  'UDR-Flags': { ...mustNot, code: 719, format: 'Unsigned32' },
  'Call-Reference-Info': {
    ...mustNot,
    code: 720,
    format: 'Grouped',
    members: { 'Call-Reference-Number': 'required', 'AS-Number': 'required', AVP: 'many' },
  },
  'Call-Reference-Number': { ...mustNot, code: 721, format: 'OctetString' },
  'AS-Number': { ...mustNot, code: 722, format: 'OctetString' },
  // TS 29.336 6.4.11.
  'External-Identifier': { ...must, code: 3111, format: 'UTF8String' },
} as const satisfies AvpDefinitions;

const { avps: cxAvps } = cxDictionary;

/** Those of TS 29.229 that Sh borrows. */
const borrowed = {
  'Public-Identity': cxAvps['Public-Identity'],
  'Server-Name': cxAvps['Server-Name'],
  'Supported-Features': cxAvps['Supported-Features'],
  'Feature-List-ID': cxAvps['Feature-List-ID'],
  'Feature-List': cxAvps['Feature-List'],
  'Wildcarded-Public-Identity': cxAvps['Wildcarded-Public-Identity'],
  'Wildcarded-IMPU': cxAvps['Wildcarded-IMPU'],
  'Session-Priority': cxAvps['Session-Priority'],
} as const satisfies AvpDefinitions;

const wildcards = { 'Wildcarded-Public-Identity': 'optional', 'Wildcarded-IMPU': 'optional' } as const;

const userRequestHead = {
  ...requestHead,
  'Supported-Features': 'many',
  'User-Identity': 'required',
  ...wildcards,
} as const;

export const shDictionary = {
  name: '3GPP Sh/Dh',
  id: 16777217,
  vendor: vendor3gpp,
  avps: { ...baseAvps, ...borrowed, ...shAvps },
  commands: {
    // TS 29.329 6.1.1, 6.1.2
    'User-Data': {
      code: 306,
      abbreviations: ['UDR', 'UDA'],
      proxiable: true,
      request: {
        ...userRequestHead,
        'Server-Name': 'optional',
        'Service-Indication': 'many',
        'Data-Reference': 'oneOrMore',
        'Identity-Set': 'many',
        'Requested-Domain': 'optional',
        'Current-Location': 'optional',
        'DSAI-Tag': 'many',
        'Session-Priority': 'optional',
        'User-Name': 'optional',
        'Requested-Nodes': 'optional',
        'Serving-Node-Indication': 'optional',
        'Pre-paging-Supported': 'optional',
        'Local-Time-Zone-Indication': 'optional',
        'UDR-Flags': 'optional',
        'Call-Reference-Info': 'optional',
        ...requestTail,
      },
      answer: { ...answerHead, ...wildcards, 'Sh-User-Data': 'optional', ...answerTail },
    },
    // TS 29.329 6.1.3, 6.1.4
    'Profile-Update': {
      code: 307,
      abbreviations: ['PUR', 'PUA'],
      proxiable: true,
      request: {
        ...userRequestHead,
        'User-Name': 'optional',
        'Data-Reference': 'oneOrMore',
        'Sh-User-Data': 'required',
        ...requestTail,
      },
      answer: {
        ...answerHead,
        ...wildcards,
        'Repository-Data-ID': 'optional',
        'Data-Reference': 'many',
        ...answerTail,
      },
    },
    // TS 29.329 6.1.5, 6.1.6
    'Subscribe-Notifications': {
      code: 308,
      abbreviations: ['SNR', 'SNA'],
      proxiable: true,
      request: {
        ...userRequestHead,
        'Service-Indication': 'many',
        'Send-Data-Indication': 'optional',
        'Server-Name': 'optional',
        'Subs-Req-Type': 'required',
        'Data-Reference': 'oneOrMore',
        'Identity-Set': 'many',
        'Expiry-Time': 'optional',
        'DSAI-Tag': 'many',
        'One-Time-Notification': 'optional',
        'User-Name': 'optional',
        ...requestTail,
      },
      answer: {
        ...answerHead,
        ...wildcards,
        'Sh-User-Data': 'optional',
        'Expiry-Time': 'optional',
        ...answerTail,
      },
    },
    // TS 29.329 6.1.7, 6.1.8
    'Push-Notification': {
      code: 309,
      abbreviations: ['PNR', 'PNA'],
      proxiable: true,
      request: {
        ...userRequestHead,
        'Destination-Host': 'required',
        'User-Name': 'optional',
        'Sh-User-Data': 'required',
        ...requestTail,
      },
      answer: { ...answerHead, ...answerTail },
    },
  },
} as const satisfies Application;
