/** profiles/subscribers/*.yaml: who is provisioned, with which identities, keys and services. */
import { z } from 'zod';
import { canonicalIdentity } from '../ims/identity/index.js';
import { canonicalWildcard } from '../ims/subscription/matching-identity.js';
import { extendedRegularExpression } from '../ims/subscription/regular-expression.js';
import { keyMaterialFields } from './profile-schema.js';
import { imsi, msisdn, octets, refuse, scalar, sequenceNumber, strict, subscriberCount } from './scalars.js';

const capabilityIds = z.array(z.int().min(0).max(0xffff_ffff));

/** Parts of identities that follow from the line: `sip:{imsi}@domain`. */
const placeholders = ['{imsi}', '{msisdn}', '{number}'] as const;

/** Stores look identities up by them; what one takes of a key is 1,978 octets (LMDB), which are at most three a character. */
const identityMax = 600;

function fitting(identity: string): string {
  if (identity.length <= identityMax) return identity;
  return refuse(identity, `has ${identity.length} characters`, `use ${identityMax} or fewer`);
}

/** In its canonical form (REG-03); with a regular expression between two `!` a wildcard (REG-83); with placeholders as it is. */
export const identityUri = scalar((value): string => fitting(readIdentity(value)));

function readIdentity(value: unknown): string {
  if (typeof value === 'string' && value.includes('{')) {
    const sample = placeholders.reduce((text, each) => text.replaceAll(each, '1'), value);
    if (!sample.includes('{') && canonicalIdentity(sample) !== undefined) return value;
    return refuse(
      value,
      'is no pattern of an identity',
      `write sip:{imsi}@domain; there are ${placeholders.join(', ')}`.replace(';', ','),
    );
  }
  if (typeof value === 'string' && value.includes('!')) {
    const wildcard = canonicalWildcard(value);
    return (
      wildcard ??
      refuse(value, 'is no wildcard', 'write it like sip:chat-!.*!@domain, with an extended regular expression')
    );
  }
  const identity = typeof value === 'string' ? canonicalIdentity(value) : undefined;
  return identity ?? refuse(value, 'is no public identity', 'write sip:user@domain or tel:+15550100001');
}

/** An application server: a SIP URI, or the name of a node. */
const applicationServer = scalar((value): string => {
  const isUri = typeof value === 'string' && canonicalIdentity(value) !== undefined;
  if (typeof value !== 'string' || (!isUri && !/^[a-z](?:[a-z0-9-]*[a-z0-9])?$/.test(value))) {
    refuse(value, 'is no application server', 'write a SIP URI, or the name of a node, such as as1');
  }
  return value;
});

/** What a value has to match, or `true`: it has to be there. */
const contentPattern = scalar((value): string | true => {
  if (value === true || (typeof value === 'string' && extendedRegularExpression(value) !== undefined)) return value;
  return refuse(
    value,
    'is no extended regular expression',
    'mend its brackets and repetitions, or write true for its presence alone',
  );
});

/** `- sip:user@domain` is short for `- { uri: sip:user@domain }`. */
function asIdentityEntry(value: unknown): unknown {
  return typeof value === 'string' ? { uri: value } : value;
}

const identity = strict({
  uri: identityUri,
  barred: z.boolean().optional(),
  /** A public service identity: a service, not a user (TS 23.003 13.5). */
  psi: z.boolean().optional(),
  /** AliasIdentityGroupID (REG-82). */
  'alias-group': z.string().min(1).optional(),
  'display-name': z.string().min(1).optional(),
  /** Of a PSI: requests go to this application server without an S-CSCF. */
  'direct-to': applicationServer.optional(),
  inactive: z.boolean().optional(),
});

export const identityList = z.array(z.preprocess(asIdentityEntry, identity)).min(1);

const serviceNames = z.array(z.string().min(1));

/** Identities with services of their own. */
const serviceProfile = strict({ identities: identityList, services: serviceNames.optional() });

/** A list of identities is short for one service profile of them. */
export const implicitSetBlock = z.preprocess(
  (value) => (Array.isArray(value) ? { profiles: [{ identities: value as unknown[] }] } : value),
  strict({ profiles: z.array(serviceProfile).min(1) }),
);

const implicitSet = implicitSetBlock.transform(({ profiles }) => profiles);

/** What a request has to have; all of one entry together. */
const conditions = {
  method: z
    .string()
    .regex(/^[A-Z]+$/, 'this is no method; write it in capitals, such as REGISTER')
    .optional(),
  /** Of REGISTER. */
  registration: z.array(z.enum(['initial', 're', 'de'])).optional(),
  /** A SIP URI, or a regular expression for the Request-URI. */
  uri: z.string().min(1).optional(),
  /** By name; `true` asks for its presence alone. */
  headers: z.record(z.string().min(1), contentPattern).optional(),
  'session-case': z
    .enum(['originating', 'terminating', 'terminating-unregistered', 'originating-unregistered', 'diverted'])
    .optional(),
  /** By the letter of the line; `true` asks for its presence alone. */
  sdp: z.record(z.string().regex(/^[a-z]$/, 'this is no SDP line; write its letter'), contentPattern).optional(),
};

const condition = strict({ ...conditions, not: strict(conditions).optional() });

/** One filter criterion (TS 29.228 B.2.2). */
const service = strict({
  as: applicationServer,
  priority: z.int().min(0).max(999_999_999),
  /** One entry is enough; every request where it is absent. */
  on: z.array(condition).min(1).optional(),
  /** `cnf`: every entry counts, and of an entry one condition is enough. */
  form: z.enum(['dnf', 'cnf']).optional(),
  /** What becomes of a session whose application server is silent. */
  'default-handling': z.enum(['continue', 'terminate']).optional(),
  'service-info': z.string().min(1).optional(),
  /** What a third-party REGISTER brings of the UE's. */
  include: z.array(z.enum(['request', 'response'])).optional(),
  while: z.enum(['registered', 'unregistered']).optional(),
  /** SharedIFCSetID: S-CSCFs that have the shared services are told this number alone (TS 29.228 B.2.1). */
  shared: z.int().min(0).max(999_999_999).optional(),
  /** DSAI-Tags: application servers switch the service by them (TS 29.328 7.6.11). */
  dsai: z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(z.string().min(1)).min(1))
    .optional(),
});

const framedAddress = scalar((value): string => {
  if (typeof value === 'string' && /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:]*(?:\/\d{1,3})?)$/i.test(value))
    return value;
  return refuse(value, 'is no address', 'write an IPv4 address, or an IPv6 prefix such as 2001:db8:1::/64');
});

/** Beside or in place of the keys for IMS AKA. */
const authentication = strict({
  scheme: z.enum(['aka', 'sip-digest', 'giba', 'nass-bundled']),
  password: z.string().min(1).optional(),
  /** Of MD5 or SHA-256. */
  ha1: octets(16, 32).optional(),
  realm: z.string().min(1).optional(),
  'digest-algorithm': z.enum(['MD5', 'SHA-256']).optional(),
  qop: z
    .array(z.enum(['auth', 'auth-int']))
    .min(1)
    .optional(),
  'framed-address': framedAddress.optional(),
  line: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
});

const diameterUri = z
  .string()
  .regex(/^aaas?:\/\/[^\s:;/]+(?::\d+)?(?:;[^\s]+)?$/, 'this is no Diameter URI; write aaa://host:port');

/** Charging-Information (TS 29.229 6.3.19): ccf takes records (Rf), ecf grants units (Ro). */
const charging = strict({
  ccf: diameterUri.optional(),
  'secondary-ccf': diameterUri.optional(),
  ecf: diameterUri.optional(),
  'secondary-ecf': diameterUri.optional(),
});

/** Of one subscriber, or of all that do not say it themselves. */
const sharedFields = {
  ...keyMaterialFields,
  amf: octets(2).optional(),
  sqn: sequenceNumber.optional(),
  ind: z
    .union(
      [z.int().min(0).max(255), z.literal('rotating')],
      'this is no array index; write a number from 0 to 255, or rotating',
    )
    .optional(),
  /** How the next sequence number is found (TS 33.102 C.1.1). */
  'sqn-profile': z.enum(['sequence', 'partly-time-based', 'time-based']).optional(),
  /** How many bits of a SQN are the array index (AKA-20). */
  'ind-bits': z.int().min(0).max(8).optional(),
  services: serviceNames.optional(),
  charging: charging.optional(),
};

export const subscriberLine = strict({
  /** So many subscribers with one key set, their imsi and msisdn one after the other. */
  count: subscriberCount.optional(),
  imsi: imsi.optional(),
  msisdn: msisdn.optional(),
  'private-identity': z
    .string()
    .regex(/^[^\s<>@:]+@[^\s<>@]+$/, 'this is no private identity; write user@domain')
    .max(identityMax)
    .optional(),
  /** Those of one IMS subscription share the implicit sets that have an identity in common. */
  subscription: z.string().min(1).max(identityMax).optional(),
  identities: identityList.optional(),
  'implicit-sets': z.array(implicitSet).min(1).optional(),
  ...sharedFields,
  'res-without-zero-octets': z.boolean().optional(),
  authentication: authentication.optional(),
  capabilities: strict({ mandatory: capabilityIds.optional(), optional: capabilityIds.optional() }).optional(),
  'visited-networks': z.array(z.string()).optional(),
  /** `false`: the subscription may not register at all (TS 29.228 6.1.1.1). */
  'may-register': z.boolean().optional(),
  /** Loose-Route-Indication (TS 29.229 6.3.45). */
  'loose-route': z.boolean().optional(),
});

export const subscriberFile = strict({
  /** What subscribers leave out. */
  defaults: strict(sharedFields).optional(),
  services: z
    .record(z.string().regex(/^[a-z0-9-]+$/, 'use lower-case letters, digits and hyphens'), service)
    .optional(),
  subscribers: z.array(subscriberLine).optional(),
  /** A file with a line a subscriber, for which defaults and services of this one count. */
  csv: z.string().min(1).optional(),
});

export type SubscriberFile = z.output<typeof subscriberFile>;
export type SubscriberInput = z.output<typeof subscriberLine>;
export type IdentityInput = z.output<typeof identity>;
export type ServiceInput = z.output<typeof service>;
export type ConditionInput = z.output<typeof condition>;
