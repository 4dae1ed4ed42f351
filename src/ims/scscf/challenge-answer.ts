/** How a REGISTER answers the challenge that is out: TS 24.229 §5.4.1.2.2, §5.4.1.2.2A, §5.4.1.2.3A, RFC 3310 3.4, RFC 2617 3.3. */
import { decodeAuts } from '../../aka/index.js';
import {
  type Credentials,
  type DigestSecret,
  digestAlgorithm,
  expectedResponse,
  type SipRequest,
  sameResponse,
} from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';
import type { ChallengeAnswer } from './authentication.machine.js';
import type { AkaProof, DigestProof } from './proof.js';

/** What the S-CSCF keeps of a challenge it sent. */
export interface OutstandingChallenge {
  readonly nonce: string;
  readonly callId: string;
  /** CSeq of the REGISTER that it answered. */
  readonly sequence: number;
  readonly realm: string;
  /** Qualities of protection that were offered. */
  readonly qop: readonly string[];
  /** Canonical. */
  readonly publicIdentity: string;
  readonly proof: AkaProof | DigestProof;
}

export interface JudgedChallenge {
  readonly answer: ChallengeAnswer;
  /** RAND || AUTS in hex, for SIP-Authorization of the next MAR (TS 29.228 §6.3.1). */
  readonly resynchronisation: string | undefined;
}

/** `challenge` undefined: none is out yet. */
export function judgeAnswer(
  challenge: OutstandingChallenge | undefined,
  message: SipRequest,
  credentials: Credentials | undefined,
): JudgedChallenge {
  if (challenge === undefined || credentials === undefined || !isFor(challenge, message)) return plain('unrelated');
  const { proof } = challenge;
  if (credentials.nonce !== challenge.nonce) {
    // RFC 2617 3.2.1: the password is known, only the nonce is old.
    const isStale = proof.kind === 'digest' && isAnswered(credentials) && isCorrect(challenge, credentials, message);
    return plain(isStale ? 'stale' : 'unrelated');
  }
  if (proof.kind === 'aka' && credentials.auts !== undefined) {
    // AKA-33: before the response, which is made with an empty password then.
    const auts = decodeAuts(credentials.auts);
    if (auts === undefined) return plain('malformedAuts');
    return { answer: 'syncFailure', resynchronisation: Buffer.concat([proof.rand, auts]).toString('hex') };
  }
  if (!isAnswered(credentials)) return plain(proof.kind === 'aka' ? 'macFailure' : 'wrong'); // AKA-34
  return plain(isCorrect(challenge, credentials, message) ? 'correct' : 'wrong');
}

/** What responses are computed from. */
export function secretOf(proof: AkaProof | DigestProof): DigestSecret {
  return proof.kind === 'aka' ? { password: proof.password } : { ha1: proof.ha1 };
}

/** In the challenged terms, and computed from what only the user has. The nonce is the one of the credentials. */
export function isCorrect(
  { realm, qop, proof }: Pick<OutstandingChallenge, 'realm' | 'qop' | 'proof'>,
  credentials: Credentials,
  message: SipRequest,
): boolean {
  if (!isInTermsOf(realm, qop, proof, credentials)) return false;
  // The URI counts as the UE wrote it: it is not the Request-URI here (REG-31).
  const { algorithm } = proof;
  const { method, body } = message;
  // Written out: an object put together with `...` takes a hidden class of its own.
  const expected = expectedResponse(
    credentials,
    proof.kind === 'aka'
      ? { password: proof.password, algorithm, method, body }
      : { ha1: proof.ha1, algorithm, method, body },
  );
  return expected !== undefined && sameResponse(expected, credentials.response!);
}

export function isAnswered({ response }: Credentials): boolean {
  return response !== undefined && response !== '';
}

/** REG-43, AKA-35: another Call-ID or another identity begins anew, and so does a CSeq that has not risen (RFC 3261 22.2). */
function isFor({ callId, sequence, publicIdentity }: OutstandingChallenge, message: SipRequest): boolean {
  return (
    message.callId === callId &&
    message.cseq.sequence > sequence &&
    canonicalIdentity(message.to.uri.text) === publicIdentity
  );
}

/**
 * REG-43, AKA-35: the challenged realm and algorithm; one that is not repeated is the challenged one. RFC 2617 3.2.2: a quality
 * of protection that was offered, or none.
 */
function isInTermsOf(
  realm: string,
  offered: readonly string[],
  { algorithm }: AkaProof | DigestProof,
  credentials: Credentials,
): boolean {
  const { qop } = credentials;
  if (qop !== undefined && !offered.includes(qop)) {
    const lower = qop.toLowerCase();
    if (!offered.some((each) => each.toLowerCase() === lower)) return false;
  }
  return credentials.realm === realm && digestAlgorithm(credentials.algorithm ?? algorithm) === algorithm;
}

function plain(answer: ChallengeAnswer): JudgedChallenge {
  return { answer, resynchronisation: undefined };
}
