/** The UE watches its own registration: what the documents of the network mean for its contact. TS 24.229 5.1.1.3, 5.1.1.5.2, 5.1.1.7; REG-17, REG-74, REG-75. */
import { type ServerRequest, type SipResponse, ueTimers } from '../../sip/index.js';
import {
  type ContactEvent,
  isEmptied,
  type RegInfo,
  type RegInfoView,
  RegistrationWatcher,
} from '../reg-event/index.js';
import { sameTarget, type UserAgent } from './user-agent.js';

export interface WatchedRegistration {
  /** The default public identity, a SIP URI. */
  readonly identity: string;
  /** As bound; it follows the registration (a new set of security associations has the same). */
  readonly contactUri: string;
  /** Values of Service-Route, with angle brackets. */
  readonly serviceRoute: readonly string[];
}

export interface WatchUser {
  /** The network has ended it: `rejected` and `unregistered` = stay away, else come again after a time. */
  onTerminated(event: ContactEvent, retryAfterMs: number | undefined): void;
  onShortened(leftMs: number): void;
  /** The network has told how the registration stands. */
  onNews(): void;
  /** It does not take the subscription; undefined: no answer. */
  onFailure(response: SipResponse | undefined): void;
  onEnd(): void;
}

/** Seconds, TS 24.229 5.1.1.3. */
const expires = 600_000;

export class OwnRegistrationWatch {
  readonly #watcher: RegistrationWatcher;

  constructor(
    agent: UserAgent,
    private readonly watched: WatchedRegistration,
    private readonly user: WatchUser,
  ) {
    const { identity, contactUri, serviceRoute } = watched;
    this.#watcher = new RegistrationWatcher(agent, {
      aor: identity,
      from: identity,
      contact: `<${contactUri}>`,
      get route() {
        const { proxyRoute } = agent;
        return proxyRoute === undefined ? serviceRoute : [proxyRoute, ...serviceRoute]; // REG-14
      },
      get nextHop() {
        return agent.access.destinations;
      },
      timers: ueTimers,
      expires,
      headers: () => [
        ['P-Access-Network-Info', agent.config.accessNetworkInfo],
        ...agent.access.securityHeaders, // AKA-44
      ],
      onChange: (view, info) => this.#take(view, info),
      onFailure: (response) => user.onFailure(response),
      onEnd: () => user.onEnd(),
      explain: (what, text, clause) => agent.explain(what, `${agent.name}: ${text}`, clause),
    });
  }

  /** Another S-CSCF has granted the registration since, or one that has forgotten all of it, and this subscription with it. */
  isElsewhere(serviceRoute: readonly string[]): boolean {
    return serviceRoute.length > 0 && serviceRoute[0] !== this.watched.serviceRoute[0];
  }

  accepts(request: ServerRequest): boolean {
    return this.#watcher.accepts(request);
  }

  receive(request: ServerRequest): void {
    this.#watcher.receive(request);
  }

  /** `onEnd` follows when the network has confirmed it. */
  unsubscribe(): void {
    this.#watcher.unsubscribe();
  }

  stop(): void {
    this.#watcher.stop();
  }

  #take(view: RegInfoView, info: RegInfo): void {
    this.user.onNews();
    const isOwn = ({ uri }: { readonly uri: string }): boolean => sameTarget(uri, this.watched.contactUri);
    const told = info.registrations.flatMap(({ contacts }) => contacts).filter(isOwn);
    const ended = told.find(({ state }) => state === 'terminated');
    const stands = view.registrations.some(({ contacts }) => contacts.some(isOwn));
    if (ended !== undefined && !stands) {
      this.user.onTerminated(ended.event, ended.retryAfter === undefined ? undefined : 1000 * ended.retryAfter);
      return;
    }
    if (isEmptied(info)) {
      this.user.onTerminated('deactivated', undefined); // nobody says that it should stay away
      return;
    }
    const shortened = told.find(({ event, expires: left }) => event === 'shortened' && left !== undefined);
    if (shortened !== undefined) this.user.onShortened(1000 * shortened.expires!);
  }
}
