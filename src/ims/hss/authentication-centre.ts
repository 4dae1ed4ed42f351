/** The AuC of one subscriber: authentication vectors and resynchronisation (TS 33.102 6.3, TS 33.203 6.1). */
import {
  AucSqnCounter,
  type AuthenticationFunctions,
  type AuthenticationVector,
  authenticationFunctions,
  diagnoseAuts,
  generateVector,
  type KeyMaterial,
  type MacDiagnosis,
  type ResynchronisationOutcome,
  resynchronise,
} from '../../aka/index.js';
import type { Random } from '../../environment/index.js';
import type { AkaAuthentication } from '../subscription/subscriber.js';

/** How many RANDs are drawn at most for a RES without zero octets: 3 % of them have one. */
const randDrawsMax = 100;

/** RAND || AUTS in SIP-Authorization (TS 29.229 6.3.11). */
const resynchronisationLength = 30;

/** For sequence numbers that run with the clock; ms. */
export interface SqnTime {
  /** When the subscriber's SQN was the one in its data. */
  readonly since: number;
  now(): number;
}

const noTime: SqnTime = { since: 0, now: () => 0 };

/** Subscribers of one line of a file have one key set: its schedule is made once. */
const functions = new WeakMap<KeyMaterial, AuthenticationFunctions>();

function functionsOf(material: KeyMaterial): AuthenticationFunctions {
  let found = functions.get(material);
  if (found === undefined) {
    found = authenticationFunctions(material);
    functions.set(material, found);
  }
  return found;
}

export class AuthenticationCentre {
  readonly #material: KeyMaterial;
  readonly #key: AuthenticationFunctions;
  readonly #sqn: AucSqnCounter;
  readonly #amf: Buffer;
  readonly #resWithoutZeroOctets: boolean;
  readonly #random: Random;
  readonly #time: SqnTime;

  /** `last`: SQN of the last vector; that of the subscriber's data where absent. */
  constructor(aka: AkaAuthentication, random: Random, time: SqnTime = noTime, last?: bigint) {
    const { material, sqn, ind, indBits, sqnProfile, amf, resWithoutZeroOctets } = aka;
    this.#material = material;
    this.#key = functionsOf(material);
    this.#sqn = new AucSqnCounter({
      ind,
      indBits,
      last: sqn,
      ...(sqnProfile !== undefined && { profile: sqnProfile, nowMs: time.since }),
    });
    // The clock goes on from the subscriber's data (TS 33.102 C.1.1.2), so that it does not jump when somebody else reads.
    if (last !== undefined) this.#sqn.reset(last, { nowMs: time.now() });
    this.#time = time;
    this.#amf = amf;
    this.#resWithoutZeroOctets = resWithoutZeroOctets;
    this.#random = random;
  }

  /** SQN of the last vector. */
  get lastSqn(): bigint {
    return this.#sqn.last;
  }

  /** SQNs run with the clock from where a card has set them (TS 33.102 C.1.1.3). */
  get followsClock(): boolean {
    return this.#sqn.profile === 'time-based';
  }

  /** No SQN is left for a vector (AKA-24). */
  get isExhausted(): boolean {
    return this.#sqn.isExhausted;
  }

  /** A fresh vector. AKA-24: its SQN is taken from the counter before it leaves. Throws RangeError when none is left. */
  nextVector(): AuthenticationVector {
    const sqn = this.#sqn.next({ nowMs: this.#time.now() });
    for (let draw = 1; ; draw++) {
      const vector = generateVector({ key: this.#key, amf: this.#amf, sqn, rand: this.#random.bytes(16) });
      if (!this.#resWithoutZeroOctets || !vector.xres.includes(0) || draw === randDrawsMax) return vector;
    }
  }

  /** TS 29.228 §6.3.1, AKA-13: `authorization` is RAND || AUTS. */
  resynchronise(authorization: Buffer): ResynchronisationOutcome {
    if (authorization.length !== resynchronisationLength) return { outcome: 'macFailure' };
    return resynchronise({
      key: this.#key,
      rand: authorization.subarray(0, 16),
      auts: authorization.subarray(16),
      counter: this.#sqn,
      nowMs: this.#time.now(),
    });
  }

  /** Why the MAC of that AUTS is wrong; undefined where it is no AUTS at all. */
  diagnose(authorization: Buffer): MacDiagnosis | undefined {
    if (authorization.length !== resynchronisationLength) return undefined;
    const rand = authorization.subarray(0, 16);
    return diagnoseAuts({ material: this.#material, rand, auts: authorization.subarray(16), amf: this.#amf });
  }
}
