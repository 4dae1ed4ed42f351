/** S-CSCF: a user profile that SAA or PPR brings, as it counts here. TS 29.228 §6.6, §6.2.2, B.2.1. */
import { cxFeature } from '../../diameter/index.js';
import type { Cause } from '../../node/index.js';
import { brokenTriggers } from '../subscription/matching-criteria.js';
import type { ServiceProfile } from '../subscription/subscriber.js';
import { parseUserData, type UserProfile } from '../subscription/user-data.js';
import { userDataProblems } from '../subscription/user-data-schema.js';
import type { ScscfConfig } from './config.js';

type Limits = Pick<ScscfConfig, 'userDataMax' | 'sharedCriteria' | 'restoration'>;

/** What this S-CSCF can do on Cx: bits of `cxFeature` (TS 29.229 7.1.1). */
export function featuresOf({ sharedCriteria, restoration = false }: Limits): number {
  return (
    (sharedCriteria === undefined ? 0 : cxFeature.sharedFilterCriteria) | (restoration ? cxFeature.restoration : 0)
  );
}

/** A profile, with what is to be said of it. */
export interface ReceivedProfile {
  readonly profile: UserProfile;
  readonly notes: readonly Cause[];
}

/** Why there is none. `tooMuch`: 5008, else 5009 (TS 29.229 6.2.2.8, 6.2.2.9). */
export interface UnusableProfile {
  readonly tooMuch: boolean;
  readonly cause: Cause;
}

export function receiveProfile(userData: string, limits: Limits): ReceivedProfile | UnusableProfile {
  const { userDataMax, sharedCriteria } = limits;
  const length = userDataMax === undefined ? 0 : Buffer.byteLength(userData);
  if (userDataMax !== undefined && length > userDataMax) {
    const text = `the user profile has ${length} octets, and ${userDataMax} are taken here`;
    return { tooMuch: true, cause: { what: 'cause.tooMuchData', text, clause: 'TS 29.228 §6.2.2, TS 29.229 6.2.2.8' } };
  }
  const parsed = parseUserData(userData);
  if (parsed === undefined) {
    const [problem] = userDataProblems(userData);
    const why = problem === undefined ? '' : `: ${problem}`;
    return { tooMuch: false, cause: { ...unreadable, text: `${unreadable.text}${why}` } };
  }
  const notes: Cause[] = brokenTriggers(parsed).map((text) => ({ ...brokenCriterion, text }));
  if (parsed.flaws !== undefined) notes.unshift({ ...flawed, text: flawText(parsed.flaws) });
  const profile = parsed.serviceProfiles.some(({ sharedSets }) => sharedSets !== undefined)
    ? withSharedCriteria(parsed, sharedCriteria, notes)
    : parsed;
  return { profile, notes };
}

const unreadable: Cause = {
  what: 'cause.unusableProfile',
  text: 'the user profile of the HSS cannot be read',
  clause: 'TS 29.228 §6.6, Annex B',
};

const flawed = { what: 'info.flawedProfile', clause: 'TS 29.228 Annex E, CX-57' } as const;

const flawsNamed = 3;

function flawText(flaws: readonly string[]): string {
  const more = flaws.length > flawsNamed ? `; and ${flaws.length - flawsNamed} more` : '';
  return `the user profile of the HSS breaks its schema, and counts as far as it can be read: ${flaws.slice(0, flawsNamed).join('; ')}${more}`;
}

/** CX-57 */
const brokenCriterion = { what: 'info.brokenCriterion', clause: 'TS 29.228 B.2.3, CX-57' } as const;

/** The criteria of the shared sets in the order of use, among the user's own (CX-50). */
function withSharedCriteria(parsed: UserProfile, shared: Limits['sharedCriteria'], notes: Cause[]): UserProfile {
  const serviceProfiles = parsed.serviceProfiles.map((each): ServiceProfile => {
    const { filterCriteria, sharedSets = [] } = each;
    const unknown = sharedSets.filter((id) => shared?.has(id) !== true);
    if (unknown.length > 0) {
      const text = `the user profile names the shared criteria ${unknown.join(', ')}, which are not known here`;
      notes.push({ what: 'info.unknownSharedCriteria', text, clause: 'TS 29.228 B.2.1' });
    }
    const added = sharedSets.flatMap((id) => shared?.get(id) ?? []);
    const all = [...filterCriteria, ...added].sort((one, other) => one.priority - other.priority);
    return { ...each, filterCriteria: all };
  });
  return { ...parsed, serviceProfiles };
}
