/** What a REGISTER asks for: contacts and times (RFC 3261 10.2, 10.3; REG-47, REG-48). */
import { type NameAddress, quote, type SipRequest } from '../../sip/index.js';
import type { ScscfConfig } from './config.js';

export type RegisterIntent =
  /** Bind this contact, in place of one that was bound before. */
  | { readonly kind: 'bind'; readonly contact: NameAddress; readonly seconds: number }
  /** Remove contacts; `*` is all of them. */
  | { readonly kind: 'remove'; readonly contacts: readonly NameAddress[] | '*' }
  /** No Contact: what is bound? (RFC 3261 10.2.3) */
  | { readonly kind: 'fetch' }
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string };

/** REG-48: one contact a user, since there are no GRUUs and no outbound yet. */
const contactsMax = 1;

export function readRegister(message: SipRequest, limits: ScscfConfig['registration']): RegisterIntent {
  const { contacts, expires } = message;
  if (contacts === '*') {
    // SIP-58: the wildcard removes, and nothing else.
    return expires === 0 ? { kind: 'remove', contacts } : refused(400, 'Contact: * needs Expires: 0');
  }
  const bound = contacts.filter((contact) => requestedSeconds(contact, expires, limits) !== 0);
  const [contact] = bound;
  if (contact === undefined) return contacts.length === 0 ? { kind: 'fetch' } : { kind: 'remove', contacts };
  if (bound.length > contactsMax) return refused(403, 'Too Many Contacts');
  // A request to the user is sent to this URI: it must lead somewhere.
  if (contact.uri.scheme !== 'sip' && contact.uri.scheme !== 'sips') return refused(400, 'Contact is no SIP URI');
  const asked = requestedSeconds(contact, expires, limits);
  if (asked < limits.expiresMin) return refused(423, 'Interval Too Brief'); // REG-47
  return { kind: 'bind', contact, seconds: Math.min(asked, limits.expiresMax) };
}

function refused(status: number, reason: string): RegisterIntent {
  return { kind: 'refused', status, reason };
}

/** The contact's own parameter, else Expires, else the default. A value that is no number counts as absent (RFC 3261 10.2.1.1). */
function requestedSeconds(contact: NameAddress, expires: number | undefined, limits: ScscfConfig['registration']) {
  const parameter = contact.parameters.get('expires');
  return typeof parameter === 'string' && isSeconds(parameter) ? Number(parameter) : (expires ?? limits.expiresDefault);
}

function isSeconds(text: string): boolean {
  return /^\d{1,10}$/.test(text);
}

/** A contact as it is stored and listed again: its URI, and its parameters but `expires`. */
export function contactLine(contact: NameAddress): { readonly uri: string; readonly parameters: string } {
  let parameters = '';
  for (const [name, value] of contact.parameters) {
    if (name === 'expires') continue;
    parameters += value === true ? `;${name}` : `;${name}=${needsQuotes(name, value) ? quote(value) : value}`;
  }
  return { uri: contact.uri.text, parameters };
}

/** The values of feature parameters such as +g.3gpp.icsi-ref travel quoted, also where they are tokens (RFC 3840 9). */
function needsQuotes(name: string, value: string): boolean {
  return name.startsWith('+') || !/^[A-Za-z0-9\-.!%*_+`'~]+$/.test(value);
}
