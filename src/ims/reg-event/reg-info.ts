/** What a document of the registration event package says. RFC 3680 5; GRUUs RFC 5628 5; wildcards TS 24.229 7.10.2. */

export type RegistrationState = 'init' | 'active' | 'terminated';
export type ContactState = 'active' | 'terminated';

/** RFC 3680 5.3, REG-92: what made a contact what it is. */
export type ContactEvent =
  | 'registered'
  | 'created'
  | 'refreshed'
  | 'shortened'
  | 'expired'
  | 'deactivated'
  | 'probation'
  | 'unregistered'
  | 'rejected';

/** The state that each event leaves a contact in. REG-92. */
export const stateAfter: Readonly<Record<ContactEvent, ContactState>> = {
  registered: 'active',
  created: 'active',
  refreshed: 'active',
  shortened: 'active',
  expired: 'terminated',
  deactivated: 'terminated',
  probation: 'terminated',
  unregistered: 'terminated',
  rejected: 'terminated',
};

/** One binding. Times in seconds as of the document's making. URIs and names are Unicode text. */
export interface ContactElement {
  /** The same for the life of the binding. */
  readonly id: string;
  readonly uri: string;
  readonly state: ContactState;
  readonly event: ContactEvent;
  /** How long the binding has stood. */
  readonly durationRegistered?: number;
  /** Always there with `shortened` (REG-92). */
  readonly expires?: number;
  /** With `probation`. */
  readonly retryAfter?: number;
  /** Of the REGISTER that made the binding what it is. */
  readonly callId?: string;
  readonly cseq?: number;
  /** 0 … 1, as in Contact: `0.8`. */
  readonly q?: string;
  readonly displayName?: string;
  /** Contact parameters beyond those of RFC 3261; the value is empty where a parameter has none. */
  readonly unknownParams: readonly (readonly [name: string, value: string])[];
  readonly pubGruu?: string;
  readonly tempGruu?: { readonly uri: string; readonly firstCseq: number };
}

/** One public identity and its bindings. */
export interface RegistrationElement {
  readonly aor: string;
  /** The same for as long as the identity is watched. */
  readonly id: string;
  readonly state: RegistrationState;
  readonly contacts: readonly ContactElement[];
  /** The wildcarded identity that stands for many, with its expression (REG-83). */
  readonly wildcardedIdentity?: string;
}

export interface RegInfo {
  /** From 0, one more each document of a subscription. */
  readonly version: number;
  /** `partial`: only what has changed. */
  readonly state: 'full' | 'partial';
  readonly registrations: readonly RegistrationElement[];
}

/**
 * Whether nothing is registered any more, and no binding is named that would say why: Kamailio's S-CSCF tells of the end
 * of a registration so (RFC 3680 5.1: what a full document leaves out is gone).
 */
export function isEmptied({ state, registrations }: RegInfo): boolean {
  const isOver = (each: RegistrationElement): boolean => each.state === 'terminated' && each.contacts.length === 0;
  return state === 'full' && registrations.length > 0 && registrations.every(isOver);
}

/** RFC 3680 5.4. */
export const regInfoNamespace = 'urn:ietf:params:xml:ns:reginfo';

/** The Content-Type. */
export const regInfoType = 'application/reginfo+xml';
