/** S-CSCF: who watches a registration is told. TS 24.229 §5.4.2.1; RFC 3680; REG-90 to REG-93, REG-74. */
import type { Chassis, Procedure, RoutedRequest } from '../../node/index.js';
import type { SipRequest } from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';
import {
  isRegEvent,
  type RegistrationElement,
  RegistrationNotifier,
  RegistrationSubscriptions,
} from '../reg-event/index.js';
import type { Binding } from './bindings.js';
import type { ScscfConfig } from './config.js';
import type { TemporaryGruus } from './gruu.js';
import { registrationElements } from './registration-state.js';
import { isBarred, type UserRegistration, type UserRegistrations } from './user-registrations.js';

/** User part of the Contact in subscriptions: refreshes come back to it. */
const contactUser = 'reg-event';

/** Longest subscription that is granted, seconds (REG-90). */
const expiresMax = 600_000;

export class RegistrationEvents {
  readonly #chassis: Chassis;
  readonly #config: ScscfConfig;
  readonly #users: UserRegistrations;
  readonly #gruus: TemporaryGruus;
  #subscriptions: RegistrationSubscriptions | undefined;

  constructor(chassis: Chassis, config: ScscfConfig, users: UserRegistrations, gruus: TemporaryGruus) {
    this.#chassis = chassis;
    this.#config = config;
    this.#users = users;
    this.#gruus = gruus;
  }

  get count(): number {
    return this.#subscriptions?.count ?? 0;
  }

  /** SUBSCRIBE to the state of a registration that is served here, and what follows in its dialog. */
  readonly procedure: Procedure = {
    name: 'registrationEvents',
    isEnd: true,
    accepts: (routed) => this.#accepts(routed),
    begin: (routed) => this.#receive(routed),
  };

  close(): void {
    this.#subscriptions?.close();
  }

  /** Everything that stands of a registration, with what other private identities have bound to its identities (REG-80, REG-91). */
  elementsOf(user: UserRegistration): readonly RegistrationElement[] {
    return this.#withOthers(user, registrationElements(user, this.#view()));
  }

  #withOthers(user: UserRegistration, elements: readonly RegistrationElement[]): readonly RegistrationElement[] {
    return elements.map((element) => {
      const others = this.#othersOf(user, element.aor).filter(({ isRegistered }) => isRegistered);
      if (others.length === 0) return element;
      const theirs = others.flatMap((other) => this.#contactsFor(element.aor, other, other.bindings));
      return { ...element, state: 'active', contacts: [...element.contacts, ...theirs] };
    });
  }

  /** These contacts have changed, or have gone by their events. */
  changed(user: UserRegistration, contacts: readonly Binding[]): void {
    if (contacts.length === 0) return;
    user.notifier?.notify(registrationElements(user, this.#view(), contacts));
    this.#tellOthers(user, contacts);
  }

  /**
   * The registration is over; these were its contacts. REG-93: so are the subscriptions. But an identity that another private
   * identity has registered is not terminated (RFC 3680 4.7.1): nodes of the network watch on, with what is left.
   */
  ended(user: UserRegistration, contacts: readonly Binding[]): void {
    const { notifier } = user;
    if (notifier !== undefined) {
      const elements = this.#withOthers(user, registrationElements(user, this.#view(), contacts));
      notifier.handOver(elements, ({ host, dialog }) => {
        if (host === undefined) return undefined;
        const heir = this.#othersOf(user, dialog.localUri).find(
          (other) => other.isRegistered && this.#isWatchedFrom(host, other),
        );
        return heir && this.#notifierOf(heir);
      });
      notifier.notify(elements, { final: true });
    }
    this.#tellOthers(user, contacts);
  }

  /** Who watches one user of a shared identity hears of the contacts of the others too. */
  #tellOthers(user: UserRegistration, contacts: readonly Binding[]): void {
    if (!this.#users.hasShared) return;
    const told = new Map<UserRegistration, RegistrationElement[]>();
    for (const { uri } of user.profile?.publicIdentities ?? []) {
      for (const other of this.#othersOf(user, uri)) {
        if (other.notifier === undefined || !other.isRegistered) continue;
        const element = registrationElements(other, this.#view(), []).find(({ aor }) => aor === uri);
        if (element === undefined) continue;
        const elements = told.get(other) ?? [];
        elements.push({ ...element, contacts: this.#contactsFor(uri, user, contacts) });
        told.set(other, elements);
      }
    }
    for (const [{ notifier }, elements] of told) notifier?.notify(elements);
  }

  #othersOf(user: UserRegistration, aor: string): readonly UserRegistration[] {
    return this.#users.allByPublic(aor).filter((each) => each !== user);
  }

  #contactsFor(
    identity: string,
    user: UserRegistration,
    contacts: readonly Binding[],
  ): RegistrationElement['contacts'] {
    return registrationElements(user, this.#view(), contacts).find(({ aor }) => aor === identity)?.contacts ?? [];
  }

  /** Identities have come, or have gone by being barred (TS 24.229 §5.4.2.1.2). */
  profileChanged(user: UserRegistration, before: readonly RegistrationElement[]): void {
    if (user.notifier === undefined) return;
    const now = this.elementsOf(user);
    const left = new Set(now.map(({ aor }) => aor));
    const gone = before
      .filter(({ aor }) => !left.has(aor))
      .map(
        (element): RegistrationElement => ({
          ...element,
          state: 'terminated',
          contacts: element.contacts.map((each) => ({ ...each, state: 'terminated', event: 'deactivated' })),
        }),
      );
    user.notifier.notify([...now, ...gone]);
  }

  #accepts({ server, working }: RoutedRequest): boolean {
    const { message } = server;
    if (message.method !== 'SUBSCRIBE') return false;
    if (message.toTag !== undefined) return working.uri.user === contactUser && this.#chassis.sip.isOwn(working.uri);
    const user = this.#users.allByPublic(working.requestUri).find(({ isRegistered }) => isRegistered);
    // REG-81: a barred identity is found by nobody.
    return isRegEvent(message) && user !== undefined && !isBarred(user.profile!, working.requestUri);
  }

  #receive({ server, working }: RoutedRequest): void {
    const { message } = server;
    if (message.toTag !== undefined) {
      if (!this.#open().receive(server, expiresMax)) server.reply(481);
      return;
    }
    const user = this.#watchedBy(message, working.requestUri);
    const stranger = this.#strangerTo(user, message);
    if (stranger !== undefined) {
      this.#chassis.explain({
        what: 'cause.subscriberNotAllowed',
        text: `${stranger} may not watch the registration of ${user.publicIdentity}: it is neither the user, nor its P-CSCF, nor an application server of it`,
        clause: 'TS 24.229 §5.4.2.1.1, REG-90',
      });
      server.reply(403);
      return;
    }
    const hosts = message.addresses('P-Asserted-Identity').map(({ uri }) => uri.host);
    const host = this.#isUser(user, message) ? undefined : hosts.find((each) => this.#isWatchedFrom(each, user));
    this.#notifierOf(user).subscribe(server, expiresMax, host);
  }

  #notifierOf(user: UserRegistration): RegistrationNotifier {
    user.notifier ??= new RegistrationNotifier(this.#open(), { snapshot: () => this.elementsOf(user) });
    return user.notifier;
  }

  /** Of several users of one identity the one that watches itself, as its Contact says; else the first one who lets it. */
  #watchedBy(message: SipRequest, identity: string): UserRegistration {
    const users = this.#users.allByPublic(identity).filter(({ isRegistered }) => isRegistered);
    const contact = message.contacts === '*' ? undefined : message.contacts[0]?.uri.text;
    const own = users.find(({ bindings }) => bindings.some(({ uri }) => uri === contact));
    return own ?? users.find((user) => this.#strangerTo(user, message) === undefined) ?? users[0]!;
  }

  /** REG-90. Undefined: whoever asks may. What nobody has asserted counts for nothing. */
  #strangerTo(user: UserRegistration, message: SipRequest): string | undefined {
    if (this.#isUser(user, message)) return undefined;
    const asserted = message.addresses('P-Asserted-Identity').map(({ uri }) => uri);
    if (asserted.some(({ host }) => this.#isWatchedFrom(host, user))) return undefined;
    const { text } = asserted[0] ?? message.from.uri;
    return canonicalIdentity(text) ?? text;
  }

  #isUser(user: UserRegistration, message: SipRequest): boolean {
    const asserted = message.addresses('P-Asserted-Identity');
    return asserted.some(({ uri: { text } }) => user.has(text) && !isBarred(user.profile!, text));
  }

  /** Whether a node is the P-CSCF of the user, or an application server of it (REG-90). */
  #isWatchedFrom(host: string, user: UserRegistration): boolean {
    if (user.bindings.some(({ path }) => path.some((value) => hostOf(value) === host))) return true;
    const servers = user.profile!.serviceProfiles.flatMap(({ filterCriteria }) => filterCriteria);
    return servers.some(({ applicationServer }) => hostOf(applicationServer.serverName) === host);
  }

  #open(): RegistrationSubscriptions {
    if (this.#subscriptions === undefined) {
      const charging = `orig-ioi="Type 1${this.#config.homeDomain}"`;
      this.#subscriptions = new RegistrationSubscriptions(this.#chassis, {
        contact: `<${this.#chassis.sip.ownUri(contactUser)}>`,
        headers: () => [
          [
            'P-Charging-Vector',
            `icid-value="${this.#chassis.environment.random.bytes(12).toString('hex')}";${charging}`,
          ],
        ],
      });
    }
    return this.#subscriptions;
  }

  #view() {
    return { now: this.#chassis.environment.clock.now(), gruus: this.#gruus };
  }
}

/** Host of a SIP URI, or of a value with one in angle brackets. */
function hostOf(value: string): string {
  const uri = /<([^>]*)>/.exec(value)?.[1] ?? value;
  return (
    /^sips?:(?:[^@]*@)?(\[[^\]]*\]|[^:;>?]+)/i
      .exec(uri)?.[1]
      ?.replace(/^\[|\]$/g, '')
      .toLowerCase() ?? uri
  );
}
