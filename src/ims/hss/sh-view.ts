/** What Sh can tell of one IMS subscription at one moment: now, or before something happened. */
import type { DataReference, IdentitySet, RequestedDomain } from '../../diameter/index.js';
import type { InitialFilterCriterion } from '../subscription/filter-criteria.js';
import type { ImsUserState, RepositoryDataElement, ServiceActivation, ShData } from '../subscription/sh-data.js';
import {
  type ImplicitSet,
  identitiesOf,
  identitiesOfSet,
  type PublicIdentity,
  type ServiceProfile,
  type Subscriber,
} from '../subscription/subscriber.js';
import { commonSets } from './common-sets.js';
import { repositoryDataOf } from './repository-update.js';
import { isServiceActive, servedCriteria } from './service-activation.js';
import { accessKeyOf } from './sh-permissions.js';
import { nothingOfSh, repositoryOwner, type ShState } from './sh-state.js';
import type { SubscriptionState } from './store.js';
import type { Subscription } from './subscription.js';

/** One implicit registration set. */
interface SetView {
  readonly data: ImplicitSet;
  /** Of subscription.machine.ts. */
  readonly state: string;
  /** SIP URI of the S-CSCF, where one is assigned. */
  readonly serverName: string | undefined;
  readonly isAuthenticating: boolean;
}

export interface ShView {
  readonly members: readonly Subscriber[];
  readonly sets: readonly SetView[];
  readonly sh: ShState;
}

/** Whose data. */
export interface ShSubject {
  readonly subscriber: Subscriber;
  readonly identity: PublicIdentity;
}

/** One piece of data: a reference, and what else it takes to name it (TS 29.328 Table 7.6.1). */
export interface ShItem {
  readonly dataReference: DataReference;
  readonly serviceIndication: string | undefined;
  readonly serverName: string | undefined;
  readonly identitySet: IdentitySet | undefined;
  readonly tag?: string | undefined;
  /** Of LocationInformation and UserState. */
  readonly domain?: RequestedDomain | undefined;
}

/** What a serving node would know, the same for all users: a HSS alone has none to ask. */
export interface ServingNodes {
  readonly vlrNumber?: string | undefined;
  readonly sgsnNumber?: string | undefined;
}

export function viewOf(subscription: Subscription): ShView {
  return {
    members: subscription.members,
    sets: subscription.sets.map(({ data, state, context }) => ({
      data,
      state,
      serverName: context.server?.name,
      isAuthenticating: context.authenticating.length > 0,
    })),
    sh: subscription.sh ?? nothingOfSh,
  };
}

/** As it was in that state. */
export function viewBefore(subscription: Subscription, before: SubscriptionState | undefined): ShView {
  return {
    members: subscription.members,
    sets: subscription.sets.map(({ data }, position) => {
      const set = before?.sets[position];
      return {
        data,
        state: set?.state ?? 'notRegistered',
        serverName: set?.context.server?.name,
        isAuthenticating: (set?.context.authenticating.length ?? 0) > 0,
      };
    }),
    sh: before?.sh ?? nothingOfSh,
  };
}

/** As it was with those subscribers' data. */
export function viewWith(subscription: Subscription, members: readonly Subscriber[]): ShView {
  const now = viewOf(subscription);
  const before = commonSets(members);
  return {
    ...now,
    members,
    sets: now.sets.map((set, position) => ({ ...set, data: before[position]?.set ?? set.data })),
  };
}

/** `undefined`: the HSS does not have it. */
export function dataOf(view: ShView, subject: ShSubject, item: ShItem, nodes: ServingNodes): ShData | undefined {
  return readers[item.dataReference]?.(view, subject, item, nodes);
}

/** What says that there is none (TS 29.328 6.1.1.1 step 5, 6.1.4.1). */
export function absenceOf(item: ShItem, sequenceNumber = 0): ShData {
  const { dataReference, serviceIndication = '' } = item;
  if (dataReference === 'RepositoryData') {
    return { repositoryData: [{ serviceIndication, sequenceNumber, serviceData: undefined }] };
  }
  return absences[dataReference] ?? {};
}

const absences: Partial<Readonly<Record<DataReference, ShData>>> = {
  IMSPublicIdentity: { publicIdentities: [] },
  'S-CSCFName': { scscfName: '' },
  InitialFilterCriteria: { filterCriteria: [] },
  ChargingInformation: { charging: {} },
  MSISDN: { msisdns: [] },
};

/** One document of several. */
export function joined(parts: readonly ShData[]): ShData {
  const repositoryData: RepositoryDataElement[] = [];
  const services: ServiceActivation[] = [];
  const identitySets: Record<string, readonly string[]> = {};
  let all: ShData = {};
  for (const part of parts) {
    repositoryData.push(...(part.repositoryData ?? []));
    services.push(...(part.services ?? []));
    Object.assign(identitySets, part.identitySets);
    all = { ...all, ...part };
  }
  return {
    ...all,
    ...(repositoryData.length > 0 && { repositoryData }),
    ...(services.length > 0 && { services }),
    ...(Object.keys(identitySets).length > 0 && { identitySets }),
  };
}

type Reader = (view: ShView, subject: ShSubject, item: ShItem, nodes: ServingNodes) => ShData | undefined;

/** NotProvidedFromVLR; NotProvidedFromSGSN or MME or AMF (TS 29.328 Table D.1): this HSS asks no serving node. */
const userStates: Readonly<Record<RequestedDomain, ShData>> = {
  'CS-Domain': { csUserState: 3 },
  'PS-Domain': { psUserState: 5 },
};

const readers: Partial<Readonly<Record<DataReference, Reader>>> = {
  RepositoryData: ({ sh }, { identity }, { serviceIndication = '' }) => {
    const stored = repositoryDataOf(sh.repositoryData, repositoryOwner(identity), serviceIndication);
    return stored && { repositoryData: [{ ...pick(stored) }] };
  },
  IMSPublicIdentity: (view, subject, { identitySet }) => {
    const uris = identitiesFor(view, subject, identitySet ?? 'ALL_IDENTITIES');
    return identitySet === undefined ? { publicIdentities: uris } : { identitySets: { [identitySet]: uris } };
  },
  IMSUserState: (view, { identity }) => ({ imsUserState: stateOf(setOf(view, identity)) }),
  'S-CSCFName': (view) => {
    const serverName = view.sets.find(({ state, serverName: name }) => state !== 'notRegistered' && name !== undefined);
    return serverName === undefined ? undefined : { scscfName: serverName.serverName };
  },
  InitialFilterCriteria: (view, { identity }, { serverName }) => {
    const criteria = criteriaOf(view, identity).filter((each) => isServer(each, serverName));
    return criteria.length === 0 ? undefined : { filterCriteria: criteria };
  },
  // TS 29.328 7.6.6, 7.6.7: of the domain that is asked for, and of no other.
  LocationInformation: (_view, _subject, { domain = 'CS-Domain' }, { vlrNumber, sgsnNumber }) => {
    if (domain === 'CS-Domain') return vlrNumber === undefined ? undefined : { vlrNumber };
    return sgsnNumber === undefined ? undefined : { sgsnNumber };
  },
  UserState: (_view, _subject, { domain = 'CS-Domain' }) => userStates[domain],
  ChargingInformation: (_, { subscriber }) => subscriber.charging && { charging: subscriber.charging },
  MSISDN: (_, { subscriber }) => {
    const msisdns = identitiesOf(subscriber).flatMap(({ uri }) => (uri.startsWith('tel:+') ? uri.slice(5) : []));
    return msisdns.length === 0 ? undefined : { msisdns: [...new Set(msisdns)] };
  },
  IMSI: (_, { subscriber: { imsi } }) => (imsi === '' ? undefined : { imsi }),
  IMSPrivateUserIdentity: ({ members }, { identity: { uri } }) => {
    const owners = members.filter((member) => identitiesOf(member).some((each) => each.uri === uri));
    return { privateIdentities: owners.map(({ privateIdentity }) => privateIdentity) };
  },
  PSIActivation: ({ sh }, { identity }) => ({ psiActive: isActive(identity, sh) }),
  DSAI: (view, { identity }, { tag = '', serverName }) => {
    if (!serviceTagsOf(view, identity, serverName).includes(tag)) return undefined;
    const active = isServiceActive(tag, repositoryOwner(identity), view.sh.inactiveServices);
    return { services: [{ tag, active }] };
  },
};

function pick({ serviceIndication, sequenceNumber, serviceData }: RepositoryDataElement): RepositoryDataElement {
  return { serviceIndication, sequenceNumber, serviceData };
}

/** Of a PSI: what an AS has made of it counts before what is provisioned (TS 29.328 7.6.10). */
export function isActive({ uri, inactive }: PublicIdentity, sh: ShState | undefined): boolean {
  return sh?.activation.get(uri) ?? inactive !== true;
}

function setOf({ sets }: ShView, { uri }: PublicIdentity): SetView | undefined {
  return sets.find(({ data }) => identitiesOfSet(data).some((each) => each.uri === uri));
}

/** TS 29.328 7.6.3. */
function stateOf(set: SetView | undefined): ImsUserState {
  if (set?.state === 'registered') return 'registered';
  if (set?.state === 'unregistered') return 'registeredUnregisteredServices';
  return set?.isAuthenticating === true ? 'authenticationPending' : 'notRegistered';
}

function profileOf(view: ShView, { uri }: PublicIdentity): ServiceProfile | undefined {
  const profiles = view.sets.flatMap(({ data }) => data.serviceProfiles);
  return profiles.find((profile) => profile.publicIdentities.some((each) => each.uri === uri));
}

/** What the S-CSCF gets. */
function criteriaOf(view: ShView, identity: PublicIdentity): readonly InitialFilterCriterion[] {
  const profile = profileOf(view, identity);
  return profile === undefined ? [] : servedCriteria(profile, identity, view.sh);
}

/** DSAI-Tags of the services of an identity, those of one AS where it is named. */
export function serviceTagsOf(view: ShView, identity: PublicIdentity, serverName?: string): readonly string[] {
  const criteria = profileOf(view, identity)?.filterCriteria ?? [];
  const own = serverName === undefined ? criteria : criteria.filter((each) => isServer(each, serverName));
  return own.flatMap(({ serviceTags = [] }) => serviceTags);
}

/** TS 29.328 7.10: an AS names itself without the parameters that criteria give its URI. */
function isServer({ applicationServer }: InitialFilterCriterion, serverName = ''): boolean {
  return withoutParameters(applicationServer.serverName) === withoutParameters(serverName);
}

function withoutParameters(uri: string): string {
  return uri.split(';', 1)[0]!.toLowerCase();
}

/** TS 29.328 7.6.2: none that is barred; of a PSI itself. */
function identitiesFor(view: ShView, { identity }: ShSubject, identitySet: IdentitySet): readonly string[] {
  if (accessKeyOf(identity.kind) === 'psi') return identitySet === 'REGISTERED_IDENTITIES' ? [] : [identity.uri];
  const own = setOf(view, identity);
  const sets = view.sets.filter(
    (set) =>
      (identitySet !== 'REGISTERED_IDENTITIES' || set.state === 'registered') &&
      (identitySet !== 'IMPLICIT_IDENTITIES' || set === own),
  );
  const group = repositoryOwner(identity);
  return sets
    .flatMap(({ data }) => identitiesOfSet(data))
    .filter((each) => !each.barred && each.kind === 'distinct')
    .filter((each) => identitySet !== 'ALIAS_IDENTITIES' || repositoryOwner(each) === group)
    .map(({ uri }) => uri);
}
