/**
 * The user data of Sh as XML (TS 29.328 Annex C, D; schema ShDataType), read. Elements that are not known are skipped: every
 * type may be extended.
 */
import { XMLParser } from 'fast-xml-parser';
import type { ChargingInformation } from '../../diameter/index.js';
import { withInheritedNamespaces } from './inherited-namespaces.js';
import {
  type ImsUserState,
  imsUserStates,
  type RepositoryDataElement,
  type ServiceActivation,
  type ShData,
} from './sh-data-format.js';
import { readCriterion } from './user-data-criterion.js';
import { hasForeignEntity, xmlProblem } from './well-formed.js';
import { childOf, childrenOf, type Element, hasChild, numberOf, textOf, textsOf } from './xml-element.js';

export {
  formatShData,
  type ImsUserState,
  type RepositoryDataElement,
  type ServiceActivation,
  type ShData,
} from './sh-data-format.js';

const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  htmlEntities: true,
  jPath: false,
  // Transparent to everybody but the services: kept as it is written.
  stopNodes: ['..ServiceData'],
});

/** TS 29.328 Table D.1: tSequenceNumber. */
const sequenceNumberMax = 65_535;

/** Reads a document; `undefined` where it is no Sh-Data, or something in it cannot be what it says (5100). */
export function parseShData(xml: string): ShData | undefined {
  const document = read(xml);
  if (document === undefined || !hasChild(document, 'Sh-Data')) return undefined;
  const root = childOf(document, 'Sh-Data') ?? {};
  const repositoryData = childrenOf(root, 'RepositoryData').map(readRepositoryData);
  if (repositoryData.some((each) => each === undefined)) return undefined;
  const services = childrenOf(serviceParent(root), 'DSAI').map(readService);
  if (services.some((each) => each === undefined)) return undefined;
  return {
    ...readIdentifiers(root),
    ...(repositoryData.length > 0 && { repositoryData: repositoryData as readonly RepositoryDataElement[] }),
    ...readImsData(childOf(root, 'Sh-IMS-Data')),
    ...(services.length > 0 && { services: services as readonly ServiceActivation[] }),
    ...present('vlrNumber', textOf(childOf(root, 'CSLocationInformation'), 'VLRNumber')),
    ...present('sgsnNumber', textOf(childOf(root, 'PSLocationInformation'), 'SGSNNumber')),
    ...present('csUserState', numberOf(root, 'CSUserState')),
    ...present('psUserState', numberOf(root, 'PSUserState')),
    ...readIdentitySets(childOf(root, 'Extension')),
    ...readUsers(root),
  };
}

function read(xml: string): Element | undefined {
  if (xmlProblem(xml) !== undefined) return undefined;
  try {
    return parser.parse(withInheritedNamespaces(xml)) as Element;
  } catch {
    return undefined;
  }
}

/** Nothing of what is not there. */
function present<const K extends string, V>(key: K, value: V | undefined): { readonly [N in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [N in K]?: V });
}

function readIdentifiers(root: Element): ShData {
  if (!hasChild(root, 'PublicIdentifiers')) return {};
  const identifiers = childOf(root, 'PublicIdentifiers');
  return { publicIdentities: textsOf(identifiers, 'IMSPublicIdentity'), msisdns: textsOf(identifiers, 'MSISDN') };
}

function readRepositoryData(element: Element): RepositoryDataElement | undefined {
  const serviceIndication = textOf(element, 'ServiceIndication');
  const sequenceNumber = numberOf(element, 'SequenceNumber');
  if (serviceIndication === undefined || sequenceNumber === undefined || sequenceNumber > sequenceNumberMax) {
    return undefined;
  }
  const { ServiceData: content } = element;
  // Only what has none is to be removed: one that cannot be read is not.
  if (content !== undefined && (typeof content !== 'string' || hasForeignEntity(content))) return undefined;
  return { serviceIndication, sequenceNumber, serviceData: content };
}

/** TS 29.328 Table D.2: of the fifth extension. */
function readUsers(root: Element): ShData {
  let extension: Element = root;
  for (let depth = 0; depth < 5; depth++) extension = childOf(extension, 'Extension') ?? {};
  const privateIdentities = textsOf(extension, 'IMSPrivateUserIdentity');
  return {
    ...present('imsi', textOf(extension, 'IMSI')),
    ...(privateIdentities.length > 0 && { privateIdentities }),
  };
}

/** The extensions lie in one another, release by release. */
function serviceParent(root: Element): Element {
  const extension = childOf(childOf(root, 'Sh-IMS-Data') ?? {}, 'Extension') ?? {};
  return childOf(extension, 'Extension') ?? {};
}

function readService(element: Element): ServiceActivation | undefined {
  const tag = textOf(element, 'DSAI-Tag');
  const value = numberOf(element, 'DSAI-Value');
  // TS 29.328 Table D.1: 0 is ACTIVE, 1 INACTIVE.
  return tag === undefined || (value !== 0 && value !== 1) ? undefined : { tag, active: value === 0 };
}

const userStates = new Map(
  Object.entries(imsUserStates).map(([name, value]) => [value as number, name as ImsUserState]),
);

function readImsData(data: Element | undefined): ShData {
  if (data === undefined) return {};
  const activation = numberOf(childOf(data, 'Extension'), 'PSIActivation');
  const state = numberOf(data, 'IMSUserState');
  return {
    ...(hasChild(data, 'SCSCFName') && { scscfName: textOf(data, 'SCSCFName') ?? '' }),
    ...(hasChild(data, 'IFCs') && { filterCriteria: readCriteria(childOf(data, 'IFCs')) }),
    ...present('imsUserState', state === undefined ? undefined : userStates.get(state)),
    ...(hasChild(data, 'ChargingInformation') && { charging: readCharging(childOf(data, 'ChargingInformation')) }),
    ...present('psiActive', activation === undefined ? undefined : activation === 1),
  };
}

function readCriteria(element: Element | undefined): NonNullable<ShData['filterCriteria']> {
  return childrenOf(element ?? {}, 'InitialFilterCriteria').flatMap((each) => readCriterion(each) ?? []);
}

function readCharging(element: Element | undefined): ChargingInformation {
  return {
    ...present('primaryEventChargingFunctionName', textOf(element, 'PrimaryEventChargingFunctionName')),
    ...present('secondaryEventChargingFunctionName', textOf(element, 'SecondaryEventChargingFunctionName')),
    ...present('primaryChargingCollectionFunctionName', textOf(element, 'PrimaryChargingCollectionFunctionName')),
    ...present('secondaryChargingCollectionFunctionName', textOf(element, 'SecondaryChargingCollectionFunctionName')),
  };
}

const identitySetNames = {
  RegisteredIdentities: 'REGISTERED_IDENTITIES',
  ImplicitIdentities: 'IMPLICIT_IDENTITIES',
  AllIdentities: 'ALL_IDENTITIES',
  AliasIdentities: 'ALIAS_IDENTITIES',
} as const;

function readIdentitySets(extension: Element | undefined): ShData {
  const found = Object.entries(identitySetNames).filter(([name]) => hasChild(extension, name));
  if (found.length === 0) return {};
  const sets = found.map(([name, set]) => [set, textsOf(childOf(extension, name), 'IMSPublicIdentity')] as const);
  return { identitySets: Object.fromEntries(sets) };
}
