/** How a UE proves who it is in REGISTER: what each scheme says first, how it answers a challenge, and whether the network has proved itself. */
import {
  type Challenge,
  type DigestAlgorithm,
  type DigestSecret,
  digestAlgorithm,
  formatCredentials,
  parseAuthenticationInfo,
  parseCredentials,
  responseAuthentication,
  type SipResponse,
  sameResponse,
} from '../../sip/index.js';
import type { Advice } from './failure.js';

export type CheckedChallenge =
  | {
      readonly verdict: 'ok';
      readonly challenge: Challenge;
      readonly secret: DigestSecret;
      /** CK and IK of an AKA challenge. */
      readonly keys?: SessionKeys;
    }
  | {
      readonly verdict: 'syncFailure';
      readonly challenge: Challenge;
      readonly auts: string;
      readonly sqn: bigint;
      readonly sqnMs: bigint;
      /** How many bits of a SQN are IND for the card (AKA-20). */
      readonly indBits: number;
    }
  /** `text` completes «… refused the challenge: ». */
  | { readonly verdict: 'macFailure'; readonly challenge: Challenge; readonly text: string }
  /** `text` completes «… cannot use the challenge: ». */
  | { readonly verdict: 'unusable'; readonly text: string; readonly clause: string };

export interface SessionKeys {
  readonly ck: Buffer;
  readonly ik: Buffer;
}

/** What the answer is computed over. */
export interface AnsweredRequest {
  /** The private identity. */
  readonly username: string;
  readonly homeDomain: string;
  /** Of the Request-URI, as it stands in Authorization. */
  readonly uri: string;
  makeCnonce(): string;
}

/** One scheme of one UE, with what it remembers from one REGISTER to the next. */
export interface AuthenticationScheme {
  /** Authorization of a REGISTER that opens an attempt; undefined: there is none. */
  opening(request: AnsweredRequest): string | undefined;
  check(response: SipResponse): CheckedChallenge;
  /** Authorization that answers what `check` returned; undefined: there is nothing to answer. */
  answer(checked: CheckedChallenge, request: AnsweredRequest): string | undefined;
  /** What is wrong with the network's own proof in a 2xx; undefined: nothing, or it gave none. */
  verify(response: SipResponse): Advice | undefined;
  /** The registration is over. */
  forget(): void;
}

/** REG-11: the private identity travels in Authorization before there is anything to answer. */
export function emptyCredentials({ username, homeDomain, uri }: AnsweredRequest, algorithm?: string): string {
  const realm = homeDomain;
  if (algorithm === undefined) return formatCredentials({ username, realm, uri, nonce: '', response: '' });
  return formatCredentials({ username, realm, uri, nonce: '', response: '', algorithm });
}

/** What the UE has proved with: Authorization as sent, and the secret behind it. */
export interface GivenProof {
  readonly authorization: string;
  readonly algorithm: DigestAlgorithm;
  readonly secret: DigestSecret;
}

/** RFC 2617 3.2.3, AKA-36: the network shows with rspauth that it knows the secret too. */
export function wrongProof(response: SipResponse, given: GivenProof | undefined): Advice | undefined {
  const value = response.header('Authentication-Info');
  const rspauth = value === undefined ? undefined : parseAuthenticationInfo(value)?.rspauth;
  if (rspauth === undefined || given === undefined) return undefined;
  const { algorithm, secret } = given;
  const credentials = parseCredentials(given.authorization);
  const expected = credentials && responseAuthentication(credentials, { ...secret, algorithm, body: response.body });
  if (expected === undefined || sameResponse(expected, rspauth)) return undefined;
  const text =
    'does not trust the answer: its rspauth does not fit the secret that the challenge was answered with, so that it comes ' +
    'from somebody who does not know it: compare the password or RES of the S-CSCF, and see who sent the 200';
  return { text, clause: 'RFC 2617 §3.2.3' };
}

/** The algorithm that a challenge names; MD5 where it names none (RFC 2617 3.2.1). */
export function algorithmOf({ algorithm }: Challenge): DigestAlgorithm | undefined {
  return digestAlgorithm(algorithm ?? 'MD5');
}
