/**
 * S-CSCF: a user de-registers of whom it knows nothing, for it has been restarted since, though the HSS may have the user registered
 * here. What the HSS has of it is asked for first (TS 23.380 4.2, 4.4; NO_ASSIGNMENT of TS 29.228 §6.1.2.1).
 */
import { type CxClient, cxFeatures } from '../../diameter/index.js';
import type { Chassis } from '../../node/index.js';
import { type Assignment, readAssignment } from './assignment.js';
import type { ScscfConfig } from './config.js';
import { featuresOf } from './received-profile.js';
import { contactsOf, type RestoredContact } from './restoration.js';
import type { UserRegistration } from './user-registrations.js';

export interface LostRegistrationParts {
  readonly chassis: Chassis;
  readonly config: ScscfConfig;
  readonly cx: CxClient;
}

/** What the HSS has of a registration. */
export interface RecalledRegistration {
  /** Undefined: its profile cannot be used here. */
  readonly assignment: Assignment | undefined;
  /** That were left there, and whose time is not over. */
  readonly contacts: readonly RestoredContact[];
}

/** `done` once; undefined: the HSS does not have the user assigned to this S-CSCF, or gives no answer. */
export function recallRegistration(
  { chassis, config, cx }: LostRegistrationParts,
  { privateIdentity, authentication, hssHost }: UserRegistration,
  done: (recalled: RecalledRegistration | undefined) => void,
): void {
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
      const now = chassis.environment.clock.now();
      const left = outcome.restoration.filter(({ userName }) => userName === privateIdentity);
      const contacts = left.flatMap((info) => contactsOf(info, now, config.registration.expiresMax));
      done({ assignment: outcome, contacts });
    },
  );
}
