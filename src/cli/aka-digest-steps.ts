/** A digest response with every string on the way to it (RFC 2617 3.2.2, RFC 7616 3.4). Strings are latin1 octets. */
import { createHash } from 'node:crypto';
import type { DigestAlgorithm } from '../sip/index.js';

export interface DigestParts {
  readonly algorithm: DigestAlgorithm;
  /** What stands in A1: RES as raw octets for AKAv1. */
  readonly password: Buffer;
  readonly username: string;
  readonly realm: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  readonly qop?: string | undefined;
  readonly nc?: string | undefined;
  readonly cnonce?: string | undefined;
  readonly body?: string | undefined;
}

export interface DigestSteps {
  readonly a1: Buffer;
  readonly ha1: string;
  readonly a2: string;
  readonly ha2: string;
  /** What is hashed last. */
  readonly joined: string;
  readonly response: string;
}

export function digestSteps(parts: DigestParts): DigestSteps {
  const { username, realm, password, method, uri, nonce, qop, nc, cnonce, body = '' } = parts;
  const hash = (input: Buffer | string) =>
    createHash(parts.algorithm === 'SHA-256' ? 'sha256' : 'md5')
      .update(typeof input === 'string' ? Buffer.from(input, 'latin1') : input)
      .digest('hex');
  const a1 = Buffer.concat([Buffer.from(`${username}:${realm}:`, 'latin1'), password]);
  const ha1 = hash(a1);
  const a2 = qop?.toLowerCase() === 'auth-int' ? `${method}:${uri}:${hash(body)}` : `${method}:${uri}`;
  const ha2 = hash(a2);
  const joined = qop === undefined ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`;
  return { a1, ha1, a2, ha2, joined, response: hash(joined) };
}

/** Octets as text, those that are not printable as \xhh. */
export function shownOctets(octets: Buffer): string {
  return Array.from(octets, (octet) =>
    octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : `\\x${octet.toString(16).padStart(2, '0')}`,
  ).join('');
}
