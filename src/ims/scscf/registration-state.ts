/** A registration as reg-event documents tell it: one element for each non-barred identity. TS 24.229 §5.4.2.1.2; REG-91, REG-92. */
import type { ContactElement, ContactEvent, RegistrationElement } from '../reg-event/reg-info.js';
import { stateAfter } from '../reg-event/reg-info.js';
import { isWildcarded } from '../subscription/matching-identity.js';
import type { PublicIdentity } from '../subscription/subscriber.js';
import type { Binding } from './bindings.js';
import { hasGruus, publicGruu, type TemporaryGruus } from './gruu.js';
import { toldParameters } from './register-request.js';
import type { UserRegistration } from './user-registrations.js';

/** What the elements are made with. */
export interface StateView {
  readonly now: number;
  readonly gruus: TemporaryGruus;
}

/**
 * The elements of a set with these contacts; all that stand where none are named. A contact that has gone says so by its event.
 */
export function registrationElements(
  user: UserRegistration,
  view: StateView,
  contacts: readonly Binding[] = user.bindings,
): readonly RegistrationElement[] {
  const told = (user.profile?.publicIdentities ?? []).filter(({ barred }) => !barred);
  return told.map((identity, index) => ({
    aor: identity.uri,
    id: `${user.serviceRouteToken}-${index}`,
    state: user.isRegistered ? 'active' : 'terminated',
    contacts: contacts.map((binding) => contactElement(binding, identity, index, view)),
    ...(isWildcarded(identity) && { wildcardedIdentity: identity.uri }),
  }));
}

function contactElement(binding: Binding, identity: PublicIdentity, index: number, view: StateView): ContactElement {
  const { id, uri, expiresAt, callId, sequence, parameters, instanceId, gruus } = binding;
  const event = eventFor(binding, identity);
  const { q, unknownParams } = toldParameters(parameters);
  const state = stateAfter[event];
  return {
    id: `${id}-${index}`,
    uri,
    state,
    event,
    ...(state === 'active' && { expires: Math.max(0, Math.ceil((expiresAt - view.now) / 1000)) }),
    callId,
    cseq: sequence,
    ...(q !== undefined && { q }),
    unknownParams,
    // RFC 5628: each identity of the set has its own.
    ...(gruus !== undefined &&
      state === 'active' &&
      hasGruus(identity) && {
        pubGruu: publicGruu(identity.uri, instanceId!),
        tempGruu: { uri: view.gruus.make(identity.uri, gruus), firstCseq: gruus.firstSequence },
      }),
  };
}

/** `registered` is for the identity in the REGISTER, the others of the set come to be by it (REG-92). */
function eventFor({ event, registeredIdentity }: Binding, { uri }: PublicIdentity): ContactEvent {
  return event === 'registered' && uri !== registeredIdentity ? 'created' : event;
}
