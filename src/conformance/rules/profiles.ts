/** The profiles that S-CSCFs are given: what they may know of a user. TS 29.228 6.1.2, Annex B. */

import type { MessageRecord } from '../../environment/index.js';
import { canonicalIdentity } from '../../ims/identity/index.js';
import { isWildcarded } from '../../ims/subscription/matching-identity.js';
import { parseUserData, type UserProfile } from '../../ims/subscription/user-data.js';
import type { DiameterOnWire, Seen } from '../rule.js';

/** A document is read once for all rules. */
const profiles = new WeakMap<DiameterOnWire, { readonly profile: UserProfile | undefined }>();

/** Of User-Data; undefined where there is none that can be read. */
export function profileIn(message: DiameterOnWire): UserProfile | undefined {
  let read = profiles.get(message);
  if (read === undefined) {
    read = { profile: parseUserData(message.message.avps.text('User-Data') ?? '') };
    profiles.set(message, read);
  }
  return read.profile;
}

/** The profile that the sender of this message was given for the identity last. */
export function profileOf(identity: string, { fromNode, id }: MessageRecord, before: Seen): UserProfile | undefined {
  const given = before
    .queriesOf(identity)
    .findLast(
      (each) =>
        (each.message.name === 'SAA' || each.message.name === 'PPR') &&
        each.record.toNode === fromNode &&
        each.record.id < id &&
        each.message.avps.has('User-Data'),
    );
  // Whether it has taken over what was pushed, or only a part of the set was: nobody can tell (TS 29.228 6.2.2.1).
  return given === undefined || given.message.name === 'PPR' ? undefined : profileIn(given);
}

/** Identities that a user may be told of and act as: not barred, no wildcards; in canonical form, the default one first (REG-80). */
export function freeIdentities({ publicIdentities }: UserProfile): readonly string[] {
  return publicIdentities
    .filter((each) => !each.barred && !isWildcarded(each))
    .map(({ uri }) => canonicalIdentity(uri) ?? uri);
}
