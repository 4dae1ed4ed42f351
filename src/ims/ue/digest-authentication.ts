/** SIP Digest at the UE: MD5 and SHA-256, a nonce used several times, the next nonce. TS 24.229 5.1.1.2.3, 5.1.1.4.3, 5.1.1.5.4; RFC 2617, RFC 7616, RFC 8760. */
import {
  answerChallenge,
  Challenge,
  type DigestSecret,
  parseAuthenticationInfo,
  parseChallenge,
  type SipResponse,
} from '../../sip/index.js';
import {
  type AnsweredRequest,
  type AuthenticationScheme,
  algorithmOf,
  type CheckedChallenge,
  emptyCredentials,
  type GivenProof,
  wrongProof,
} from './authentication.js';
import type { Advice } from './failure.js';

export class DigestAuthentication implements AuthenticationScheme {
  readonly #secret: DigestSecret;
  #challenge: Challenge | undefined;
  /** How often the nonce has been used. */
  #nonceCount = 0;
  /** This attempt has answered a challenge already. */
  #hasAnswered = false;
  #given: GivenProof | undefined;

  constructor(secret: DigestSecret) {
    this.#secret = secret;
  }

  opening(request: AnsweredRequest): string | undefined {
    this.#hasAnswered = false;
    return this.#challenge === undefined ? emptyCredentials(request) : this.#compute(this.#challenge, request);
  }

  check(response: SipResponse): CheckedChallenge {
    const challenges = response.headers('WWW-Authenticate').flatMap((value) => parseChallenge(value) ?? []);
    // RFC 8760 2.4: the first one that we have the algorithm of.
    const challenge = challenges.find((each) => isPlain(each) && each.realm !== undefined && each.nonce !== undefined);
    if (challenge === undefined) return unusable(challenges);
    // RFC 2617 3.2.1: only with stale=true the answer was right, and its nonce too old.
    if (this.#hasAnswered && !challenge.stale) {
      const text =
        'it comes instead of a 200 and does not call the nonce stale, so that the answer was wrong: ' +
        'compare the password of this UE, its private identity and the realm with the HSS';
      return { verdict: 'unusable', text, clause: 'RFC 2617 §3.2.1' };
    }
    return { verdict: 'ok', challenge, secret: this.#secret };
  }

  answer(checked: CheckedChallenge, request: AnsweredRequest): string | undefined {
    if (checked.verdict !== 'ok') return undefined;
    this.#hasAnswered = true;
    this.#challenge = checked.challenge;
    this.#nonceCount = 0;
    return this.#compute(checked.challenge, request);
  }

  verify(response: SipResponse): Advice | undefined {
    const wrong = wrongProof(response, this.#given);
    const value = wrong === undefined ? response.header('Authentication-Info') : undefined;
    const nextnonce = value === undefined ? undefined : parseAuthenticationInfo(value)?.nextnonce;
    if (nextnonce !== undefined && this.#challenge !== undefined) {
      this.#challenge = new Challenge(this.#challenge.parameters.withNonce(nextnonce));
      this.#nonceCount = 0;
    }
    return wrong;
  }

  forget(): void {
    this.#challenge = undefined;
    this.#given = undefined;
  }

  /** RFC 2617 3.2.2: nc counts what was sent with this nonce. */
  #compute(challenge: Challenge, { username, uri, makeCnonce }: AnsweredRequest): string | undefined {
    this.#nonceCount++;
    const authorization = answerChallenge(challenge, {
      username,
      uri,
      cnonce: makeCnonce(),
      method: 'REGISTER',
      nonceCount: this.#nonceCount,
      ...this.#secret,
      body: '',
    });
    const algorithm = algorithmOf(challenge)!;
    this.#given = authorization === undefined ? undefined : { authorization, algorithm, secret: this.#secret };
    return authorization;
  }
}

function isPlain(challenge: Challenge): boolean {
  const algorithm = algorithmOf(challenge);
  return algorithm === 'MD5' || algorithm === 'SHA-256';
}

function unusable(challenges: readonly Challenge[]): CheckedChallenge {
  const [other] = challenges;
  const text =
    other === undefined
      ? 'it has no WWW-Authenticate with the Digest scheme'
      : `it asks for ${other.algorithm ?? 'MD5'}, and this UE has a password for MD5 and SHA-256: compare its scheme with that of the subscriber in the HSS`;
  return { verdict: 'unusable', text, clause: 'TS 24.229 §5.1.1.5.4' };
}
