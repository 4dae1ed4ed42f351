/** What profiles say: operator (core nodes), ue (handsets), subscribers. A node may repeat a section to differ from its profile. */
import { z } from 'zod';
import type { KeyMaterial } from '../aka/index.js';
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

/** S-CSCF, REG-40 to REG-44. */
export const authenticationSection = strict({
  /** The digest of IMS AKA (AKA-31, AKA-32). */
  aka: z.enum(['AKAv1-MD5', 'AKAv2-MD5']).optional(),
  /** What an AKA challenge offers; an empty list offers none. */
  qop: z.array(z.enum(['auth', 'auth-int'])).optional(),
  /** Asked for with one MAR. */
  vectors: z.int().min(1).max(5).optional(),
  /** Of protected REGISTERs: always, never, every so many (`{ every: 3 }`), or after a time (`{ after: 1h }`). */
  reauthenticate: z
    .union([
      z.enum(['always', 'never']),
      strict({ every: z.int().min(1) }),
      strict({ after: duration }).transform(({ after }) => ({ afterMs: after })),
    ])
    .optional(),
  /** Wrong answers that end an authentication; 1: the first. */
  attempts: z.int().min(1).max(10).optional(),
  /** SIP Digest. */
  'nonce-lifetime': duration.optional(),
  /** rspauth in the 200 after AKA (AKA-36). */
  'authentication-info': z.boolean().optional(),
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
  authentication: authenticationSection.optional(),
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

/** AKA-01, AKA-03, AKA-37; TS 35.231. */
const keyMaterialFields = {
  algorithm: z.enum(['milenage', 'tuak', 'xor']).optional(),
  k: octets(16, 32).optional(),
  opc: octets(16).optional(),
  op: octets(16).optional(),
  topc: octets(32).optional(),
  top: octets(32).optional(),
  /** c1 to c5 and r1 to r5 of an operator that chose its own (TS 35.206 5.3). */
  c: z.array(octets(16)).length(5).optional(),
  r: z.array(z.int().min(0).max(127)).length(5).optional(),
};

const authenticationFields = {
  ...keyMaterialFields,
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
    ...keyMaterialFields,
    amf: authenticationFields.amf,
    sqn: authenticationFields.sqn,
    ind: authenticationFields.ind,
  }).optional(),
  subscribers: z.array(subscriber),
});

/** A card, where it differs from what the HSS knows: to play a wrong SIM. */
export const simSection = strict({
  ...keyMaterialFields,
  sqn: sequenceNumber.optional(),
  /** AKA-21: how far a challenge's SEQ may be ahead of the card's. */
  delta: z
    .int()
    .min(1)
    .max(2 ** 43)
    .optional(),
});

/** As the files have them, what is left out being undefined. */
export interface KeyMaterialInput {
  readonly algorithm?: KeyMaterial['algorithm'] | undefined;
  readonly k?: Buffer | undefined;
  readonly opc?: Buffer | undefined;
  readonly op?: Buffer | undefined;
  readonly topc?: Buffer | undefined;
  readonly top?: Buffer | undefined;
  readonly c?: readonly Buffer[] | undefined;
  readonly r?: readonly number[] | undefined;
}

export type OperatorProfile = z.output<typeof operatorProfile>;
export type UeProfile = z.output<typeof ueProfile>;
export type SubscriberInput = z.output<typeof subscriber>;
export type SubscriberFile = z.output<typeof subscriberFile>;
