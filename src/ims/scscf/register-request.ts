/** What a REGISTER asks for: contacts and times (RFC 3261 10.2, 10.3; RFC 5626 6, RFC 5627 5.1; REG-46 to REG-48). */
import type { RoutedRequest } from '../../node/index.js';
import { type Credentials, detached, type NameAddress, parseAddress, quote, type SipRequest } from '../../sip/index.js';
import { contactExpires } from '../identity/index.js';
import { identifying, isSameContact } from './bindings.js';
import type { ScscfConfig } from './config.js';

/** A contact that is to be bound. */
export interface WantedContact {
  readonly uri: string;
  /** Of Contact as received, without `expires`; with the leading `;` where there are any. */
  readonly parameters: string;
  readonly seconds: number;
  readonly instanceId: string | undefined;
  /** reg-id, where the UE is to have several flows (RFC 5626). */
  readonly flow: number | undefined;
  readonly wantsGruu: boolean;
}

export type RegisterIntent =
  /** One contact, and in the same REGISTER others that are to go (RFC 3261 10.3 step 7). */
  | { readonly kind: 'bind'; readonly contact: WantedContact; readonly leaving: readonly NameAddress[] }
  /** Remove contacts; `*` is all of them. */
  | { readonly kind: 'remove'; readonly contacts: readonly NameAddress[] | '*' }
  /** No Contact: what is bound? (RFC 3261 10.2.3) */
  | { readonly kind: 'fetch' }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string; readonly why?: string | undefined };

/** A REGISTER with what it says, read once: the limits are those of when it came. Opaque to machines, as a routed request is. */
export interface IncomingRegister extends RoutedRequest {
  readonly intent: RegisterIntent;
  /** Undefined: no Authorization, or none that can be read. */
  readonly credentials: Credentials | undefined;
}

type Limits = ScscfConfig['registration'];

/** REG-48: one new contact a request; a UE with several flows registers them one by one (RFC 5626 4.2). */
const newContactsMax = 1;

/** Each is compared with each: of more no UE has so many, and they are too many anyway. */
const contactsComparedMax = 20;

export function readRegister(message: SipRequest, limits: Limits, homeDomain: string): RegisterIntent {
  const { expires } = message;
  const isOutbound = usesOutbound(message);
  const contacts = message.contacts === '*' ? message.contacts : withoutRepeated(message.contacts, isOutbound);
  // SIP-58, RFC 3261 10.3 step 6: the wildcard stands alone, wherever among the others it is written.
  const written = message.values('Contact');
  if (written.length > 1 && written.includes('*')) return refused(400, 'Contact: * beside other contacts');
  if (contacts === '*') {
    return expires === 0 ? { kind: 'remove', contacts } : refused(400, 'Contact: * needs Expires: 0');
  }
  const bound = contacts.filter((contact) => requestedSeconds(contact, expires, limits) !== 0);
  if (contacts.some(hasMalformedQ)) return refused(400, 'Contact: q is malformed', qIsWrong);
  // CALL-70, TS 24.229 §5.4.8.3: no UE ends its registration for emergencies.
  const leaving = bound.length === contacts.length ? [] : contacts.filter((each) => !bound.includes(each));
  if (leaving.some(({ uri }) => uri.parameters.has('sos'))) return refused(501, 'Not Implemented', unendable);
  const [contact] = bound;
  if (contact === undefined) return contacts.length === 0 ? { kind: 'fetch' } : { kind: 'remove', contacts };
  if (bound.length > newContactsMax) return tooManyAtOnce(message, bound);
  // A request to the user is sent to this URI: it must lead somewhere.
  if (contact.uri.scheme !== 'sip' && contact.uri.scheme !== 'sips') return refused(400, 'Contact is no SIP URI');
  // RFC 5627 5.1: it would come back here for ever.
  if (contact.uri.host === homeDomain) return refused(403, 'Contact names an identity and no address');
  const asked = requestedSeconds(contact, expires, limits);
  // REG-47
  if (asked < limits.expiresMin) return refused(423, 'Interval Too Brief', `${limits.expiresMin} s is the least`);
  const { instanceId, flow } = identified(contact, isOutbound);
  // REG-46, RFC 5626 6: without outbound at the first hop a flow cannot be kept.
  if (flow !== undefined && !hasOutbound(message)) return refused(439, 'First Hop Lacks Outbound Support', withoutOb);
  return {
    kind: 'bind',
    contact: {
      uri: contact.uri.text,
      parameters: parametersOf(contact, flow === undefined ? passedOver : ownParameters),
      seconds: Math.min(asked, limits.expiresMax),
      instanceId,
      flow,
      wantsGruu: instanceId !== undefined && message.hasOption('Supported', 'gruu'),
    },
    leaving,
  };
}

/** RFC 3261 10.3 step 7: one after the other; of what is written twice for one contact the last counts. */
function withoutRepeated(contacts: readonly NameAddress[], isOutbound: boolean): readonly NameAddress[] {
  if (contacts.length < 2 || contacts.length > contactsComparedMax) return contacts;
  const ids = contacts.map((contact) => identified(contact, isOutbound));
  return contacts.filter((_, index) => !ids.slice(index + 1).some((later) => isSameContact(ids[index]!, later)));
}

function refused(status: number, reason: string, why?: string): RegisterIntent {
  return { kind: 'refused', status, reason, why };
}

const qIsWrong =
  'q of a Contact is a number from 0 to 1 with three decimals at the most: the registrar would have to list it again';

const unendable = 'a registration for emergencies (sos in Contact) is not ended by its UE, it runs out';

const withoutOb =
  'Contact has reg-id, but the first hop has not written ob into its Path, so that nobody keeps the flow: is there a proxy or ' +
  'another P-CSCF between?';

function tooManyAtOnce(message: SipRequest, bound: readonly NameAddress[]): RegisterIntent {
  const hasFlow = usesOutbound(message) && bound.some((contact) => identifying(contact).flow !== undefined);
  if (hasFlow && !hasOutbound(message)) return refused(439, 'First Hop Lacks Outbound Support', withoutOb);
  const why = `it binds ${bound.length} contacts at once, but one new contact a REGISTER is taken: does the UE register several flows one by one?`;
  // RFC 5626 6: with a reg-id beside it, it is no REGISTER at all.
  return hasFlow ? refused(400, 'More than one flow in a REGISTER', why) : refused(403, 'Too Many Contacts', why);
}

/** Of a flow beyond contacts-max of the operator's profile. */
export function tooManyFlows(contactsMax: number): string {
  return (
    `the UE has as many flows already as contacts-max allows (${contactsMax}), or its user ten times as many: does the UE remove flows that it has left, or register ` +
    'them again under other reg-ids, and is contacts-max high enough?'
  );
}

function usesOutbound(message: SipRequest): boolean {
  return message.hasOption('Supported', 'outbound');
}

/** RFC 5626 11.6: of a UE that does not support outbound reg-id says nothing, and 439 is not for it. */
function identified(contact: NameAddress, isOutbound: boolean): ReturnType<typeof identifying> {
  const read = identifying(contact);
  return isOutbound || read.flow === undefined ? read : { ...read, flow: undefined };
}

/** The P-CSCF's own Path value, the lowest one, says whether it keeps flows (RFC 5626 5.1). */
function hasOutbound(message: SipRequest): boolean {
  return message.path.at(-1)?.uri.parameters.has('ob') === true;
}

/** REG-47: the default where the UE says nothing. */
function requestedSeconds(contact: NameAddress, expires: number | undefined, limits: Limits): number {
  return contactExpires(contact, expires) ?? limits.expiresDefault;
}

/** A contact as a REGISTER names it. */
export function asWritten(contact: NameAddress): { uri: string; flow: number | undefined; parameters: string } {
  const { uri, flow } = identifying(contact);
  return { uri: detached(uri), flow, parameters: detached(parametersOf(contact)) };
}

/** What a registrar says of a contact itself; GRUUs in a REGISTER count for nothing (RFC 5627 5.1). */
const ownParameters: ReadonlySet<string> = new Set(['expires', 'pub-gruu', 'temp-gruu']);

/** The same where there is no flow: whoever reads the contact later takes it for none. */
const passedOver: ReadonlySet<string> = new Set([...ownParameters, 'reg-id']);

/** A contact's parameters as they are stored and listed again. */
function parametersOf(contact: NameAddress, without = ownParameters): string {
  let parameters = '';
  for (const [name, value] of contact.parameters) {
    if (without.has(name)) continue;
    parameters += value === true ? `;${name}` : `;${name}=${valueText(name, value)}`;
  }
  return parameters;
}

function valueText(name: string, value: string): string {
  return needsQuotes(name, value) ? quote(value) : value;
}

/** The values of feature parameters such as +g.3gpp.icsi-ref travel quoted, also where they are tokens (RFC 3840 9). */
function needsQuotes(name: string, value: string): boolean {
  return name.startsWith('+') || !/^[A-Za-z0-9\-.!%*_+`'~]+$/.test(value);
}

/** A contact's URI without what no Request-URI may have: headers, and the parameter `method` (RFC 3261 16.6 step 2, 19.1.1). */
export function asRequestUri(uri: string): string {
  const headersAt = uri.indexOf('?');
  const target = headersAt === -1 ? uri : uri.slice(0, headersAt);
  return target.includes(';') ? target.replace(/;method=[^;]*/i, '') : target;
}

/** What a reg-event document tells of the parameters of a Contact. */
export interface ToldParameters {
  /** 0 … 1, as in Contact. */
  readonly q: string | undefined;
  /** Name and value as in Contact, with its quotes (RFC 3680 5.1, RFC 5628); the value is empty where there is none. */
  readonly unknownParams: readonly (readonly [string, string])[];
}

/** @param parameters as they are stored */
export function toldParameters(parameters: string): ToldParameters {
  const read = parseAddress(`<sip:x>${parameters}`)?.parameters ?? new Map<string, string | true>();
  const unknownParams = [...read]
    .filter(([name]) => name !== 'q')
    .map(([name, value]) => [name, value === true ? '' : valueText(name, value)] as const);
  // What comes back from an HSS may be none, and would make the document invalid.
  return { q: hasMalformedQ({ parameters: read }) ? undefined : textOf(read.get('q')), unknownParams };
}

/** Decided: 400 (RFC 3261 21.4.1, 10.3); RFC 3261 20.10 does not say what becomes of it. */
function hasMalformedQ({ parameters }: Pick<NameAddress, 'parameters'>): boolean {
  const q = parameters.get('q');
  return q !== undefined && (q === true || !isQ.test(q));
}

function textOf(value: string | true | undefined): string | undefined {
  return value === true ? undefined : value;
}

/** `qvalue` of RFC 3261 25.1. */
const isQ = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;
