/**
 * The UE's registration over one flow: performs what `registration.machine.ts` decides, and keeps what the network granted.
 * TS 24.229 5.1.1; REG-10 to REG-18; outbound RFC 5626.
 */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { ClientUser, Destination, ServerRequest, SipResponse } from '../../sip/index.js';
import type { ContactEvent } from '../reg-event/index.js';
import { AttemptDiagnosis, type SentRegister } from './attempt-diagnosis.js';
import type { AnsweredRequest, AuthenticationScheme, CheckedChallenge, SessionKeys } from './authentication.js';
import { schemeOf } from './authentication-scheme.js';
import { type Binding, bindingOf, grantedSeconds, listedContacts } from './binding.js';
import { type Advice, type Failure, retryAfterMs } from './failure.js';
import type { NetworkAccess } from './network-access.js';
import { type OutgoingRegister, outgoingRegister, registerUri } from './register-request.js';
import { type ChallengeVerdict, registration } from './registration.machine.js';
import { isRestoration } from './restoration.js';
import type { SecurityAgreement } from './security-agreement.js';
import { StandingRegistration, type StandingUser } from './standing-registration.js';
import { TlsAgreement } from './tls-agreement.js';
import type { RegistrationOutcome } from './ue.js';
import type { UserAgent } from './user-agent.js';

type Waiter = (outcome: RegistrationOutcome) => void;

export interface RegistrationUser {
  /** Of each attempt to register, asked for or not. */
  onOutcome(outcome: RegistrationOutcome, flow: number): void;
  /** So many contacts of the user stand in a 200. */
  onContacts(count: number): void;
  /** `binding` of this flow has changed. */
  onBinding(): void;
}

export class Registration implements StandingUser {
  readonly #agent: UserAgent;
  readonly #scheme: AuthenticationScheme;
  readonly #machine: Instance<typeof registration>;
  readonly #diagnosis: AttemptDiagnosis;
  readonly #standing: StandingRegistration;
  readonly #agreement: SecurityAgreement | TlsAgreement | undefined;
  /** One Call-ID and one rising CSeq for as long as the UE runs (RFC 3261 10.2). */
  #callId: string;
  #sequence = 0;
  /** The P-CSCF in use, counted on from the first. */
  #proxyNumber: number;
  #checked: CheckedChallenge | undefined;
  /** 439 has not come (RFC 5626 6). */
  #mayUseOutbound = true;
  /** The P-CSCF has sent 100 for the REGISTER under way. */
  #isTaken = false;
  /** Undefined once its final response has come, or none can come any more. */
  #waitsFor: SentRegister | undefined;
  #binding: Binding | undefined;
  /** What the profile asked for when it was last looked at. */
  #profileExpires: number;
  /** As they stood in the last REGISTER (REG-15). */
  #sentFeatures = '';
  #registerWaiters: Waiter[] = [];
  #deregisterWaiters: Waiter[] = [];
  /** What the de-registration under way takes away. */
  #removed: 'own' | '*' = 'own';

  /** @param flow its number, from 0 */
  constructor(
    agent: UserAgent,
    private readonly flow: number,
    private readonly user: RegistrationUser,
  ) {
    const { config } = agent;
    this.#agent = agent;
    this.#proxyNumber = flow;
    this.#profileExpires = config.registration.expires;
    this.#scheme = schemeOf(config);
    this.#agreement = agent.securityAgreement(flow);
    this.#diagnosis = new AttemptDiagnosis(agent);
    this.#standing = new StandingRegistration(agent, flow === 0, this);
    this.#callId = agent.makeCallId();
    this.#machine = agent.host.create(registration, {
      id: `registration:${config.publicIdentity}${flow === 0 ? '' : `:${flow + 1}`}`,
      input: {
        expires: config.registration.expires,
        proxyCount: config.proxy.length,
        runsOut: config.registration.emergency === true,
      },
      owner: this,
      effects,
    });
  }

  /** While registered, also while that is being refreshed. */
  get binding(): Binding | undefined {
    return this.#binding;
  }

  /** What protects this flow, where something does. */
  get agreement(): SecurityAgreement | TlsAgreement | undefined {
    return this.#agreement;
  }

  /** Registers anew, or refreshes; `expires` in seconds. */
  register(done: Waiter, expires?: number): void {
    this.#registerWaiters.push(done);
    this.#machine.send({ type: 'ue.register', expires: expires ?? this.#changedExpires() });
  }

  /** Whether there is something that `register` would refresh. */
  get isUnderWay(): boolean {
    return this.#binding !== undefined || this.#machine.state.startsWith('registering');
  }

  /** REG-15: what the profile says has changed. */
  noteFeatures(): void {
    if (this.#machine.state !== 'registered' || this.#sentFeatures === this.#features) return;
    this.#machine.send({ type: 'ue.register', expires: this.#changedExpires() });
  }

  /** What another request of this UE has met. TS 24.229 5.1.2A.1.6; undefined: no answer at all. */
  noteRefusal(response: SipResponse | undefined): void {
    if (response === undefined) this.#machine.send({ type: 'sip.registrationDoubtful', status: undefined });
    else if (isRestoration(response, this.#binding, this.#agent.config.homeDomain))
      this.#machine.send({ type: 'sip.registrationLost' });
  }

  /**
   * For the watch. Nobody is refused the subscription to its own registration (TS 24.229 §5.4.2.1.1): 403 comes of a P-CSCF that
   * knows of none (§5.2.6.3), and a refresh tells what is left of it.
   */
  onWatchFailed(response: SipResponse | undefined): void {
    if (response?.status === 403) this.#machine.send({ type: 'sip.registrationDoubtful', status: 403 });
    else this.noteRefusal(response);
  }

  /** A NOTIFY about this registration. */
  takesNotify(request: ServerRequest): boolean {
    return this.#standing.takesNotify(request);
  }

  notePong(from: Destination): void {
    this.#standing.notePong(from);
  }

  /** A connection of this UE has ended, by no doing of its own: over TLS there is no other way to it (RFC 5626 4.4). */
  noteConnectionEnded({ protocol, endpoint: { address, port } }: Destination): void {
    const flow = this.#binding?.access.destinations[0];
    if (protocol !== 'tls' || flow?.protocol !== 'tls') return;
    if (flow.endpoint.address !== address || flow.endpoint.port !== port) return;
    const { name } = this.#agent;
    const text = `${name} has lost its TLS connection to ${this.#standingAccess.proxyText}, and registers over another one`;
    this.#agent.explain('cause.flowFailed', text, 'RFC 5626 §4.4, TS 33.203 §O.2');
    this.#machine.send({ type: 'flow.failed' });
  }

  /** `*`: whatever is bound for the user. */
  deregister(done: Waiter, removed: 'own' | '*' = 'own'): void {
    if (this.#agent.config.registration.emergency === true) {
      const text = `${this.#agent.name} lets its emergency registration run out: a UE does not end one itself`;
      done(failed({ status: undefined, text, clause: 'TS 24.229 §5.1.6.6' }));
      return;
    }
    this.#removed = removed;
    this.#deregisterWaiters.push(done);
    this.#machine.send({ type: 'ue.deregister' });
  }

  /** Another flow has taken the binding of this one away. */
  noteRemoved(): void {
    this.#machine.send({ type: 'contacts.removed' });
  }

  /** The node closes: whoever waits is told, nothing more is sent. */
  stop(): void {
    this.#machine.stop();
    this.#standing.stop();
    this.#agreement?.release();
    const failure = { status: undefined, text: `${this.#agent.name} was stopped`, clause: undefined };
    this.#tell('register', failed(failure));
    this.#tell('deregister', failed(failure));
  }

  /** For the watch: the network has ended it (REG-74). */
  onTerminated(event: ContactEvent, retryAfterMs: number | undefined): void {
    if (event === 'rejected' || event === 'unregistered') this.#machine.send({ type: 'reg.rejected' });
    else this.#machine.send({ type: 'reg.deactivated', retryAfterMs });
  }

  /** For the watch (REG-75). */
  onShortened(leftMs: number): void {
    this.#machine.send({ type: 'reg.shortened', leftMs });
  }

  /** For the keep-alives. */
  onFlowFailed(): void {
    this.#machine.send({ type: 'flow.failed' });
  }

  /** For the machine: a REGISTER that opens an attempt. */
  sendRegister(expires: number): void {
    this.#diagnosis.beginAttempt();
    this.#checked = undefined;
    this.#agreement?.newOffer(); // REG-15: new SPIs and a new client port
    if (expires === 0) this.#standing.unsubscribe();
    this.#send(expires, true, this.#scheme.opening(this.#answeredRequest), this.#standingAccess);
    if (expires === 0 && this.#agent.config.quirks.registersWhileDeregistering === true) this.#race();
  }

  /** For the machine. */
  checkChallenge(response: SipResponse): void {
    const checked = this.#scheme.check(response);
    this.#checked = checked;
    this.#diagnosis.note(checked);
    let verdict: ChallengeVerdict = checked.verdict;
    if (checked.verdict === 'ok' && this.#agreement !== undefined) {
      const problem = this.#protect(this.#agreement, checked, response);
      if (problem !== undefined) {
        this.#diagnosis.noteSecurity(problem);
        verdict = 'unprotected';
      }
    }
    this.#machine.send({ type: 'usim.challengeChecked', verdict, response });
  }

  /** What a challenge gives for the answer to it. */
  #protect(
    agreement: SecurityAgreement | TlsAgreement,
    { keys }: { readonly keys?: SessionKeys },
    response: SipResponse,
  ): Advice | undefined {
    if (agreement instanceof TlsAgreement) return agreement.take(response, this.#standingAccess);
    return keys && agreement.take(response, keys, this.#standingAccess);
  }

  /** For the machine. */
  answerChallenge(expires: number): void {
    const checked = this.#checked!;
    // Answered, it is of no more use, and its keys keep the 8 kB that Buffers are cut from.
    this.#checked = undefined;
    const authorization = this.#scheme.answer(checked, this.#answeredRequest);
    // What is not in order gets no set: it is answered over the one that stands, with a new offer (REG section 8).
    if (checked.verdict !== 'ok') this.#agreement?.newOffer();
    const access = checked.verdict === 'ok' ? this.#agreement?.answerAccess : undefined;
    this.#send(expires, false, authorization, access ?? this.#standingAccess);
  }

  /** For the machine. */
  store(response: SipResponse, grantedMs: number): void {
    this.#agreement?.granted(grantedMs);
    this.#checked = undefined;
    this.#binding = bindingOf(this.#agent, response, grantedMs, this.#standingAccess);
    this.user.onBinding();
    this.#standing.granted(this.#binding, response);
  }

  /** For the machine. */
  forget(): void {
    this.#scheme.forget();
    this.#agreement?.release();
    this.#standing.end();
    if (this.#binding === undefined) return;
    this.#binding = undefined;
    this.user.onBinding();
  }

  /** For the machine: REG-16. `status`: what the P-CSCF before has answered. */
  changeProxy(status: number): void {
    const before = this.#standingAccess.proxyText;
    this.#proxyNumber++;
    const { name } = this.#agent;
    const text = `${name} turns from ${before}, which gave ${status}, to ${this.#standingAccess.proxyText}`;
    this.#agent.explain('info.otherProxy', text, 'TS 24.229 §5.1.1.2.1');
  }

  /** For the machine: REG-12. */
  renewCallId(): void {
    this.#callId = this.#agent.makeCallId();
  }

  /** For the machine: RFC 5626 6. */
  dropOutbound(): void {
    this.#mayUseOutbound = false;
  }

  /** For the machine. */
  reportRegistered(): void {
    const { defaultIdentity, expires } = this.#binding!;
    const { resynchronised } = this.#diagnosis;
    const after = resynchronised ? ', after its SIM and the HSS had brought their sequence numbers in line' : '';
    const reason = `${this.#agent.name} is registered as ${defaultIdentity} for ${expires} s${after}`;
    const clause = resynchronised ? 'TS 33.102 §6.3.5' : undefined;
    const outcome = { success: true, status: 200, expires, reason, clause };
    this.#tell('register', outcome);
    this.user.onOutcome(outcome, this.flow);
    this.noteFeatures();
  }

  /** For the machine: of a registration for emergencies. */
  reportRunOut(): void {
    const text = `${this.#agent.name} is not registered for emergencies any more: without an emergency call it is not refreshed`;
    this.#agent.explain('info.emergencyRegistrationOver', text, 'TS 24.229 §5.1.6.4, §5.1.6.6');
  }

  /** For the machine. */
  reportDeregistered(): void {
    const reason = `${this.#agent.name} is not registered`;
    this.#tell('deregister', { success: true, status: 200, expires: 0, reason, clause: undefined });
  }

  /** For the machine. */
  reportFailure(action: 'register' | 'deregister', status: number, response: SipResponse | undefined): void {
    const outcome = failed(this.#diagnosis.failure(status, response));
    this.#tell(action, outcome);
    if (action === 'register') this.user.onOutcome(outcome, this.flow);
  }

  /** For the machine: the network does not want it back (REG-74). */
  reportRejected(): void {
    const text = `the network has ended the registration of ${this.#agent.name} and does not want it back: see why in HSS and S-CSCF`;
    const clause = 'TS 24.229 §5.1.1.7';
    this.#agent.explain('cause.registrationEnded', text, clause);
    const outcome = failed({ status: undefined, text, clause });
    this.#tell('register', outcome); // a refresh may be under way
    this.user.onOutcome(outcome, this.flow);
  }

  /** For the machine. */
  reportDeactivated(): void {
    const { name } = this.#agent;
    const text = `${name} registers again: the network has ended its registration and asks for a new one`;
    this.#agent.explain('info.registersAnew', text, 'TS 24.229 §5.1.1.7');
  }

  /** For the machine. */
  reportSilence(): void {
    if (this.#waitsFor !== undefined) this.#diagnosis.noteWaiting(this.#waitsFor, this.#isTaken);
  }

  /** For the machine. `status`: of the refresh, or of another request; undefined: none came. */
  reportLoss(status: number | undefined): void {
    const { name } = this.#agent;
    const why = status === undefined ? 'its request was not answered' : `it was answered ${status}`;
    const clause = status === undefined ? 'RFC 3261 §8.1.3.1' : 'TS 24.229 §5.1.1.4.1, §5.1.2A.1.6, §5.2.6.3';
    this.#agent.explain('info.registersAnew', `${name} takes its registration for lost and registers: ${why}`, clause);
  }

  /** Over what stands: the security associations of the registration, else unprotected to the P-CSCF in use. */
  get #standingAccess(): NetworkAccess {
    return this.#agreement?.access ?? this.#agent.unprotectedAccess(this.#proxyNumber);
  }

  get #answeredRequest(): AnsweredRequest {
    const { privateIdentity: username, homeDomain } = this.#agent.config;
    return { username, homeDomain, uri: registerUri(this.#agent), makeCnonce: () => this.#agent.makeNonce() };
  }

  get #features(): string {
    return this.#agent.config.registration.features.join(';');
  }

  /** The profile may have been changed while the UE runs. */
  #changedExpires(): number | undefined {
    const { expires } = this.#agent.config.registration;
    if (expires === this.#profileExpires) return undefined;
    this.#profileExpires = expires;
    return expires;
  }

  #send(expires: number, opens: boolean, authorization: string | undefined, access: NetworkAccess): void {
    const outgoing = this.#makeRegister(expires, opens, authorization, access);
    this.#diagnosis.beginRequest();
    this.#isTaken = false;
    this.#sentFeatures = this.#features;
    const { request, destinations, options } = outgoing;
    const sent: SentRegister = { access, destination: destinations[0] };
    this.#waitsFor = sent;
    this.#agent.sip.sendRequest(request, destinations, this.#userOf(outgoing, expires, sent), options);
  }

  #makeRegister(
    expires: number,
    opens: boolean,
    authorization: string | undefined,
    access: NetworkAccess,
  ): OutgoingRegister {
    this.#sequence++;
    const outgoing = outgoingRegister(this.#agent, {
      callId: this.#callId,
      sequence: this.#sequence,
      expires,
      authorization,
      opens,
      access,
      regId: this.#regId,
      securityClient: this.#agreement?.offered,
      everyContact: expires === 0 && this.#removed === '*',
    });
    this.#callId = outgoing.callId; // REG-12: an answer keeps it
    return outgoing;
  }

  get #regId(): number | undefined {
    return this.#usesRegId ? this.flow + 1 : undefined;
  }

  get #usesRegId(): boolean {
    return this.#mayUseOutbound && this.#agent.config.registration.flows > 1;
  }

  /** The quirk: a registration on the heels of a de-registration; whatever answers it, the UE does not care. */
  #race(): void {
    const { expires } = this.#machine.context;
    const authorization = this.#scheme.opening(this.#answeredRequest);
    const { request, destinations, options } = this.#makeRegister(expires, true, authorization, this.#standingAccess);
    this.#agent.sip.sendRequest(request, destinations, indifferent, options);
  }

  #userOf({ contactUri }: OutgoingRegister, expires: number, sent: SentRegister): ClientUser {
    return {
      onResponse: (response) => {
        if (response.status < 200) {
          this.#isTaken = true;
          return;
        }
        if (this.#waitsFor === sent) this.#waitsFor = undefined;
        this.#onFinal(response, expires, contactUri);
      },
      onTimeout: () => this.#onNothing(408, undefined, sent),
      onTransportError: (reason) => this.#onNothing(503, reason, sent),
    };
  }

  #onFinal(response: SipResponse, expires: number, contactUri: string): void {
    const { status, topVia } = response;
    // AKA-56 / TS 24.229 Annex F: an answer through a NAT finds its port only where the request asks for that.
    this.#agent.sip.askForPort(topVia.received !== undefined && topVia.received !== topVia.host);
    const minExpires = Number.parseInt(response.header('Min-Expires') ?? '', 10);
    if (status === 401) this.#machine.send({ type: 'sip.challenged', response });
    else if (status === 423 && !Number.isNaN(minExpires)) {
      this.#machine.send({ type: 'sip.intervalTooBrief', minExpires }); // REG-16
    } else if (status === 439 && this.#usesRegId) {
      this.dropOutbound(); // RFC 5626 6
      this.#machine.send({ type: 'sip.outboundRefused' });
    } else if (status < 300) this.#onSuccess(response, expires, contactUri);
    else this.#reject(status, response);
  }

  #onSuccess(response: SipResponse, expires: number, contactUri: string): void {
    const wrong = this.#scheme.verify(response);
    if (wrong !== undefined) {
      this.#diagnosis.noteProof(wrong);
      this.#reject(response.status, response);
      return;
    }
    this.user.onContacts(listedContacts(response));
    const grantedMs = 1000 * grantedSeconds(response, expires, contactUri, this.#regId);
    if (expires === 0 || grantedMs > 0) this.#machine.send({ type: 'sip.granted', response, grantedMs });
    else this.#reject(response.status, response);
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
  #onNothing(status: number, reason: string | undefined, sent: SentRegister): void {
    if (this.#waitsFor === sent) this.#waitsFor = undefined;
    this.#diagnosis.noteSilence(sent, reason);
    this.#reject(status, undefined);
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
  changeProxy: ({ status }, owner) => owner.changeProxy(status),
  renewCallId: (_, owner) => owner.renewCallId(),
  reportSilence: (_, owner) => owner.reportSilence(),
  reportLoss: ({ status }, owner) => owner.reportLoss(status),
  reportDeactivated: (_, owner) => owner.reportDeactivated(),
  reportRejected: (_, owner) => owner.reportRejected(),
  reportRunOut: (_, owner) => owner.reportRunOut(),
  reportRegistered: (_, owner) => owner.reportRegistered(),
  reportDeregistered: (_, owner) => owner.reportDeregistered(),
  reportFailure: ({ status, response }, owner) =>
    owner.reportFailure('register', status, response as SipResponse | undefined),
  reportDeregistrationFailure: ({ status, response }, owner) =>
    owner.reportFailure('deregister', status, response as SipResponse | undefined),
};

const indifferent: ClientUser = { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} };

function failed({ status, text, clause }: Failure): RegistrationOutcome {
  return { success: false, status, expires: undefined, reason: text, clause };
}
