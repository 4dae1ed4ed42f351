/** The user data of Sh written as XML (TS 29.328 Annex C, D; schema ShDataType): what an HSS tells and an AS updates. */
import type { ChargingInformation, IdentitySet } from '../../diameter/index.js';
import type { InitialFilterCriterion } from './filter-criteria.js';
import { element, formatCriterion, group } from './user-data-format.js';

/** IMSUserState (TS 29.328 Table D.1). */
export const imsUserStates = {
  notRegistered: 0,
  registered: 1,
  registeredUnregisteredServices: 2,
  authenticationPending: 3,
} as const;
export type ImsUserState = keyof typeof imsUserStates;

/** Transparent data of a service; without `serviceData` there is none, or it is to be removed. */
export interface RepositoryDataElement {
  readonly serviceIndication: string;
  readonly sequenceNumber: number;
  /** XML inside ServiceData. */
  readonly serviceData: string | undefined;
}

/** Whether an AS is to be asked for a service of the user (DSAI, TS 29.328 7.6.11). */
export interface ServiceActivation {
  /** DSAI-Tag. */
  readonly tag: string;
  readonly active: boolean;
}

/** One document; what is absent is not spoken of. */
export interface ShData {
  /** Of PublicIdentifiers. */
  readonly publicIdentities?: readonly string[] | undefined;
  /** Of PublicIdentifiers: digits. */
  readonly msisdns?: readonly string[] | undefined;
  readonly repositoryData?: readonly RepositoryDataElement[] | undefined;
  /** SIP URI; empty: none is assigned. */
  readonly scscfName?: string | undefined;
  readonly filterCriteria?: readonly InitialFilterCriterion[] | undefined;
  readonly imsUserState?: ImsUserState | undefined;
  readonly charging?: ChargingInformation | undefined;
  readonly psiActive?: boolean | undefined;
  readonly services?: readonly ServiceActivation[] | undefined;
  /** Of CSLocationInformation, PSLocationInformation: digits. */
  readonly vlrNumber?: string | undefined;
  readonly sgsnNumber?: string | undefined;
  /** TS 29.328 Table D.1: tCSUserState, tPSUserState. */
  readonly csUserState?: number | undefined;
  readonly psUserState?: number | undefined;
  readonly imsi?: string | undefined;
  readonly privateIdentities?: readonly string[] | undefined;
  /** Where several sets were asked for (Annex C.1). */
  readonly identitySets?: Partial<Readonly<Record<IdentitySet, readonly string[]>>> | undefined;
}

/** In the schema's order. */
const identitySetElements: readonly (readonly [IdentitySet, string])[] = [
  ['REGISTERED_IDENTITIES', 'RegisteredIdentities'],
  ['IMPLICIT_IDENTITIES', 'ImplicitIdentities'],
  ['ALL_IDENTITIES', 'AllIdentities'],
  ['ALIAS_IDENTITIES', 'AliasIdentities'],
];

/** The document for UDA, SNA, PNR and PUR. */
export function formatShData(data: ShData): string {
  const { csUserState, psUserState } = data;
  return (
    `<?xml version="1.0" encoding="UTF-8"?><Sh-Data>${formatIdentifiers(data)}` +
    (data.repositoryData ?? []).map(formatRepositoryData).join('') +
    group('Sh-IMS-Data', formatImsData(data)) +
    group('CSLocationInformation', optional('VLRNumber', data.vlrNumber)) +
    group('PSLocationInformation', optional('SGSNNumber', data.sgsnNumber)) +
    (csUserState === undefined ? '' : `<CSUserState>${csUserState}</CSUserState>`) +
    (psUserState === undefined ? '' : `<PSUserState>${psUserState}</PSUserState>`) +
    `${group('Extension', formatIdentitySets(data) + later(formatUsers(data)))}</Sh-Data>`
  );
}

/** What Table D.2 has in the fifth extension, as it stands in the first one: each lies in the one before it. */
function later(content: string): string {
  return group('Extension', group('Extension', group('Extension', group('Extension', content))));
}

function formatUsers({ imsi, privateIdentities = [] }: ShData): string {
  return optional('IMSI', imsi) + privateIdentities.map((each) => element('IMSPrivateUserIdentity', each)).join('');
}

function formatIdentifiers({ publicIdentities, msisdns }: ShData): string {
  if (publicIdentities === undefined && msisdns === undefined) return '';
  return `<PublicIdentifiers>${identities(publicIdentities)}${(msisdns ?? []).map((each) => element('MSISDN', each)).join('')}</PublicIdentifiers>`;
}

function identities(uris: readonly string[] = []): string {
  return uris.map((uri) => element('IMSPublicIdentity', uri)).join('');
}

function formatRepositoryData({ serviceIndication, sequenceNumber, serviceData }: RepositoryDataElement): string {
  const content = serviceData === undefined ? '' : `<ServiceData>${serviceData}</ServiceData>`;
  return `<RepositoryData>${element('ServiceIndication', serviceIndication)}<SequenceNumber>${sequenceNumber}</SequenceNumber>${content}</RepositoryData>`;
}

function formatImsData({
  scscfName,
  filterCriteria,
  imsUserState,
  charging,
  psiActive,
  services = [],
}: ShData): string {
  const activation = psiActive === undefined ? '' : `<PSIActivation>${psiActive ? 1 : 0}</PSIActivation>`;
  return (
    optional('SCSCFName', scscfName) +
    (filterCriteria === undefined ? '' : `<IFCs>${filterCriteria.map(formatCriterion).join('')}</IFCs>`) +
    (imsUserState === undefined ? '' : `<IMSUserState>${imsUserStates[imsUserState]}</IMSUserState>`) +
    (charging === undefined ? '' : `<ChargingInformation>${formatCharging(charging)}</ChargingInformation>`) +
    group('Extension', activation + group('Extension', services.map(formatService).join('')))
  );
}

/** TS 29.328 Table D.1, tDSAI-Value: 0 is ACTIVE, 1 INACTIVE. */
function formatService({ tag, active }: ServiceActivation): string {
  return `<DSAI>${element('DSAI-Tag', tag)}<DSAI-Value>${active ? 0 : 1}</DSAI-Value></DSAI>`;
}

function formatCharging(names: ChargingInformation): string {
  return (
    optional('PrimaryEventChargingFunctionName', names.primaryEventChargingFunctionName) +
    optional('SecondaryEventChargingFunctionName', names.secondaryEventChargingFunctionName) +
    optional('PrimaryChargingCollectionFunctionName', names.primaryChargingCollectionFunctionName) +
    optional('SecondaryChargingCollectionFunctionName', names.secondaryChargingCollectionFunctionName)
  );
}

function formatIdentitySets({ identitySets = {} }: ShData): string {
  return identitySetElements
    .map(([set, name]) => {
      const uris = identitySets[set];
      return uris === undefined ? '' : `<${name}>${identities(uris)}</${name}>`;
    })
    .join('');
}

/** An empty text stays an empty element: there was something, and now there is nothing (TS 29.328 6.1.4.1). */
function optional(name: string, text: string | undefined): string {
  return text === undefined ? '' : element(name, text);
}
