/** What a UE's sections say in profiles and topologies, and what they come to with what was there before. */
import { z } from 'zod';
import type { UeConfig } from '../ims/ue/config.js';
import { noQuirks, type Quirks } from '../ims/ue/quirks.js';
import { duration, octets, seconds, sequenceNumber, strict } from './scalars.js';

export const ueRegistrationSection = strict({
  expires: seconds.optional(),
  /** Feature tags of Contact beside MMTel, as they stand there: `+g.3gpp.smsip`, `video` (REG-10). */
  features: z.array(z.string().regex(/^\+?[A-Za-z][\w.!%*-]*(="[^"\r\n]*")?$/, 'this is no feature tag')).optional(),
  /** Asks for GRUUs and uses them (RFC 5627). */
  gruu: z.boolean().optional(),
  /** More than 1: outbound, over as many P-CSCFs as `via` names (RFC 5626). */
  flows: z.int().min(1).max(4).optional(),
  /** Offers keep-alives in Via (RFC 6223); `off`: none. */
  'keep-alive': z.union([z.literal('off'), duration]).optional(),
  /** Subscribes to its registration (REG-17). */
  subscribe: z.boolean().optional(),
  /** An emergency registration (CALL-70). */
  emergency: z.boolean().optional(),
});

/** How the UE proves who it is; as the subscriber file says where absent. */
export const ueAuthenticationSection = strict({
  /** `none`: without Authorization, for GIBA and NASS-bundled authentication. */
  scheme: z.enum(['aka', 'sip-digest', 'none']).optional(),
  /** SIP Digest; the subscriber's where absent. */
  password: z.string().min(1).optional(),
});

/** Faults of handsets, to be played: what each does is said in src/ims/ue/quirks.ts. */
export const quirksSection = strict({
  /** Contact has no user part. */
  'contact-without-user': z.boolean().optional(),
  /** The digest response in upper-case hexadecimal digits. */
  'upper-case-response': z.boolean().optional(),
  /** The value of integrity-protected that the UE writes itself (REG-21). */
  'forged-integrity-protected': z.string().min(1).optional(),
  /** A new Call-ID for each attempt. */
  'new-call-id': z.boolean().optional(),
  /** Via without rport. */
  'no-rport': z.boolean().optional(),
  /** The first REGISTER over UDP, the answer to the challenge over TCP. */
  'answer-over-tcp': z.boolean().optional(),
  /** Security-Client is left out. */
  'no-security-client': z.boolean().optional(),
  /** A REGISTER on the heels of the de-registration. */
  'registers-while-deregistering': z.boolean().optional(),
  /** To and From of REGISTER are the tel URI of the subscriber. */
  'tel-identity': z.boolean().optional(),
});

/** The keys of a `sim` section beside those of key material. */
export const simFields = {
  sqn: sequenceNumber.optional(),
  /** The card's SQN beside the HSS's, instead of `sqn`: ahead of it, or below 0 behind it. */
  'sqn-offset': z.int().optional(),
  /** AKA-21: how far a challenge's SEQ may be ahead of the card's. */
  delta: z
    .int()
    .min(1)
    .max(2 ** 43)
    .optional(),
  /** AKA-20: how many bits of a SQN are its IND; 5 where absent. */
  'ind-bits': z.int().min(0).max(16).optional(),
  /** AKA-21: how far a challenge's SEQ may be behind the card's highest; no limit where absent. */
  'age-limit': z
    .int()
    .min(1)
    .max(2 ** 43)
    .optional(),
  /** AMF* that the card puts into AUTS; 0000 where absent (AKA-12). */
  'auts-amf': octets(2).optional(),
  /** The card computes its OPc of what the HSS keeps as OPc: somebody has written OP there. */
  'hss-has-op-as-opc': z.boolean().optional(),
};

export type UeRegistrationInput = z.output<typeof ueRegistrationSection>;
export type QuirksInput = z.output<typeof quirksSection>;
export type UeAuthenticationInput = z.output<typeof ueAuthenticationSection>;

export const defaultUeRegistration: UeConfig['registration'] = {
  expires: 600_000,
  features: ['+g.3gpp.smsip'],
  gruu: false,
  flows: 1,
  keepAliveMs: undefined,
  subscribe: false,
};

export function withUeRegistration(
  before: UeConfig['registration'],
  said: UeRegistrationInput = {},
): UeConfig['registration'] {
  const keepAlive = said['keep-alive'];
  return {
    expires: said.expires ?? before.expires,
    features: said.features ?? before.features,
    gruu: said.gruu ?? before.gruu,
    flows: said.flows ?? before.flows,
    keepAliveMs: keepAlive === undefined ? before.keepAliveMs : keepAlive === 'off' ? undefined : keepAlive,
    subscribe: said.subscribe ?? before.subscribe,
    ...((said.emergency ?? before.emergency) && { emergency: true }),
  };
}

/** What a UE does wrong; `telIdentity` tells which identity it registers with. */
export interface UeQuirks extends Quirks {
  readonly telIdentity?: boolean;
}

export const defaultUeQuirks: UeQuirks = noQuirks;

const names = {
  'contact-without-user': 'contactWithoutUser',
  'upper-case-response': 'upperCaseResponse',
  'forged-integrity-protected': 'forgedIntegrityProtected',
  'new-call-id': 'newCallId',
  'no-rport': 'noRport',
  'answer-over-tcp': 'answerOverTcp',
  'no-security-client': 'noSecurityClient',
  'registers-while-deregistering': 'registersWhileDeregistering',
  'tel-identity': 'telIdentity',
} as const satisfies Record<keyof QuirksInput, keyof UeQuirks>;

export function withUeQuirks(before: UeQuirks, said: QuirksInput = {}): UeQuirks {
  const changed = Object.entries(said).filter(([, value]) => value !== undefined);
  if (changed.length === 0) return before;
  return { ...before, ...Object.fromEntries(changed.map(([key, value]) => [names[key as keyof QuirksInput], value])) };
}
