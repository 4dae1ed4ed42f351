/** What each UE was granted last: short, so that it outlives the messages that said it. */
import { canonicalIdentity, contactExpires } from '../ims/identity/index.js';
import { detached, type NameAddress, parseUri, type SipResponse, uriEquals } from '../sip/index.js';
import type { Grant, RequestOnWire, SipOnWire } from './rule.js';
import { isBinding } from './rules/reading.js';

const uesMax = 50_000;
/** A UE that has not heard the last one goes by one before. */
const grantsPerIdentityMax = 4;
/** Identities that register behind one address; what a crowd of more was granted is not remembered. */
const identitiesPerUeMax = 32;
/** A P-CSCF and a UE keep a registration for 30 s more than it was granted for (TS 24.229 5.1.1.5.1, 5.2.2; REG-25). */
const graceMs = 30_000;
/** Timers of a busy machine are late. */
const lateMs = 1_000;

/** Of one UE by canonical public identity, oldest first; `crowd`: too many to be told apart, or not looked at. */
type Granted = Map<string, readonly Grant[]> | 'crowd';

export class Grants {
  readonly #byUe = new Map<string, Granted>();
  #isComplete = true;

  /** Those that live at this time, oldest first. Undefined: there may have been some that are forgotten. */
  of(ue: string, now: number): readonly Grant[] | undefined {
    const granted = this.#byUe.get(ue);
    if (granted === 'crowd') return undefined;
    if (granted === undefined) return this.#isComplete ? none : undefined;
    const living = [...granted.values()].flat().filter(({ until }) => until + graceMs + lateMs >= now);
    return granted.size > 1 ? living.sort((a, b) => a.record.id - b.record.id) : living;
  }

  /** What it is granted from now on nobody learns. */
  leaveOut(ue: string): void {
    this.#byUe.set(ue, 'crowd');
  }

  /** A 2xx to REGISTER that leaves a P-CSCF. */
  learn({ message, record, request, from }: SipOnWire): void {
    if (message.kind === 'request' || message.method !== 'REGISTER') return;
    if (message.status < 200 || message.status >= 300 || from !== 'p-cscf') return;
    const granted = this.#byUe.get(record.toNode) ?? new Map<string, readonly Grant[]>();
    if (granted === 'crowd') return;
    const contacts = ownContacts(message, request, granted.get(keyOf(message.to.uri.text))?.at(-1));
    const expires = longest(contacts, message.expires);
    const own: Grant = {
      record: { ...record, bytes: noOctets },
      identity: detached(message.to.uri.text),
      contacts: contacts.map(({ uri }) => parseUri(detached(uri.text))!),
      associated: message.addresses('P-Associated-URI').map(({ uri }) => detached(uri.text)),
      serviceRoute: message.values('Service-Route').map(detached),
      expires,
      until: record.time + expires * 1_000,
    };
    if (own.expires === 0) forgetSetOf(own.identity, granted);
    else add(own, granted);
    this.#byUe.set(record.toNode, granted.size > identitiesPerUeMax ? 'crowd' : granted);
    if (this.#byUe.size <= uesMax) return;
    this.#byUe.delete(this.#byUe.keys().next().value!);
    this.#isComplete = false;
  }
}

const none: readonly Grant[] = [];

function add(own: Grant, granted: Map<string, readonly Grant[]>): void {
  const key = keyOf(own.identity);
  const earlier = granted.get(key) ?? none;
  granted.set(key, [...earlier.slice(1 - grantsPerIdentityMax), own]);
}

/** The last contact has gone, from all identities of the implicit set (TS 24.229 5.4.1.4; REG-72, REG-80). */
function forgetSetOf(identity: string, granted: Map<string, readonly Grant[]>): void {
  const key = keyOf(identity);
  for (const [registered, grants] of granted) {
    const isOfSet = registered === key || grants.at(-1)!.associated.some((uri) => keyOf(uri) === key);
    if (isOfSet) granted.delete(registered);
  }
}

function keyOf(identity: string): string {
  return canonicalIdentity(identity) ?? identity;
}

/** Nobody asks for them, and they are most of what a grant would take. */
const noOctets = Buffer.alloc(0);

/** Those in a 200 that this UE has asked for: it lists all of the identity, those of other UEs too (RFC 3261 10.3 step 8). */
function ownContacts(
  { contacts }: SipResponse,
  request: RequestOnWire | undefined,
  last: Grant | undefined,
): readonly NameAddress[] {
  const asked = request?.message.contacts;
  if (contacts === '*' || asked === '*') return [];
  const known = [...(asked ?? []).map(({ uri }) => uri), ...(last?.contacts ?? [])];
  const own = contacts.filter(({ uri }) => known.some((each) => uriEquals(each, uri)));
  // Whoever has been granted something that it cannot be told from the rest has been granted something.
  const isUnknown = own.length === 0 && (request === undefined || isBinding(request.message));
  return isUnknown ? contacts : own;
}

/** Every binding has its own time. */
function longest(contacts: readonly NameAddress[], expires = 0): number {
  return Math.max(0, ...contacts.map((contact) => contactExpires(contact, expires) ?? 0));
}
