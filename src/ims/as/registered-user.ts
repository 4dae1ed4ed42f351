/** A user of whom the S-CSCF has told the application server; `third-party-registration.machine.ts` decides. */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis } from '../../node/index.js';
import type { Headers } from '../../sip/index.js';
import type { RegInfo, RegistrationWatcher, RegistrationWatchers, WatcherOptions } from '../reg-event/index.js';
import type { AsConfig } from './config.js';
import { thirdPartyRegistration } from './third-party-registration.machine.js';

/** REG-90: as a UE asks. */
const watchSeconds = 600_000;

/** What all users of the node share. */
export interface UserCore {
  readonly chassis: Chassis;
  readonly config: AsConfig;
  readonly watchers: RegistrationWatchers;
  /** Value of Contact. */
  readonly contact: () => string;
  readonly onEnd: (user: RegisteredUser) => void;
}

export class RegisteredUser implements WatcherOptions {
  readonly #core: UserCore;
  readonly #machine: Instance<typeof thirdPartyRegistration>;
  #watcher: RegistrationWatcher | undefined;
  readonly expires = watchSeconds;

  /**
   * @param aor the identity in To of the REGISTER
   * @param server the S-CSCF's URI, from its Contact
   */
  constructor(
    core: UserCore,
    readonly aor: string,
    private server: string,
    expiresSeconds: number,
  ) {
    this.#core = core;
    this.#machine = core.chassis.host.create(thirdPartyRegistration, {
      id: `thirdPartyRegistration:${aor}`,
      input: { expiresMs: 1000 * expiresSeconds },
      owner: this as RegisteredUser,
      effects,
      onDone: (user) => core.onEnd(user),
    });
  }

  /** For the watcher. */
  get from(): string {
    return this.#core.config.serverName;
  }

  /** For the watcher. */
  get contact(): string {
    return this.#core.contact();
  }

  /** The S-CSCF that has told of the user: its SIP URI. */
  get servingNode(): string {
    return this.server;
  }

  /** For the watcher: through the S-CSCF that has told of the user (CALL-83). */
  get route(): readonly string[] {
    return [`<${this.server};lr>`];
  }

  /** For the watcher. REG-90: by this the S-CSCF knows whom it may tell. */
  headers(): Headers {
    return [['P-Asserted-Identity', `<${this.#core.config.serverName}>`]];
  }

  /** A further REGISTER about the user; 0: not registered any more. */
  register(expiresSeconds: number, server: string): void {
    this.server = server;
    this.#machine.send({ type: 'sip.register', expiresMs: 1000 * expiresSeconds });
  }

  /** Without a word to anybody. */
  stop(): void {
    this.#machine.stop();
    this.#watcher?.stop();
  }

  /** For the watcher. */
  onChange(_: unknown, info: RegInfo): void {
    const states = info.registrations.map(({ aor, state, contacts }) => {
      const events = contacts.map(({ uri, event }) => `${uri} ${event}`).join(', ');
      return `${aor} ${state}${events === '' ? '' : ` (${events})`}`;
    });
    const text = states.length === 0 ? `nothing of ${this.aor} is registered` : states.join('; ');
    this.explain('info.registrationState', `reads in reginfo version ${info.version}: ${text}`, 'RFC 3680 §5');
  }

  /** For the watcher. */
  onEnd(): void {
    this.#watcher = undefined;
  }

  /** For the watcher. */
  explain(what: string, text: string, clause: string): void {
    this.#core.chassis.explain({ what, text, clause });
  }

  /** For the machine. */
  watch(): void {
    const { config, watchers } = this.#core;
    if (config.subscribes && this.#watcher?.isOver !== false) this.#watcher = watchers.watch(this);
  }

  /** For the machine. */
  endWatch(): void {
    this.#watcher?.unsubscribe();
  }

  /** For the machine. */
  reportExpiry(): void {
    const text = `the S-CSCF has not refreshed ${this.aor} in time, so it counts as not registered`;
    this.explain('info.thirdPartyRegistrationExpired', text, 'RFC 3261 §10.3');
  }
}

const effects: EffectsOf<typeof thirdPartyRegistration, RegisteredUser> = {
  watch: (_, user) => user.watch(),
  endWatch: (_, user) => user.endWatch(),
  reportExpiry: (_, user) => user.reportExpiry(),
};
