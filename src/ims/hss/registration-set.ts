/** One implicit registration set at run time: a machine where there is something to know, nothing where there is not. */
import type { ScscfRestorationInfo } from '../../diameter/index.js';
import type { EffectsOf, Instance, InstanceOptions } from '../../machine/index.js';
import type { Chassis, RegistrationClaim } from '../../node/index.js';
import { type ImplicitSet, identitiesOfSet } from '../subscription/subscriber.js';
import type { SetState } from './store.js';
import {
  type AnswerName,
  type AssignedServer,
  initialContext,
  isAtRest,
  type SubscriptionContext,
  type SubscriptionEvent,
  subscription,
  type Termination,
} from './subscription.machine.js';

export interface SetOwner {
  readonly chassis: Chassis;
  /** How many machines there are. */
  machineCount: number;
}

export class RegistrationSet {
  /** When the assignment was last confirmed, ms. */
  assignedAt = 0;
  /** What S-CSCFs have left here, by private identity (TS 23.380 4.3). */
  restoration: ReadonlyMap<string, ScscfRestorationInfo> | undefined;
  #machine: Instance<typeof subscription> | undefined;
  #kept: SetState | undefined;
  #answer: (answer: AnswerName) => void = nobody;
  #onTermination: (termination: Termination | undefined) => void = nobody;

  constructor(
    private readonly owner: SetOwner,
    /** Which one it is of its subscription. */
    readonly position: number,
    public data: ImplicitSet,
    /** Who has it. */
    readonly privateIdentities: readonly string[],
    kept: SetState | undefined,
  ) {
    if (kept === undefined) return;
    this.assignedAt = kept.assignedAt;
    this.restoration = kept.restoration;
    this.#kept = kept;
    // Nobody waits for RTA any more.
    const { state, context } = kept;
    this.#machine = this.#create({
      state,
      context: context.terminationPending ? { ...context, terminationPending: false } : context,
    });
  }

  /** Nothing is known of it. */
  get isAtRest(): boolean {
    return this.#machine === undefined;
  }

  /** What is to be kept of it; the same object where nothing has changed. */
  kept(): SetState | undefined {
    if (this.#machine === undefined) return undefined;
    const { state, context } = this.#machine;
    const { assignedAt, restoration } = this;
    const before = this.#kept;
    const isSame =
      before?.state === state &&
      before.context === context &&
      before.assignedAt === assignedAt &&
      before.restoration === restoration;
    if (!isSame) this.#kept = { state, context, assignedAt, restoration };
    return this.#kept;
  }

  /** Of the machine. */
  get id(): string {
    return `subscription:${this.privateIdentities[0]!}${this.position === 0 ? '' : `#${this.position + 1}`}`;
  }

  get state(): string {
    return this.#machine?.state ?? 'notRegistered';
  }

  get context(): SubscriptionContext {
    return this.#machine?.context ?? initialContext;
  }

  /** The S-CSCF that knows the set. */
  get server(): AssignedServer | undefined {
    return this.context.server;
  }

  /**
   * The machine answers each request within its event, once: so the trace names the state that the answer left in.
   * `onTermination`: RTR is due; `undefined`: there is nothing to end.
   */
  send(
    event: SubscriptionEvent,
    onAnswer: (answer: AnswerName) => void,
    onTermination: (termination: Termination | undefined) => void,
  ): void {
    this.#machine ??= this.#create();
    this.#answer = onAnswer;
    this.#onTermination = onTermination;
    this.#machine.send(event);
    // What answers holds the request, octets and all.
    this.#answer = nobody;
    this.#onTermination = nobody;
    this.#rest();
  }

  /** For the machine's effects. */
  answer(answer: AnswerName): void {
    this.#answer(answer);
  }

  /** For the machine's effects. */
  terminate(termination: Termination | undefined): void {
    this.#onTermination(termination);
  }

  /** Its identities, where it is registered. */
  claims(): readonly RegistrationClaim[] {
    const { server, authenticating, terminationPending } = this.context;
    if (this.state !== 'registered' || server === undefined) return [];
    return identitiesOfSet(this.data).map(({ uri }) => ({
      publicIdentity: uri,
      serverName: server.name,
      since: this.assignedAt,
      settled: authenticating.length === 0 && !terminationPending,
    }));
  }

  close(): void {
    if (this.#machine === undefined) return;
    this.#machine.stop();
    this.#machine = undefined;
    this.owner.machineCount--;
  }

  #create(resumed?: InstanceOptions<typeof subscription, RegistrationSet>['resumed']): Instance<typeof subscription> {
    this.owner.machineCount++;
    return this.owner.chassis.host.create(subscription, {
      id: this.id,
      input: undefined,
      owner: this as RegistrationSet,
      effects,
      ...(resumed !== undefined && { resumed }),
    });
  }

  /** Most sets of a large HSS are not registered: they cost nothing. */
  #rest(): void {
    if (this.#machine === undefined || !isAtRest(this.#machine.state, this.#machine.context)) return;
    this.restoration = undefined;
    this.close();
  }
}

/** Between requests. */
const nobody = (): void => undefined;

const effects: EffectsOf<typeof subscription, RegistrationSet> = {
  answer: ({ answer }, owner) => owner.answer(answer),
  sendTermination: (termination, owner) => owner.terminate(termination),
  refuseTermination: (_, owner) => owner.terminate(undefined),
};
