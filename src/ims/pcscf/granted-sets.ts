/**
 * P-CSCF: the implicit registration sets that one contact has been granted. A user may register identities of several, one
 * REGISTER each, over the same contact and the same associations (TS 24.229 §5.1.1.2.1, §5.2.2.1; REG-25, REG-80).
 */
import { detached, type SipResponse } from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';

/** What a 200 has granted to one set. */
export interface GrantedSet {
  /** To of the REGISTER. */
  readonly registeredIdentity: string;
  /** P-Associated-URI, default first. */
  readonly identities: readonly string[];
  /** As Route values in order. */
  readonly serviceRoute: readonly string[];
  /** Until when it is kept, ms since the epoch. */
  readonly until: number;
}

export const noSets: readonly GrantedSet[] = [];

/** `firstIdentity`: To of the first REGISTER, of which there is one copy where it is the same. */
export function grantedBy(response: SipResponse, firstIdentity: string, until: number): GrantedSet {
  const { text } = response.to.uri;
  return {
    registeredIdentity: text === firstIdentity ? firstIdentity : detached(text),
    identities: identitiesIn(response).map(detached),
    serviceRoute: response.values('Service-Route').map(detached),
    until,
  };
}

/** With one that is granted now, which comes first; those that are over are left out. */
export function withGranted(sets: readonly GrantedSet[], granted: GrantedSet, now: number): readonly GrantedSet[] {
  if (sets.length === 0) return [granted];
  const others = sets.filter((each) => each.until > now && !isSameSet(each, granted));
  return [granted, ...others];
}

/** Those that are left when a 200 does not list the contact (any more). */
export function withoutRemoved(sets: readonly GrantedSet[], response: SipResponse, now: number): readonly GrantedSet[] {
  // Where there is one set alone, a removal without P-Associated-URI is of that one, whichever identity it names.
  if (sets.length < 2 && identitiesIn(response).length === 0) return noSets;
  return othersThan(sets, response, now);
}

/** Those that a 200 is not about. */
export function othersThan(sets: readonly GrantedSet[], response: SipResponse, now: number): readonly GrantedSet[] {
  if (sets.length === 0) return noSets;
  const meant = { registeredIdentity: response.to.uri.text, identities: identitiesIn(response) };
  return sets.filter((each) => each.until > now && !isSameSet(each, meant));
}

/** Those that are left when these identities have ended. */
export function withoutIdentities(sets: readonly GrantedSet[], ended: readonly string[]): readonly GrantedSet[] {
  return sets.filter(
    (each) => !ended.some((identity) => isSameSet(each, { registeredIdentity: identity, identities: [] })),
  );
}

/** How long the last of them stands, ms; 0 where there is none. */
export function remainingMs(sets: readonly GrantedSet[], now: number): number {
  let until = now;
  for (const each of sets) until = Math.max(until, each.until);
  return until - now;
}

/** The set that has an identity; the one granted last where none has. */
export function setWith(sets: readonly GrantedSet[], identity: string): GrantedSet | undefined {
  return sets.find(({ identities }) => identities.includes(identity)) ?? sets[0];
}

function identitiesIn(response: SipResponse): readonly string[] {
  return response.addresses('P-Associated-URI').map(({ uri }) => uri.text);
}

export type Named = Pick<GrantedSet, 'registeredIdentity' | 'identities'>;

/** They have an identity in common, be it barred and therefore in To alone. */
export function isSameSet(one: Named, other: Named): boolean {
  const names = new Set(namesOf(one));
  return namesOf(other).some((name) => names.has(name));
}

function namesOf({ registeredIdentity, identities }: Named): readonly string[] {
  return [registeredIdentity, ...identities].map((each) => canonicalIdentity(each) ?? each);
}
