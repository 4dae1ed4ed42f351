/** S-CSCF: what SAA brings. TS 29.228 §6.1.2, §6.6; TS 24.229 §5.4.1.2.2. */
import type {
  ChargingInformation,
  ScscfRestorationInfo,
  ServerAssignmentAnswer,
  ServerAssignmentInfo,
} from '../../diameter/index.js';
import type { Cause } from '../../node/index.js';
import type { UserProfile } from '../subscription/user-data.js';
import type { ScscfConfig } from './config.js';
import { type Refused, refusedBy } from './cx-outcome.js';
import { receiveProfile } from './received-profile.js';

export interface Assignment {
  /** The profile that counts from now on. */
  readonly profile: UserProfile | undefined;
  readonly charging: ChargingInformation | undefined;
  /** Loose-Route-Indication; undefined where SAA brings no profile. */
  readonly looseRoute: boolean | undefined;
  /** What was left at the HSS before (TS 23.380 4.3). */
  readonly restoration: readonly ScscfRestorationInfo[];
  /** To be said of the profile. */
  readonly notes: readonly Cause[];
}

/** `tooMuch`: more user data than this S-CSCF takes. */
export type RefusedAssignment = Refused & { readonly tooMuch?: boolean };

/** `known`: the profile that was there before; it counts where SAA has none. `needsProfile`: there has to be one. */
export function readAssignment(
  answer: ServerAssignmentAnswer,
  needsProfile: boolean,
  known: UserProfile | undefined,
  config: ScscfConfig,
): Assignment | RefusedAssignment {
  const refused = keepsContacts(answer) ? undefined : refusedBy(answer, 'SAR');
  if (refused !== undefined) return refused;
  const info: ServerAssignmentInfo = 'originHost' in answer ? answer : {};
  const { userData, chargingInformation: charging, looseRouteIndication, restorationInfo: restoration = [] } = info;
  if (userData === undefined) {
    if (known === undefined && needsProfile) return noProfile;
    return { profile: known, charging, looseRoute: undefined, restoration, notes: [] };
  }
  const received = receiveProfile(userData, config);
  if ('cause' in received) return { status: 500, ...received };
  const looseRoute = looseRouteIndication ?? false;
  return { profile: received.profile, charging, looseRoute, restoration, notes: received.notes };
}

/**
 * TS 29.228 §6.1.2.1: the HSS has contacts of the user from before and keeps them, so that those of this SAR are not lost to them: 5007,
 * and all that a success brings.
 */
export function keepsContacts(answer: ServerAssignmentAnswer): boolean {
  const isKept = answer.kind === 'experimental' && answer.experimentalResultCode === 5007;
  return isKept && 'originHost' in answer && answer.restorationInfo !== undefined;
}

const noProfile: Refused = {
  status: 500,
  cause: { what: 'cause.unusableProfile', text: 'SAA brought no user profile', clause: 'TS 29.228 §6.6, Annex B' },
};
