/** The USIM's part of a registration: checks a challenge and computes its answer. TS 33.102 6.3.3; RFC 3310; AKA-30 to AKA-34. */
import {
  type AuthenticationFunctions,
  authenticationFunctions,
  checkAutn,
  decodeNonce,
  diagnoseMacFailure,
  encodeAuts,
  type KeyMaterial,
  UsimSqnWindow,
} from '../../aka/index.js';
import {
  akaV2Password,
  answerChallenge,
  type Challenge,
  digestAlgorithm,
  formatCredentials,
  parseChallenge,
  type SipResponse,
} from '../../sip/index.js';
import type { UeConfig } from './config.js';

export type CheckedChallenge =
  | { readonly verdict: 'ok'; readonly challenge: Challenge; readonly password: Buffer }
  | {
      readonly verdict: 'syncFailure';
      readonly challenge: Challenge;
      readonly auts: string;
      readonly sqn: bigint;
      readonly sqnMs: bigint;
    }
  /** `text` completes «… refused the challenge: ». */
  | { readonly verdict: 'macFailure'; readonly challenge: Challenge; readonly text: string }
  | { readonly verdict: 'unusable'; readonly text: string };

/** What the answer is computed over. */
export interface AnsweredRequest {
  readonly username: string;
  /** Of the Request-URI, as it stands in Authorization. */
  readonly uri: string;
  readonly cnonce: string;
}

export class Usim {
  readonly #material: KeyMaterial;
  readonly #key: AuthenticationFunctions;
  readonly #window: UsimSqnWindow;

  constructor(sim: UeConfig['sim']) {
    this.#material = sim.material;
    this.#key = authenticationFunctions(sim.material);
    this.#window = new UsimSqnWindow({ startingAt: sim.sqn, delta: sim.delta });
  }

  /** Takes the AKA challenge of a 401. The SQN window moves when the verdict is `ok`. */
  check(response: SipResponse): CheckedChallenge {
    const challenges = response.headers('WWW-Authenticate').flatMap((value) => parseChallenge(value) ?? []);
    const challenge = challenges.find(({ algorithm }) => isAka(algorithm));
    if (challenge === undefined) return unusable(challenges);
    const decoded = decodeNonce(challenge.nonce ?? '');
    if (decoded === undefined || challenge.realm === undefined) {
      return { verdict: 'unusable', text: 'its nonce is not base64 of RAND and AUTN, or it has no realm' }; // AKA-30
    }
    const checked = checkAutn({ key: this.#key, ...decoded, sqnState: this.#window });
    switch (checked.outcome) {
      case 'ok': {
        const isV2 = digestAlgorithm(challenge.algorithm!) === 'AKAv2-MD5';
        return { verdict: 'ok', challenge, password: isV2 ? akaV2Password(checked) : checked.res }; // AKA-31, AKA-32
      }
      case 'syncFailure': {
        const { sqn, sqnMs, auts } = checked;
        return { verdict: 'syncFailure', challenge, auts: encodeAuts(auts), sqn, sqnMs }; // AKA-33
      }
      case 'macFailure': {
        const { cause, text } = diagnoseMacFailure({ material: this.#material, ...decoded });
        const unknown = cause === 'kOrOpcDiffer';
        return {
          verdict: 'macFailure',
          challenge,
          text: unknown ? 'K or OPc differ between its SIM and the HSS' : text,
        };
      }
    }
  }

  /** The value of Authorization. Undefined for an unusable challenge: there is none. */
  answer(checked: CheckedChallenge, { username, uri, cnonce }: AnsweredRequest): string | undefined {
    const method = 'REGISTER';
    const nonceCount = 1;
    switch (checked.verdict) {
      case 'ok':
        return answerChallenge(checked.challenge, {
          username,
          uri,
          cnonce,
          method,
          nonceCount,
          password: checked.password,
        });
      case 'syncFailure':
        // RFC 3310 3.4: computed with an empty password.
        return answerChallenge(checked.challenge, {
          username,
          uri,
          cnonce,
          method,
          nonceCount,
          password: Buffer.alloc(0),
          auts: checked.auts,
        });
      case 'macFailure': {
        const { realm = '', nonce = '', algorithm = 'AKAv1-MD5' } = checked.challenge;
        return formatCredentials({ username, realm, uri, nonce, response: '', algorithm }); // AKA-34
      }
      case 'unusable':
        return undefined;
    }
  }
}

function isAka(algorithm: string | undefined): boolean {
  const known = digestAlgorithm(algorithm ?? 'MD5');
  return known === 'AKAv1-MD5' || known === 'AKAv2-MD5';
}

function unusable(challenges: readonly Challenge[]): CheckedChallenge {
  const [other] = challenges;
  const text =
    other === undefined
      ? 'it has no WWW-Authenticate with the Digest scheme'
      : `it asks for ${other.algorithm ?? 'MD5'}, and a SIM answers AKAv1-MD5`;
  return { verdict: 'unusable', text };
}
