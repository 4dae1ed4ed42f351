/** A machine host that remembers what lives in it. Only where somebody traces the run: it costs an entry a machine. */
import type { AnyStateMachine } from 'xstate';
import type { Clock } from '../environment/index.js';
import type { Instance, InstanceOptions, MachineHost } from '../machine/index.js';
import { lifetimeMs } from '../sip/index.js';
import type { OldestTransaction } from './inspection.js';

/** Timer C of the proxies bounds a call that rings (RFC 3261 16.6 item 11); each provisional response renews it. */
const ringingMaxMs = 3 * 181_000;

type Timers = { readonly t1Ms: number; readonly t4Ms: number };

/**
 * The longest time that each transaction can live, all its timers one after the other (RFC 3261 17, RFC 6026, RFC 4320).
 * An INVITE waits in Proceeding without a timer of its own.
 */
const lifeLimits: Readonly<Record<string, (timers: Timers) => number>> = {
  // F, then K.
  nonInviteClientTransaction: (timers) => lifetimeMs(timers) + timers.t4Ms,
  // Until the client has given up, then J.
  nonInviteServerTransaction: (timers) => 2 * lifetimeMs(timers) + timers.t4Ms,
  // B, then ringing, then what a CANCEL waits, then D or M.
  inviteClientTransaction: (timers) => 3 * lifetimeMs(timers) + ringingMaxMs,
  // Ringing, then H and I, or L.
  inviteServerTransaction: (timers) => 2 * lifetimeMs(timers) + timers.t4Ms + ringingMaxMs,
};

interface Transaction {
  readonly actor: string;
  readonly since: number;
  readonly limitMs: number;
}

export class WatchedHost implements MachineHost {
  readonly #live = new Map<string, number>();
  readonly #transactions = new Set<Transaction>();

  constructor(
    private readonly inner: MachineHost,
    private readonly clock: Clock,
  ) {}

  get instanceCount(): number {
    return this.inner.instanceCount;
  }

  create<TMachine extends AnyStateMachine, TOwner>(
    machine: TMachine,
    options: InstanceOptions<TMachine, TOwner>,
  ): Instance<TMachine> {
    const { id } = machine;
    const limit = lifeLimits[id];
    const transaction = limit && {
      actor: options.id,
      since: this.clock.now(),
      limitMs: limit(options.input as Timers),
    };
    if (transaction !== undefined) this.#transactions.add(transaction);
    this.#live.set(id, this.liveCount(id) + 1);
    return this.inner.create(machine, {
      ...options,
      onDone: (owner) => {
        if (transaction !== undefined) this.#transactions.delete(transaction);
        this.#live.set(id, this.liveCount(id) - 1);
        options.onDone?.(owner);
      },
    });
  }

  /** Of the machine with that id. */
  liveCount(machine: string): number {
    return this.#live.get(machine) ?? 0;
  }

  get oldestTransaction(): OldestTransaction | undefined {
    const now = this.clock.now();
    let oldest: Transaction | undefined;
    for (const each of this.#transactions) {
      if (oldest === undefined || each.since + each.limitMs < oldest.since + oldest.limitMs) oldest = each;
    }
    return oldest && { actor: oldest.actor, ageMs: now - oldest.since, limitMs: oldest.limitMs };
  }
}
