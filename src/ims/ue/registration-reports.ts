/** What becomes of a registration over one flow, in words: to whoever has asked for it, to the UE, and into the trace. */
import type { SipResponse } from '../../sip/index.js';
import type { AttemptDiagnosis } from './attempt-diagnosis.js';
import type { Binding } from './binding.js';
import type { Failure } from './failure.js';
import type { RegistrationOutcome } from './ue.js';
import type { UserAgent } from './user-agent.js';

export type Waiter = (outcome: RegistrationOutcome) => void;

export class RegistrationReports {
  #registerWaiters: Waiter[] = [];
  #deregisterWaiters: Waiter[] = [];

  /** @param onOutcome of each attempt to register, asked for or not */
  constructor(
    private readonly agent: UserAgent,
    private readonly diagnosis: AttemptDiagnosis,
    private readonly onOutcome: (outcome: RegistrationOutcome) => void,
  ) {}

  /** `done` hears of the next end of that, once. */
  await(action: 'register' | 'deregister', done: Waiter): void {
    if (action === 'register') this.#registerWaiters.push(done);
    else this.#deregisterWaiters.push(done);
  }

  registered({ defaultIdentity, expires }: Binding): void {
    const { resynchronised } = this.diagnosis;
    const after = resynchronised ? ', after its SIM and the HSS had brought their sequence numbers in line' : '';
    const reason = `${this.agent.name} is registered as ${defaultIdentity} for ${expires} s${after}`;
    const clause = resynchronised ? 'TS 33.102 §6.3.5' : undefined;
    const outcome = { success: true, status: 200, expires, reason, clause };
    this.#tell('register', outcome);
    this.onOutcome(outcome);
  }

  /** Of a registration for emergencies. */
  runOut(): void {
    const text = `${this.agent.name} is not registered for emergencies any more: without an emergency call it is not refreshed`;
    this.agent.explain('info.emergencyRegistrationOver', text, 'TS 24.229 §5.1.6.4, §5.1.6.6');
  }

  deregistered(): void {
    const reason = `${this.agent.name} is not registered`;
    this.#tell('deregister', { success: true, status: 200, expires: 0, reason, clause: undefined });
  }

  failure(action: 'register' | 'deregister', status: number, response: SipResponse | undefined): void {
    const outcome = failed(this.diagnosis.failure(status, response));
    this.#tell(action, outcome);
    if (action === 'register') this.onOutcome(outcome);
  }

  /** The network does not want it back (REG-74). */
  rejected(): void {
    const text = `the network has ended the registration of ${this.agent.name} and does not want it back: see why in HSS and S-CSCF`;
    const clause = 'TS 24.229 §5.1.1.7';
    this.agent.explain('cause.registrationEnded', text, clause);
    const outcome = failed({ status: undefined, text, clause });
    this.#tell('register', outcome); // a refresh may be under way
    this.onOutcome(outcome);
  }

  deactivated(): void {
    const { name } = this.agent;
    const text = `${name} registers again: the network has ended its registration and asks for a new one`;
    this.agent.explain('info.registersAnew', text, 'TS 24.229 §5.1.1.7');
  }

  /** `status`: of the refresh, or of another request; undefined: none came. */
  loss(status: number | undefined): void {
    const { name } = this.agent;
    const why = status === undefined ? 'its request was not answered' : `it was answered ${status}`;
    const clause =
      status === undefined ? 'RFC 3261 §8.1.3.1' : 'TS 24.229 §5.1.1.4.1, §5.1.2A.1.6, §5.2.6.3; RFC 3329 §2.3.1';
    this.agent.explain('info.registersAnew', `${name} takes its registration for lost and registers: ${why}`, clause);
  }

  /** `status`: of the de-registration over the associations; 408 where none came. */
  protectionLost(status: number): void {
    const { name } = this.agent;
    const why = status === 408 ? 'was not answered' : `was answered ${status}`;
    const text = `${name} de-registers once more, unprotected: its REGISTER over the security associations ${why}; the P-CSCF may have lost them in a restart`;
    this.agent.explain('info.deregistersUnprotected', text, 'TS 33.203 §7.4, TS 24.229 §5.1.1.6');
  }

  /** REG-16. `status`: what the P-CSCF before has answered. */
  otherProxy(before: string, now: string, status: number): void {
    const text = `${this.agent.name} turns from ${before}, which gave ${status}, to ${now}`;
    this.agent.explain('info.otherProxy', text, 'TS 24.229 §5.1.1.2.1');
  }

  /** A UE that is registered for emergencies does not end that itself. */
  emergencyStays(done: Waiter): void {
    const text = `${this.agent.name} lets its emergency registration run out: a UE does not end one itself`;
    done(failed({ status: undefined, text, clause: 'TS 24.229 §5.1.6.6' }));
  }

  lostConnection(proxyText: string): void {
    const { name } = this.agent;
    const text = `${name} has lost its TLS connection to ${proxyText}, and registers over another one`;
    this.agent.explain('cause.flowFailed', text, 'RFC 5626 §4.4, TS 33.203 §O.2');
  }

  /** The node closes: whoever waits is told. */
  stopped(): void {
    const outcome = failed({ status: undefined, text: `${this.agent.name} was stopped`, clause: undefined });
    this.#tell('register', outcome);
    this.#tell('deregister', outcome);
  }

  #tell(action: 'register' | 'deregister', outcome: RegistrationOutcome): void {
    const waiters = action === 'register' ? this.#registerWaiters : this.#deregisterWaiters;
    if (action === 'register') this.#registerWaiters = [];
    else this.#deregisterWaiters = [];
    for (const waiter of waiters) waiter(outcome);
  }
}

function failed({ status, text, clause }: Failure): RegistrationOutcome {
  return { success: false, status, expires: undefined, reason: text, clause };
}
