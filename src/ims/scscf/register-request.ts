/** What a REGISTER asks for: contacts and times (RFC 3261 10.2, 10.3; REG-47). */
import type { NameAddress, SipRequest } from '../../sip/index.js';
import type { ScscfConfig } from './config.js';

export type RequestedExpires =
  | { readonly kind: 'granted'; readonly seconds: number }
  | { readonly kind: 'tooBrief' }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Expiry of the first contact: its parameter, else Expires, else the default; cut to the maximum (REG-47). */
export function requestedExpires(message: SipRequest, limits: ScscfConfig['registration']): RequestedExpires {
  const { contacts, expires } = message;
  if (contacts === '*') {
    // SIP-58: the wildcard removes, and nothing else.
    return expires === 0 ? { kind: 'granted', seconds: 0 } : { kind: 'invalid', reason: 'Contact: * needs Expires: 0' };
  }
  const contact = contacts[0];
  if (contact === undefined) return { kind: 'invalid', reason: 'Contact Missing' };
  const parameter = contact.parameters.get('expires');
  // A value that is no number counts as the default (RFC 3261 10.2.1.1).
  const asked =
    typeof parameter === 'string' && isSeconds(parameter) ? Number(parameter) : (expires ?? limits.expiresDefault);
  if (asked === 0) return { kind: 'granted', seconds: 0 };
  if (asked < limits.expiresMin) return { kind: 'tooBrief' };
  return { kind: 'granted', seconds: Math.min(asked, limits.expiresMax) };
}

function isSeconds(text: string): boolean {
  return text.length > 0 && text.length <= 10 && Number.isInteger(Number(text));
}

/** A contact as it is stored and listed again: its URI, and its parameters but `expires` and `q` values of its own. */
export function contactLine(contact: NameAddress): { readonly uri: string; readonly parameters: string } {
  let parameters = '';
  for (const [name, value] of contact.parameters) {
    if (name === 'expires') continue;
    parameters += value === true ? `;${name}` : `;${name}=${needsQuotes(value) ? `"${value}"` : value}`;
  }
  return { uri: contact.uri.text, parameters };
}

/** Feature parameters such as +sip.instance hold URNs and lists: their values travel quoted (RFC 3840 9). */
function needsQuotes(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    const isTokenCharacter =
      (code >= 0x30 && code <= 0x39) ||
      (code >= 0x41 && code <= 0x5a) ||
      (code >= 0x61 && code <= 0x7a) ||
      "-.!%*_+`'~".includes(value[at]!);
    if (!isTokenCharacter) return true;
  }
  return value.length === 0;
}
