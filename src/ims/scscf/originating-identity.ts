/** Who calls, under which names, and whom: the S-CSCF's reading of identities in an originating request. */
import { formatUri, type SipRequest, type Uri } from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';
import { matchingIdentity } from '../subscription/matching-identity.js';
import type { UserProfile } from '../subscription/user-data.js';
import type { ServedUser } from './served-user.js';

/** Who makes the request: P-Served-User of an AS, else P-Asserted-Identity (TS 24.229 §5.4.3.2). */
export function servedUser(message: SipRequest, user: ServedUser): string {
  const address = message.address('P-Served-User') ?? message.addresses('P-Asserted-Identity')[0];
  return address?.uri.text ?? user.publicIdentity;
}

/** The tel form of a SIP identity or the reverse, among the user's own, for the second P-Asserted-Identity (CALL-10). */
export function otherForm(profile: UserProfile, served: string): string | undefined {
  const isTel = served.startsWith('tel:');
  const number = numberOf(served);
  return profile.publicIdentities.find(
    ({ uri, barred }) => !barred && uri.startsWith('tel:') !== isTel && numberOf(uri) === number,
  )?.uri;
}

/** Both are one identity of the user, or two forms of one: TS 24.229 §5.4.3.3 step 3. */
export function isAliasOf({ profile }: ServedUser, one: string, other: string): boolean {
  if (one === other) return true;
  if (profile === undefined) return false;
  const [first, second] = [one, other].map((uri) => matchingIdentity(profile.publicIdentities, uri));
  if (first === undefined || second === undefined || first === second) return false;
  return (
    (first.aliasGroup !== undefined && first.aliasGroup === second.aliasGroup) || otherForm(profile, one) === other
  );
}

/** A SIP URI for the next hop: numbers belong to the home domain, as there is no ENUM and no BGCF yet. */
export function routableTarget(uri: Uri, homeDomain: string): string {
  if (uri.scheme !== 'tel') return uri.text;
  const user = numberOf(uri.text);
  return formatUri({ scheme: 'sip', user, host: homeDomain, parameters: new Map([['user', 'phone']]) });
}

function numberOf(identity: string): string {
  const canonical = canonicalIdentity(identity) ?? identity;
  const start = canonical.indexOf(':') + 1;
  const end = canonical.indexOf('@');
  return end === -1 ? canonical.slice(start) : canonical.slice(start, end);
}
