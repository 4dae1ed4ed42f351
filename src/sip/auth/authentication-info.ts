/** Authentication-Info: the server proves itself and gives the next nonce (RFC 2617 3.2.3, RFC 3310 3.5). */

import type { Credentials, ExpectedResponseInput } from './credentials.js';
import { digestResponse, ha1Of } from './digest.js';
import { parseParameters, quote } from './parameters.js';

export interface AuthenticationInfo {
  readonly rspauth?: string | undefined;
  readonly qop?: string | undefined;
  readonly cnonce?: string | undefined;
  readonly nc?: string | undefined;
  readonly nextnonce?: string | undefined;
}

/** Undefined: broken syntax. */
export function parseAuthenticationInfo(value: string): AuthenticationInfo | undefined {
  const parameters = parseParameters(value);
  return (
    parameters && {
      rspauth: parameters.get('rspauth'),
      qop: parameters.get('qop'),
      cnonce: parameters.get('cnonce'),
      nc: parameters.get('nc'),
      nextnonce: parameters.get('nextnonce'),
    }
  );
}

export function formatAuthenticationInfo({ rspauth, qop, cnonce, nc, nextnonce }: AuthenticationInfo): string {
  const parts: string[] = [];
  if (qop !== undefined) parts.push(`qop=${qop}`);
  if (rspauth !== undefined) parts.push(`rspauth="${rspauth}"`);
  if (cnonce !== undefined) parts.push(`cnonce=${quote(cnonce)}`);
  if (nc !== undefined) parts.push(`nc=${nc}`);
  if (nextnonce !== undefined) parts.push(`nextnonce=${quote(nextnonce)}`);
  return parts.join(',');
}

/** What rspauth must be after these credentials; the method is empty in it (RFC 2617 3.2.3; AKA-36). Undefined: without a qop there is none. */
export function responseAuthentication(
  credentials: Credentials,
  secret: Omit<ExpectedResponseInput, 'method'>,
): string | undefined {
  const { username, realm, uri, nonce, qop, nc, cnonce } = credentials;
  if (username === undefined || realm === undefined || uri === undefined || nonce === undefined) return undefined;
  if (qop === undefined || nc === undefined || cnonce === undefined) return undefined;
  const { algorithm, body } = secret;
  const ha1 = ha1Of(secret as ExpectedResponseInput, algorithm, username, realm);
  return digestResponse({ ha1, algorithm, username, realm, method: '', uri, nonce, body, qop, nc, cnonce });
}
