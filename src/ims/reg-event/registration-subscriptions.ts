/** All subscriptions to registrations that one node serves: how dialogs find them, when they end, how many there may be. */
import type { Timer } from '../../environment/index.js';
import type { Headers, ServerRequest } from '../../sip/index.js';
import { ExpiryQueue } from './expiry-queue.js';
import type { RegistrationNotifier, RegistrationSubscription } from './registration-notifier.js';
import type { RegEventParty } from './registration-watcher.js';

export interface RegistrationSubscriptionsOptions {
  /** Value of Contact in answers and NOTIFY, with angle brackets: leads back to this node. */
  readonly contact: string;
  /** Of all sets together; 1,000,000 where absent. */
  readonly subscriptionsMax?: number;
  /** Further headers of each NOTIFY. */
  headers(): Headers;
}

/**
 * Of one watcher of an implicit registration set, with what it left behind: the UEs of the user, or a node of the network. Each has its
 * own, so that no UE keeps its P-CSCF or an application server out (REG-90, REG-92); how many nodes there are the contacts and the profile
 * say.
 */
const subscriptionsOfWatcherMax = 32;

export class RegistrationSubscriptions {
  readonly #options: RegistrationSubscriptionsOptions;
  readonly #max: number;
  /** By our tag, which is random. */
  readonly #byTag = new Map<string, RegistrationSubscription>();
  readonly #queue = new ExpiryQueue<RegistrationSubscription>();
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(
    readonly party: RegEventParty,
    options: RegistrationSubscriptionsOptions,
  ) {
    this.#options = options;
    this.#max = options.subscriptionsMax ?? 1_000_000;
  }

  get count(): number {
    return this.#byTag.size;
  }

  get contact(): string {
    return this.#options.contact;
  }

  readonly headers = (): Headers => this.#options.headers();

  /**
   * A SUBSCRIBE within a dialog: refresh or end of one of these subscriptions. False: of none of them, so that 481 is the
   * answer. @param expiresMax seconds
   */
  receive(request: ServerRequest, expiresMax: number): boolean {
    const { toTag, fromTag, callId } = request.message;
    const found = toTag === undefined ? undefined : this.#byTag.get(toTag);
    if (found === undefined || found.dialog.remoteTag !== fromTag || found.dialog.callId !== callId) return false;
    found.notifier.refresh(found, request, expiresMax);
    return true;
  }

  /** Ends all without a word to anybody. */
  close(): void {
    this.#timer?.cancel();
    for (const subscription of [...this.#byTag.values()]) {
      subscription.stop();
      subscription.notifier.forget(subscription);
    }
  }

  /** For the notifiers. */
  hasRoomFor(notifier: RegistrationNotifier, host: string | undefined): boolean {
    return this.#byTag.size < this.#max && notifier.countOf(host) < subscriptionsOfWatcherMax;
  }

  /** For the notifiers. */
  add(subscription: RegistrationSubscription): void {
    this.#byTag.set(subscription.dialog.localTag, subscription);
  }

  /** For the notifiers. */
  remove(subscription: RegistrationSubscription): void {
    this.#byTag.delete(subscription.dialog.localTag);
    this.#queue.remove(subscription);
  }

  /** For the notifiers: `expiresAt` is new. */
  schedule(subscription: RegistrationSubscription): void {
    this.#queue.put(subscription);
    this.#arm();
  }

  /** One timer for all: a subscription that rests costs none. */
  #arm(): void {
    const next = this.#queue.first?.expiresAt ?? Number.POSITIVE_INFINITY;
    if (next >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = next;
    const { clock } = this.party.environment;
    this.#timer = clock.setTimer(Math.max(0, next - clock.now()), () => this.#onTimer());
  }

  #onTimer(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.party.environment.clock.now();
    for (let first = this.#queue.first; first !== undefined && first.expiresAt <= now; first = this.#queue.first) {
      this.#queue.remove(first);
      first.send({ type: 'subscription.over', reason: 'timeout' }); // RFC 6665 4.2.2
    }
    this.#arm();
  }
}
