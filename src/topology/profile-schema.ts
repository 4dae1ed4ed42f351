/** What profiles say: operator (core nodes), ue (handsets); subscribers are in subscriber-schema.ts. A node may repeat a section to differ from its profile. */
import { z } from 'zod';
import type { KeyMaterial, TuakParameters } from '../aka/index.js';
import { datagramSizeMax, duration, octets, seconds, strict } from './scalars.js';
import { pcscfSecurity, ueSecurity } from './security-schema.js';
import { quirksSection, simFields, ueAuthenticationSection, ueRegistrationSection } from './ue-schema.js';

/** S-CSCF, REG-47: seconds as in Expires. */
export const registrationSection = strict({
  'expires-min': seconds.optional(),
  'expires-max': seconds.optional(),
  'expires-default': seconds.optional(),
  /** reg-await-auth, TS 24.229 7.8. */
  'await-authentication': duration.optional(),
  /** Flows of a user at once (RFC 5626; REG-48). */
  'contacts-max': z.int().min(1).max(100).optional(),
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
  /** False: nodes that the topology does not name get 3010 UNKNOWN_PEER (CX-60). */
  'accept-unknown-peers': z.boolean().optional(),
});

export const transportSection = strict({ 'datagram-size-max': datagramSizeMax.optional() });

/** Of CSCFs and application servers. */
export const serverTransportSection = strict({
  ...transportSection.shape,
  /** SIP-62: so many requests without a final answer at once; new ones get 503. */
  'requests-max': z.int().min(1).max(100_000).optional(),
});

/** P-CSCF, towards its UEs. */
export const accessSection = strict({
  /** Watch each registration at the S-CSCF (REG-27). */
  subscribe: z.boolean().optional(),
  /** Recommended to UEs that offer `keep` (RFC 6223). */
  'keep-alive': duration.optional(),
  /** Addresses of nodes that have authenticated the user themselves: an MSC server (REG-21). */
  trusted: z.array(z.union([z.ipv4(), z.ipv6()])).optional(),
});

const operatorSections = {
  registration: registrationSection.optional(),
  authentication: authenticationSection.optional(),
  diameter: diameterSection.optional(),
  transport: serverTransportSection.optional(),
  security: pcscfSecurity.optional(),
  access: accessSection.optional(),
};

/** profiles/operator/*.yaml */
export const operatorProfile = strict(operatorSections);

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

/** AKA-01, AKA-03, AKA-37; TS 35.231. */
export const keyMaterialFields = {
  algorithm: z.enum(['milenage', 'tuak', 'xor']).optional(),
  k: octets(16, 32).optional(),
  opc: octets(16).optional(),
  op: octets(16).optional(),
  topc: octets(32).optional(),
  top: octets(32).optional(),
  /** Of TUAK (TS 35.231 5.1): the lengths of RES, CK and IK, and how often Keccak is applied; 64, 128, 128 and 1 where absent. */
  'res-bits': z.union([z.literal(32), z.literal(64), z.literal(128), z.literal(256)]).optional(),
  'ck-bits': z.union([z.literal(128), z.literal(256)]).optional(),
  'ik-bits': z.union([z.literal(128), z.literal(256)]).optional(),
  iterations: z.int().min(1).max(1000).optional(),
  /** c1 to c5 and r1 to r5 of an operator that chose its own (TS 35.206 5.3). */
  c: z.array(octets(16)).length(5).optional(),
  r: z.array(z.int().min(0).max(127)).length(5).optional(),
};

/** A card, where it differs from what the HSS knows: to play a wrong SIM. */
export const simSection = strict({ ...keyMaterialFields, ...simFields });

/** profiles/ue/*.yaml */
export const ueProfile = strict({
  registration: ueRegistrationSection.optional(),
  authentication: ueAuthenticationSection.optional(),
  quirks: quirksSection.optional(),
  /** The card, where it differs from what the HSS knows. */
  sim: simSection.optional(),
  call: callSection.optional(),
  transport: transportSection.optional(),
  security: ueSecurity.optional(),
  'access-network-info': z.string().min(1).optional(),
});

/** As the files have them, what is left out being undefined. */
export interface KeyMaterialInput {
  readonly algorithm?: KeyMaterial['algorithm'] | undefined;
  readonly k?: Buffer | undefined;
  readonly opc?: Buffer | undefined;
  readonly op?: Buffer | undefined;
  readonly topc?: Buffer | undefined;
  readonly top?: Buffer | undefined;
  readonly 'res-bits'?: TuakParameters['resBits'];
  readonly 'ck-bits'?: TuakParameters['ckBits'];
  readonly 'ik-bits'?: TuakParameters['ikBits'];
  readonly iterations?: number | undefined;
  readonly c?: readonly Buffer[] | undefined;
  readonly r?: readonly number[] | undefined;
}

export type OperatorProfile = z.output<typeof operatorProfile>;
export type UeProfile = z.output<typeof ueProfile>;
