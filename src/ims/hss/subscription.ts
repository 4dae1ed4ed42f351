/** One IMS subscription at run time: its registration sets and sequence numbers, and whose turn it is. */
import { isDeepStrictEqual } from 'node:util';
import type { DeregistrationReasonCode } from '../../diameter/index.js';
import type { Chassis } from '../../node/index.js';
import { canonicalIdentity, canonicalPrivateIdentity } from '../identity/index.js';
import { matchingIdentity } from '../subscription/matching-identity.js';
import { type ImplicitSet, identitiesOf, type PublicIdentity, type Subscriber } from '../subscription/subscriber.js';
import { AuthenticationCentre, type SqnTime } from './authentication-centre.js';
import { type CommonSet, commonSets, holds, leadingIdentity, successorOf } from './common-sets.js';
import { RegistrationSet, type SetOwner } from './registration-set.js';
import { type SequenceNumbers, sqnOf, withoutSqn, withSqn } from './sequence-numbers.js';
import type { ShState } from './sh-state.js';
import type { Done, StoredSubscription, SubscriptionState } from './store.js';
import type { AnswerName, AssignedServer, Elsewhere, SubscriptionEvent, Termination } from './subscription.machine.js';

/** A RTR that is due, for these sets. */
export interface DueTermination extends Termination {
  readonly sets: readonly RegistrationSet[];
  /** What the S-CSCF knows as them: a change of the subscriber may come first. */
  readonly data: readonly ImplicitSet[];
}

/** Whose an identity is. */
export interface OwnedIdentity {
  readonly subscriber: Subscriber;
  readonly identity: PublicIdentity;
}

interface KnownCentre {
  readonly privateIdentity: string;
  readonly centre: AuthenticationCentre;
}

export interface SubscriptionOwner extends SetOwner {
  readonly chassis: Chassis;
  readonly sqnTime: SqnTime;
  /** Keeps the state of one subscription. */
  save(subscription: Subscription, state: SubscriptionState | undefined, done: Done): void;
  /** Something has changed and is durable, and whoever changed it knows. */
  onKept(subscription: Subscription, before: SubscriptionState | undefined): void;
  /** Its subscribers' data have changed. */
  onProvisioned(subscription: Subscription, before: readonly Subscriber[]): void;
}

/** Work on one subscription. */
export interface Turn {
  run(subscription: Subscription): void;
  /** Instead, where the subscription is not loaded any more. */
  again(): void;
}

/** Usually one private identity, and one implicit registration set. */
export class Subscription {
  readonly key: string;
  /** What application servers have left here. */
  sh: ShState | undefined;
  /** It was worked on since somebody last looked for a subscription to unload. */
  isUsed = true;
  readonly #owner: SubscriptionOwner;
  #members: readonly Subscriber[];
  #sets: readonly RegistrationSet[];
  #authenticationCentres = noCentres;
  #sqn: SequenceNumbers;
  /** As the store has it. */
  #saved: SubscriptionState | undefined;
  /** Work in progress: the running turn, and what it saves. */
  #busyCount = 0;
  #waiting: Turn[] = none;
  #isUnloaded = false;

  constructor(owner: SubscriptionOwner, { key, members, state }: StoredSubscription) {
    this.#owner = owner;
    this.key = key;
    this.#members = members;
    this.#saved = state;
    this.#sqn = state?.sqn;
    this.sh = state?.sh;
    this.#sets = commonSets(members).map(
      ({ set, privateIdentities }, index) =>
        new RegistrationSet(owner, index, set, privateIdentities, state?.sets[index]),
    );
  }

  get members(): readonly Subscriber[] {
    return this.#members;
  }

  get sets(): readonly RegistrationSet[] {
    return this.#sets;
  }

  member(privateIdentity: string): Subscriber | undefined {
    return this.#members.find((member) => member.privateIdentity === privateIdentity);
  }

  /** An identity that a member has just so; of one that several share, the last one's. */
  exact(uri: string): OwnedIdentity | undefined {
    const members = this.#members;
    for (let at = members.length - 1; at >= 0; at--) {
      const subscriber = members[at]!;
      for (const identity of identitiesOf(subscriber)) if (identity.uri === uri) return { subscriber, identity };
    }
    return undefined;
  }

  /** The same, or else by a wildcard; `uri` in its canonical form. */
  owned(uri: string): OwnedIdentity | undefined {
    const exact = this.exact(uri);
    if (exact !== undefined) return exact;
    const members = this.#members;
    for (let at = members.length - 1; at >= 0; at--) {
      const found = ofSubscriber(members[at]!, uri);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Runs when all turns before it are over: what they have changed is saved. */
  take(turn: Turn): void {
    if (this.#isUnloaded) {
      turn.again();
      return;
    }
    if (this.#busyCount > 0) {
      if (this.#waiting === none) this.#waiting = [turn];
      else this.#waiting.push(turn);
      return;
    }
    this.#run(turn);
    this.#runWaiting();
  }

  /**
   * Within a turn, once something may have changed: `done` when it is durable, or with why it is not. Then all of it is
   * forgotten here, and read anew. The next turn waits.
   */
  commit(done: Done): void {
    const state = this.#state();
    if (isSame(state, this.#saved)) {
      done();
      return;
    }
    const before = this.#saved;
    this.keep(
      (kept) => this.#owner.save(this, state, kept),
      (error) => {
        if (error === undefined) this.#saved = state;
        else this.#isUnloaded = true;
        done(error);
        if (error === undefined) this.#owner.onKept(this, before);
      },
    );
  }

  /** Within a turn: the next one waits until `work` is done. */
  keep(work: (done: Done) => void, done: Done): void {
    this.#busyCount++;
    work((error) => {
      try {
        done(error);
      } finally {
        this.#busyCount--;
        if (this.#isUnloaded) this.unload();
        else this.#runWaiting();
      }
    });
  }

  /** Nobody works on it, and no answer is awaited that would change it. */
  get isIdle(): boolean {
    return this.#busyCount === 0 && this.sets.every(({ context }) => !context.terminationPending);
  }

  /** No more is known of it than what the subscriber's data say and its SQNs. */
  get isAtRest(): boolean {
    return this.sh === undefined && this.sets.every(({ isAtRest }) => isAtRest);
  }

  /** Whoever waits asks for it anew. */
  unload(): void {
    this.#isUnloaded = true;
    for (const set of this.sets) set.close();
    const waiting = this.#waiting;
    this.#waiting = none;
    for (const turn of waiting) turn.again();
  }

  /** `undefined` where the subscriber has no keys for AKA. */
  authenticationCentre({ privateIdentity, authentication }: Subscriber): AuthenticationCentre | undefined {
    const known = this.#authenticationCentres.find((each) => each.privateIdentity === privateIdentity);
    if (known !== undefined || authentication.aka === undefined) return known?.centre;
    const { chassis, sqnTime } = this.#owner;
    const last = sqnOf(this.#sqn, privateIdentity);
    const centre = new AuthenticationCentre(authentication.aka, chassis.environment.random, sqnTime, last);
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
    onAnswer: (answer: AnswerName) => void,
  ): readonly DueTermination[] {
    const due: DueTermination[] = [];
    const collect = (each: RegistrationSet) => (termination: Termination | undefined) => {
      if (termination?.server !== undefined) due.push({ ...termination, sets: [each], data: [each.data] });
    };
    set.send(event, onAnswer, collect(set));
    const isAssignment = event.type === 'cx.sar.register' || event.type === 'cx.sar.unregistered';
    if (isAssignment && set.server?.name === event.server.name) {
      // TS 29.228 §8.1.1: the others are served there no more.
      for (const other of this.sets) {
        if (other === set || other.server === undefined || other.server.name === event.server.name) continue;
        const goesAlong = event.type === 'cx.sar.unregistered' && event.restores && other.restoration !== undefined;
        // TS 23.380 4.4: what an S-CSCF has left of them the one that restores finds when it is asked for them.
        const following: SubscriptionEvent = goesAlong
          ? { ...event, elsewhere: { server: event.server, reassignmentPending: true } }
          : { type: 'subscription.reassigned' };
        other.send(following, () => undefined, collect(other));
      }
    }
    return joined(due);
  }

  /** The operator's wish for some of the sets; none comes back where none of them is registered by that private identity. */
  deregister(
    sets: readonly RegistrationSet[],
    reason: DeregistrationReasonCode,
    privateIdentity: string,
  ): readonly DueTermination[] {
    const due: DueTermination[] = [];
    for (const set of sets) {
      // Registered by others alone: whoever names one that it does not know would end theirs (TS 29.228 §6.1.3.1).
      const { registeredBy } = set.context;
      if (registeredBy.length > 0 && !registeredBy.includes(privateIdentity)) continue;
      set.send(
        { type: 'operator.deregister', reason, privateIdentity },
        () => undefined,
        (termination) => {
          if (termination?.server !== undefined) due.push({ ...termination, sets: [set], data: [set.data] });
        },
      );
    }
    return joined(due);
  }

  /** RTA, or no answer at all. */
  terminated(positions: readonly number[]): void {
    for (const position of positions) this.sets[position]?.send({ type: 'cx.rta' }, unanswered, unanswered);
  }

  /** RTA: this identity is registered for emergencies and stays so at that S-CSCF (TS 29.228 §6.1.3.1). */
  stays(publicIdentity: string, privateIdentity: string, server: AssignedServer): void {
    const owned = this.owned(canonicalIdentity(publicIdentity) ?? publicIdentity);
    const set = owned && this.setOf(owned.identity);
    const own = canonicalPrivateIdentity(privateIdentity);
    if (set?.privateIdentities.includes(own) !== true) return;
    set.send({ type: 'cx.rta.emergency', server, privateIdentity: own }, unanswered, unanswered);
  }

  /**
   * Changed ones, more, or fewer take the place of those before them; sets keep what is known of them as far as they last.
   * `recounted`: whose SQN begins anew from the data whether that has changed or not.
   */
  update(members: readonly Subscriber[], recounted: ReadonlySet<string> = nobody): void {
    const keysOf = (all: readonly Subscriber[], { privateIdentity }: Subscriber): unknown => {
      const aka = all.find((each) => each.privateIdentity === privateIdentity)?.authentication.aka;
      return aka && [aka.material, aka.sqn];
    };
    for (const member of this.#members) {
      const isAlike = isDeepStrictEqual(keysOf(this.#members, member), keysOf(members, member));
      if (isAlike && !recounted.has(member.privateIdentity)) continue;
      this.#forgetSqn(member.privateIdentity);
    }
    this.#members = members;
    const common = commonSets(members);
    const isAlike =
      common.length === this.#sets.length &&
      common.every((each, at) => {
        const before = this.#sets[at]!;
        const { privateIdentities } = each;
        return (
          successorOf(before.data, common) === each && isDeepStrictEqual(before.privateIdentities, privateIdentities)
        );
      });
    if (isAlike) for (const [at, { set }] of common.entries()) this.#sets[at]!.data = set;
    else this.#sets = this.#rearranged(common);
  }

  #rearranged(common: readonly CommonSet[]): readonly RegistrationSet[] {
    const known = common.map((each) => {
      const before = this.#sets.filter(({ data }) => successorOf(data, common) === each);
      const leading = leadingIdentity(each.set);
      return (before.find(({ data }) => leadingIdentity(data) === leading) ?? before[0])?.kept();
    });
    for (const set of this.#sets) set.close();
    return common.map(
      ({ set, privateIdentities }, at) => new RegistrationSet(this.#owner, at, set, privateIdentities, known[at]),
    );
  }

  #forgetSqn(privateIdentity: string): void {
    this.#authenticationCentres = this.#authenticationCentres.filter(
      (each) => each.privateIdentity !== privateIdentity,
    );
    this.#sqn = withoutSqn(this.#sqn, privateIdentity);
  }

  #run(turn: Turn): void {
    this.isUsed = true;
    this.#busyCount++;
    try {
      turn.run(this);
    } finally {
      this.#busyCount--;
    }
  }

  #runWaiting(): void {
    while (this.#busyCount === 0 && this.#waiting.length > 0) this.#run(this.#waiting.shift()!);
  }

  /** Where nothing has changed it is made of the same parts as before. */
  #state(): SubscriptionState | undefined {
    for (const { privateIdentity, centre } of this.#authenticationCentres) {
      const { lastSqn } = centre;
      const before = sqnOf(this.#sqn, privateIdentity) ?? this.member(privateIdentity)?.authentication.aka?.sqn;
      if (lastSqn !== before) this.#sqn = withSqn(this.#sqn, privateIdentity, lastSqn);
    }
    this.#authenticationCentres = lasting(this.#authenticationCentres);
    const sets = this.sets.map((set) => set.kept());
    if (this.#sqn === undefined && this.sh === undefined && sets.every((set) => set === undefined)) return undefined;
    return { sqn: this.#sqn, sets, sh: this.sh };
  }
}

const none: Turn[] = [];
const nobody: ReadonlySet<string> = new Set();
const noCentres: readonly KnownCentre[] = [];
const nowhere: Elsewhere = { server: undefined, reassignmentPending: false };
const unanswered = (): void => undefined;

/** Those that know more than the last SQN: how far it is ahead of the clock. Another one is made anew for the next vector. */
function lasting(centres: readonly KnownCentre[]): readonly KnownCentre[] {
  return centres.some(({ centre }) => centre.followsClock) ? centres : noCentres;
}

/** The identity as one of that subscriber's; `uri` in its canonical form. */
export function ofSubscriber(subscriber: Subscriber, uri: string): OwnedIdentity | undefined {
  const identities = identitiesOf(subscriber);
  const identity = identities.find((each) => each.uri === uri) ?? matchingIdentity(identities, uri);
  return identity && { subscriber, identity };
}

function isSame(one: SubscriptionState | undefined, other: SubscriptionState | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.sqn === other.sqn &&
    one.sh === other.sh &&
    one.sets.length === other.sets.length &&
    one.sets.every((set, index) => set === other.sets[index])
  );
}

/** One RTR tells one S-CSCF of all sets that go for one reason. */
export function joined(due: readonly DueTermination[]): readonly DueTermination[] {
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
            data: [...before.data, ...each.data],
            privateIdentities: [...new Set([...before.privateIdentities, ...each.privateIdentities])],
          },
    );
  }
  return [...byServer.values()];
}
