/**
 * The UE's registration: performs what `registration.machine.ts` decides, and keeps what the network granted.
 * TS 24.229 5.1.1; REG-10 to REG-18.
 */
import type { EffectsOf, Instance } from '../../machine/index.js';
import { type ClientUser, detached, type SipResponse } from '../../sip/index.js';
import { type Failure, retryAfterMs, unanswered, unansweredYet } from './failure.js';
import { registerRequest, registerUri } from './register-request.js';
import { type ChallengeVerdict, registration } from './registration.machine.js';
import { registrationFailure } from './registration-failure.js';
import { isRestoration } from './restoration.js';
import type { RegistrationOutcome } from './ue.js';
import { sameTarget, type UserAgent } from './user-agent.js';
import { type CheckedChallenge, Usim } from './usim.js';

/** What a 200 granted (REG-13). */
export interface Binding {
  /** First value of P-Associated-URI. */
  readonly defaultIdentity: string;
  /** Values of Service-Route with angle brackets, in order. */
  readonly serviceRoute: readonly string[];
  /** Values of Path, where the network lets the UE see them. */
  readonly path: readonly string[];
  /** Seconds. */
  readonly expires: number;
}

type Waiter = (outcome: RegistrationOutcome) => void;

export class Registration {
  readonly #agent: UserAgent;
  readonly #usim: Usim;
  readonly #machine: Instance<typeof registration>;
  /** One Call-ID and one rising CSeq for as long as the UE runs (RFC 3261 10.2). */
  readonly #callId: string;
  #sequence = 0;
  /** As last calculated, for the refresh (REG-15). */
  #authorization: string | undefined;
  #checked: CheckedChallenge | undefined;
  /** What the UE found wrong itself during this attempt; it says more than the network's answer to it. */
  #diagnosis: Failure | undefined;
  #silence: Failure | undefined;
  /** The P-CSCF has sent 100 for the REGISTER under way. */
  #isTaken = false;
  #resynchronised = false;
  #binding: Binding | undefined;
  /** What the profile asked for when it was last looked at. */
  #profileExpires: number;
  #registerWaiters: Waiter[] = [];
  #deregisterWaiters: Waiter[] = [];

  /** @param onOutcome of each attempt to register, asked for or not */
  constructor(
    agent: UserAgent,
    private readonly onOutcome: (outcome: RegistrationOutcome) => void,
  ) {
    this.#agent = agent;
    this.#profileExpires = agent.config.registration.expires;
    this.#usim = new Usim(agent.config.sim);
    this.#callId = agent.makeCallId();
    this.#machine = agent.host.create(registration, {
      id: `registration:${agent.config.publicIdentity}`,
      input: { expires: agent.config.registration.expires },
      owner: this,
      effects,
    });
  }

  /** While registered, also while that is being refreshed. */
  get binding(): Binding | undefined {
    return this.#binding;
  }

  /** Registers anew, or refreshes; `expires` in seconds. */
  register(done: Waiter, expires?: number): void {
    this.#registerWaiters.push(done);
    this.#machine.send({ type: 'ue.register', expires: expires ?? this.#changedExpires() });
  }

  reregister(done: Waiter): void {
    if (this.#binding !== undefined || this.#machine.state.startsWith('registering')) {
      this.register(done);
      return;
    }
    const text = `${this.#agent.name} is not registered, so that there is nothing to refresh`;
    done(failed({ status: undefined, text, clause: 'TS 24.229 §5.1.1.4.1' }));
  }

  /** What another request of this UE has met. TS 24.229 5.1.2A.1.6; undefined: no answer at all. */
  noteRefusal(response: SipResponse | undefined): void {
    if (response === undefined) this.#machine.send({ type: 'sip.proxySilent' });
    else if (isRestoration(response, this.#binding, this.#agent.config.homeDomain))
      this.#machine.send({ type: 'sip.registrationLost' });
  }

  deregister(done: Waiter): void {
    this.#deregisterWaiters.push(done);
    this.#machine.send({ type: 'ue.deregister' });
  }

  /** The node closes: whoever waits is told, nothing more is sent. */
  stop(): void {
    this.#machine.stop();
    const failure = { status: undefined, text: `${this.#agent.name} was stopped`, clause: undefined };
    this.#tell('register', failed(failure));
    this.#tell('deregister', failed(failure));
  }

  /** For the machine: a REGISTER that opens an attempt. */
  sendRegister(expires: number): void {
    this.#diagnosis = undefined;
    this.#checked = undefined;
    this.#resynchronised = false;
    this.#send(expires);
  }

  /** For the machine. */
  checkChallenge(response: SipResponse): void {
    const checked = this.#usim.check(response);
    this.#checked = checked;
    this.#note(checked);
    this.#machine.send({ type: 'usim.challengeChecked', verdict: checked.verdict, response });
  }

  /** For the machine. */
  answerChallenge(expires: number): void {
    const { config } = this.#agent;
    const request = {
      username: config.privateIdentity,
      uri: registerUri(this.#agent),
      cnonce: this.#agent.makeNonce(),
    };
    this.#authorization = this.#checked && this.#usim.answer(this.#checked, request);
    this.#send(expires);
  }

  /** For the machine. */
  store(response: SipResponse, grantedMs: number): void {
    const [first] = response.addresses('P-Associated-URI');
    this.#binding = {
      defaultIdentity: first === undefined ? this.#agent.config.publicIdentity : detached(first.uri.text),
      serviceRoute: response.values('Service-Route').map(detached),
      path: response.values('Path').map(detached),
      expires: grantedMs / 1000,
    };
  }

  /** For the machine. */
  forget(): void {
    this.#binding = undefined;
    this.#authorization = undefined;
  }

  /** For the machine. */
  reportRegistered(): void {
    const { defaultIdentity, expires } = this.#binding!;
    const { name } = this.#agent;
    const after = this.#resynchronised ? ', after its SIM and the HSS had brought their sequence numbers in line' : '';
    const reason = `${name} is registered as ${defaultIdentity} for ${expires} s${after}`;
    const clause = this.#resynchronised ? 'TS 33.102 §6.3.5' : undefined;
    const outcome = { success: true, status: 200, expires, reason, clause };
    this.#tell('register', outcome);
    this.onOutcome(outcome);
  }

  /** For the machine. */
  reportDeregistered(): void {
    const reason = `${this.#agent.name} is not registered`;
    this.#tell('deregister', { success: true, status: 200, expires: 0, reason, clause: undefined });
  }

  /** For the machine. */
  reportFailure(action: 'register' | 'deregister', status: number, response: SipResponse | undefined): void {
    const outcome = failed(this.#failure(status, response));
    this.#tell(action, outcome);
    if (action === 'register') this.onOutcome(outcome);
  }

  /** For the machine: the sentence is there before anybody has given up. */
  reportSilence(): void {
    const { name, proxyText } = this.#agent;
    const { text, clause } = unansweredYet(name, 'REGISTER', proxyText, this.#isTaken);
    this.#agent.explain('cause.noAnswer', text, clause);
  }

  /** For the machine. `status`: of the refresh, or of another request; undefined: none came. */
  reportLoss(status: number | undefined): void {
    const { name } = this.#agent;
    const why = status === undefined ? 'its request was not answered' : `it was answered ${status}`;
    const clause = status === undefined ? 'RFC 3261 §8.1.3.1' : 'TS 24.229 §5.1.1.4.1, §5.1.2A.1.6';
    this.#agent.explain('info.registersAnew', `${name} takes its registration for lost and registers: ${why}`, clause);
  }

  /** The profile may have been changed while the UE runs. */
  #changedExpires(): number | undefined {
    const { expires } = this.#agent.config.registration;
    if (expires === this.#profileExpires) return undefined;
    this.#profileExpires = expires;
    return expires;
  }

  #send(expires: number): void {
    const { sip, config } = this.#agent;
    this.#sequence++;
    const request = registerRequest(this.#agent, {
      callId: this.#callId,
      sequence: this.#sequence,
      expires,
      authorization: this.#authorization,
    });
    this.#silence = undefined;
    this.#isTaken = false;
    sip.sendRequest(request, config.proxy, this.#user(expires), { rport: true, failover: true });
  }

  #user(expires: number): ClientUser {
    return {
      onResponse: (response) => {
        if (response.status >= 200) this.#onFinal(response, expires);
        else this.#isTaken = true;
      },
      onTimeout: () => this.#onNothing(408, undefined),
      onTransportError: (reason) => this.#onNothing(503, reason),
    };
  }

  #onFinal(response: SipResponse, expires: number): void {
    const { status } = response;
    const minExpires = Number.parseInt(response.header('Min-Expires') ?? '', 10);
    if (status === 401) this.#machine.send({ type: 'sip.challenged', response });
    else if (status === 423 && !Number.isNaN(minExpires)) {
      this.#machine.send({ type: 'sip.intervalTooBrief', minExpires }); // REG-16
    } else if (status < 300) {
      const grantedMs = 1000 * this.#grantedSeconds(response, expires);
      if (expires === 0 || grantedMs > 0) this.#machine.send({ type: 'sip.granted', response, grantedMs });
      else this.#reject(status, response);
    } else this.#reject(status, response);
  }

  #reject(status: number, response: SipResponse | undefined): void {
    this.#machine.send({
      type: 'sip.rejected',
      status,
      response,
      retryAfterMs: response && retryAfterMs(response),
      chance: this.#agent.random.fraction(),
    });
  }

  /** No response: it counts as one of ours (RFC 3261 8.1.3.1). */
  #onNothing(status: number, reason: string | undefined): void {
    const { name, proxyText } = this.#agent;
    const { text, clause } = unanswered('REGISTER', proxyText, reason);
    this.#silence = { status: undefined, text: `${name} ${text}`, clause };
    this.#agent.explain('cause.noAnswer', this.#silence.text, clause);
    this.#reject(status, undefined);
  }

  /** RFC 3261 10.2.4: `expires` of the own Contact, else the Expires header, else what was asked. 0: no binding of ours. */
  #grantedSeconds(response: SipResponse, asked: number): number {
    const { contacts } = response;
    if (contacts === '*' || contacts.length === 0) return response.expires ?? asked;
    const own = contacts.find(({ uri }) => sameTarget(uri.text, this.#agent.contactUri));
    if (own === undefined) return 0;
    const seconds = Number.parseInt(String(own.parameters.get('expires')), 10);
    return Number.isNaN(seconds) ? (response.expires ?? asked) : seconds;
  }

  #failure(status: number, response: SipResponse | undefined): Failure {
    if (this.#diagnosis !== undefined) return { ...this.#diagnosis, status: statusOf(response) };
    if (response === undefined) {
      const text = 'the network answered 423 Interval Too Brief, but named no longer interval than was asked';
      return this.#silence ?? { status, text, clause: 'RFC 3261 §10.2.8' };
    }
    if (status === 401) {
      const text = 'the network challenged every answer again: compare the UE’s IMPI and SIM with the HSS';
      return { status, text, clause: 'TS 24.229 §5.1.1.5.12' };
    }
    return registrationFailure(response, this.#checked?.verdict === 'ok');
  }

  /** What the USIM found goes into the trace, and into the outcome if the attempt fails. */
  #note(checked: CheckedChallenge): void {
    const { name } = this.#agent;
    switch (checked.verdict) {
      case 'ok':
        this.#diagnosis = undefined;
        return;
      case 'macFailure':
        this.#diagnose('cause.macFailure', `${name} refused the challenge: ${checked.text}`, 'TS 33.102 §6.3.3');
        return;
      case 'unusable':
        this.#diagnose('cause.challengeUnusable', `${name} cannot use the challenge: ${checked.text}`, 'RFC 3310 §3.1');
        return;
      case 'syncFailure': {
        const { sqn, sqnMs } = checked;
        const found = `the sequence number ${sqn} of the challenge is not acceptable to its SIM, which is at ${sqnMs}`;
        if (this.#resynchronised) {
          const text = `${name} refused the challenge: ${found}, although it has told the HSS so with AUTS`;
          this.#diagnose('cause.syncFailure', text, 'TS 33.102 §6.3.5');
          return;
        }
        this.#resynchronised = true;
        const text = `${name} refused the challenge: ${found}; AUTS did not bring the HSS in line`;
        this.#diagnosis = { status: undefined, text, clause: 'TS 33.102 §6.3.5' };
        this.#agent.explain('info.resynchronised', `${name} resynchronises: ${found}`, 'TS 33.102 §6.3.5');
        return;
      }
    }
  }

  #diagnose(what: string, text: string, clause: string): void {
    this.#diagnosis = { status: undefined, text, clause };
    this.#agent.explain(what, text, clause);
  }

  #tell(action: 'register' | 'deregister', outcome: RegistrationOutcome): void {
    const waiters = action === 'register' ? this.#registerWaiters : this.#deregisterWaiters;
    if (action === 'register') this.#registerWaiters = [];
    else this.#deregisterWaiters = [];
    for (const waiter of waiters) waiter(outcome);
  }
}

const effects: EffectsOf<typeof registration, Registration> = {
  sendRegister: ({ expires }, owner) => owner.sendRegister(expires),
  checkChallenge: ({ response }, owner) => owner.checkChallenge(response as SipResponse),
  answerChallenge: ({ expires }: { expires: number; verdict: ChallengeVerdict }, owner) =>
    owner.answerChallenge(expires),
  storeRegistration: ({ response, grantedMs }, owner) => owner.store(response as SipResponse, grantedMs),
  forgetRegistration: (_, owner) => owner.forget(),
  reportSilence: (_, owner) => owner.reportSilence(),
  reportLoss: ({ status }, owner) => owner.reportLoss(status),
  reportRegistered: (_, owner) => owner.reportRegistered(),
  reportDeregistered: (_, owner) => owner.reportDeregistered(),
  reportFailure: ({ status, response }, owner) =>
    owner.reportFailure('register', status, response as SipResponse | undefined),
  reportDeregistrationFailure: ({ status, response }, owner) =>
    owner.reportFailure('deregister', status, response as SipResponse | undefined),
};

function statusOf(response: SipResponse | undefined): number | undefined {
  // A failed challenge has no status of its own (the 401 that carried it is not the network's last word).
  return response === undefined || response.status === 401 ? undefined : response.status;
}

function failed({ status, text, clause }: Failure): RegistrationOutcome {
  return { success: false, status, expires: undefined, reason: text, clause };
}
