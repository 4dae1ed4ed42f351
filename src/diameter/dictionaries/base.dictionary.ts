/** The base protocol (RFC 6733): AVPs of all applications and the commands between peers. */
import type { Application, AvpDefinitions, Grammar } from './application.js';

const must = { vendor: 0, mandatory: true } as const;
const mustNot = { vendor: 0, mandatory: false } as const;

/** RFC 6733 4.5, and the four Digest AVPs of RFC 4740 9.5 and address AVPs of RFC 7155 that Cx borrows. */
export const baseAvps = {
  'User-Name': { ...must, code: 1, format: 'UTF8String' },
  'Framed-IP-Address': { ...must, code: 8, format: 'OctetString' },
  'Proxy-State': { ...must, code: 33, format: 'OctetString' },
  'Framed-Interface-Id': { ...must, code: 96, format: 'Unsigned64' },
  'Framed-IPv6-Prefix': { ...must, code: 97, format: 'OctetString' },
  'Digest-Realm': { ...must, code: 104, format: 'UTF8String' },
  'Digest-QoP': { ...must, code: 110, format: 'UTF8String' },
  'Digest-Algorithm': { ...must, code: 111, format: 'UTF8String' },
  'Digest-HA1': { ...must, code: 121, format: 'UTF8String' },
  'Host-IP-Address': { ...must, code: 257, format: 'Address' },
  'Auth-Application-Id': { ...must, code: 258, format: 'Unsigned32' },
  'Acct-Application-Id': { ...must, code: 259, format: 'Unsigned32' },
  'Vendor-Specific-Application-Id': {
    ...must,
    code: 260,
    format: 'Grouped',
    members: { 'Vendor-Id': 'required', 'Auth-Application-Id': 'optional', 'Acct-Application-Id': 'optional' },
  },
  'Redirect-Host-Usage': {
    ...must,
    code: 261,
    format: 'Enumerated',
    values: {
      DONT_CACHE: 0,
      ALL_SESSION: 1,
      ALL_REALM: 2,
      REALM_AND_APPLICATION: 3,
      ALL_APPLICATION: 4,
      ALL_HOST: 5,
      ALL_USER: 6,
    },
  },
  'Redirect-Max-Cache-Time': { ...must, code: 262, format: 'Unsigned32' },
  'Session-Id': { ...must, code: 263, format: 'UTF8String' },
  'Origin-Host': { ...must, code: 264, format: 'DiameterIdentity' },
  'Supported-Vendor-Id': { ...must, code: 265, format: 'Unsigned32' },
  'Vendor-Id': { ...must, code: 266, format: 'Unsigned32' },
  'Firmware-Revision': { ...mustNot, code: 267, format: 'Unsigned32' },
  'Result-Code': { ...must, code: 268, format: 'Unsigned32' },
  'Product-Name': { ...mustNot, code: 269, format: 'UTF8String' },
  'Disconnect-Cause': {
    ...must,
    code: 273,
    format: 'Enumerated',
    values: { REBOOTING: 0, BUSY: 1, DO_NOT_WANT_TO_TALK_TO_YOU: 2 },
  },
  'Auth-Session-State': {
    ...must,
    code: 277,
    format: 'Enumerated',
    values: { STATE_MAINTAINED: 0, NO_STATE_MAINTAINED: 1 },
  },
  'Origin-State-Id': { ...must, code: 278, format: 'Unsigned32' },
  'Failed-AVP': { ...must, code: 279, format: 'Grouped', members: { AVP: 'many' } },
  'Proxy-Host': { ...must, code: 280, format: 'DiameterIdentity' },
  'Error-Message': { ...mustNot, code: 281, format: 'UTF8String' },
  'Route-Record': { ...must, code: 282, format: 'DiameterIdentity' },
  'Destination-Realm': { ...must, code: 283, format: 'DiameterIdentity' },
  'Proxy-Info': {
    ...must,
    code: 284,
    format: 'Grouped',
    members: { 'Proxy-Host': 'required', 'Proxy-State': 'required', AVP: 'many' },
  },
  'Redirect-Host': { ...must, code: 292, format: 'DiameterURI' },
  'Destination-Host': { ...must, code: 293, format: 'DiameterIdentity' },
  'Error-Reporting-Host': { ...mustNot, code: 294, format: 'DiameterIdentity' },
  'Origin-Realm': { ...must, code: 296, format: 'DiameterIdentity' },
  'Experimental-Result': {
    ...must,
    code: 297,
    format: 'Grouped',
    members: { 'Vendor-Id': 'required', 'Experimental-Result-Code': 'required' },
  },
  'Experimental-Result-Code': { ...must, code: 298, format: 'Unsigned32' },
  'Inband-Security-Id': { ...must, code: 299, format: 'Unsigned32' },
} as const satisfies AvpDefinitions;

/** An answer with the E bit may leave the grammar of its command for this one (RFC 6733 7.2). */
export const errorAnswerGrammar = {
  'Session-Id': 'optional',
  'Vendor-Specific-Application-Id': 'optional',
  'Auth-Session-State': 'optional',
  'Origin-Host': 'required',
  'Origin-Realm': 'required',
  'Result-Code': 'optional',
  'Experimental-Result': 'optional',
  'Origin-State-Id': 'optional',
  'Error-Message': 'optional',
  'Error-Reporting-Host': 'optional',
  'Failed-AVP': 'many',
  'Redirect-Host': 'many',
  'Redirect-Host-Usage': 'optional',
  'Redirect-Max-Cache-Time': 'optional',
  'Proxy-Info': 'many',
  AVP: 'many',
} as const satisfies Grammar;

const capabilities = {
  // RFC 6733 5.3.1 wants 1*{Host-IP-Address}; peers in the field leave it out, so it is not required of them.
  'Host-IP-Address': 'many',
  'Vendor-Id': 'required',
  'Product-Name': 'required',
  'Origin-State-Id': 'optional',
} as const;

const applications = {
  'Supported-Vendor-Id': 'many',
  'Auth-Application-Id': 'many',
  'Inband-Security-Id': 'many',
  'Acct-Application-Id': 'many',
  'Vendor-Specific-Application-Id': 'many',
  'Firmware-Revision': 'optional',
  AVP: 'many',
} as const;

const origin = { 'Origin-Host': 'required', 'Origin-Realm': 'required' } as const;
const failure = { 'Error-Message': 'optional', 'Failed-AVP': 'many' } as const;

export const baseDictionary = {
  name: 'Diameter base protocol',
  id: 0,
  vendor: 0,
  avps: baseAvps,
  commands: {
    // RFC 6733 5.3.1, 5.3.2
    'Capabilities-Exchange': {
      code: 257,
      abbreviations: ['CER', 'CEA'],
      proxiable: false,
      request: { ...origin, ...capabilities, ...applications },
      answer: { 'Result-Code': 'required', ...origin, ...capabilities, ...failure, ...applications },
    },
    // RFC 6733 5.5.1, 5.5.2
    'Device-Watchdog': {
      code: 280,
      abbreviations: ['DWR', 'DWA'],
      proxiable: false,
      request: { ...origin, 'Origin-State-Id': 'optional', AVP: 'many' },
      answer: { 'Result-Code': 'required', ...origin, ...failure, 'Origin-State-Id': 'optional', AVP: 'many' },
    },
    // RFC 6733 5.4.1, 5.4.2
    'Disconnect-Peer': {
      code: 282,
      abbreviations: ['DPR', 'DPA'],
      proxiable: false,
      request: { ...origin, 'Disconnect-Cause': 'required', AVP: 'many' },
      answer: { 'Result-Code': 'required', ...origin, ...failure, AVP: 'many' },
    },
  },
} as const satisfies Application;

/** Relay application id: common with everything (RFC 6733 2.4). */
export const relayApplicationId = 0xffffffff;
