/** Services that application servers have switched off for a user: DSAI, and what of the profile S-CSCFs then get (TS 29.328 7.6.11). Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { InitialFilterCriterion } from '../subscription/filter-criteria.js';
import type { ImplicitSet, PublicIdentity, ServiceProfile } from '../subscription/subscriber.js';
import { type InactiveService, repositoryOwner, type ShState } from './sh-state.js';

/** The profiles of a set as S-CSCFs get them. Identities of one profile may have different criteria then: each run of them has its own. */
export function servedProfiles({ serviceProfiles }: ImplicitSet, sh: ShState | undefined): readonly ServiceProfile[] {
  if (sh?.inactiveServices === undefined) return serviceProfiles;
  return serviceProfiles.flatMap((profile) => divided(profile, sh));
}

/** The criteria of a profile that count for one of its identities. */
export function servedCriteria(
  { filterCriteria }: Pick<ServiceProfile, 'filterCriteria'>,
  identity: PublicIdentity,
  sh: Pick<ShState, 'inactiveServices'> | undefined,
): readonly InitialFilterCriterion[] {
  const inactive = sh?.inactiveServices;
  if (inactive === undefined) return filterCriteria;
  const owner = repositoryOwner(identity);
  const masked = filterCriteria.filter(({ serviceTags = [] }) => isMasked(serviceTags, owner, inactive));
  if (masked.length === 0) return filterCriteria;
  // S-CSCFs have shared sets as a whole: of one that is not whole each criterion stands for itself.
  const divided = new Set(masked.flatMap(({ sharedSet }) => sharedSet ?? []));
  return filterCriteria
    .filter((criterion) => !masked.includes(criterion))
    .map(({ sharedSet, ...criterion }) =>
      sharedSet === undefined || divided.has(sharedSet) ? criterion : { ...criterion, sharedSet },
    );
}

/** TS 29.328 7.6.11: one that has tags counts while one of them is active. */
function isMasked(tags: readonly string[], owner: string, inactive: readonly InactiveService[]): boolean {
  return tags.length > 0 && tags.every((tag) => !isServiceActive(tag, owner, inactive));
}

/** `owner`: see `repositoryOwner`. */
export function isServiceActive(tag: string, owner: string, inactive: readonly InactiveService[] = []): boolean {
  return !inactive.some((each) => each.owner === owner && each.tag === tag);
}

/** The services of one owner that are switched off, with these changes. */
export function switchedServices(
  before: readonly InactiveService[] = [],
  owner: string,
  changes: readonly { readonly tag: string; readonly active: boolean }[],
): readonly InactiveService[] {
  const others = before.filter((each) => each.owner !== owner || !changes.some(({ tag }) => tag === each.tag));
  const last = new Map(changes.map(({ tag, active }) => [tag, active]));
  return [...others, ...[...last].flatMap(([tag, active]) => (active ? [] : { owner, tag }))];
}

/** Nobody else becomes the first identity of the set: their order stays. */
function divided(profile: ServiceProfile, sh: ShState): readonly ServiceProfile[] {
  const runs: { identities: PublicIdentity[]; filterCriteria: readonly InitialFilterCriterion[] }[] = [];
  for (const identity of profile.publicIdentities) {
    const filterCriteria = servedCriteria(profile, identity, sh);
    const last = runs.at(-1);
    if (last !== undefined && isDeepStrictEqual(last.filterCriteria, filterCriteria)) last.identities.push(identity);
    else runs.push({ identities: [identity], filterCriteria });
  }
  return runs.map(({ identities, filterCriteria }) => ({ ...profile, publicIdentities: identities, filterCriteria }));
}
