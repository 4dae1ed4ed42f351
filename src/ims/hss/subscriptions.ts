/** What an HSS keeps of its subscribers: state, vectors, profile. Made on the first request that is about one. */
import type { DeregistrationReasonCode } from '../../diameter/index.js';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis, RegistrationClaim } from '../../node/index.js';
import { identitiesOf, type Subscriber } from '../subscription/subscriber.js';
import { AuthenticationCentre } from './authentication-centre.js';
import { type AssignedServer, type CxAnswer, type SubscriptionEvent, subscription } from './subscription.machine.js';

/** How a network-initiated de-registration ended; `reason` is one plain sentence. */
export interface TerminationOutcome {
  readonly success: boolean;
  readonly reason: string;
}

/** Tells an S-CSCF that it serves the user no more, and `done` what it answered. */
export type SendTermination = (
  subscription: Subscription,
  server: AssignedServer,
  reason: DeregistrationReasonCode,
  done: (outcome: TerminationOutcome) => void,
) => void;

export class Subscription {
  readonly authenticationCentre: AuthenticationCentre;
  readonly machine: Instance<typeof subscription>;
  /** The XML document, once it was asked for. */
  userData: string | undefined;
  /** When the assignment was last confirmed, ms. */
  assignedAt = 0;
  readonly #sendTermination: SendTermination;
  #answer: (answer: CxAnswer) => void = nobody;
  #onTermination: (outcome: TerminationOutcome) => void = nobody;

  constructor(
    chassis: Chassis,
    readonly subscriber: Subscriber,
    sendTermination: SendTermination,
  ) {
    this.#sendTermination = sendTermination;
    this.authenticationCentre = new AuthenticationCentre(subscriber, chassis.environment.random);
    this.machine = chassis.host.create(subscription, {
      id: `subscription:${subscriber.privateIdentity}`,
      input: undefined,
      owner: this as Subscription,
      effects,
    });
  }

  /** The machine answers each request within its event, once: so the trace names the state that the answer left in. */
  decide(event: SubscriptionEvent, onAnswer: (answer: CxAnswer) => void): void {
    this.#answer = onAnswer;
    this.machine.send(event);
    // What answers holds the request, octets and all.
    this.#answer = nobody;
  }

  /** The operator's wish; `done` once, when the S-CSCF has answered, or at once where there is nothing to end. */
  deregister(reason: DeregistrationReasonCode, done: (outcome: TerminationOutcome) => void): void {
    this.#onTermination = done;
    this.machine.send({ type: 'operator.deregister', reason });
    this.#onTermination = nobody;
  }

  /** For the machine's effects. */
  answer(answer: CxAnswer): void {
    this.#answer(answer);
  }

  /** For the machine's effects. */
  sendTermination(server: AssignedServer, reason: DeregistrationReasonCode): void {
    this.#sendTermination(this, server, reason, this.#onTermination);
  }

  /** For the machine's effects. */
  refuseTermination(): void {
    this.#onTermination({ success: false, reason: `${this.subscriber.privateIdentity} is not registered` });
  }

  /** Its identities, where it is registered. */
  claims(): readonly RegistrationClaim[] {
    const { state, context } = this.machine;
    const { server, authenticationPending, terminationPending } = context;
    if (state !== 'registered' || server === undefined) return [];
    return identitiesOf(this.subscriber).map(({ uri }) => ({
      publicIdentity: uri,
      serverName: server.name,
      since: this.assignedAt,
      settled: !authenticationPending && !terminationPending,
    }));
  }
}

/** Between requests. */
const nobody = (): void => undefined;

const effects: EffectsOf<typeof subscription, Subscription> = {
  answer: ({ answer }, owner) => owner.answer(answer),
  sendTermination: ({ server, reason }, owner) => owner.sendTermination(server!, reason),
  refuseTermination: (_, owner) => owner.refuseTermination(),
};

export class Subscriptions {
  readonly #bySubscriber = new Map<Subscriber, Subscription>();

  constructor(
    private readonly chassis: Chassis,
    private readonly sendTermination: SendTermination,
  ) {}

  get count(): number {
    return this.#bySubscriber.size;
  }

  of(subscriber: Subscriber): Subscription {
    let found = this.#bySubscriber.get(subscriber);
    if (found === undefined) {
      found = new Subscription(this.chassis, subscriber, this.sendTermination);
      this.#bySubscriber.set(subscriber, found);
    }
    return found;
  }

  /** The registered identities of all. */
  claims(): readonly RegistrationClaim[] {
    return [...this.#bySubscriber.values()].flatMap((subscription) => subscription.claims());
  }

  close(): void {
    for (const { machine } of this.#bySubscriber.values()) machine.stop();
    this.#bySubscriber.clear();
  }
}
