/**
 * The UE's registration over one flow: performs what `registration.machine.ts` decides, and keeps what the network granted.
 * TS 24.229 5.1.1; REG-10 to REG-18; outbound RFC 5626. What goes over the wire is in `register-exchange.ts`, what is said of it
 * in `registration-reports.ts`.
 */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Destination, ServerRequest, SipResponse } from '../../sip/index.js';
import type { ContactEvent } from '../reg-event/index.js';
import { AttemptDiagnosis } from './attempt-diagnosis.js';
import type { AnsweredRequest, AuthenticationScheme, CheckedChallenge, SessionKeys } from './authentication.js';
import { schemeOf } from './authentication-scheme.js';
import { type Binding, bindingOf } from './binding.js';
import type { Advice } from './failure.js';
import type { NetworkAccess } from './network-access.js';
import { type AskedRegister, RegisterExchange, type RegisterExchangeUser } from './register-exchange.js';
import { registerUri } from './register-request.js';
import { type ChallengeVerdict, type RegistrationEvent, registration } from './registration.machine.js';
import { RegistrationReports, type Waiter } from './registration-reports.js';
import { isRestoration } from './restoration.js';
import type { SecurityAgreement } from './security-agreement.js';
import { StandingRegistration, type StandingUser } from './standing-registration.js';
import { TlsAgreement } from './tls-agreement.js';
import type { RegistrationOutcome } from './ue.js';
import type { UserAgent } from './user-agent.js';

export interface RegistrationUser extends Pick<RegisterExchangeUser, 'onContacts'> {
  /** Of each attempt to register, asked for or not. */
  onOutcome(outcome: RegistrationOutcome, flow: number): void;
  /** `binding` of this flow has changed. */
  onBinding(): void;
}

export class Registration implements StandingUser, RegisterExchangeUser {
  readonly #agent: UserAgent;
  readonly #scheme: AuthenticationScheme;
  readonly #machine: Instance<typeof registration>;
  readonly #diagnosis: AttemptDiagnosis;
  readonly #standing: StandingRegistration;
  readonly #agreement: SecurityAgreement | TlsAgreement | undefined;
  readonly #exchange: RegisterExchange;
  readonly #reports: RegistrationReports;
  /** The P-CSCF in use, counted on from the first. */
  #proxyNumber: number;
  #checked: CheckedChallenge | undefined;
  #binding: Binding | undefined;
  /** What the profile asked for when it was last looked at. */
  #profileExpires: number;
  /** What the de-registration under way takes away. */
  #removed: 'own' | '*' = 'own';

  /** @param flow its number, from 0 */
  constructor(
    agent: UserAgent,
    flow: number,
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
    this.#exchange = new RegisterExchange(agent, flow, this.#scheme, this.#diagnosis, this);
    this.#reports = new RegistrationReports(agent, this.#diagnosis, (outcome) => user.onOutcome(outcome, flow));
    this.#machine = agent.host.create(registration, {
      id: `registration:${config.publicIdentity}${flow === 0 ? '' : `:${flow + 1}`}`,
      input: {
        expires: config.registration.expires,
        proxyCount: config.proxy.length,
        runsOut: config.registration.emergency === true,
        isProtected: this.#agreement !== undefined,
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
    this.#reports.await('register', done);
    this.#machine.send({ type: 'ue.register', expires: expires ?? this.#changedExpires() });
  }

  /** Whether there is something that `register` would refresh. */
  get isUnderWay(): boolean {
    return this.#binding !== undefined || this.#machine.state.startsWith('registering');
  }

  /** REG-15: what the profile says has changed. */
  noteFeatures(): void {
    if (this.#machine.state !== 'registered' || !this.#exchange.hasOtherFeatures) return;
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
    this.#reports.lostConnection(this.#standingAccess.proxyText);
    this.#machine.send({ type: 'flow.failed' });
  }

  /** `*`: whatever is bound for the user. */
  deregister(done: Waiter, removed: 'own' | '*' = 'own'): void {
    if (this.#agent.config.registration.emergency === true) {
      this.#reports.emergencyStays(done);
      return;
    }
    this.#removed = removed;
    this.#reports.await('deregister', done);
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
    this.#reports.stopped();
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
    this.#exchange.send(this.#opening(expires));
    if (expires === 0 && this.#agent.config.quirks.registersWhileDeregistering === true) {
      this.#exchange.sendUnheeded(this.#opening(this.#machine.context.expires)); // on the heels of the de-registration
    }
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
    this.#exchange.send(this.#asked(expires, false, authorization, access ?? this.#standingAccess));
  }

  #opening(expires: number): AskedRegister {
    return this.#asked(expires, true, this.#scheme.opening(this.#answeredRequest), this.#standingAccess);
  }

  #asked(expires: number, opens: boolean, authorization: string | undefined, access: NetworkAccess): AskedRegister {
    const everyContact = expires === 0 && this.#removed === '*';
    return { expires, opens, authorization, access, securityClient: this.#agreement?.offered, everyContact };
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
    this.#reports.otherProxy(before, this.#standingAccess.proxyText, status);
  }

  /** For the machine. */
  reportRegistered(): void {
    this.#reports.registered(this.#binding!);
    this.noteFeatures();
  }

  /** For the machine, whose other effects go straight to these. */
  get exchange(): RegisterExchange {
    return this.#exchange;
  }

  /** For the machine. */
  get reports(): RegistrationReports {
    return this.#reports;
  }

  /** For the exchange. */
  onEvent(event: RegistrationEvent): void {
    this.#machine.send(event);
  }

  /** For the exchange. */
  onContacts(count: number): void {
    this.user.onContacts(count);
  }

  /** Over what stands: the security associations of the registration, else unprotected to the P-CSCF in use. */
  get #standingAccess(): NetworkAccess {
    return this.#agreement?.access ?? this.#agent.unprotectedAccess(this.#proxyNumber);
  }

  get #answeredRequest(): AnsweredRequest {
    const { privateIdentity: username, homeDomain } = this.#agent.config;
    return { username, homeDomain, uri: registerUri(this.#agent), makeCnonce: () => this.#agent.makeNonce() };
  }

  /** The profile may have been changed while the UE runs. */
  #changedExpires(): number | undefined {
    const { expires } = this.#agent.config.registration;
    if (expires === this.#profileExpires) return undefined;
    this.#profileExpires = expires;
    return expires;
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
  renewCallId: (_, owner) => owner.exchange.renewCallId(),
  reportSilence: (_, owner) => owner.exchange.noteSilence(),
  reportLoss: ({ status }, { reports }) => reports.loss(status),
  reportDeactivated: (_, { reports }) => reports.deactivated(),
  reportRejected: (_, { reports }) => reports.rejected(),
  reportRunOut: (_, { reports }) => reports.runOut(),
  reportRegistered: (_, owner) => owner.reportRegistered(),
  reportProtectionLost: ({ status }, { reports }) => reports.protectionLost(status),
  reportDeregistered: (_, { reports }) => reports.deregistered(),
  reportFailure: ({ status, response }, { reports }) =>
    reports.failure('register', status, response as SipResponse | undefined),
  reportDeregistrationFailure: ({ status, response }, { reports }) =>
    reports.failure('deregister', status, response as SipResponse | undefined),
};
