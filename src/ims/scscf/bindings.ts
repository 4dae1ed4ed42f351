/** The contacts of one implicit registration set, and what binds, replaces and removes them. TS 24.229 §5.4.1.2.2; RFC 3261 10.3, RFC 5626 6. */
import { type NameAddress, parseUri, uriEquals } from '../../sip/index.js';
import { contactFlow } from '../identity/index.js';
import type { ContactEvent } from '../reg-event/reg-info.js';
import type { GivenGruus } from './given-gruus.js';

/** A contact address and the way to it. */
export interface Binding {
  /** Stays while the contact does; ids of reg-event documents begin with it. */
  readonly id: string;
  /** Contact URI. */
  readonly uri: string;
  /** Header parameters of Contact as received, without `expires`; with the leading `;` where there are any. */
  readonly parameters: string;
  /** Path values in received order: the route set towards the UE (REG-43). */
  readonly path: readonly string[];
  /** Until when, ms since the epoch. */
  readonly expiresAt: number;
  /** RFC 3261 10.3 step 7 (REG-49). */
  readonly callId: string;
  readonly sequence: number;
  /** +sip.instance, without quotes. */
  readonly instanceId: string | undefined;
  /** reg-id of the flow; absent without outbound (RFC 5626 6). */
  readonly flow: number | undefined;
  /** The temporary GRUUs of its UE. Undefined: that does not ask for GRUUs. */
  readonly gruus: GivenGruus | undefined;
  /** What happened to it last (RFC 3680 5.3). */
  readonly event: ContactEvent;
  /** The identity in To of the REGISTER that bound it first. Canonical. */
  readonly registeredIdentity: string;
}

/** What tells a contact from others: its URI, or instance and flow where it has one (RFC 5626 6). */
type Identifying = Pick<Binding, 'uri' | 'flow' | 'instanceId'>;

/** The new list with `added` in it, what that replaces, and what goes with the same REGISTER. */
export interface Bound<Contact> {
  readonly bindings: readonly Contact[];
  readonly replaced: readonly Contact[];
  readonly left: readonly Contact[];
}

/**
 * Binds a contact; `leaving`, which the same REGISTER names with expires=0, go (RFC 3261 10.3 step 7). A flow replaces the same flow
 * of the same UE, and what that UE has bound without a flow (RFC 5626 6): it has begun to use outbound. A contact without a flow
 * replaces all others (step 4A of TS 24.229 §5.4.1.2.2, REG-46). Neither touches those of the other kind: for emergencies and for all
 * else.
 */
export function bind<Contact extends Identifying>(
  bindings: readonly Contact[],
  added: Contact,
  leaving: readonly NameAddress[],
): Bound<Contact> {
  const others = bindings.filter((each) => !isSameContact(each, added));
  if (others.length === 0) return { bindings: [added], replaced: [], left: [] };
  const left = leaving.length === 0 ? [] : named(others, leaving);
  const standing = others.filter((each) => !left.includes(each));
  return {
    bindings: [...standing.filter((each) => !isReplacedBy(each, added)), added],
    replaced: standing.filter((each) => isReplacedBy(each, added)),
    left,
  };
}

/** Of two different contacts of one user. */
export function isReplacedBy(bound: Identifying, added: Identifying): boolean {
  return (
    isForEmergencies(bound) === isForEmergencies(added) &&
    (added.flow === undefined || (bound.flow === undefined && bound.instanceId === added.instanceId))
  );
}

/** CALL-70, TS 24.229 §5.1.6.2: `sos` in the URI. Such a contact stands beside the others. */
export function isForEmergencies({ uri }: Pick<Binding, 'uri'>): boolean {
  return uri.includes(';sos') && parseUri(uri)?.parameters.has('sos') === true;
}

/**
 * The binding that a contact is about: the same flow of the same UE, or the same URI, of which `sos` is a part that counts
 * although RFC 3261 19.1.4 passes over it: the contact for emergencies may have the address of the usual one (CALL-70).
 */
export function isSameContact(bound: Identifying, other: Identifying): boolean {
  if (bound.flow !== undefined || other.flow !== undefined) {
    const isSameFlow = bound.flow === other.flow && bound.instanceId === other.instanceId;
    return isSameFlow && isForEmergencies(bound) === isForEmergencies(other);
  }
  return isSameUri(bound.uri, other.uri);
}

export function identifying(contact: NameAddress): Identifying {
  return { uri: contact.uri.text, ...contactFlow(contact) };
}

/** Those that a de-registering REGISTER names; `*`: all of them but for emergencies, which no UE ends (TS 24.229 §5.4.8.3). */
export function named<Contact extends Identifying>(
  bindings: readonly Contact[],
  contacts: readonly NameAddress[] | '*',
): readonly Contact[] {
  if (contacts === '*')
    return bindings.some(isForEmergencies) ? bindings.filter((each) => !isForEmergencies(each)) : bindings;
  const meant = contacts.map(identifying);
  return bindings.filter((bound) => meant.some((each) => isMeant(bound, each)));
}

/** RFC 5626 6: flows of one UE may have one address. What was bound without a flow has none, whatever reg-id is written now. */
function isMeant(bound: Identifying, named: Identifying): boolean {
  const isByFlow = named.flow !== undefined && (bound.flow !== undefined || bound.instanceId !== named.instanceId);
  return isByFlow ? isSameContact(bound, named) : isSameUri(bound.uri, named.uri);
}

export function isSameUri(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [parseUri(one), parseUri(other)];
  return a !== undefined && b !== undefined && a.parameters.has('sos') === b.parameters.has('sos') && uriEquals(a, b);
}

/** Time until the first of them expires, ms, not below 0; 0 where there is none. */
export function nextExpiryMs(bindings: readonly Pick<Binding, 'expiresAt'>[], now: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { expiresAt } of bindings) next = Math.min(next, expiresAt);
  return next === Number.POSITIVE_INFINITY ? 0 : Math.max(0, next - now);
}
