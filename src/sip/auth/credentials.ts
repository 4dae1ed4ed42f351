/** Digest credentials: Authorization and Proxy-Authorization (RFC 2617 3.2.2, RFC 3310 3.4, TS 24.229 7.2A.2). */
import type { Challenge } from './challenge.js';
import { type DigestAlgorithm, type DigestSecret, digestAlgorithm, digestResponse, ha1Of } from './digest.js';
import { type DigestParameters, parseDigest, quote } from './parameters.js';

export class Credentials {
  readonly scheme = 'Digest';

  constructor(readonly parameters: DigestParameters) {}

  get username(): string | undefined {
    return this.parameters.get('username');
  }
  get realm(): string | undefined {
    return this.parameters.get('realm');
  }
  /** Empty in the first REGISTER (TS 24.229 5.1.1.2.2). */
  get nonce(): string | undefined {
    return this.parameters.get('nonce');
  }
  get uri(): string | undefined {
    return this.parameters.get('uri');
  }
  /** Empty in the first REGISTER, and after a MAC failure (AKA-34). */
  get response(): string | undefined {
    return this.parameters.get('response');
  }
  get algorithm(): string | undefined {
    return this.parameters.get('algorithm');
  }
  get qop(): string | undefined {
    return this.parameters.get('qop');
  }
  get nc(): string | undefined {
    return this.parameters.get('nc');
  }
  get cnonce(): string | undefined {
    return this.parameters.get('cnonce');
  }
  get opaque(): string | undefined {
    return this.parameters.get('opaque');
  }
  /** base64(AUTS) after a synchronisation failure; a server looks at it before the response (AKA-33). */
  get auts(): string | undefined {
    return this.parameters.get('auts');
  }
  /** Set by the P-CSCF (TS 24.229 7.2A.2; REG-21). */
  get integrityProtected(): string | undefined {
    return this.parameters.get('integrity-protected');
  }
}

/** Undefined: another scheme than Digest, or broken syntax. */
export function parseCredentials(value: string): Credentials | undefined {
  const parameters = parseDigest(value);
  return parameters && new Credentials(parameters);
}

export interface CredentialsFields {
  readonly username: string;
  readonly realm: string;
  readonly uri: string;
  readonly nonce: string;
  readonly response: string;
  readonly algorithm?: string;
  readonly qop?: string;
  /** Eight hexadecimal digits. */
  readonly nc?: string;
  readonly cnonce?: string;
  readonly opaque?: string;
  readonly auts?: string;
  readonly integrityProtected?: string;
}

export function formatCredentials(fields: CredentialsFields): string {
  let out = `Digest username=${quote(fields.username)},realm=${quote(fields.realm)},uri=${quote(fields.uri)}`;
  out += `,nonce=${quote(fields.nonce)},response="${fields.response}"`;
  if (fields.algorithm !== undefined) out += `,algorithm=${fields.algorithm}`;
  if (fields.qop !== undefined) out += `,qop=${fields.qop}`; // a token here, RFC 2617 3.2.2
  if (fields.nc !== undefined) out += `,nc=${fields.nc}`;
  if (fields.cnonce !== undefined) out += `,cnonce=${quote(fields.cnonce)}`;
  if (fields.opaque !== undefined) out += `,opaque=${quote(fields.opaque)}`;
  if (fields.auts !== undefined) out += `,auts="${fields.auts}"`;
  if (fields.integrityProtected !== undefined) out += `,integrity-protected="${fields.integrityProtected}"`;
  return out;
}

/**
 * What a UAC knows when it answers a challenge. `password`: RES for AKAv1 (AKA-31), `akaV2Password` for AKAv2, the octets
 * of the password for MD5 and SHA-256; empty with `auts` (AKA-33).
 */
export type ChallengeAnswer = DigestSecret & {
  readonly username: string;
  readonly uri: string;
  readonly method: string;
  /** Used when the challenge offers a qop. */
  readonly cnonce: string;
  /** How often this nonce has been used, 1 the first time. */
  readonly nonceCount: number;
  /** The body, only hashed under auth-int. */
  readonly body?: string;
  readonly auts?: string;
};

/**
 * The Authorization value that answers a challenge: `auth` preferred to `auth-int`, no qop where none that we know is
 * offered (RFC 2617 3.2.2). Undefined: the challenge has no realm or nonce, or asks for an algorithm we do not have.
 */
export function answerChallenge(challenge: Challenge, answer: ChallengeAnswer): string | undefined {
  const { realm, nonce } = challenge;
  const algorithm = digestAlgorithm(challenge.algorithm ?? 'MD5'); // RFC 2617 3.2.1
  if (realm === undefined || nonce === undefined || algorithm === undefined) return undefined;
  const { username, uri, method, body, auts } = answer;
  const ha1 = ha1Of(answer, algorithm, username, realm);
  const offered = challenge.qop;
  const qop = offered.includes('auth') ? 'auth' : offered.includes('auth-int') ? 'auth-int' : undefined;
  const nc = qop === undefined ? undefined : answer.nonceCount.toString(16).padStart(8, '0');
  const cnonce = qop === undefined ? undefined : answer.cnonce;
  const response = digestResponse({ ha1, algorithm, username, realm, method, uri, nonce, body, qop, nc, cnonce });
  return formatCredentials({
    username,
    realm,
    uri,
    nonce,
    response,
    algorithm: challenge.algorithm === undefined ? undefined : algorithm,
    qop,
    nc,
    cnonce,
    opaque: challenge.opaque,
    auts,
  });
}

/**
 * What `credentials.response` must be. `algorithm` is the challenged one, for credentials that leave it out (AKA-35).
 * Undefined: a parameter that the computation needs is missing.
 */
export function expectedResponse(credentials: Credentials, input: ExpectedResponseInput): string | undefined {
  const { username, realm, uri, nonce, qop, nc, cnonce } = credentials;
  if (username === undefined || realm === undefined || uri === undefined || nonce === undefined) return undefined;
  if (qop !== undefined && (nc === undefined || cnonce === undefined)) return undefined;
  const { algorithm, method, body } = input;
  const ha1 = ha1Of(input, algorithm, username, realm);
  // Written out: an object put together with `...` takes a hidden class of its own.
  return digestResponse({ ha1, algorithm, username, realm, method, uri, nonce, body, qop, nc, cnonce });
}

export type ExpectedResponseInput = DigestSecret & {
  readonly algorithm: DigestAlgorithm;
  /** Empty for `rspauth` of Authentication-Info (AKA-36). */
  readonly method: string;
  readonly body?: string;
};
