/**
 * S-CSCF: a registration of which it knows nothing, for it has been restarted since, though the HSS may have the user registered
 * here. What was left at the HSS brings it back (TS 23.380 4.2, 4.4; NO_ASSIGNMENT of TS 29.228 §6.1.2.1).
 */
import { type CxClient, cxFeatures, type ServerAssignmentAnswer } from '../../diameter/index.js';
import type { Chassis } from '../../node/index.js';
import { type Assignment, keepsContacts, readAssignment } from './assignment.js';
import type { Authenticated } from './authenticator.js';
import { type Binding, isForEmergencies, isSameContact, nextExpiryMs } from './bindings.js';
import type { ScscfConfig } from './config.js';
import { featuresOf } from './received-profile.js';
import type { WantedContact } from './register-request.js';
import { contactsOf, type LeftContact, type RestoredRegistration } from './restoration.js';
import type { UserRegistration, UserRegistrations } from './user-registrations.js';

export interface LostRegistrationsParts {
  readonly chassis: Chassis;
  readonly config: ScscfConfig;
  readonly cx: CxClient;
  readonly users: UserRegistrations;
  /** A registration of this user, so far without contacts. */
  readonly begin: (who: Authenticated) => UserRegistration;
}

/** What the HSS has of a registration. */
interface RecalledRegistration {
  /** Undefined: its profile cannot be used here. */
  readonly assignment: Assignment | undefined;
  /** That were left there, and whose time is not over. */
  readonly contacts: readonly LeftContact[];
}

export class LostRegistrations {
  constructor(private readonly parts: LostRegistrationsParts) {}

  /** One that a request for or of the user has brought to light. Undefined: it has come back otherwise meanwhile. */
  restore({ who, contacts, assignment }: RestoredRegistration): UserRegistration | undefined {
    const { users, begin } = this.parts;
    if (assignment.profile === undefined || users.find(who.privateIdentity, who.publicIdentity) !== undefined) {
      return undefined;
    }
    const user = begin(who);
    this.#takeOver(user, assignment);
    this.#bindAgain(user, contacts);
    return user;
  }

  /** One that is to be ended: its machine hears `cx.restored`, `cx.recalled` or `cx.notRecalled`. */
  recall(user: UserRegistration): void {
    this.#ask(user, (recalled) => {
      if (user.machine.done) return; // the HSS has ended it meanwhile (TS 29.228 §6.1.3.1)
      const assignment = recalled?.assignment;
      if (assignment !== undefined) this.#takeOver(user, assignment);
      if (recalled === undefined) user.machine.send({ type: 'cx.notRecalled' });
      else if (recalled.contacts.length === 0) user.machine.send({ type: 'cx.recalled' });
      else this.#bindAgain(user, recalled.contacts);
    });
  }

  /**
   * The S-CSCF has lost all flows of a UE, which registers one of them: the others are bound again (TS 23.380 4.4).
   * @returns whether the HSS is to be told of all of them: it has others, or has kept only those (TS 29.228 §6.1.2.1)
   */
  adoptOtherFlows(user: UserRegistration, wanted: WantedContact, answer: ServerAssignmentAnswer): boolean {
    const { chassis, config, users } = this.parts;
    const assignment = readAssignment(answer, true, undefined, config);
    if (user.machine.done || 'status' in assignment) return false;
    const stay = this.#leftOf(user, assignment).filter(
      (each) => (each.flow !== undefined || isForEmergencies(each)) && !isSameContact(each, wanted),
    );
    if (stay.length === 0 && !keepsContacts(answer)) return false;
    for (const note of assignment.notes) chassis.explain(note);
    this.#takeOver(user, assignment);
    users.setBindings(user, this.#bindingsOf(user, stay));
    chassis.explain({
      what: 'info.flowsRestored',
      text: `${stay.length} more contacts of ${user.privateIdentity} are here again, from what was left at the HSS: it is told of all`,
      clause: 'TS 23.380 4.4, TS 29.228 §6.1.2.1',
    });
    return true;
  }

  #takeOver(user: UserRegistration, { profile, charging, looseRoute }: RestoredRegistration['assignment']): void {
    if (profile !== undefined) this.parts.users.setProfile(user, profile);
    user.charging = charging;
    user.looseRoute = looseRoute ?? false;
    user.assignedAt = this.#now();
  }

  #bindAgain(user: UserRegistration, contacts: readonly LeftContact[]): void {
    const bindings = this.#bindingsOf(user, contacts);
    this.parts.users.setBindings(user, bindings);
    user.machine.send({ type: 'cx.restored', nextExpiryMs: nextExpiryMs(bindings, this.#now()) });
  }

  #bindingsOf(user: UserRegistration, contacts: readonly LeftContact[]): readonly Binding[] {
    return contacts.map((each) => ({
      ...each,
      id: `${user.serviceRouteToken}-c${++user.contactCount}`,
      gruus: undefined,
      event: 'registered',
      registeredIdentity: user.publicIdentity,
    }));
  }

  #leftOf({ privateIdentity }: UserRegistration, { restoration }: Assignment): readonly LeftContact[] {
    const { expiresMax } = this.parts.config.registration;
    const left = restoration.filter(({ userName }) => userName === privateIdentity);
    return left.flatMap((info) => contactsOf(info, this.#now(), expiresMax));
  }

  /** `done` once; undefined: the HSS does not have the user assigned to this S-CSCF, or gives no answer. */
  #ask(user: UserRegistration, done: (recalled: RecalledRegistration | undefined) => void): void {
    const { privateIdentity, authentication, hssHost } = user;
    const { chassis, config, cx } = this.parts;
    const features = featuresOf(config);
    cx.serverAssignment(
      {
        userName: privateIdentity,
        publicIdentities: [authentication.publicIdentity],
        serverName: config.serverName,
        serverAssignmentType: 'NO_ASSIGNMENT',
        userDataAlreadyAvailable: false,
        supportedFeatures: features === 0 ? undefined : [cxFeatures(features)],
        destinationHost: hssHost,
      },
      (answer) => {
        const outcome = readAssignment(answer, true, undefined, config);
        if ('status' in outcome) {
          const { cause } = outcome;
          chassis.explain({ ...cause, text: `for ${privateIdentity} ${cause.text}` });
          done(answer.kind === 'success' ? { assignment: undefined, contacts: [] } : undefined);
          return;
        }
        for (const note of outcome.notes) chassis.explain(note);
        done({ assignment: outcome, contacts: this.#leftOf(user, outcome) });
      },
    );
  }

  #now(): number {
    return this.parts.chassis.environment.clock.now();
  }
}
