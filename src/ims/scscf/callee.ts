/** S-CSCF: whom a request is for. RFC 5627 6.1; TS 24.229 §5.4.3.3, §5.4.7A.4. */
import type { SipRequest } from '../../sip/index.js';
import { type Binding, isForEmergencies } from './bindings.js';
import { gruuIn, isNamedBy, type TemporaryGruus } from './gruu.js';
import type { UserRegistration, UserRegistrations } from './user-registrations.js';

export interface Callee {
  readonly user: UserRegistration | undefined;
  /** All of its contacts, or with a GRUU those of one UE. */
  readonly bindings: readonly Binding[];
  /** Which of its identities a temporary GRUU stands for; undefined: the Request-URI itself names it. */
  readonly identity: string | undefined;
}

export function calleeOf(users: UserRegistrations, gruus: TemporaryGruus, request: SipRequest): Callee {
  const gruu = gruuIn(request.uri);
  if (gruu !== undefined && 'temporary' in gruu) return temporarilyNamed(users, gruus, gruu.temporary);
  // REG-83: the I-CSCF says which wildcard the dialled identity is of (RFC 5002).
  const wildcard = request.address('P-Profile-Key')?.uri.text;
  const named = users.allByPublic(request.requestUri);
  const found = named.length > 0 || wildcard === undefined ? named : users.allByPublic(wildcard);
  const user = found.find(({ isRegistered }) => isRegistered) ?? found[0];
  const bindings = found.length > 1 ? found.flatMap((each) => each.bindings) : (user?.bindings ?? []);
  const meant = gruu === undefined ? bindings : bindings.filter((binding) => isNamedBy(binding, gruu, gruus));
  return { user, bindings: withoutEmergencies(meant), identity: undefined };
}

/** TS 24.229 §5.4.7A.1: it names an identity and the UE, which may have several flows. */
function temporarilyNamed(users: UserRegistrations, gruus: TemporaryGruus, text: string): Callee {
  const name = gruus.read(text);
  const user = name && users.byGruuToken(name.token);
  const identity = user?.profile && name?.identityOf(user.profile);
  if (identity === undefined) return nobody;
  const ofUe = user?.bindings.filter((each) => each.gruus?.token === name?.token) ?? [];
  return { user, bindings: withoutEmergencies(ofUe), identity };
}

const nobody: Callee = { user: undefined, bindings: [], identity: undefined };

/** CALL-70: what was registered for emergencies rings only where nothing else is left to ring. */
function withoutEmergencies(bindings: readonly Binding[]): readonly Binding[] {
  if (bindings.length < 2) return bindings;
  const usual = bindings.filter((each) => !isForEmergencies(each));
  return usual.length > 0 ? usual : bindings;
}
