/** The USIM's part of a registration: checks a challenge and computes its answer. TS 33.102 6.3.3; RFC 3310; AKA-30 to AKA-34. */
import {
  type AuthenticationFunctions,
  authenticationFunctions,
  checkAutn,
  decodeNonce,
  diagnoseMacFailure,
  encodeAuts,
  encodeSqn,
  type KnownKeys,
  UsimSqnWindow,
} from '../../aka/index.js';
import {
  akaV2Password,
  answerChallenge,
  type Challenge,
  digestHa1,
  formatCredentials,
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
import type { UeConfig } from './config.js';
import type { Advice } from './failure.js';

export class Usim implements AuthenticationScheme {
  readonly #known: KnownKeys;
  readonly #key: AuthenticationFunctions;
  readonly #window: UsimSqnWindow;
  readonly #autsAmf: Buffer | undefined;
  /** As last calculated, for the refresh (REG-15). */
  #authorization: string | undefined;
  #given: GivenProof | undefined;

  constructor(sim: UeConfig['sim']) {
    this.#known = sim;
    this.#key = authenticationFunctions(sim.material);
    const { sqn: startingAt, delta, indBits, ageLimit } = sim;
    this.#window = new UsimSqnWindow({
      startingAt,
      delta,
      ...(indBits !== undefined && { indBits }),
      ...(ageLimit !== undefined && { ageLimit }),
    });
    this.#autsAmf = sim.autsAmf;
  }

  opening(request: AnsweredRequest): string {
    return this.#authorization ?? emptyCredentials(request, 'AKAv1-MD5');
  }

  /** Takes the AKA challenge of a 401. The SQN window moves when the verdict is `ok`. */
  check(response: SipResponse): CheckedChallenge {
    const challenges: Challenge[] = [];
    for (const value of response.headers('WWW-Authenticate')) {
      const read = parseChallenge(value);
      if (read !== undefined) challenges.push(read);
    }
    const challenge = challenges.find(isAka);
    if (challenge === undefined) return unusable(challenges);
    const decoded = decodeNonce(challenge.nonce ?? '');
    if (decoded === undefined || challenge.realm === undefined) {
      const lacks =
        challenge.realm === undefined
          ? 'it has no realm'
          : `its nonce "${challenge.nonce ?? ''}" is not base64 of RAND and AUTN`;
      const text = `${lacks}: compare the 401 of the S-CSCF with what came here; a node on the way has changed it`; // AKA-30
      return { verdict: 'unusable', text, clause };
    }
    const { rand, autn } = decoded;
    const checked = checkAutn({ key: this.#key, rand, autn, sqnState: this.#window });
    switch (checked.outcome) {
      case 'ok': {
        const isV2 = algorithmOf(challenge) === 'AKAv2-MD5';
        const password = isV2 ? akaV2Password(checked) : checked.res; // AKA-31, AKA-32
        return { verdict: 'ok', challenge, secret: { password }, keys: checked };
      }
      case 'syncFailure': {
        const { sqn, sqnMs } = checked;
        const auts =
          this.#autsAmf === undefined ? checked.auts : this.#autsOver(this.#autsAmf, decoded.rand, checked.auts);
        return { verdict: 'syncFailure', challenge, auts: encodeAuts(auts), sqn, sqnMs, indBits: this.#window.indBits }; // AKA-33
      }
      case 'macFailure': {
        const { cause, text, next } = diagnoseMacFailure({ ...this.#known, ...decoded });
        const what = cause === 'kOrOpcDiffer' ? 'K or OPc differ between its SIM and the HSS' : text;
        return { verdict: 'macFailure', challenge, text: `${what}: ${next}` };
      }
    }
  }

  answer(checked: CheckedChallenge, request: AnsweredRequest): string | undefined {
    this.#authorization = this.#compute(checked, request);
    return this.#authorization;
  }

  verify(response: SipResponse): Advice | undefined {
    return wrongProof(response, this.#given);
  }

  forget(): void {
    this.#authorization = undefined;
    this.#given = undefined;
  }

  /** The AUTS of a card that takes another AMF* than 0000. */
  #autsOver(amf: Buffer, rand: Buffer, auts: Buffer): Buffer {
    const { macS } = this.#key.f1(rand, encodeSqn(this.#window.highest), amf);
    return Buffer.concat([auts.subarray(0, 6), macS]);
  }

  #compute(checked: CheckedChallenge, { username, uri, makeCnonce }: AnsweredRequest): string | undefined {
    const cnonce = makeCnonce();
    // Each written out: an object put together with `...` takes a hidden class of its own.
    this.#given = undefined;
    switch (checked.verdict) {
      case 'ok': {
        const { challenge } = checked;
        const algorithm = algorithmOf(challenge)!;
        const { secret: given } = checked;
        // H(A1) is all that is needed later, and a RES that is kept would keep the 8 kB that Buffers are cut from.
        const ha1 =
          'ha1' in given
            ? given.ha1
            : digestHa1({ algorithm, username, realm: challenge.realm!, password: given.password });
        const secret = { ha1 };
        const authorization = answerChallenge(challenge, {
          username,
          uri,
          cnonce,
          method: 'REGISTER',
          nonceCount: 1,
          body: '',
          ha1,
        });
        if (authorization !== undefined) this.#given = { authorization, algorithm, secret };
        return authorization;
      }
      case 'syncFailure':
        // RFC 3310 3.4: computed with an empty password.
        return answerChallenge(checked.challenge, {
          username,
          uri,
          cnonce,
          method: 'REGISTER',
          nonceCount: 1,
          body: '',
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

const clause = 'RFC 3310 §3.1';

function isAka(challenge: Challenge): boolean {
  const algorithm = algorithmOf(challenge);
  return algorithm === 'AKAv1-MD5' || algorithm === 'AKAv2-MD5';
}

function unusable(challenges: readonly Challenge[]): CheckedChallenge {
  const [other] = challenges;
  const text =
    other === undefined
      ? 'it has no WWW-Authenticate with the Digest scheme: compare the 401 of the S-CSCF with what came here, hop by hop'
      : `it asks for ${other.algorithm ?? 'MD5'}, and a SIM answers AKAv1-MD5: see which scheme the subscriber has in the HSS (SIP-Authentication-Scheme of MAA)`;
  return { verdict: 'unusable', text, clause };
}
