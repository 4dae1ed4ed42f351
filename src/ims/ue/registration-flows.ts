/**
 * All registrations of one UE: one, or with outbound several over flows of their own, so that losing one P-CSCF costs
 * nothing. RFC 5626 4.2; TS 24.229 5.1.1.2.1.
 */
import type { Destination, ListenPoint, ServerRequest, SipResponse } from '../../sip/index.js';
import type { Binding } from './binding.js';
import { Registration, type RegistrationUser } from './registration.js';
import type { RegistrationOutcome } from './ue.js';
import type { UserAgent } from './user-agent.js';

type Waiter = (outcome: RegistrationOutcome) => void;

const none: readonly Registration[] = [];

export class RegistrationFlows implements RegistrationUser {
  readonly #agent: UserAgent;
  readonly #first: Registration;
  readonly #others: readonly Registration[];

  #listedCount = 0;

  /** @param onFirstOutcome of each attempt to register over the first flow, asked for or not */
  constructor(
    agent: UserAgent,
    private readonly onFirstOutcome: (outcome: RegistrationOutcome) => void,
  ) {
    this.#agent = agent;
    this.#first = new Registration(agent, 0, this);
    const { flows } = agent.config.registration;
    this.#others =
      flows === 1 ? none : Array.from({ length: flows - 1 }, (_, index) => new Registration(agent, index + 1, this));
  }

  /** For the flows. */
  onOutcome(outcome: RegistrationOutcome, flow: number): void {
    if (flow === 0) this.onFirstOutcome(outcome);
  }

  /** For the flows. */
  onBinding(): void {
    this.#agent.registered(this.binding);
  }

  /** For the flows. */
  onContacts(count: number): void {
    this.#listedCount = count;
  }

  /** As the last 200 has listed them. */
  get contactCount(): number {
    return this.binding === undefined ? 0 : this.#listedCount;
  }

  /** Of the first flow that has one: what sessions use. */
  get binding(): Binding | undefined {
    return this.#all.find(({ binding }) => binding !== undefined)?.binding;
  }

  register(done: Waiter, expires?: number): void {
    this.#first.register((outcome) => this.#registerFurther(outcome, done, expires), expires);
  }

  reregister(done: Waiter, expires?: number): void {
    if (this.#first.isUnderWay) {
      this.register(done, expires);
      return;
    }
    const reason = `${this.#agent.name} is not registered, so that there is nothing to refresh`;
    done({ success: false, status: undefined, expires: undefined, reason, clause: 'TS 24.229 §5.1.1.4.1' });
  }

  deregister(done: Waiter): void {
    this.#each(
      this.#others.filter(({ isUnderWay }) => isUnderWay),
      (flow, next) => flow.deregister(next),
      () => this.#first.deregister(done),
    );
  }

  /** RFC 3261 10.2.2: one REGISTER over the first flow takes away what all have bound. */
  deregisterAll(done: Waiter): void {
    this.#first.deregister((outcome) => {
      if (outcome.success) for (const flow of this.#others) flow.noteRemoved();
      done(outcome);
    }, '*');
  }

  noteFeatures(): void {
    for (const flow of this.#all) flow.noteFeatures();
  }

  /** What a request outside a registration has met: it went over the first flow that stands. */
  noteRefusal(response: SipResponse | undefined): void {
    (this.#all.find(({ binding }) => binding !== undefined) ?? this.#first).noteRefusal(response);
  }

  takesNotify(request: ServerRequest): boolean {
    return this.#all.some((flow) => flow.takesNotify(request));
  }

  notePong(from: Destination): void {
    for (const flow of this.#all) flow.notePong(from);
  }

  noteConnectionEnded(flow: Destination): void {
    for (const each of this.#all) each.noteConnectionEnded(flow);
  }

  senderOf(local: ListenPoint): ListenPoint | undefined {
    for (const { agreement } of this.#all) {
      const sender = agreement?.senderOf(local);
      if (sender !== undefined) return sender;
    }
    return undefined;
  }

  stop(): void {
    for (const flow of this.#all) flow.stop();
  }

  get #all(): readonly Registration[] {
    return this.#others.length === 0 ? [this.#first] : [this.#first, ...this.#others];
  }

  /** RFC 5626 4.2.1: more flows once the first one shows that the network knows outbound. */
  #registerFurther(first: RegistrationOutcome, done: Waiter, expires: number | undefined): void {
    if (!first.success || this.#others.length === 0) {
      done(first);
      return;
    }
    if (this.#first.binding?.usesOutbound !== true) {
      const { name } = this.#agent;
      const text = `${name} registers over one flow only: the network does not answer with Require: outbound`;
      this.#agent.explain('info.outboundNotUsed', text, 'RFC 5626 §6');
      done(first);
      return;
    }
    const failures: string[] = [];
    this.#each(
      this.#others,
      (flow, next) =>
        flow.register((outcome) => {
          if (!outcome.success) failures.push(outcome.reason);
          next();
        }, expires),
      () => {
        const count = this.#others.length + 1;
        const failed = failures.length === 0 ? '' : `; ${failures.join('; ')}`;
        const reason = `${first.reason}, over ${count - failures.length} of ${count} flows${failed}`;
        done({ ...first, reason });
      },
    );
  }

  /** One after the other. */
  #each(flows: readonly Registration[], act: (flow: Registration, next: () => void) => void, end: () => void): void {
    const step = (index: number): void => {
      const flow = flows[index];
      if (flow === undefined) end();
      else act(flow, () => step(index + 1));
    };
    step(0);
  }
}
