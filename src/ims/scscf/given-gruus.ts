/**
 * The temporary GRUUs that a UE of a user has been given: a new one with each REGISTER that asks for GRUUs, and all of them are
 * good until the last contact of the UE goes, or one of its contacts comes with another Call-ID. RFC 5627 3.2, 5.1, 5.3.
 */
import { type Binding, isForEmergencies } from './bindings.js';

/** All contacts of a UE have the same token and count. */
export interface GivenGruus {
  /** Names the UE; where none of before are good any more, it is another one. */
  readonly token: string;
  /** Of the one that was made last. */
  readonly count: number;
  /** CSeq of this contact's REGISTER from which on what was given is good (first-cseq of RFC 5628). */
  readonly firstSequence: number;
}

/** What a REGISTER has bound. */
export interface BoundContact {
  /** Without GRUUs. */
  readonly added: Binding;
  /** The same contact as it was bound before. */
  readonly before: Binding | undefined;
  readonly wantsGruu: boolean;
}

/**
 * The contacts with what they have been given.
 * @param earlier all contacts before the REGISTER
 * @param bindings all contacts after it, `added` among them
 */
export function withGivenGruus(
  earlier: readonly Binding[],
  bindings: readonly Binding[],
  { added, before, wantsGruu }: BoundContact,
  newToken: () => string,
): readonly Binding[] {
  if (added.instanceId === undefined) return bindings;
  const isOfUe = ({ instanceId }: Binding): boolean => instanceId === added.instanceId;
  const known = earlier.filter(isOfUe);
  const given = known.find(({ gruus }) => gruus !== undefined)?.gruus;
  const stands = given !== undefined && !isRenewed(known, added);
  if (!stands && !wantsGruu) return bindings.map((each) => (isOfUe(each) ? { ...each, gruus: undefined } : each));
  const token = stands ? given.token : newToken();
  const count = stands ? given.count + (wantsGruu ? 1 : 0) : 0;
  const firstOf = (contact: Binding): number => {
    const own = contact === added ? before?.gruus : contact.gruus;
    if (own?.token === token) return own.firstSequence;
    return contact === added && wantsGruu ? added.sequence : contact.sequence + 1;
  };
  return bindings.map((each) =>
    isOfUe(each) ? { ...each, gruus: { token, count, firstSequence: firstOf(each) } } : each,
  );
}

/** RFC 5627 5.1: the contact of this UE, and of this flow where it is one, that was registered last had another Call-ID. */
function isRenewed(known: readonly Binding[], added: Binding): boolean {
  const last = known.findLast((each) => each.flow === added.flow && isForEmergencies(each) === isForEmergencies(added));
  return last !== undefined && last.callId !== added.callId;
}
