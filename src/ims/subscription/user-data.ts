/**
 * The user profile of Cx as XML (TS 29.228 Annex B, E; schema CxDataType), read: the S-CSCF's side. Elements that are not
 * known are skipped, because every type may be extended (Annex B); what is known is taken wherever a type may have it.
 */
import { XMLParser } from 'fast-xml-parser';
import { detached } from '../../sip/index.js';
import { identityKey } from '../identity/index.js';
import type { InitialFilterCriterion } from './filter-criteria.js';
import { canonicalWildcard } from './matching-identity.js';
import type { IdentityKind, PublicIdentity, ServiceProfile } from './subscriber.js';
import { readCriterion } from './user-data-criterion.js';
import { identityTypes } from './user-data-format.js';
import { divideDocument, isUri, readByFrame, rememberFrame } from './user-data-frame.js';
import { ownName, ownPrefix } from './user-data-names.js';
import { schemaProblems } from './user-data-schema.js';
import { xmlProblem } from './well-formed.js';
import { childOf, childrenOf, type Element, isTrue, numberOf, numbersOf, textOf, textsOf } from './xml-element.js';

export { formatUserData } from './user-data-format.js';

export interface UserProfile {
  readonly privateIdentity: string;
  /** Those of the implicit registration set, in the document's order (REG-80). */
  readonly serviceProfiles: readonly ServiceProfile[];
  /** The identities of all of them, in the document's order. */
  readonly publicIdentities: readonly PublicIdentity[];
  readonly imsi?: string;
  /** What of the document does not keep to the schema, one sentence each; absent where nothing. */
  readonly flaws?: readonly string[];
}

const options = {
  ignoreAttributes: true,
  parseTagValue: false,
  jPath: false, // nothing here asks for the path of an element, and to write it takes half of the time
  // Read where one is met for the first time only: see criterionOf.
  stopNodes: ['..InitialFilterCriteria'],
};
/** Numeric references are rare, and to look for them triples the time. */
const parsers = [new XMLParser(options), new XMLParser({ ...options, htmlEntities: true })] as const;

/** Reads a document; `undefined` where it is no profile (then the registration cannot be served: TS 29.228 6.6). */
export function parseUserData(xml: string): UserProfile | undefined {
  const divided = divideDocument(xml);
  const known = divided && readByFrame(divided);
  if (known !== undefined) return known;
  const profile = readDocument(xml);
  if (profile !== undefined && divided !== undefined) rememberFrame(divided, profile);
  return profile;
}

function readDocument(xml: string): UserProfile | undefined {
  if (xmlProblem(xml) !== undefined) return undefined;
  const prefix = ownPrefix(xml);
  const subscription = childOf(parse(xml, prefix), 'IMSSubscription');
  const privateIdentity = textOf(subscription, 'PrivateID');
  if (subscription === undefined || privateIdentity === undefined) return undefined;
  const serviceProfiles = childrenOf(subscription, 'ServiceProfile')
    .flatMap((element) => readServiceProfile(element, prefix) ?? [])
    .slice();
  const [first] = serviceProfiles;
  if (first === undefined) return undefined;
  const publicIdentities =
    serviceProfiles.length === 1 ? first.publicIdentities : serviceProfiles.flatMap((each) => each.publicIdentities);
  const imsi = textOf(childOf(subscription, 'Extension'), 'IMSI');
  const flaws = schemaProblems(xml);
  return {
    privateIdentity: detached(privateIdentity),
    serviceProfiles,
    publicIdentities,
    ...(imsi !== undefined && { imsi: detached(imsi) }),
    ...(flaws.length > 0 && { flaws }),
  };
}

function parse(xml: string, prefix: string): unknown {
  const htmlEntities = xml.includes('&#');
  const parser =
    prefix === ''
      ? parsers[htmlEntities ? 1 : 0]
      : new XMLParser({ ...options, htmlEntities, transformTagName: (name) => ownName(name, prefix) });
  try {
    return parser.parse(xml);
  } catch {
    return undefined;
  }
}

/** A profile that names nobody is none. */
function readServiceProfile(element: Element, prefix: string): ServiceProfile | undefined {
  // Lists of many users: `slice` gives up the room that `flatMap` leaves for more.
  const publicIdentities = childrenOf(element, 'PublicIdentity')
    .flatMap((each) => readIdentity(each) ?? [])
    .slice();
  if (publicIdentities.length === 0) return undefined;
  const filterCriteria = rawTexts(element, 'InitialFilterCriteria').flatMap((raw) => criterionOf(raw, prefix) ?? []);
  // CX-50. The sort is stable: where two have one priority, the document's order counts.
  filterCriteria.sort((one, other) => one.priority - other.priority);
  return {
    publicIdentities,
    filterCriteria: filterCriteria.length === 0 ? noCriteria : filterCriteria,
    ...readRarities(element),
  };
}

/** What few profiles have. */
function readRarities(profile: Element): Partial<ServiceProfile> {
  const extension = childOf(profile, 'Extension');
  const authorization = childOf(profile, 'CoreNetworkServicesAuthorization');
  if (extension === undefined && authorization === undefined) return {};
  const sharedSets = numbersOf(extension, 'SharedIFCSetID');
  const mediaProfile = numberOf(authorization, 'SubscribedMediaProfileId');
  const services = childOf(childOf(authorization, 'Extension'), 'ListOfServiceIds');
  const serviceIds = textsOf(services, 'ServiceId');
  return {
    ...(sharedSets.length > 0 && { sharedSets }),
    ...(mediaProfile !== undefined && { mediaProfile }),
    ...(serviceIds.length > 0 && { serviceIds }),
  };
}

const noCriteria: readonly InitialFilterCriterion[] = [];

/** With anything but a SIP or tel URI no request could be routed: then there is no such identity (TS 29.228 B.2.1). */
function readIdentity(element: Element): PublicIdentity | undefined {
  const written = textOf(element, 'Identity');
  if (written === undefined) return undefined;
  const barred = isTrue(textOf(element, 'BarringIndication'));
  const first = childOf(element, 'Extension');
  // Kept for as long as the user is registered: a copy holds nothing else.
  if (first === undefined) {
    return isUri(written) ? { uri: detached(identityKey(written)), barred, kind: 'distinct' } : undefined;
  }
  const second = childOf(first, 'Extension');
  const wildcardedPsi = textOf(first, 'WildcardedPSI');
  const wildcarded = textOf(childOf(second, 'Extension'), 'WildcardedIMPU') ?? textOf(second, 'WildcardedIMPU');
  const kind = kindOf(numberOf(first, 'IdentityType'), wildcardedPsi, wildcarded);
  const wildcard = kind === 'wildcardedPsi' ? (wildcardedPsi ?? written) : (wildcarded ?? written);
  if (isPlain(kind) && !isUri(written)) return undefined;
  const aliasGroup = textOf(second, 'AliasIdentityGroupID');
  const displayName = textOf(second, 'DisplayName');
  return {
    uri: isPlain(kind) ? detached(identityKey(written)) : (canonicalWildcard(wildcard) ?? wildcard),
    barred,
    kind,
    ...(aliasGroup !== undefined && { aliasGroup }),
    ...(displayName !== undefined && { displayName }),
  };
}

const kinds = new Map(Object.entries(identityTypes).map(([kind, type]) => [type, kind as IdentityKind]));

function kindOf(
  type: number | undefined,
  wildcardedPsi: string | undefined,
  wildcarded: string | undefined,
): IdentityKind {
  if (wildcardedPsi !== undefined) return 'wildcardedPsi';
  if (wildcarded !== undefined) return 'wildcarded';
  return kinds.get(type ?? 0) ?? 'distinct';
}

function isPlain(kind: IdentityKind): boolean {
  return kind === 'distinct' || kind === 'distinctPsi';
}

/** Few texts stand in the profiles of many users: each is read once, and all users share what it says. */
const criteria = new Map<string, InitialFilterCriterion | undefined>();
const criteriaMax = 2_000;

function criterionOf(raw: string, prefix: string): InitialFilterCriterion | undefined {
  const key = prefix + raw;
  if (criteria.has(key)) return criteria.get(key);
  const criterion = readCriterion(childOf(parse(`<Criterion>${raw}</Criterion>`, prefix), 'Criterion'));
  if (criteria.size >= criteriaMax) criteria.clear();
  // A copy: a slice would keep the whole document.
  criteria.set(Buffer.from(key).toString(), criterion);
  return criterion;
}

function rawTexts(element: Element, name: string): readonly string[] {
  const value = element[name];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((each) => typeof each === 'string');
}
