/**
 * The user part of a temporary GRUU: which S-CSCF has made it, and what only that one can read. RFC 5627 3.1.2, 5.1; TS 24.229
 * §5.4.7A. The HSS knows no temporary GRUU, and asking it with the identity would need what must not be seen: so the mark
 * leads a request from the I-CSCF straight to the S-CSCF.
 */
import { createHash } from 'node:crypto';
import type { Uri } from '../../sip/index.js';

const prefix = 'tgruu-';
const markLength = 8;

/** Of the S-CSCF with this Server-Name: 8 hexadecimal digits, which say nothing about users. */
export function servingMark(serverName: string): string {
  return createHash('sha1').update(serverName).digest('hex').slice(0, markLength);
}

export function temporaryGruuUser(mark: string, text: string): string {
  return `${prefix}${mark}${text}`;
}

/** Undefined: the URI is no temporary GRUU. */
export function temporaryGruuIn(uri: Uri): { readonly mark: string; readonly text: string } | undefined {
  const gr = uri.parameters.get('gr');
  if (gr !== true && gr !== '') return undefined;
  if (uri.user?.startsWith(prefix) !== true) return undefined;
  const end = prefix.length + markLength;
  return { mark: uri.user.slice(prefix.length, end), text: uri.user.slice(end) };
}
