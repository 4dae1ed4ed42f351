/** The three procedures of Sh that an HSS answers (TS 29.328 §6.1.1 to §6.1.3): what is checked in which order, kept, and only then said. */
import {
  type DataKeys,
  type DataReference,
  type DiameterReply,
  type DiameterRequester,
  type DiameterRespond,
  type ProfileUpdateInfo,
  type ProfileUpdateQuery,
  ShServer,
  type SubscribeNotificationsInfo,
  type SubscribeNotificationsQuery,
  type SupportedFeatures,
  type UserDataInfo,
  type UserDataQuery,
  type UserIdentity,
  vendor3gpp,
} from '../../diameter/index.js';
import type { Chassis } from '../../node/index.js';
import { canonicalIdentity, canonicalPrivateIdentity } from '../identity/index.js';
import { formatShData, parseShData, type ShData } from '../subscription/sh-data.js';
import { identitiesOfSet } from '../subscription/subscriber.js';
import { changedServices } from './due-profiles.js';
import type { DueNotifications } from './member-changes.js';
import { updatedRepository } from './repository-update.js';
import { switchedServices } from './service-activation.js';
import { isSame, ShNotifications, shStateOf } from './sh-notifications.js';
import { accessible, accessKeyOf, PermissionsList, type ShOperation, type ShPermissions } from './sh-permissions.js';
import { describeRefusal, missingKey, type ShRefusal, shRefusals } from './sh-refusals.js';
import { nothingOfSh, repositoryOwner, type ShState, type ShSubscription } from './sh-state.js';
import {
  absenceOf,
  dataOf,
  isActive,
  joined,
  type ServingNodes,
  type ShItem,
  type ShSubject,
  serviceTagsOf,
  viewOf,
} from './sh-view.js';
import type { DueTermination, Subscription } from './subscription.js';
import type { Subscriptions } from './subscriptions.js';

/** What an operator decides about Sh. */
export interface ShSettings {
  /** TS 29.328 6.2: one a AS. Who is not here may do nothing. */
  readonly permissions: readonly ShPermissions[];
  /** The most octets of ServiceData (5008). */
  readonly dataMax: number;
  /** The longest subscription; any where absent. */
  readonly expiresMaxMs: number | undefined;
  readonly servingNodes: ServingNodes;
}

interface ShRequest<TInfo> {
  readonly command: 'UDR' | 'PUR' | 'SNR';
  readonly operation: ShOperation;
  readonly userIdentity: UserIdentity;
  readonly userName: string | undefined;
  readonly references: readonly DataReference[];
  readonly host: string;
  readonly forbidden: ShRefusal;
  readonly respond: DiameterRespond<TInfo>;
}

interface Found extends ShSubject {
  readonly subscription: Subscription;
}

const clauses = { UDR: 'TS 29.328 §6.1.1.1', PUR: 'TS 29.328 §6.1.2.1', SNR: 'TS 29.328 §6.1.3.1' } as const;
const success = { kind: 'success', resultCode: 2001 } as const;

/** TS 29.329 Table 7.1.1: bit 0 of the first list is Notif-Eff. */
const notifEff = 1;
const features: readonly SupportedFeatures[] = [{ vendorId: vendor3gpp, featureListId: 1, featureList: notifEff }];

export class ShProcedures {
  readonly #permissions: PermissionsList;
  readonly #notifications: ShNotifications;

  constructor(
    private readonly chassis: Chassis,
    private readonly subscriptions: Subscriptions,
    private readonly settings: ShSettings,
    /** What S-CSCFs have to hear, once it is durable. */
    private readonly tell: (due: DueNotifications) => void,
  ) {
    this.#permissions = new PermissionsList(settings.permissions);
    const server = new ShServer(chassis.diameter, this);
    this.#notifications = new ShNotifications(chassis, server, subscriptions, settings.servingNodes);
  }

  userData(query: UserDataQuery & DiameterRequester, respond: DiameterRespond<UserDataInfo>): void {
    const request = { ...requestOf('UDR', 'read', shRefusals.cannotBeRead, query), respond };
    this.#find(request, missingIn(query), (found) => {
      const items = itemsOf(query);
      if (this.#hasNoService(request, found, items)) return;
      const [first] = items;
      const data = this.#documentOf(found, items);
      if (data === undefined && first?.dataReference === 'LocationInformation') {
        this.#refuse(request, shRefusals.userDataNotAvailable);
        return;
      }
      respond({
        ...success,
        ...wildcardOf(found),
        ...featuresFor(query),
        ...(data !== undefined && { userData: formatShData(data) }),
      });
    });
  }

  profileUpdate(query: ProfileUpdateQuery & DiameterRequester, respond: DiameterRespond<ProfileUpdateInfo>): void {
    const request = { ...requestOf('PUR', 'update', shRefusals.cannotBeModified, query), respond };
    this.#find(request, undefined, (found) => {
      const { subscription } = found;
      const data = parseShData(query.userData);
      const after =
        data === undefined ? shRefusals.userDataNotRecognized : this.#updated(found, query.dataReferences, data);
      if ('kind' in after) {
        this.#refuse(request, after);
        return;
      }
      const before = subscription.sh;
      subscription.sh = shStateOf(after);
      const due = {
        terminations: query.dataReferences.includes('PSIActivation') ? switchedOff(found) : [],
        profiles: query.dataReferences.includes('DSAI') ? changedServices(subscription, before) : [],
      };
      this.#notifications.changedBy(query.originHost, subscription, () =>
        this.#settle(request, subscription, { ...success, ...wildcardOf(found), ...featuresFor(query) }, due),
      );
    });
  }

  subscribeNotifications(
    query: SubscribeNotificationsQuery & DiameterRequester,
    respond: DiameterRespond<SubscribeNotificationsInfo>,
  ): void {
    const request = { ...requestOf('SNR', 'subscribe', shRefusals.cannotBeNotified, query), respond };
    this.#find(request, missingIn(query), (found) => {
      const { subscription } = found;
      const items = itemsOf(query);
      if (this.#hasNoService(request, found, items)) return;
      const isAbsent = (item: ShItem) => dataOf(viewOf(subscription), found, item, {}) === undefined;
      // TS 29.328 6.1.3.1 step 5
      if (query.subscribes && items.some((item) => item.dataReference === 'RepositoryData' && isAbsent(item))) {
        this.#refuse(request, shRefusals.subscribedDataAbsent);
        return;
      }
      const expiryTime = this.#expiryOf(query);
      const sh = subscription.sh ?? nothingOfSh;
      const asked = items.map((item) => subscriptionOf(query, found, item, expiryTime));
      const others = sh.subscriptions.filter((each) => !asked.some((one) => isSame(one, each)));
      const subscribed = query.subscribes ? [...others, ...asked] : others;
      subscription.sh = shStateOf({ ...sh, subscriptions: this.#unexpired(subscribed) });
      const data = query.subscribes && query.sendsData ? this.#documentOf(found, items) : undefined;
      this.#settle(request, subscription, {
        ...success,
        ...wildcardOf(found),
        ...featuresFor(query),
        ...(query.subscribes && expiryTime !== undefined && { expiryTime }),
        ...(data !== undefined && { userData: formatShData(data) }),
      });
    });
  }

  /** The checks that all three have, in the order of TS 29.328 6.1.1.1 to 6.1.3.1; `use` in the subscription's turn. */
  #find<TInfo>(request: ShRequest<TInfo>, missing: ShRefusal | undefined, use: (found: Found) => void): void {
    const { operation, references, host, userIdentity } = request;
    const lacks = missing ?? missingIdentity(userIdentity);
    if (lacks !== undefined) {
      this.#refuse(request, lacks);
      return;
    }
    // Step 1
    if (!this.#permissions.allows(host, operation, references)) {
      this.#refuse(request, request.forbidden);
      return;
    }
    const uri = uriOf(userIdentity);
    this.subscriptions.byPublic(uri, (subscription, error) => {
      const owned = subscription?.owned(canonicalIdentity(uri) ?? uri);
      if (error !== undefined) this.#fail(request, error);
      else if (subscription === undefined || owned === undefined) this.#refuse(request, shRefusals.userUnknown);
      else this.#check(request, { ...owned, subscription }, use);
    });
  }

  #check<TInfo>(request: ShRequest<TInfo>, found: Found, use: (found: Found) => void): void {
    const { userIdentity, userName, references } = request;
    const key = userIdentity.publicIdentity === undefined ? 'msisdn' : accessKeyOf(found.identity.kind);
    const private_ = userName === undefined ? undefined : found.subscription.member(userName);
    if (userName !== undefined && (private_ === undefined || !hasIdentity(found, userName))) {
      // Step 2a
      this.#refuse(request, shRefusals.identitiesDontMatch);
    } else if (references.some((each) => !accessible[each]?.keys.includes(key))) {
      // Step 3
      this.#refuse(request, shRefusals.operationNotAllowed);
    } else use(private_ === undefined ? found : { ...found, subscriber: private_ });
  }

  /** TS 29.329 6.2.2.11: the AS names a DSAI that the HSS does not have. */
  #hasNoService<TInfo>(
    request: ShRequest<TInfo>,
    { subscription, identity }: Found,
    items: readonly ShItem[],
  ): boolean {
    const isMissing = items.some(
      ({ dataReference, tag = '', serverName }) =>
        dataReference === 'DSAI' && !serviceTagsOf(viewOf(subscription), identity, serverName).includes(tag),
    );
    if (isMissing) this.#refuse(request, shRefusals.dsaiNotAvailable);
    return isMissing;
  }

  /** TS 29.328 6.1.2.1 steps 4 to 6. */
  #updated({ subscription, identity }: Found, references: readonly DataReference[], data: ShData): ShState | ShRefusal {
    let sh = subscription.sh ?? nothingOfSh;
    if (references.includes('PSIActivation')) {
      if (data.psiActive === undefined) return shRefusals.userDataNotRecognized;
      // A wildcard cannot be switched.
      if (identity.kind !== 'distinctPsi') return shRefusals.operationNotAllowed;
      sh = { ...sh, activation: new Map(sh.activation).set(identity.uri, data.psiActive) };
    }
    if (references.includes('DSAI')) {
      const { services = [] } = data;
      if (services.length === 0) return shRefusals.userDataNotRecognized;
      const tags = serviceTagsOf(viewOf(subscription), identity);
      if (services.some(({ tag }) => !tags.includes(tag))) return shRefusals.dsaiNotAvailable;
      const inactiveServices = switchedServices(sh.inactiveServices, repositoryOwner(identity), services);
      const { inactiveServices: _, ...others } = sh;
      sh = inactiveServices.length === 0 ? others : { ...others, inactiveServices };
    }
    if (!references.includes('RepositoryData')) return sh;
    if (data.repositoryData === undefined) return shRefusals.userDataNotRecognized;
    const owner = repositoryOwner(identity);
    for (const element of data.repositoryData) {
      const after = updatedRepository(sh.repositoryData, owner, element, this.settings.dataMax);
      if ('kind' in after) return after;
      // What is removed is subscribed to no more; those who were are told before (step 6).
      const isRemoved = element.serviceData === undefined;
      const subscriptions = sh.subscriptions.filter(
        (each) =>
          !isRemoved || each.serviceIndication !== element.serviceIndication || !sharesWith(subscription, each, owner),
      );
      sh = { ...sh, repositoryData: after, subscriptions };
    }
    return sh;
  }

  /** What there is of all; undefined where there is nothing of the one that was asked for. */
  #documentOf(found: Found, items: readonly ShItem[]): ShData | undefined {
    const view = viewOf(found.subscription);
    const parts = items.map((item) => dataOf(view, found, item, this.settings.servingNodes));
    if (items.length === 1) return parts[0];
    return joined(items.map((item, index) => parts[index] ?? absenceOf(item)));
  }

  /** TS 29.328 6.1.3.1 step 4: it may end sooner than it was asked for. */
  #expiryOf({ expiryTime }: SubscribeNotificationsQuery): number | undefined {
    const { expiresMaxMs } = this.settings;
    if (expiresMaxMs === undefined) return expiryTime;
    const latest = Math.floor((this.chassis.environment.clock.now() + expiresMaxMs) / 1_000) * 1_000;
    return Math.min(expiryTime ?? latest, latest);
  }

  #unexpired(all: readonly ShSubscription[]): readonly ShSubscription[] {
    const now = this.chassis.environment.clock.now();
    return all.filter(({ expiryTime }) => expiryTime === undefined || expiryTime > now);
  }

  /** Kept first, then said. */
  #settle<TInfo>(
    request: ShRequest<TInfo>,
    subscription: Subscription,
    reply: DiameterReply<TInfo>,
    due?: DueNotifications,
  ): void {
    subscription.commit((error) => {
      if (error !== undefined) {
        this.#fail(request, error);
        return;
      }
      if (due !== undefined) this.tell(due);
      request.respond(reply);
    });
  }

  #refuse<TInfo>(request: ShRequest<TInfo>, refusal: ShRefusal): void {
    const { command, host, userIdentity, references } = request;
    const text = `${command} of ${host} for ${references.join(', ')} of ${uriOf(userIdentity)} is refused with ${describeRefusal(refusal)}`;
    this.chassis.explain({ what: 'cause.shRefused', text, clause: clauses[command] });
    request.respond(refusal as DiameterReply<TInfo>);
  }

  #fail<TInfo>(request: ShRequest<TInfo>, error: string): void {
    const { command, host } = request;
    const text = `${command} of ${host} is refused, and nothing has changed: the store of ${this.chassis.name} failed: ${error} (Result-Code 5012)`;
    this.chassis.explain({ what: 'cause.storeFailed', text, clause: clauses[command] });
    request.respond(shRefusals.unableToComply as DiameterReply<TInfo>);
  }
}

/** TS 29.328 §6.1.2.1, TS 29.228 §6.1.3.1: nobody serves a set any more in which every identity is a PSI out of use. */
function switchedOff({ subscription, identity, subscriber }: Found): readonly DueTermination[] {
  const set = subscription.setOf(identity);
  if (identitiesOfSet(set.data).some((each) => isActive(each, subscription.sh))) return [];
  return subscription.deregister([set], 'PERMANENT_TERMINATION', subscriber.privateIdentity);
}

function requestOf<const C extends 'UDR' | 'PUR' | 'SNR'>(
  command: C,
  operation: ShOperation,
  forbidden: ShRefusal,
  query: Pick<DataKeys, 'userIdentity' | 'userName' | 'dataReferences'> & DiameterRequester,
) {
  const { userIdentity, dataReferences, originHost } = query;
  const userName = query.userName === undefined ? undefined : canonicalPrivateIdentity(query.userName);
  return { command, operation, forbidden, userIdentity, userName, references: dataReferences, host: originHost };
}

/** A MSISDN is looked for as the tel URI that it makes. */
function uriOf({ publicIdentity, msisdn }: UserIdentity): string {
  return publicIdentity ?? `tel:+${msisdn ?? ''}`;
}

/** TS 29.328 7.1: User-Identity has one of its identities, which its grammar alone does not say (TS 29.329 6.3.1). */
function missingIdentity({ publicIdentity, msisdn }: UserIdentity): ShRefusal | undefined {
  return publicIdentity === undefined && msisdn === undefined ? missingKey('Public-Identity') : undefined;
}

/** TS 29.328 Table 7.6.1: keys that are there only for some data. */
function missingIn(query: DataKeys & Pick<UserDataQuery, 'requestedDomain'>): ShRefusal | undefined {
  const { dataReferences, serviceIndications, serverName, dsaiTags } = query;
  if (dataReferences.includes('RepositoryData') && serviceIndications.length === 0)
    return missingKey('Service-Indication');
  const isOfServer = dataReferences.includes('InitialFilterCriteria') || dataReferences.includes('DSAI');
  if (isOfServer && serverName === undefined) return missingKey('Server-Name');
  if (dataReferences.includes('DSAI') && dsaiTags.length === 0) return missingKey('DSAI-Tag');
  const isOfDomain = dataReferences.includes('UserState') || dataReferences.includes('LocationInformation');
  return isOfDomain && query.requestedDomain === undefined ? missingKey('Requested-Domain') : undefined;
}

/** One for each reference, and for each service or identity set of it. */
function itemsOf(query: DataKeys & Pick<UserDataQuery, 'requestedDomain'>): readonly ShItem[] {
  const { dataReferences, serviceIndications, serverName, identitySets, dsaiTags, requestedDomain } = query;
  return dataReferences.flatMap((dataReference): readonly ShItem[] => {
    const plain = { dataReference, serviceIndication: undefined, serverName: undefined, identitySet: undefined };
    if (dataReference === 'RepositoryData') {
      return serviceIndications.map((serviceIndication) => ({ ...plain, serviceIndication }));
    }
    if (dataReference === 'InitialFilterCriteria') return [{ ...plain, serverName }];
    if (dataReference === 'DSAI') return dsaiTags.map((tag) => ({ ...plain, serverName, tag }));
    if (dataReference === 'UserState' || dataReference === 'LocationInformation') {
      return [{ ...plain, domain: requestedDomain }];
    }
    if (dataReference !== 'IMSPublicIdentity' || identitySets.length === 0) return [plain];
    return identitySets.map((identitySet) => ({ ...plain, identitySet }));
  });
}

function subscriptionOf(
  query: SubscribeNotificationsQuery & DiameterRequester,
  { identity }: Found,
  item: ShItem,
  expiryTime: number | undefined,
): ShSubscription {
  const { originHost: host, originRealm: realm, userIdentity } = query;
  const publicIdentity = canonicalIdentity(userIdentity.publicIdentity ?? identity.uri) ?? identity.uri;
  return { host, realm, publicIdentity, ...item, isCombined: supportsNotifEff(query), expiryTime };
}

/** Whose repository data an AS has subscribed to. */
function sharesWith(subscription: Subscription, { publicIdentity, dataReference }: ShSubscription, owner: string) {
  const owned = dataReference === 'RepositoryData' ? subscription.owned(publicIdentity) : undefined;
  return owned !== undefined && repositoryOwner(owned.identity) === owner;
}

function hasIdentity({ subscription, identity }: Found, userName: string): boolean {
  return subscription.setOf(identity).privateIdentities.includes(userName);
}

function supportsNotifEff({ supportedFeatures = [] }: { readonly supportedFeatures?: readonly SupportedFeatures[] }) {
  return supportedFeatures.some(
    ({ vendorId, featureListId, featureList }) =>
      vendorId === vendor3gpp && featureListId === 1 && (featureList & notifEff) !== 0,
  );
}

/** TS 29.229 7.2.1: who names features is told those that the HSS has too. */
function featuresFor(query: { readonly supportedFeatures?: readonly SupportedFeatures[] }) {
  return query.supportedFeatures === undefined ? {} : { supportedFeatures: features };
}

/** REG-83: what the identity was found by. */
function wildcardOf({ identity: { kind, uri } }: ShSubject) {
  if (kind === 'wildcardedPsi') return { wildcardedPublicIdentity: uri };
  return kind === 'wildcarded' ? { wildcardedImpu: uri } : {};
}
