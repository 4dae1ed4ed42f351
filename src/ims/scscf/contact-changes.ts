/** S-CSCF: the contacts of a registration come, stay and go, and all who watch hear of it. TS 24.229 §5.4.1; RFC 3680, RFC 5627. */
import type { Instance } from '../../machine/index.js';
import type { Chassis } from '../../node/index.js';
import { detached, type NameAddress, type SipRequest } from '../../sip/index.js';
import { type Binding, bind, isForEmergencies, isSameContact, named, nextExpiryMs } from './bindings.js';
import type { ScscfConfig } from './config.js';
import { withGivenGruus } from './given-gruus.js';
import { TemporaryGruus } from './gruu.js';
import { isInHomeNetwork } from './register-answer.js';
import type { WantedContact } from './register-request.js';
import type { NetworkEnd, registration } from './registration.machine.js';
import type { RegistrationEvents } from './registration-events.js';
import type { UserRegistration, UserRegistrations } from './user-registrations.js';

export interface ContactChangesParts {
  readonly chassis: Chassis;
  readonly config: ScscfConfig;
  readonly users: UserRegistrations;
  readonly events: RegistrationEvents;
  /** By the ids of bindings. */
  readonly releaseSessions: (gone: readonly string[]) => void;
}

/** Contacts that go. */
interface Departure {
  readonly isGone: (binding: Binding) => boolean;
  readonly event: 'expired' | 'unregistered' | NetworkEnd;
  /** It is the HSS that ends them. */
  readonly hssKnows: boolean;
}

export class ContactChanges {
  constructor(private readonly parts: ContactChangesParts) {}

  /** REG-46: what a REGISTER asks for: a contact, and what goes with the same request (`leaving`). */
  bind(message: SipRequest, contact: WantedContact, leaving: readonly NameAddress[], user: UserRegistration): void {
    user.isAtHome = isInHomeNetwork(message, this.parts.config.homeDomain);
    const before = user.bindings.find((bound) => isSameContact(bound, contact));
    const added = this.#binding(message, contact, before, user);
    const { bindings, replaced, left } = bind(user.bindings, added, leaving);
    // REG-46: who has another address now cannot be reached in the sessions of the old one.
    this.#release([...left, ...replaced]);
    const bound = { added, before, wantsGruu: contact.wantsGruu };
    const newToken = (): string => TemporaryGruus.newToken(this.parts.chassis.environment.random);
    const earlier = new Map(user.bindings.map((each) => [each.id, each.gruus?.token]));
    this.parts.users.setBindings(user, withGivenGruus(user.bindings, bindings, bound, newToken));
    user.removedContacts = left;
    this.parts.events.changed(user, [
      // RFC 5628 5: with another Call-ID of one flow what the others were given is good no more.
      ...user.bindings.filter(({ id, gruus }) => id === added.id || gruus?.token !== earlier.get(id)),
      ...left.map((each): Binding => ({ ...each, event: 'unregistered' })),
      ...replaced.map((each): Binding => ({ ...each, event: 'deactivated' })),
    ]);
  }

  #binding(message: SipRequest, contact: WantedContact, before: Binding | undefined, user: UserRegistration): Binding {
    return {
      id: before?.id ?? `${user.serviceRouteToken}-c${++user.contactCount}`,
      uri: detached(contact.uri),
      parameters: detached(contact.parameters),
      path: message.values('Path').map(detached),
      expiresAt: this.#now() + contact.seconds * 1000,
      callId: detached(message.callId),
      sequence: message.cseq.sequence,
      instanceId: contact.instanceId && detached(contact.instanceId),
      flow: contact.flow,
      gruus: undefined,
      event: before === undefined ? 'registered' : 'refreshed',
      registeredIdentity: before?.registeredIdentity ?? user.authentication.publicIdentity,
    };
  }

  /** REG-72: some of several contacts. */
  remove(message: SipRequest, user: UserRegistration, machine: Instance<typeof registration>): void {
    const { contacts } = message;
    const removed = new Set(named(user.bindings, contacts));
    user.removedContacts = [...removed];
    this.#drop(user, machine, { isGone: (each) => removed.has(each), event: 'unregistered', hssKnows: false });
  }

  expire(user: UserRegistration, machine: Instance<typeof registration>): void {
    const now = this.#now();
    this.#drop(user, machine, { isGone: ({ expiresAt }) => expiresAt <= now, event: 'expired', hssKnows: false });
  }

  /** Takes contacts away and tells of it; the machine hears what is left. */
  #drop(user: UserRegistration, machine: Instance<typeof registration>, { isGone, event, hssKnows }: Departure): void {
    const gone = user.bindings.filter(isGone);
    const left = user.bindings.filter((each) => !gone.includes(each));
    // The last ones go with the registration (endContacts), which tells of them.
    if (left.length > 0) {
      this.#release(gone);
      this.parts.users.setBindings(user, left);
      this.parts.events.changed(
        user,
        gone.map((each) => ({ ...each, event })),
      );
    }
    // A contact whose last millisecond has begun has 1 left, so that 0 means none.
    const nextMs = left.length === 0 ? 0 : Math.max(1, nextExpiryMs(left, this.#now()));
    const outdatesHss = gone.length > 0 && !hssKnows && this.parts.config.restoration === true;
    machine.send({ type: 'contacts.changed', nextExpiryMs: nextMs, outdatesHss });
  }

  /** REG-75. */
  shorten(withinMs: number, user: UserRegistration, machine: Instance<typeof registration>): void {
    const until = this.#now() + withinMs;
    const shortened = user.bindings.map(
      (each): Binding =>
        // TS 24.229 §5.4.8.5: who is registered for emergencies is not asked again.
        each.expiresAt <= until || isForEmergencies(each) ? each : { ...each, expiresAt: until, event: 'shortened' },
    );
    this.parts.users.setBindings(user, shortened);
    const { session } = user.authentication;
    user.authentication = { ...user.authentication, session: { ...session, last: undefined, digest: undefined } };
    this.parts.events.changed(
      user,
      shortened.filter(({ event }) => event === 'shortened'),
    );
    const nextMs = Math.max(1, nextExpiryMs(shortened, this.#now()));
    machine.send({ type: 'contacts.changed', nextExpiryMs: nextMs, outdatesHss: false });
  }

  /** TS 29.228 §6.1.3.1: all but those for emergencies. `end` undefined: another S-CSCF serves on, and nobody is told. */
  endUsual(
    end: NetworkEnd | undefined,
    hssKnows: boolean,
    user: UserRegistration,
    machine: Instance<typeof registration>,
  ): void {
    if (end !== undefined) {
      this.#drop(user, machine, { isGone: (each) => !isForEmergencies(each), event: end, hssKnows });
      return;
    }
    const left = user.bindings.filter(isForEmergencies);
    this.#release(user.bindings.filter((each) => !left.includes(each)));
    this.parts.users.setBindings(user, left);
    const nextMs = Math.max(1, nextExpiryMs(left, this.#now()));
    machine.send({ type: 'contacts.changed', nextExpiryMs: nextMs, outdatesHss: false });
  }

  /** All of them go. False: there were none, or none that application servers have heard of (CALL-70). */
  end(cause: 'unregistered' | 'expired' | NetworkEnd, user: UserRegistration): boolean {
    const gone = user.bindings.map((each): Binding => ({ ...each, event: cause }));
    if (gone.length === 0) return false;
    user.removedContacts = gone;
    this.#release(gone);
    this.parts.users.setBindings(user, []);
    this.parts.events.ended(user, gone);
    return !gone.every(isForEmergencies);
  }

  /** REG-72, REG-73: the sessions over these contacts alone. To be done while it is known which contact a GRUU names. */
  #release(gone: readonly Binding[]): void {
    if (gone.length > 0) this.parts.releaseSessions(gone.map(({ id }) => id));
  }

  #now(): number {
    return this.parts.chassis.environment.clock.now();
  }
}
