/** The four procedures of Cx that an HSS answers (TS 29.228 §6). */
import {
  CxServer,
  cxFeature,
  type DiameterRequester,
  type DiameterRespond,
  type LocationInfo,
  type LocationInfoQuery,
  type MultimediaAuthInfo,
  type MultimediaAuthQuery,
  type ServerAssignmentInfo,
  type ServerAssignmentQuery,
  type UserAuthorizationInfo,
  type UserAuthorizationQuery,
} from '../../diameter/index.js';
import type { Chassis } from '../../node/index.js';
import { isWildcarded } from '../subscription/matching-identity.js';
import type { PublicIdentity } from '../subscription/subscriber.js';
import { hasUnregisteredServices } from '../subscription/unregistered-services.js';
import { AskingServers } from './asking-servers.js';
import { CxExchange, type CxRequest, isBad } from './cx-exchange.js';
import { MultimediaAuth } from './multimedia-auth.js';
import { refusals } from './refusals.js';
import type { RegistrationSet } from './registration-set.js';
import { inCanonicalForm, isRefusal, match, mayRegister } from './request-checks.js';
import { ScscfNotifications } from './s-cscf-notifications.js';
import { ServerAssignment } from './server-assignment.js';
import { servedProfiles } from './service-activation.js';
import type { ShState } from './sh-state.js';
import { isActive } from './sh-view.js';
import type { SubscriptionEvent } from './subscription.machine.js';
import type { Subscriptions } from './subscriptions.js';

const authorizationTypes = {
  REGISTRATION: 'registration',
  DE_REGISTRATION: 'deregistration',
  REGISTRATION_AND_CAPABILITIES: 'registrationAndCapabilities',
} as const;

/** What an HSS can do on Cx (TS 29.229 7.1.1). */
const features =
  cxFeature.sharedFilterCriteria | cxFeature.aliases | cxFeature.restoration | cxFeature.proxyRestoration;

/** LIA-Flags bit 0 (TS 29.229 6.3.53). */
const psiDirectRouting = 1;

export class CxProcedures {
  readonly notifications: ScscfNotifications;
  readonly #exchange: CxExchange;
  readonly #multimediaAuth: MultimediaAuth;
  readonly #serverAssignment: ServerAssignment;

  constructor(chassis: Chassis, subscriptions: Subscriptions) {
    this.notifications = new ScscfNotifications(chassis, new CxServer(chassis.diameter, this, features), subscriptions);
    this.#exchange = new CxExchange(chassis, subscriptions, this.notifications);
    const servers = new AskingServers();
    this.#multimediaAuth = new MultimediaAuth(this.#exchange, servers);
    this.#serverAssignment = new ServerAssignment(this.#exchange, servers);
  }

  userAuthorization(received: UserAuthorizationQuery, respond: DiameterRespond<UserAuthorizationInfo>): void {
    const query = inCanonicalForm(received);
    const { userName, publicIdentity, userAuthorizationType = 'REGISTRATION' } = query;
    const request: CxRequest = { command: 'UAR', whom: `${userName} with ${publicIdentity}`, respond };
    this.#exchange.find(request, userName, [publicIdentity], (named) => {
      const found = match(named, userName, publicIdentity);
      if (isRefusal(found)) {
        this.#exchange.refuse(request, found);
        return;
      }
      const { subscription } = found;
      const set = subscription.setOf(found.identity);
      const refusal = mayRegister(found.subscriber, set.data, query);
      if (refusal !== undefined) {
        this.#exchange.refuse(request, refusal);
        return;
      }
      const elsewhere = subscription.elsewhere(set);
      const authorizationType = authorizationTypes[userAuthorizationType];
      const event: SubscriptionEvent = { type: 'cx.uar', authorizationType, elsewhere };
      this.#exchange.settle(
        request,
        subscription,
        this.#exchange.decide({ subscriber: found.subscriber, subscription, set }, event),
      );
    });
  }

  multimediaAuth(query: MultimediaAuthQuery & DiameterRequester, respond: DiameterRespond<MultimediaAuthInfo>): void {
    this.#multimediaAuth.answer(query, respond);
  }

  serverAssignment(
    query: ServerAssignmentQuery & DiameterRequester,
    respond: DiameterRespond<ServerAssignmentInfo>,
  ): void {
    this.#serverAssignment.answer(query, respond);
  }

  locationInfo(query: LocationInfoQuery, respond: DiameterRespond<LocationInfo>): void {
    const { publicIdentity, userAuthorizationType, originatingRequest = false } = query;
    const request: CxRequest = { command: 'LIR', whom: publicIdentity, respond };
    this.#exchange.find(request, undefined, [publicIdentity], (named) => {
      const { subscription } = named;
      const found = named.byPublic(publicIdentity);
      if (subscription === undefined || found === undefined || !isActive(found.identity, subscription.sh)) {
        this.#exchange.refuse(request, refusals.userUnknown);
        return;
      }
      const { identity, subscriber } = found;
      // REG-83
      const wildcard = isWildcarded(identity) ? { wildcardedPublicIdentity: identity.uri } : {};
      if (identity.directTo !== undefined && !originatingRequest) {
        const direct = { serverName: identity.directTo, liaFlags: psiDirectRouting };
        respond({ kind: 'success', resultCode: 2001, ...direct, ...wildcard });
        return;
      }
      const set = subscription.setOf(identity);
      const event: SubscriptionEvent = {
        type: 'cx.lir',
        capabilities: userAuthorizationType === 'REGISTRATION_AND_CAPABILITIES',
        hasServices: hasServices(set, identity, originatingRequest ? 3 : 2, subscription.sh),
        elsewhere: subscription.elsewhere(set),
      };
      const { due, reply } = this.#exchange.decide({ subscriber, subscription, set }, event);
      this.#exchange.settle(request, subscription, { due, reply: isBad(reply) ? reply : { ...reply, ...wildcard } });
    });
  }
}

function hasServices(
  set: RegistrationSet,
  identity: PublicIdentity,
  sessionCase: 2 | 3,
  sh: ShState | undefined,
): boolean {
  const profile = servedProfiles(set.data, sh).find(({ publicIdentities }) =>
    publicIdentities.some(({ uri }) => uri === identity.uri),
  );
  return profile !== undefined && hasUnregisteredServices(profile, sessionCase);
}
