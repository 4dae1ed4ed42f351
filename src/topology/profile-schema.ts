/** What profiles say: operator (core nodes), ue (handsets), subscribers. A node may repeat a section to differ from its profile. */
import { z } from 'zod';
import { canonicalIdentity } from '../ims/identity/index.js';
import {
  datagramSizeMax,
  duration,
  imsi,
  msisdn,
  octets,
  poolCount,
  refuse,
  scalar,
  sequenceNumber,
  strict,
} from './scalars.js';

const seconds = z.int().min(0).max(0xffff_ffff);

/** S-CSCF, REG-47: seconds as in Expires. */
export const registrationSection = strict({
  'expires-min': seconds.optional(),
  'expires-max': seconds.optional(),
  'expires-default': seconds.optional(),
  /** reg-await-auth, TS 24.229 7.8. */
  'await-authentication': duration.optional(),
});

export const diameterSection = strict({
  /** Tc, RFC 6733 12. */
  reconnect: duration.optional(),
  /** Tw, RFC 3539 3.4.1. */
  watchdog: duration.optional(),
  'answer-timeout': duration.optional(),
});

export const transportSection = strict({ 'datagram-size-max': datagramSizeMax.optional() });

const operatorSections = {
  registration: registrationSection.optional(),
  diameter: diameterSection.optional(),
  transport: transportSection.optional(),
};

/** profiles/operator/*.yaml */
export const operatorProfile = strict(operatorSections);

export const ueRegistrationSection = strict({ expires: seconds.optional() });

export const callSection = strict({
  answer: z.enum(['accept', 'busy', 'decline', 'ring']).optional(),
  /** From 180 to 200. */
  ring: duration.optional(),
  /** What the emulated access network takes for the dedicated bearer. */
  'bearer-setup': duration.optional(),
  'reliable-ringing': z.boolean().optional(),
  codecs: z
    .array(z.enum(['AMR-WB', 'AMR']))
    .min(1)
    .optional(),
});

/** profiles/ue/*.yaml */
export const ueProfile = strict({
  registration: ueRegistrationSection.optional(),
  call: callSection.optional(),
  transport: transportSection.optional(),
  'access-network-info': z.string().min(1).optional(),
});

const capabilityIds = z.array(z.int().min(0).max(0xffff_ffff));

/** In its canonical form (REG-03). */
const identityUri = scalar((value): string => {
  const identity = typeof value === 'string' ? canonicalIdentity(value) : undefined;
  return identity ?? refuse(value, 'is no public identity', 'write sip:user@domain or tel:+15550100001');
});

/** `- sip:user@domain` is short for `- { uri: sip:user@domain }`. */
function asIdentityEntry(value: unknown): unknown {
  return typeof value === 'string' ? { uri: value } : value;
}

const authenticationFields = {
  k: octets(16).optional(),
  opc: octets(16).optional(),
  op: octets(16).optional(),
  amf: octets(2).optional(),
  sqn: sequenceNumber.optional(),
  ind: z.int().min(0).max(31).optional(),
  'res-without-zero-octets': z.boolean().optional(),
};

const subscriber = strict({
  /** So many subscribers with one key set, their imsi and msisdn one after the other. */
  count: poolCount.optional(),
  imsi,
  msisdn: msisdn.optional(),
  'private-identity': z
    .string()
    .regex(/^[^\s<>@:]+@[^\s<>@]+$/, 'this is no private identity; write user@domain')
    .optional(),
  identities: z
    .array(z.preprocess(asIdentityEntry, strict({ uri: identityUri, barred: z.boolean().optional() })))
    .min(1)
    .optional(),
  ...authenticationFields,
  capabilities: strict({ mandatory: capabilityIds.optional(), optional: capabilityIds.optional() }).optional(),
  'visited-networks': z.array(z.string()).optional(),
});

/** profiles/subscribers/*.yaml */
export const subscriberFile = strict({
  /** What subscribers leave out. */
  defaults: strict({
    k: authenticationFields.k,
    opc: authenticationFields.opc,
    op: authenticationFields.op,
    amf: authenticationFields.amf,
    sqn: authenticationFields.sqn,
    ind: authenticationFields.ind,
  }).optional(),
  subscribers: z.array(subscriber),
});

export type OperatorProfile = z.output<typeof operatorProfile>;
export type UeProfile = z.output<typeof ueProfile>;
export type SubscriberInput = z.output<typeof subscriber>;
export type SubscriberFile = z.output<typeof subscriberFile>;
