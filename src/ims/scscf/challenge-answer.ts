/** How a REGISTER answers the challenge that is out: TS 24.229 §5.4.1.2.2 and §5.4.1.2.3A, RFC 3310 3.4. */
import { decodeAuts } from '../../aka/index.js';
import {
  type Credentials,
  expectedResponse,
  parseCredentials,
  type SipRequest,
  sameResponse,
} from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';
import type { ChallengeAnswer } from './authentication.machine.js';

/** What the S-CSCF keeps of a challenge it sent. */
export interface OutstandingChallenge {
  readonly nonce: string;
  readonly callId: string;
  readonly realm: string;
  /** Canonical. */
  readonly publicIdentity: string;
  /** RAND of the vector, 16 octets: the HSS wants it back with AUTS. */
  readonly rand: Buffer;
  readonly xres: Buffer;
}

export interface JudgedChallenge {
  readonly answer: ChallengeAnswer;
  /** RAND || AUTS in hex, for SIP-Authorization of the next MAR (TS 29.228 §6.3.1). */
  readonly resynchronisation: string | undefined;
}

/** `challenge` undefined: none is out yet. */
export function judgeAnswer(challenge: OutstandingChallenge | undefined, message: SipRequest): JudgedChallenge {
  const authorization = message.header('Authorization');
  const credentials = authorization === undefined ? undefined : parseCredentials(authorization);
  if (challenge === undefined || credentials?.nonce !== challenge.nonce || !isFor(challenge, message)) {
    return plain('unrelated');
  }
  if (credentials.auts !== undefined) {
    // AKA-33: before the response, which is made with an empty password then.
    const auts = decodeAuts(credentials.auts);
    if (auts === undefined) return plain('malformedAuts');
    return { answer: 'syncFailure', resynchronisation: Buffer.concat([challenge.rand, auts]).toString('hex') };
  }
  if (credentials.response === undefined || credentials.response === '') return plain('macFailure'); // AKA-34
  if (!isInTermsOf(challenge, credentials)) return plain('wrong');
  // The URI counts as the UE wrote it: it is not the Request-URI here (REG-31).
  const expected = expectedResponse(credentials, {
    algorithm: 'AKAv1-MD5',
    method: message.method,
    password: challenge.xres,
    body: message.body,
  });
  return plain(expected !== undefined && sameResponse(expected, credentials.response) ? 'correct' : 'wrong');
}

/** REG-43, AKA-35: another Call-ID or another identity begins anew. */
function isFor({ callId, publicIdentity }: OutstandingChallenge, message: SipRequest): boolean {
  return message.callId === callId && canonicalIdentity(message.to.uri.text) === publicIdentity;
}

/** REG-43, AKA-35: the challenged realm and algorithm; one that is not repeated is the challenged one. */
function isInTermsOf({ realm }: OutstandingChallenge, credentials: Credentials): boolean {
  const { algorithm = 'AKAv1-MD5' } = credentials;
  return credentials.realm === realm && algorithm.toLowerCase() === 'akav1-md5';
}

function plain(answer: ChallengeAnswer): JudgedChallenge {
  return { answer, resynchronisation: undefined };
}
