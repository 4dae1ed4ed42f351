/** Digest computations: MD5 (RFC 2617), SHA-256 (RFC 7616, RFC 8760), AKAv1-MD5 (RFC 3310), AKAv2-MD5 (RFC 4169). Strings are latin1 octets. */
import * as crypto from 'node:crypto';

export type DigestAlgorithm = 'MD5' | 'SHA-256' | 'AKAv1-MD5' | 'AKAv2-MD5';

const algorithms: ReadonlyMap<string, DigestAlgorithm> = new Map([
  ['md5', 'MD5'],
  ['sha-256', 'SHA-256'],
  ['akav1-md5', 'AKAv1-MD5'],
  ['akav2-md5', 'AKAv2-MD5'],
]);

/** Tokens compare without case (RFC 3261 7.3.1). Undefined: an algorithm that we do not have. */
export function digestAlgorithm(name: string): DigestAlgorithm | undefined {
  return algorithms.get(name.toLowerCase());
}

/**
 * The password's octets, or what is kept in place of them: H(username:realm:password) in lower-case hex, as an HSS gives it
 * (SIP-Digest-Authenticate, TS 29.229 6.3.36). AKAv1-MD5: RES as raw octets (AKA-31). AKAv2-MD5: `akaV2Password`. With
 * `auts`: empty (AKA-33).
 */
export type DigestSecret = { readonly password: Buffer } | { readonly ha1: string };

export type DigestInput = DigestSecret & {
  /** Which hash; the AKA ones differ from MD5 in the password alone. */
  readonly algorithm: DigestAlgorithm;
  readonly username: string;
  readonly realm: string;
  /** Empty for `rspauth` of Authentication-Info (AKA-36). */
  readonly method: string;
  /** As it stands in the header. */
  readonly uri: string;
  readonly nonce: string;
  /** With a qop, `nc` and `cnonce` must be there. */
  readonly qop?: string | undefined;
  readonly nc?: string | undefined;
  readonly cnonce?: string | undefined;
  /** Hashed under auth-int. */
  readonly body?: string | undefined;
};

/** What is computed on the way to a response; hashes in lower-case hexadecimal digits. */
export interface DigestSteps {
  readonly ha1: string;
  readonly a2: string;
  readonly ha2: string;
  /** What is hashed last. */
  readonly joined: string;
  /** 32 digits, with SHA-256 64. */
  readonly response: string;
}

export function digestResponse(input: DigestInput): string {
  return digestSteps(input).response;
}

/** RFC 2617 3.2.2.1, RFC 3310 3.3, RFC 7616 3.4.1. */
export function digestSteps(input: DigestInput): DigestSteps {
  const { algorithm, username, realm, method, uri, nonce, qop, nc, cnonce } = input;
  const hash = algorithm === 'SHA-256' ? sha256 : md5;
  const ha1 = ha1Of(input, algorithm, username, realm);
  // RFC 2617 3.2.2.3
  const a2 = qop?.toLowerCase() === 'auth-int' ? `${method}:${uri}:${hash(input.body ?? '')}` : `${method}:${uri}`;
  const ha2 = hash(a2);
  const joined = qop === undefined ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:${cnonce}:${qop}:${ha2}`;
  return { ha1, a2, ha2, joined, response: hash(joined) };
}

/** H(A1) of whichever secret is known. */
export function ha1Of(secret: DigestSecret, algorithm: DigestAlgorithm, username: string, realm: string): string {
  return 'ha1' in secret ? secret.ha1 : digestHa1({ algorithm, username, realm, password: secret.password });
}

/** H(A1), lower-case hexadecimal (RFC 2617 3.2.2.2, RFC 7616 3.4.2). */
export function digestHa1(input: Pick<DigestInput, 'algorithm' | 'username' | 'realm'> & { password: Buffer }): string {
  const { algorithm, username, realm, password } = input;
  const a1 = `${username}:${realm}:${password.toString('latin1')}`;
  return algorithm === 'SHA-256' ? sha256(a1) : md5(a1);
}

/** The AKAv2 password: base64(HMAC-MD5(RES || IK || CK, label)) as ASCII (RFC 4169 3; AKA-32). */
export function akaV2Password({ res, ik, ck }: { res: Buffer; ik: Buffer; ck: Buffer }): Buffer {
  const mac = crypto.createHmac('md5', Buffer.concat([res, ik, ck])).update('http-digest-akav2-password');
  return Buffer.from(mac.digest('base64'), 'latin1');
}

/** Compares two responses without telling by time where they differ (AKA-35). Hexadecimal case does not count. */
export function sameResponse(expected: string, received: string): boolean {
  const a = Buffer.from(expected, 'latin1');
  const b = Buffer.from(received.toLowerCase(), 'latin1');
  return a.length === b.length && crypto.timingSafeEqual(a, b);
}

/** One call without a hash object, twice as fast, since Node 20.12. */
const oneShotHash = crypto.hash as typeof crypto.hash | undefined;

function hashOf(name: string): (text: string) => string {
  return oneShotHash
    ? (text) => oneShotHash(name, Buffer.from(text, 'latin1'), 'hex')
    : (text) => crypto.createHash(name).update(text, 'latin1').digest('hex');
}

const md5 = hashOf('md5');
const sha256 = hashOf('sha256');
