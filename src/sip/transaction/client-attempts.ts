import type { Clock, Random } from '../../environment/index.js';
import type { MachineHost } from '../../machine/index.js';
import type { SipResponse } from '../message/index.js';
import type { SipTransport } from '../transport/transport.js';
import { makeBranch, slotOfBranch } from './branch.js';
import { type AttemptOptions, type AttemptUser, ClientAttempt } from './client-attempt.js';
import { type TombstoneOwner, Tombstones } from './tombstones.js';

/** So many slots are made one by one. */
const EXACT_MAX = 4;

/** Instead of a slot. */
const NONE = -1;
/** In a slot whose transaction waits for timer K without a machine. */
const BURIED = -2;

/** Every client transaction of an endpoint, by the slot that its branch names. */
export class ClientAttempts implements TombstoneOwner<number> {
  readonly #host: MachineHost;
  readonly #random: Random;
  readonly #transport: SipTransport;
  /** Slots that wait for timer K; undefined where somebody watches machines, which then wait themselves. */
  readonly #tombstones: Tombstones<number> | undefined;
  /** An attempt, `BURIED`, or the number of the next free slot. */
  #slots: (ClientAttempt | number)[] = [];
  #firstFree = NONE;
  #count = 0;

  constructor(host: MachineHost, random: Random, transport: SipTransport, clock: Clock, isWatched: boolean) {
    this.#host = host;
    this.#random = random;
    this.#transport = transport;
    this.#tombstones = isWatched ? undefined : new Tombstones(clock, this);
  }

  get count(): number {
    return this.#count;
  }

  /** A slot and a branch for the next attempt. The slot is taken once `start` is called with it. */
  nextBranch(suffix: string | undefined): { readonly slot: number; readonly branch: string } {
    const slot = this.#firstFree === NONE ? this.#slots.length : this.#firstFree;
    return { slot, branch: makeBranch(this.#random, slot, suffix) };
  }

  start(options: AttemptOptions): ClientAttempt {
    const attempt = new ClientAttempt(this, this.#transport, options);
    this.#take(options.slot, attempt);
    attempt.start(this.#host);
    return attempt;
  }

  #take(slot: number, attempt: ClientAttempt): void {
    this.#count++;
    if (slot < this.#slots.length) {
      this.#firstFree = this.#slots[slot] as number;
      this.#slots[slot] = attempt;
    }
    // A UE has a few: pushing would make room for 16 more.
    else if (slot < EXACT_MAX) this.#slots = this.#slots.concat(attempt);
    else this.#slots.push(attempt);
  }

  /** CANCEL is a transaction of its own with its INVITE's branch. RFC 3261 9.1. */
  startCancel(invite: ClientAttempt, text: string, user: AttemptUser): ClientAttempt {
    const { slot, branch, destination, timers } = invite;
    const options = { slot, branch, method: 'CANCEL', text, destination, timers, user };
    const attempt = new ClientAttempt(this, this.#transport, options);
    attempt.start(this.#host);
    return attempt;
  }

  /** SIP-30 / RFC 3261 17.1.3: by the branch of the top Via and the method in CSeq. */
  match(response: SipResponse): ClientAttempt | undefined {
    const { branch } = response.topVia;
    if (branch === undefined) return undefined;
    const attempt = this.#slots[slotOfBranch(branch)];
    if (attempt === undefined || typeof attempt === 'number' || attempt.branch !== branch) return undefined;
    const { method } = response.cseq;
    const matched = method === attempt.method ? attempt : method === 'CANCEL' ? attempt.cancelAttempt : undefined;
    return matched === undefined || matched.isDone ? undefined : matched;
  }

  /** Attempts that wait for something from this connection learn that it is gone. Rare, so a walk is cheap enough. */
  connectionLost(connectionId: number, reason: string): void {
    for (const attempt of [...this.#slots]) {
      if (typeof attempt === 'number' || attempt.sentOver !== connectionId) continue;
      attempt.cancelAttempt?.onConnectionLost(reason);
      attempt.onConnectionLost(reason);
    }
  }

  /** The slot is free when the INVITE and its CANCEL are both over. */
  release(attempt: ClientAttempt): void {
    const holder = this.#slots[attempt.slot];
    if (holder === undefined || typeof holder === 'number' || holder.branch !== attempt.branch) return;
    if (!holder.isDone || holder.cancelAttempt?.isDone === false) return;
    this.#free(attempt.slot);
  }

  /**
   * Has nothing but the slot wait for timer K, so that no other branch is of it before: a response that comes again finds nobody, as it
   * would find nobody to tell. RFC 3261 17.1.2.2.
   */
  bury(attempt: ClientAttempt, waitMs: number): void {
    const { slot } = attempt;
    if (this.#tombstones === undefined || this.#slots[slot] !== attempt) return;
    this.#slots[slot] = BURIED;
    attempt.stop();
    this.#tombstones.add(slot, waitMs);
  }

  /** Timer K. */
  onTombstoneEnd(slot: number): void {
    this.#free(slot);
  }

  #free(slot: number): void {
    this.#slots[slot] = this.#firstFree;
    this.#firstFree = slot;
    this.#count--;
  }

  stopAll(): void {
    this.#tombstones?.clear();
    for (const attempt of [...this.#slots]) {
      if (typeof attempt === 'number') continue;
      attempt.cancelAttempt?.stop();
      attempt.stop();
    }
    for (const [slot, held] of this.#slots.entries()) if (held === BURIED) this.#free(slot);
  }
}
