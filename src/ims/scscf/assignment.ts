/** S-CSCF: what SAA brings. TS 29.228 §6.1.2, §6.6; TS 24.229 §5.4.1.2.2. */
import type { ChargingInformation, ServerAssignmentAnswer } from '../../diameter/index.js';
import { parseUserData, type UserProfile } from '../subscription/user-data.js';
import { type Refused, refusedBy } from './cx-outcome.js';
import type { AssignmentType } from './registration.machine.js';

export interface Assignment {
  /** The profile that counts from now on. */
  readonly profile: UserProfile | undefined;
  readonly charging: ChargingInformation | undefined;
}

/** `known`: the profile that was there before; it counts where SAA has none. */
export function readAssignment(
  answer: ServerAssignmentAnswer,
  type: AssignmentType,
  known: UserProfile | undefined,
): Assignment | Refused {
  const refused = refusedBy(answer, 'SAR');
  if (refused !== undefined) return refused;
  const userData = 'userData' in answer ? answer.userData : undefined;
  const profile = userData === undefined ? known : parseUserData(userData);
  const bringsProfile = type === 'registration' || type === 'reRegistration';
  if (profile === undefined && bringsProfile) return unusableProfile;
  return { profile, charging: 'chargingInformation' in answer ? answer.chargingInformation : undefined };
}

const unusableProfile: Refused = {
  status: 500,
  cause: {
    what: 'cause.unusableProfile',
    text: 'SAA brought no user profile that can be read',
    clause: 'TS 29.228 §6.6, Annex B',
  },
};
