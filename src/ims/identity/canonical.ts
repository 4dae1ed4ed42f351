import { formatUri, parseUri } from '../../sip/message/index.js';

const telVisualSeparators = /[-.()]/g;

/**
 * A public identity in the form that two nodes compare and store (REG-03; TS 29.228 6.1, TS 23.003 13.4): a SIP URI
 * without port, parameters and headers, its host in lower case; a tel URI without visual separators and parameters,
 * except phone-context of a local number. `undefined` where the text is neither.
 */
export function canonicalIdentity(text: string): string | undefined {
  const uri = parseUri(text);
  if (uri === undefined) return undefined;
  if (uri.scheme === 'tel') {
    const number = (uri.user ?? '').replace(telVisualSeparators, '');
    const context = uri.parameters.get('phone-context');
    return number.startsWith('+') || typeof context !== 'string'
      ? `tel:${number}`
      : `tel:${number};phone-context=${context}`;
  }
  if (uri.scheme !== 'sip' && uri.scheme !== 'sips') return undefined;
  // What must be escaped in a user part stays escaped: the result is a URI again.
  return formatUri({ scheme: 'sip', user: uri.user, host: uri.host });
}

/** By what an identity is found: its canonical form, or the text as it is where it is neither SIP nor tel URI. */
export function identityKey(text: string): string {
  return canonicalIdentity(text) ?? text;
}
