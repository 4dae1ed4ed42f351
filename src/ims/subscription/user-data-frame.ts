/**
 * The documents of many users differ in their identities alone. What the rest of a document, its frame, says is read once
 * with the first of them; of the others only the identities are read.
 */
import { detached } from '../../sip/index.js';
import { identityKey } from '../identity/index.js';
import type { PublicIdentity, ServiceProfile } from './subscriber.js';
import type { UserProfile } from './user-data.js';

/** A document without the texts of its identities, and these: of PrivateID, of each Identity, of IMSI. */
export interface DividedDocument {
  readonly frame: string;
  readonly texts: readonly string[];
}

/** In the order of the schema. */
const openings = ['<PrivateID>', '<Identity>', '<IMSI>'];

/** `undefined` where a text has to be read by a parser. */
export function divideDocument(xml: string): DividedDocument | undefined {
  const texts: string[] = [];
  let frame = '';
  let from = 0;
  for (const opening of openings) {
    for (let at = xml.indexOf(opening, from); at !== -1; at = xml.indexOf(opening, from)) {
      const start = at + opening.length;
      const end = xml.indexOf('<', start);
      if (end === -1) return undefined;
      const text = xml.slice(start, end);
      if (text === '' || text.includes('&') || text.includes('\r') || text.trim().length !== text.length)
        return undefined;
      frame += xml.slice(from, start);
      texts.push(text);
      from = end;
    }
  }
  return texts.length === 0 ? undefined : { frame: frame + xml.slice(from), texts };
}

/** SIP or tel. */
export function isUri(text: string): boolean {
  return text.startsWith('sip:') || text.startsWith('tel:') || /^(?:sips?|tel):/i.test(text);
}

/** The profile of the document that a frame was met with first, without what that user has alone. */
interface FrameContent {
  /** A rest of ServiceProfile is what all users share. */
  readonly serviceProfiles: readonly {
    readonly shared: ServiceProfile;
    /** It has filter criteria alone. An object put together with `...` takes a hidden class of its own. */
    readonly isPlain: boolean;
    readonly identities: readonly SharedIdentity[];
  }[];
  readonly hasImsi: boolean;
  readonly flaws: UserProfile['flaws'];
}

interface SharedIdentity extends Pick<PublicIdentity, 'barred' | 'kind'> {
  /** What few have. */
  readonly rarities: Omit<PublicIdentity, 'uri' | 'barred' | 'kind'> | undefined;
}

const frames = new Map<string, FrameContent>();
const framesMax = 2_000;

/** The profile, where a document of the same frame was read before. */
export function readByFrame({ frame, texts }: DividedDocument): UserProfile | undefined {
  const content = frames.get(frame);
  if (content === undefined) return undefined;
  // Others than URIs are named, and read without.
  for (let at = texts.length - (content.hasImsi ? 2 : 1); at > 0; at--) if (!isUri(texts[at]!)) return undefined;
  const { flaws } = content;
  let next = 1;
  const serviceProfiles = content.serviceProfiles.map(({ shared, isPlain, identities }): ServiceProfile => {
    const publicIdentities = identities.map((identity) => withUri(identity, texts[next++]!));
    return isPlain ? { publicIdentities, filterCriteria: shared.filterCriteria } : { ...shared, publicIdentities };
  });
  // Kept for as long as the user is registered: a copy holds nothing else.
  const privateIdentity = detached(texts[0]!);
  const publicIdentities =
    serviceProfiles.length === 1
      ? serviceProfiles[0]!.publicIdentities
      : serviceProfiles.flatMap((each) => each.publicIdentities);
  if (!content.hasImsi && flaws === undefined) return { privateIdentity, serviceProfiles, publicIdentities };
  return {
    privateIdentity,
    serviceProfiles,
    publicIdentities,
    ...(content.hasImsi && { imsi: detached(texts[texts.length - 1]!) }),
    ...(flaws !== undefined && { flaws }),
  };
}

function withUri({ barred, kind, rarities }: SharedIdentity, text: string): PublicIdentity {
  const uri = detached(identityKey(text));
  return rarities === undefined ? { uri, barred, kind } : { uri, barred, kind, ...rarities };
}

/**
 * Keeps what the frame says, if the parser has found just the texts of the document in their order, each where no other
 * could have been meant: then it finds those of another document of this frame in the same places.
 */
export function rememberFrame({ frame, texts }: DividedDocument, profile: UserProfile): void {
  const { privateIdentity, publicIdentities, imsi } = profile;
  const found = [privateIdentity, ...publicIdentities.map(({ uri }) => uri), ...(imsi === undefined ? [] : [imsi])];
  const written = texts.map((text, index) =>
    index > 0 && index <= publicIdentities.length ? identityKey(text) : text,
  );
  const isEach = found.length === written.length && found.every((text, index) => text === written[index]);
  if (!isEach || new Set(found).size !== found.length) return;
  // A wildcard need not be what stands in Identity.
  if (publicIdentities.some(({ kind }) => kind === 'wildcarded' || kind === 'wildcardedPsi')) return;
  if (frames.size >= framesMax) frames.clear();
  const serviceProfiles = profile.serviceProfiles.map((shared) => ({
    shared: { ...shared, publicIdentities: [] },
    isPlain: Object.keys(shared).length === 2,
    identities: shared.publicIdentities.map(sharedPart),
  }));
  frames.set(frame, { serviceProfiles, hasImsi: imsi !== undefined, flaws: profile.flaws });
}

function sharedPart({ uri: _, barred, kind, ...rarities }: PublicIdentity): SharedIdentity {
  return { barred, kind, rarities: Object.keys(rarities).length === 0 ? undefined : rarities };
}
