/** What goes on while a registration stands: the watch of what the network makes of it (REG-17), and the keep-alives of its flow (RFC 6223). */
import type { Destination, ServerRequest, SipResponse } from '../../sip/index.js';
import type { Binding } from './binding.js';
import { FlowKeepAlive, keepAliveInterval } from './flow-keep-alive.js';
import { OwnRegistrationWatch, type WatchUser } from './own-registration-watch.js';
import type { UserAgent } from './user-agent.js';

export interface StandingUser extends Pick<WatchUser, 'onTerminated' | 'onShortened'> {
  /** The network does not take the subscription of the UE to its own registration; undefined: no answer. */
  onWatchFailed(response: SipResponse | undefined): void;
  /** The P-CSCF does not answer keep-alives. */
  onFlowFailed(): void;
}

export class StandingRegistration {
  #watch: OwnRegistrationWatch | undefined;
  #isUnsubscribing = false;
  /** A watch has failed, and none has held since: the registration has been looked after then. */
  #hasComplained = false;
  #keepAlive: FlowKeepAlive | undefined;

  /** @param watches this flow is the one that watches */
  constructor(
    private readonly agent: UserAgent,
    private readonly watches: boolean,
    private readonly user: StandingUser,
  ) {}

  /** It was granted, first or again. */
  granted(binding: Binding, response: SipResponse): void {
    this.#keepFlow(binding, response);
    this.#watchRegistration(binding);
  }

  /** It is about to be given back: SUBSCRIBE with Expires 0, whose NOTIFY may come after the end. */
  unsubscribe(): void {
    if (this.#watch === undefined || this.#isUnsubscribing) return;
    this.#isUnsubscribing = true;
    this.#watch.unsubscribe();
  }

  takesNotify(request: ServerRequest): boolean {
    if (this.#watch?.accepts(request) !== true) return false;
    this.#watch.receive(request);
    return true;
  }

  notePong(from: Destination): void {
    this.#keepAlive?.onPong(from);
  }

  /** It stands no more. */
  end(): void {
    this.#keepAlive?.stop();
    this.#keepAlive = undefined;
    if (!this.#isUnsubscribing) this.#endWatch();
  }

  /** The node closes. */
  stop(): void {
    this.#keepAlive?.stop();
    this.#watch?.stop();
  }

  /** RFC 6223 4.3. */
  #keepFlow({ access }: Binding, response: SipResponse): void {
    this.#keepAlive?.stop();
    this.#keepAlive = undefined;
    const intervalMs = keepAliveInterval(response, this.agent.config.registration.keepAliveMs);
    const [flow] = access.destinations;
    if (intervalMs === undefined || flow === undefined) return;
    this.#keepAlive = new FlowKeepAlive(this.agent, flow, intervalMs, () => this.#onFlowFailed(flow));
  }

  #onFlowFailed({ endpoint: { address, port } }: Destination): void {
    this.#keepAlive = undefined;
    const { name } = this.agent;
    const text = `${name} gives up its flow to ${address}:${port}: its keep-alives get no answer; see whether the P-CSCF runs`;
    this.agent.explain('cause.flowFailed', text, 'RFC 5626 §4.4.1');
    this.user.onFlowFailed();
  }

  /** TS 24.229 5.1.1.3. */
  #watchRegistration({ defaultIdentity: identity, serviceRoute, access }: Binding): void {
    const { subscribe, emergency } = this.agent.config.registration;
    // TS 24.229 5.1.6.3: nobody watches an emergency registration.
    const wants = this.watches && subscribe && emergency !== true && identity.startsWith('sip:');
    const stands = this.#watch !== undefined && !this.#isUnsubscribing && !this.#watch.isElsewhere(serviceRoute);
    if (!wants || stands) return;
    this.#endWatch();
    const { user } = this;
    const watch = new OwnRegistrationWatch(
      this.agent,
      { identity, serviceRoute, contactUri: access.contactUri },
      {
        onTerminated: (event, retryAfterMs) => user.onTerminated(event, retryAfterMs),
        onShortened: (leftMs) => user.onShortened(leftMs),
        onNews: () => {
          this.#hasComplained = false;
        },
        onFailure: (response) => this.#onWatchFailed(response),
        onEnd: () => {
          if (this.#watch === watch) this.#watch = undefined;
        },
      },
    );
    this.#watch = watch;
  }

  #onWatchFailed(response: SipResponse | undefined): void {
    // Once: a network that takes no subscription at all is not asked for a registration again and again.
    if (this.#hasComplained || this.#isUnsubscribing) return;
    this.#hasComplained = true;
    this.user.onWatchFailed(response);
  }

  #endWatch(): void {
    this.#watch?.stop();
    this.#watch = undefined;
    this.#isUnsubscribing = false;
  }
}
