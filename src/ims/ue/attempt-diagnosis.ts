/** What goes wrong during one attempt to register, in words: for the trace as it happens, and for the outcome. */
import { encodeSqn } from '../../aka/index.js';
import type { Destination, SipResponse } from '../../sip/index.js';
import type { CheckedChallenge } from './authentication.js';
import { type Advice, type Failure, unanswered, unansweredAnswer, unansweredYet } from './failure.js';
import { type NetworkAccess, proxyAt } from './network-access.js';
import { registrationFailure } from './registration-failure.js';
import type { UserAgent } from './user-agent.js';

/** The REGISTER that is waited for. */
export interface SentRegister {
  readonly access: NetworkAccess;
  /** Where it went first; undefined: the topology names no P-CSCF. */
  readonly destination: Destination | undefined;
}

export class AttemptDiagnosis {
  /** What the UE found wrong itself; it says more than the network's answer to it. */
  #found: Failure | undefined;
  #silence: Failure | undefined;
  #resynchronised = false;
  /** The challenge was in order, so that the network has compared an answer. */
  #isAnswered = false;

  constructor(private readonly agent: UserAgent) {}

  /** SIM and HSS had to bring their sequence numbers in line. */
  get resynchronised(): boolean {
    return this.#resynchronised;
  }

  beginAttempt(): void {
    this.#found = undefined;
    this.#silence = undefined;
    this.#resynchronised = false;
    this.#isAnswered = false;
  }

  beginRequest(): void {
    this.#silence = undefined;
  }

  /** What the check of a challenge gave. */
  note(checked: CheckedChallenge): void {
    const { name } = this.agent;
    this.#isAnswered = checked.verdict === 'ok';
    switch (checked.verdict) {
      case 'ok':
        this.#found = undefined;
        return;
      case 'macFailure':
        this.#diagnose('cause.macFailure', `${name} refused the challenge: ${checked.text}`, 'TS 33.102 §6.3.3');
        return;
      case 'unusable':
        this.#diagnose('cause.challengeUnusable', `${name} cannot use the challenge: ${checked.text}`, checked.clause);
        return;
      case 'syncFailure':
        this.#noteSyncFailure(checked.sqn, checked.sqnMs, checked.indBits);
    }
  }

  /** The security agreement that came with a challenge cannot be used. `text` stands by itself. */
  noteSecurity({ text, clause }: Advice): void {
    this.#diagnose('cause.securityAgreement', `${this.agent.name} gave up the attempt: ${text}`, clause);
  }

  /** The network's own proof is wrong. */
  noteProof({ text, clause }: Advice): void {
    this.#diagnose('cause.networkNotProven', `${this.agent.name} ${text}`, clause);
  }

  /** It takes long: the sentence is there before anybody has given up. */
  noteWaiting(sent: SentRegister, isTaken: boolean): void {
    const { name } = this.agent;
    const { text, clause } =
      isTaken || !this.#isAnswered
        ? unansweredYet(name, 'REGISTER', proxyAt(sent.destination), isTaken)
        : this.#unansweredAnswer(sent);
    this.agent.explain('cause.noAnswer', text, clause);
  }

  /** No response; `reason`: what the transport said. */
  noteSilence(sent: SentRegister, reason: string | undefined): void {
    const { text, clause } =
      reason === undefined && this.#isAnswered
        ? this.#unansweredAnswer(sent)
        : named(this.agent.name, unanswered('REGISTER', proxyAt(sent.destination), reason));
    // TS 33.203 §7.4: over associations that it has lost a P-CSCF hears nothing.
    const isUnheard = reason === undefined && !this.#isAnswered && sent.access.protection !== undefined;
    const whole = isUnheard
      ? `${text}, and whether a restart has cost it the security associations that this went over`
      : text;
    this.#silence = { status: undefined, text: whole, clause };
    this.agent.explain('cause.noAnswer', whole, clause);
  }

  #unansweredAnswer({ destination, access: { protection } }: SentRegister): Advice {
    const isTls = destination?.protocol === 'tls';
    const protectedBy = isTls ? 'tls' : protection === undefined ? undefined : 'ipsec';
    return named(this.agent.name, unansweredAnswer(proxyAt(destination), protectedBy));
  }

  /** Why the attempt has failed. */
  failure(status: number, response: SipResponse | undefined): Failure {
    if (this.#found !== undefined) return { ...this.#found, status: statusOf(response) };
    if (response === undefined) {
      const text =
        'the network answered 423 Interval Too Brief, and named no interval that it takes: none longer than was asked, or a longer one each time';
      return this.#silence ?? { status, text, clause: 'RFC 3261 §10.2.8' };
    }
    if (status === 401) {
      const text = 'the network challenged every answer again: compare the UE’s IMPI and SIM with the HSS';
      return { status, text, clause: 'TS 24.229 §5.1.1.5.12' };
    }
    return registrationFailure(response, this.#isAnswered, this.agent.config);
  }

  #noteSyncFailure(sqn: bigint, sqnMs: bigint, indBits: number): void {
    const { name } = this.agent;
    const clause = 'TS 33.102 §6.3.5';
    const found = `SQN ${hex(sqn)} of the challenge is not acceptable to its SIM, which is at ${hex(sqnMs)}`;
    if (this.#resynchronised) {
      const text = `${name} refused the challenge: ${found}, although it has told the HSS so with AUTS: ${nextForSqn(sqn, sqnMs, indBits)}`;
      this.#diagnose('cause.syncFailure', text, clause);
      return;
    }
    this.#resynchronised = true;
    const text = `${name} refused the challenge: ${found}; AUTS did not bring the HSS in line: ${seeHss}`;
    this.#found = { status: undefined, text, clause };
    this.agent.explain('info.resynchronised', `${name} resynchronises: ${found}`, clause);
  }

  #diagnose(what: string, text: string, clause: string): void {
    this.#found = { status: undefined, text, clause };
    this.agent.explain(what, text, clause);
  }
}

function named(name: string, { text, clause }: Advice): Advice {
  return { text: `${name} ${text}`, clause };
}

const seeHss = 'see what the HSS makes of AUTS, and compare its SQN, IND and the bits of IND with those of the card';

/** TS 33.102 C.1.1.1, C.3.4: an HSS whose SQN has fewer bits of IND counts on within the SEQ that the card has had. */
function nextForSqn(sqn: bigint, sqnMs: bigint, indBits: number): string {
  const isSameSeq = sqn >> BigInt(indBits) === sqnMs >> BigInt(indBits);
  if (!isSameSeq || sqn <= sqnMs) return seeHss;
  return (
    `the HSS counts on from there by ${sqn - sqnMs}, and with the ${indBits} bits of IND of the card SEQ stays the same: ` +
    `its IND has fewer bits; give the subscriber in the HSS the card's (ind-bits: ${indBits})`
  );
}

/** As `imslab aka` writes sequence numbers. */
function hex(sqn: bigint): string {
  return encodeSqn(sqn).toString('hex');
}

function statusOf(response: SipResponse | undefined): number | undefined {
  // A failed challenge has no status of its own (the 401 that carried it is not the network's last word).
  return response === undefined || response.status === 401 ? undefined : response.status;
}
