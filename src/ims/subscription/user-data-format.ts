/** The user profile of Cx written as XML (TS 29.228 Annex B, E; schema CxDataType): the HSS's side. */
import type {
  ApplicationServer,
  InitialFilterCriterion,
  RegistrationType,
  ServicePoint,
  TriggerPoint,
} from './filter-criteria.js';
import { isWildcarded } from './matching-identity.js';
import type { IdentityKind, PublicIdentity, ServiceProfile } from './subscriber.js';

export interface UserDataContent {
  readonly privateIdentity: string;
  readonly serviceProfiles: readonly ServiceProfile[];
  readonly imsi?: string;
  /** The reader has the shared sets: of their criteria it gets the numbers alone (SiFC, TS 29.228 6.6). */
  readonly readerHasSharedSets?: boolean;
}

/** IdentityType. */
export const identityTypes: Readonly<Record<IdentityKind, number>> = {
  distinct: 0,
  distinctPsi: 1,
  wildcardedPsi: 2,
  wildcarded: 3,
};

export const registrationTypes: Readonly<Record<RegistrationType, number>> = { initial: 0, re: 1, de: 2 };

/** The document for SAA and PPR: one implicit registration set with all its service profiles (TS 29.228 6.6). */
export function formatUserData(content: UserDataContent): string {
  const { privateIdentity, serviceProfiles, imsi, readerHasSharedSets = false } = content;
  let profiles = '';
  for (const profile of serviceProfiles) {
    profiles += formatServiceProfile(readerHasSharedSets ? withSharedSets(profile) : profile);
  }
  const extension = group('Extension', optional('IMSI', imsi));
  return `<?xml version="1.0" encoding="UTF-8"?><IMSSubscription>${element('PrivateID', privateIdentity)}${profiles}${extension}</IMSSubscription>`;
}

/** The numbers in place of the criteria. */
function withSharedSets(profile: ServiceProfile): ServiceProfile {
  const { filterCriteria } = profile;
  let division = divisions.get(filterCriteria);
  if (division === undefined) {
    const own = filterCriteria.filter(({ sharedSet }) => sharedSet === undefined);
    const sharedSets = [...new Set(filterCriteria.flatMap(({ sharedSet }) => sharedSet ?? []))];
    division = sharedSets.length === 0 ? {} : { filterCriteria: own, sharedSets };
    divisions.set(filterCriteria, division);
  }
  return { ...profile, ...division };
}

const divisions = new WeakMap<readonly InitialFilterCriterion[], Partial<ServiceProfile>>();

/** Many subscribers have the same services: their XML is made once. */
const criteriaTexts = new WeakMap<readonly InitialFilterCriterion[], string>();

function formatServiceProfile(profile: ServiceProfile): string {
  const { publicIdentities, filterCriteria, sharedSets = [] } = profile;
  let criteria = criteriaTexts.get(filterCriteria);
  if (criteria === undefined) {
    criteria = filterCriteria.map(formatCriterion).join('');
    criteriaTexts.set(filterCriteria, criteria);
  }
  let identities = '';
  for (const identity of publicIdentities) identities += formatIdentity(identity);
  const shared = sharedSets.map((id) => `<SharedIFCSetID>${id}</SharedIFCSetID>`).join('');
  return `<ServiceProfile>${identities}${formatAuthorization(profile)}${criteria}${group('Extension', shared)}</ServiceProfile>`;
}

function formatAuthorization({ mediaProfile, serviceIds = [] }: ServiceProfile): string {
  const media = mediaProfile === undefined ? '' : element('SubscribedMediaProfileId', String(mediaProfile));
  const ids = serviceIds.map((id) => element('ServiceId', id)).join('');
  const extension = group('Extension', group('ListOfServiceIds', ids));
  return group('CoreNetworkServicesAuthorization', media + extension);
}

/** The extensions lie in one another, release by release. */
function formatIdentity(identity: PublicIdentity): string {
  const { uri, barred, kind, displayName, aliasGroup } = identity;
  const third = kind === 'wildcarded' ? element('WildcardedIMPU', uri) : '';
  const second =
    optional('DisplayName', displayName) + optional('AliasIdentityGroupID', aliasGroup) + group('Extension', third);
  const psi = kind === 'wildcardedPsi' ? element('WildcardedPSI', uri) : '';
  const first = second === '' && kind === 'distinct' ? '' : `<IdentityType>${identityTypes[kind]}</IdentityType>${psi}`;
  return (
    `<PublicIdentity>${barred ? '<BarringIndication>1</BarringIndication>' : ''}` +
    `${element('Identity', isWildcarded(identity) ? exampleOf(uri) : uri)}` +
    `${group('Extension', first + group('Extension', second))}</PublicIdentity>`
  );
}

/** Identity is a URI also where the wildcard counts: the delimiters stay, the expression may have what no URI has. */
function exampleOf(wildcard: string): string {
  return encodeURI(wildcard);
}

/** One criterion, as Cx and Sh have it. */
export function formatCriterion(criterion: InitialFilterCriterion): string {
  const { priority, triggerPoint, applicationServer, profilePart } = criterion;
  const part =
    profilePart === undefined ? '' : element('ProfilePartIndicator', profilePart === 'registered' ? '0' : '1');
  return (
    `<InitialFilterCriteria><Priority>${priority}</Priority>` +
    `${triggerPoint === undefined ? '' : formatTriggerPoint(triggerPoint)}${formatServer(applicationServer)}${part}` +
    '</InitialFilterCriteria>'
  );
}

function formatTriggerPoint({ form, triggers }: TriggerPoint): string {
  const points = triggers.map(({ point, negated, groups }) => {
    const numbers = groups.map((number) => `<Group>${number}</Group>`).join('');
    return `<SPT><ConditionNegated>${negated ? 1 : 0}</ConditionNegated>${numbers}${formatPoint(point)}</SPT>`;
  });
  return `<TriggerPoint><ConditionTypeCNF>${form === 'cnf' ? 1 : 0}</ConditionTypeCNF>${points.join('')}</TriggerPoint>`;
}

function formatPoint(point: ServicePoint): string {
  switch (point.kind) {
    case 'requestUri':
      return element('RequestURI', point.pattern);
    case 'method': {
      const types = point.registrationTypes.map(
        (type) => `<RegistrationType>${registrationTypes[type]}</RegistrationType>`,
      );
      return element('Method', point.method) + group('Extension', types.join(''));
    }
    case 'sipHeader':
      return group('SIPHeader', element('Header', point.header) + optional('Content', point.content));
    case 'sessionCase':
      return `<SessionCase>${point.sessionCase}</SessionCase>`;
    case 'sessionDescription':
      return group('SessionDescription', element('Line', point.line) + optional('Content', point.content));
    case 'unknown':
      return '';
  }
}

function formatServer(server: ApplicationServer): string {
  const { serverName, defaultHandling, serviceInfo, includeRegisterRequest, includeRegisterResponse } = server;
  const extension =
    (includeRegisterRequest ? '<IncludeRegisterRequest/>' : '') +
    (includeRegisterResponse ? '<IncludeRegisterResponse/>' : '');
  return (
    `<ApplicationServer>${element('ServerName', serverName)}` +
    `<DefaultHandling>${defaultHandling === 'terminate' ? 1 : 0}</DefaultHandling>` +
    `${optional('ServiceInfo', serviceInfo)}${group('Extension', extension)}</ApplicationServer>`
  );
}

export function element(name: string, text: string): string {
  return `<${name}>${escapeText(text)}</${name}>`;
}

function optional(name: string, text: string | undefined): string {
  return text === undefined ? '' : element(name, text);
}

/** Nothing around nothing. */
export function group(name: string, content: string): string {
  return content === '' ? '' : `<${name}>${content}</${name}>`;
}

function escapeText(text: string): string {
  if (!/[&<>]/.test(text)) return text;
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
