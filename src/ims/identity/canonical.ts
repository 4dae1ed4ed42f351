import { formatUri, parseUri, type Uri } from '../../sip/message/index.js';

const telVisualSeparators = /[-.()]/g;

/**
 * A public identity in the form that two nodes compare and store (REG-03; TS 29.228 6.1, TS 23.003 13.4): a SIP URI
 * without port, parameters and headers, its host in lower case; a tel URI without visual separators and parameters,
 * except phone-context of a local number. `undefined` where the text is neither.
 */
export function canonicalIdentity(text: string): string | undefined {
  if (isCanonical(text)) return text;
  const uri = parseUri(text);
  if (uri === undefined) return undefined;
  if (uri.scheme === 'tel') {
    const number = (uri.user ?? '').replace(telVisualSeparators, '');
    const context = uri.parameters.get('phone-context');
    return number.startsWith('+') || typeof context !== 'string'
      ? `tel:${number}`
      : `tel:${number};phone-context=${canonicalContext(context)}`;
  }
  if (uri.scheme !== 'sip' && uri.scheme !== 'sips') return undefined;
  // What must be escaped in a user part stays escaped: the result is a URI again.
  return formatUri({ scheme: 'sip', user: globalNumberIn(uri) ?? uri.user, host: uri.host });
}

/** RFC 3966 5: a domain name has no case, the digits of a global number no visual separators. */
function canonicalContext(context: string): string {
  return context.startsWith('+') ? context.replace(telVisualSeparators, '') : context.toLowerCase();
}

/** RFC 3261 19.1.6: with user=phone the user part is a number as in a tel URI, and compared as one where it is global. */
function globalNumberIn({ user, parameters }: Uri): string | undefined {
  if (user?.startsWith('+') !== true || String(parameters.get('user')).toLowerCase() !== 'phone') return undefined;
  const [number] = user.split(';', 1);
  return number?.replace(telVisualSeparators, '');
}

/** By what an identity is found: its canonical form, or the text as it is where it is neither SIP nor tel URI. */
export function identityKey(text: string): string {
  return canonicalIdentity(text) ?? text;
}

/**
 * A private identity in the form that two nodes compare and store: a NAI (TS 23.003 13.3), whose realm is a domain name and
 * has no case (RFC 1035 2.3.3), while the name before it has.
 */
export function canonicalPrivateIdentity(text: string): string {
  const at = text.lastIndexOf('@');
  return at < 0 ? text : inLowerCase(text, at + 1, text.length);
}

/**
 * The name of a S-CSCF in the form that two nodes compare and store: scheme and host have no case, the user part has
 * (RFC 3261 19.1.4). Port and parameters stay as they are.
 */
export function canonicalServerName(text: string): string {
  const schemeEnd = text.indexOf(':');
  if (schemeEnd < 0) return text;
  const userEnd = text.indexOf('@');
  const hostAt = (userEnd < 0 ? schemeEnd : userEnd) + 1;
  const parametersAt = text.slice(hostAt).search(/[;?]/);
  const named = inLowerCase(text, hostAt, parametersAt < 0 ? text.length : hostAt + parametersAt);
  return inLowerCase(named, 0, schemeEnd);
}

/** Itself where it is so already, as nearly always. */
function inLowerCase(text: string, from: number, to: number): string {
  const part = text.slice(from, to);
  const lower = part.toLowerCase();
  return lower === part ? text : text.slice(0, from) + lower + text.slice(to);
}

/** Octets that stand in a canonical user part or host just so. */
const ofUser = tableOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-_.');
const ofHost = tableOf('abcdefghijklmnopqrstuvwxyz0123456789-.');
const digits = tableOf('0123456789');

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (let at = 0; at < characters.length; at++) table[characters.charCodeAt(at)] = 1;
  return table;
}

/** True for `sip:user@host` and `tel:+digits` as nearly all identities are written. False says nothing. */
function isCanonical(text: string): boolean {
  const { length } = text;
  if (length < 6 || text.charCodeAt(3) !== 0x3a) return false;
  if (text.startsWith('sip')) {
    const userEnd = skip(ofUser, text, 4);
    return (
      userEnd > 4 &&
      userEnd + 1 < length &&
      text.charCodeAt(userEnd) === 0x40 &&
      skip(ofHost, text, userEnd + 1) === length
    );
  }
  return text.startsWith('tel:+') && skip(digits, text, 5) === length;
}

/** Where the first character stands, from `at` on, that is not of the table. */
function skip(table: Uint8Array, text: string, at: number): number {
  let end = at;
  while (end < text.length && table[text.charCodeAt(end)] === 1) end++;
  return end;
}
