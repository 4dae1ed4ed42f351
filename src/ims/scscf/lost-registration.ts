/**
 * S-CSCF: a registration of which it knows nothing, for it has been restarted since, though the HSS may have the user registered
 * here. What was left at the HSS brings it back (TS 23.380 4.2, 4.4; NO_ASSIGNMENT of TS 29.228 §6.1.2.1).
 */
import { type CxClient, cxFeatures } from '../../diameter/index.js';
import type { Chassis } from '../../node/index.js';
import { type Assignment, readAssignment } from './assignment.js';
import type { Authenticated } from './authenticator.js';
import { type Binding, nextExpiryMs } from './bindings.js';
import type { ScscfConfig } from './config.js';
import { featuresOf } from './received-profile.js';
import { contactsOf, type RestoredContact, type RestoredRegistration } from './restoration.js';
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
  readonly contacts: readonly RestoredContact[];
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

  #takeOver(user: UserRegistration, { profile, charging, looseRoute }: RestoredRegistration['assignment']): void {
    if (profile !== undefined) this.parts.users.setProfile(user, profile);
    user.charging = charging;
    user.looseRoute = looseRoute ?? false;
    user.assignedAt = this.#now();
  }

  #bindAgain(user: UserRegistration, contacts: readonly RestoredContact[]): void {
    const bindings = contacts.map(
      (each): Binding => ({
        ...each,
        id: `${user.serviceRouteToken}-c${++user.contactCount}`,
        gruus: undefined,
        event: 'registered',
        registeredIdentity: user.publicIdentity,
      }),
    );
    this.parts.users.setBindings(user, bindings);
    user.machine.send({ type: 'cx.restored', nextExpiryMs: nextExpiryMs(bindings, this.#now()) });
  }

  /** `done` once; undefined: the HSS does not have the user assigned to this S-CSCF, or gives no answer. */
  #ask(
    { privateIdentity, authentication, hssHost }: UserRegistration,
    done: (recalled: RecalledRegistration | undefined) => void,
  ): void {
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
        const left = outcome.restoration.filter(({ userName }) => userName === privateIdentity);
        const contacts = left.flatMap((info) => contactsOf(info, this.#now(), config.registration.expiresMax));
        done({ assignment: outcome, contacts });
      },
    );
  }

  #now(): number {
    return this.parts.chassis.environment.clock.now();
  }
}
