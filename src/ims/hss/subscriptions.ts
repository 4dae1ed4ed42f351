/** What an HSS keeps of its IMS subscriptions at run time. Made on the first request that is about one. */
import type { DeregistrationReasonCode } from '../../diameter/index.js';
import type { Chassis, RegistrationClaim } from '../../node/index.js';
import { type ImplicitSet, identitiesOfSet, type PublicIdentity, type Subscriber } from '../subscription/subscriber.js';
import { AuthenticationCentre, type SqnTime } from './authentication-centre.js';
import { RegistrationSet, type SetOwner } from './registration-set.js';
import type { SubscriberIndex } from './subscriber-index.js';
import type { CxAnswer, Elsewhere, SubscriptionEvent, Termination } from './subscription.machine.js';

/** A RTR that is due, for these sets. */
export interface DueTermination extends Termination {
  readonly sets: readonly RegistrationSet[];
}

interface KnownCentre {
  readonly privateIdentity: string;
  readonly centre: AuthenticationCentre;
}

interface SubscriptionOwner extends SetOwner {
  readonly sqnTime: SqnTime;
}

/** One IMS subscription: usually one private identity, and one implicit registration set. */
export class Subscription {
  readonly sets: readonly RegistrationSet[];
  readonly #owner: SubscriptionOwner;
  /** Their counters must outlive everything else here. */
  #authenticationCentres: readonly KnownCentre[] = [];

  constructor(owner: SubscriptionOwner, members: readonly Subscriber[]) {
    this.#owner = owner;
    this.sets = commonSets(members).map(
      ({ set, privateIdentities }, index) => new RegistrationSet(owner, index, set, privateIdentities),
    );
  }

  /** `undefined` where the subscriber has no keys for AKA. */
  authenticationCentre({ privateIdentity, authentication }: Subscriber): AuthenticationCentre | undefined {
    const known = this.#authenticationCentres.find((each) => each.privateIdentity === privateIdentity);
    if (known !== undefined || authentication.aka === undefined) return known?.centre;
    const { chassis, sqnTime } = this.#owner;
    const centre = new AuthenticationCentre(authentication.aka, chassis.environment.random, sqnTime);
    // Not pushed: that would make room for more, and most have one.
    this.#authenticationCentres = this.#authenticationCentres.concat({ privateIdentity, centre });
    return centre;
  }

  setOf({ uri }: PublicIdentity): RegistrationSet {
    const set = this.sets.length === 1 ? this.sets[0] : this.sets.find(({ data }) => holds(data, uri));
    if (set === undefined) throw new Error(`${uri} is of no set of its subscription`);
    return set;
  }

  setsOf(privateIdentity: string): readonly RegistrationSet[] {
    return this.sets.filter(({ privateIdentities }) => privateIdentities.includes(privateIdentity));
  }

  /** What the other sets know: one S-CSCF has them all. */
  elsewhere(set: RegistrationSet): Elsewhere {
    if (this.sets.length === 1) return nowhere;
    const others = this.sets.filter((other) => other !== set);
    return {
      server: others.find(({ server }) => server !== undefined)?.server,
      reassignmentPending: others.some(({ context }) => context.reassignmentPending),
    };
  }

  /** `onAnswer` once, within; RTRs that are due then come back. */
  decide(
    set: RegistrationSet,
    event: SubscriptionEvent,
    onAnswer: (answer: CxAnswer) => void,
  ): readonly DueTermination[] {
    const due: DueTermination[] = [];
    const collect = (each: RegistrationSet) => (termination: Termination | undefined) => {
      if (termination?.server !== undefined) due.push({ ...termination, sets: [each] });
    };
    set.send(event, onAnswer, collect(set));
    const isAssignment = event.type === 'cx.sar.register' || event.type === 'cx.sar.unregistered';
    if (isAssignment && set.server?.name === event.server.name) {
      // TS 29.228 §8.1.1: the others are served there no more.
      for (const other of this.sets) {
        if (other === set || other.server === undefined || other.server.name === event.server.name) continue;
        other.send({ type: 'subscription.reassigned' }, () => undefined, collect(other));
      }
    }
    return joined(due);
  }

  /** The operator's wish for some of the sets; none comes back where none of them is registered. */
  deregister(
    sets: readonly RegistrationSet[],
    reason: DeregistrationReasonCode,
    privateIdentity: string,
  ): readonly DueTermination[] {
    const due: DueTermination[] = [];
    for (const set of sets) {
      set.send(
        { type: 'operator.deregister', reason, privateIdentity },
        () => undefined,
        (termination) => {
          if (termination?.server !== undefined) due.push({ ...termination, sets: [set] });
        },
      );
    }
    return joined(due);
  }

  /** A changed profile takes the place of the one before it. */
  update(members: readonly Subscriber[]): void {
    for (const [index, { set }] of commonSets(members).entries()) {
      const state = this.sets[index];
      if (state !== undefined) state.data = set;
    }
  }

  close(): void {
    for (const set of this.sets) set.close();
  }
}

const nowhere: Elsewhere = { server: undefined, reassignmentPending: false };

interface CommonSet {
  readonly set: ImplicitSet;
  readonly privateIdentities: string[];
}

/** The sets of all members; two that have an identity in common are one (TS 23.228 5.2.1a.1). */
function commonSets(members: readonly Subscriber[]): readonly CommonSet[] {
  const common: CommonSet[] = [];
  for (const { privateIdentity, implicitSets } of members) {
    for (const set of implicitSets) {
      const same = members.length === 1 ? undefined : common.find((other) => overlap(other.set, set));
      if (same === undefined) common.push({ set, privateIdentities: [privateIdentity] });
      else same.privateIdentities.push(privateIdentity);
    }
  }
  return common;
}

function overlap(one: ImplicitSet, other: ImplicitSet): boolean {
  return identitiesOfSet(one).some(({ uri }) => holds(other, uri));
}

function holds(set: ImplicitSet, uri: string): boolean {
  return identitiesOfSet(set).some((identity) => identity.uri === uri);
}

/** One RTR tells one S-CSCF of all sets that go for one reason. */
function joined(due: readonly DueTermination[]): readonly DueTermination[] {
  if (due.length < 2) return due;
  const byServer = new Map<string, DueTermination>();
  for (const each of due) {
    const key = `${each.server!.host} ${each.reason}`;
    const before = byServer.get(key);
    byServer.set(
      key,
      before === undefined
        ? each
        : {
            ...each,
            sets: [...before.sets, ...each.sets],
            privateIdentities: [...new Set([...before.privateIdentities, ...each.privateIdentities])],
          },
    );
  }
  return [...byServer.values()];
}

export class Subscriptions implements SubscriptionOwner {
  machineCount = 0;
  readonly sqnTime: SqnTime;
  readonly #byKey = new Map<string, Subscription>();

  constructor(
    readonly chassis: Chassis,
    private readonly index: SubscriberIndex,
  ) {
    const { clock } = chassis.environment;
    this.sqnTime = { since: clock.now(), now: () => clock.now() };
  }

  of(subscriber: Subscriber): Subscription {
    const key = keyOf(subscriber);
    let found = this.#byKey.get(key);
    if (found === undefined) {
      found = new Subscription(this, this.index.membersOf(subscriber));
      this.#byKey.set(key, found);
    }
    return found;
  }

  /** After a subscriber was changed in the index. */
  update(subscriber: Subscriber): void {
    this.#byKey.get(keyOf(subscriber))?.update(this.index.membersOf(subscriber));
  }

  /** The registered identities of all. */
  claims(): readonly RegistrationClaim[] {
    return [...this.#byKey.values()].flatMap(({ sets }) => sets.flatMap((set) => set.claims()));
  }

  close(): void {
    for (const subscription of this.#byKey.values()) subscription.close();
    this.#byKey.clear();
  }
}

/** No private identity has white space in it. */
function keyOf({ privateIdentity, subscription }: Subscriber): string {
  return subscription === undefined ? privateIdentity : `subscription ${subscription}`;
}
