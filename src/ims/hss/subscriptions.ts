/** What an HSS keeps of its subscribers: state, vectors, profile. Made on the first request that is about one. */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis } from '../../node/index.js';
import type { Subscriber } from '../subscription/subscriber.js';
import { AuthenticationCentre } from './authentication-centre.js';
import { type CxAnswer, type SubscriptionEvent, subscription } from './subscription.machine.js';

export class Subscription {
  readonly authenticationCentre: AuthenticationCentre;
  readonly machine: Instance<typeof subscription>;
  /** The XML document, once it was asked for. */
  userData: string | undefined;
  #answer: (answer: CxAnswer) => void = nobody;

  constructor(
    chassis: Chassis,
    readonly subscriber: Subscriber,
  ) {
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

  /** For the machine's effect. */
  answer(answer: CxAnswer): void {
    this.#answer(answer);
  }
}

/** Between requests. */
const nobody = (): void => undefined;

const effects: EffectsOf<typeof subscription, Subscription> = {
  answer: ({ answer }, owner) => owner.answer(answer),
};

export class Subscriptions {
  readonly #bySubscriber = new Map<Subscriber, Subscription>();

  constructor(private readonly chassis: Chassis) {}

  get count(): number {
    return this.#bySubscriber.size;
  }

  of(subscriber: Subscriber): Subscription {
    let found = this.#bySubscriber.get(subscriber);
    if (found === undefined) {
      found = new Subscription(this.chassis, subscriber);
      this.#bySubscriber.set(subscriber, found);
    }
    return found;
  }

  close(): void {
    for (const { machine } of this.#bySubscriber.values()) machine.stop();
    this.#bySubscriber.clear();
  }
}
