/** The four procedures of Cx that an HSS answers (TS 29.228 §6): who is named, what is decided, kept, and only then said. */
import {
  CxServer,
  cxFeature,
  cxFeatureBits,
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
import { isDeregistration } from './assignment-types.js';
import { authenticationItems, chosenScheme } from './authentication-items.js';
import { type Reply, type ReplySubject, replyFor } from './cx-replies.js';
import { findNamed, type NamedIdentities } from './named-identities.js';
import { explain, type Refusal, refusals } from './refusals.js';
import type { RegistrationSet } from './registration-set.js';
import {
  type Assignment,
  assigned,
  inCanonicalForm,
  isRefusal,
  match,
  mayRegister,
  unusable,
} from './request-checks.js';
import { isExhausted, resynchronise } from './resynchronisation.js';
import { ScscfNotifications } from './s-cscf-notifications.js';
import { servedProfiles } from './service-activation.js';
import type { ShState } from './sh-state.js';
import { isActive } from './sh-view.js';
import type { DueTermination, Subscription } from './subscription.js';
import { type AssignedServer, mayServe, type SubscriptionEvent } from './subscription.machine.js';
import type { Subscriptions } from './subscriptions.js';

const authorizationTypes = {
  REGISTRATION: 'registration',
  DE_REGISTRATION: 'deregistration',
  REGISTRATION_AND_CAPABILITIES: 'registrationAndCapabilities',
} as const;

type Command = 'UAR' | 'MAR' | 'SAR' | 'LIR';

/** The clause of each procedure's checks. */
const clauses: Readonly<Record<Command, string>> = {
  UAR: 'TS 29.228 §6.1.1.1',
  MAR: 'TS 29.228 §6.3.1',
  SAR: 'TS 29.228 §6.1.2.1',
  LIR: 'TS 29.228 §6.1.4.1',
};

/** What an HSS can do on Cx (TS 29.229 7.1.1). */
const features =
  cxFeature.sharedFilterCriteria | cxFeature.aliases | cxFeature.restoration | cxFeature.proxyRestoration;

/** SAR-Flags bit 0 (TS 29.229 6.3.57). */
const proxyRestoration = 1;

/** LIA-Flags bit 0 (TS 29.229 6.3.53). */
const psiDirectRouting = 1;

export class CxProcedures {
  /** Few S-CSCFs serve many users. */
  readonly #servers = new Map<string, AssignedServer>();
  #lastServer: AssignedServer | undefined;

  readonly notifications: ScscfNotifications;

  constructor(
    private readonly chassis: Chassis,
    private readonly subscriptions: Subscriptions,
  ) {
    this.notifications = new ScscfNotifications(chassis, new CxServer(chassis.diameter, this, features), subscriptions);
  }

  userAuthorization(received: UserAuthorizationQuery, respond: DiameterRespond<UserAuthorizationInfo>): void {
    const query = inCanonicalForm(received);
    const { userName, publicIdentity, userAuthorizationType = 'REGISTRATION' } = query;
    const request: CxRequest = { command: 'UAR', whom: `${userName} with ${publicIdentity}`, respond };
    this.#find(request, userName, [publicIdentity], (named) => {
      const found = match(named, userName, publicIdentity);
      if (isRefusal(found)) {
        this.#refuse(request, found);
        return;
      }
      const { subscription } = found;
      const set = subscription.setOf(found.identity);
      const refusal = mayRegister(found.subscriber, set.data, query);
      if (refusal !== undefined) {
        this.#refuse(request, refusal);
        return;
      }
      const elsewhere = subscription.elsewhere(set);
      const authorizationType = authorizationTypes[userAuthorizationType];
      const event: SubscriptionEvent = { type: 'cx.uar', authorizationType, elsewhere };
      this.#settle(request, subscription, this.#decide({ subscriber: found.subscriber, subscription, set }, event));
    });
  }

  multimediaAuth(
    received: MultimediaAuthQuery & DiameterRequester,
    respond: DiameterRespond<MultimediaAuthInfo>,
  ): void {
    const query = inCanonicalForm(received);
    const { userName, publicIdentity, sipAuthDataItem, sipNumberAuthItems } = query;
    const request: CxRequest = { command: 'MAR', whom: `${userName} with ${publicIdentity}`, respond };
    if (this.#isUnusable(request, query)) return;
    this.#find(request, userName, [publicIdentity], (identities) => {
      const found = match(identities, userName, publicIdentity);
      if (isRefusal(found)) {
        this.#refuse(request, found);
        return;
      }
      const { subscriber, subscription } = found;
      const scheme = chosenScheme(sipAuthDataItem.sipAuthenticationScheme ?? '', subscriber.authentication);
      if (scheme === undefined) {
        this.#refuse(request, refusals.authSchemeNotSupported);
        return;
      }
      const set = subscription.setOf(found.identity);
      const aka = scheme.kind === 'aka';
      if (aka && !this.#hasVector(request, { subscriber, subscription, set }, query)) return;
      const authentication = (): Reply & MultimediaAuthInfo => {
        const centre = subscription.authenticationCentre(subscriber);
        const items = authenticationItems(scheme, subscriber.authentication, centre, sipNumberAuthItems);
        return {
          kind: 'success',
          resultCode: 2001,
          userName,
          publicIdentity,
          sipNumberAuthItems: items.sipNumberAuthItems,
          sipAuthDataItems: items.sipAuthDataItems,
        };
      };
      const event: SubscriptionEvent = {
        type: 'cx.mar',
        server: this.#serverOf(query),
        // What is kept is the subscriber's own text, not one of each request.
        privateIdentity: subscriber.privateIdentity,
        aka,
      };
      const { due, reply } = this.#decide({ subscriber, subscription, set, authentication }, event);
      const named = reply.kind === 'success' ? reply : { ...reply, userName, publicIdentity };
      this.#settle(request, subscription, { due, reply: named });
    });
  }

  serverAssignment(
    received: ServerAssignmentQuery & DiameterRequester,
    respond: DiameterRespond<ServerAssignmentInfo>,
  ): void {
    const query = inCanonicalForm(received);
    const { userName, serverAssignmentType, wildcardedPublicIdentity, userDataAlreadyAvailable } = query;
    const publicIdentities =
      wildcardedPublicIdentity === undefined ? query.publicIdentities : [wildcardedPublicIdentity];
    const whom = `${userName ?? query.publicIdentities[0] ?? 'nobody'} (${serverAssignmentType})`;
    const request: CxRequest = { command: 'SAR', whom, respond };
    if (this.#isUnusable(request, query)) return;
    this.#find(request, userName, publicIdentities, (named) => {
      const found = assigned(named, query);
      if (isRefusal(found)) {
        this.#refuse(request, found);
        return;
      }
      if (((query.sarFlags ?? 0) & proxyRestoration) !== 0) {
        // TS 29.229 6.2.2.12: the lab has no MME that could do anything for the user.
        this.#refuse(request, refusals.servingNodeFeatureUnsupported);
        return;
      }
      const { due, reply } = joinedDecision(setsMeant(found, userName).map((set) => this.#assign(query, found, set)));
      const wildcard = found.identities.find(isWildcarded);
      const isAdapted = !isBad(reply) && (userDataAlreadyAvailable || wildcard !== undefined);
      this.#settle(request, found.subscription, {
        due,
        reply: isAdapted ? adapted(reply, query, wildcard) : reply,
      });
    });
  }

  locationInfo(query: LocationInfoQuery, respond: DiameterRespond<LocationInfo>): void {
    const { publicIdentity, userAuthorizationType, originatingRequest = false } = query;
    const request: CxRequest = { command: 'LIR', whom: publicIdentity, respond };
    this.#find(request, undefined, [publicIdentity], (named) => {
      const { subscription } = named;
      const found = named.byPublic(publicIdentity);
      if (subscription === undefined || found === undefined || !isActive(found.identity, subscription.sh)) {
        this.#refuse(request, refusals.userUnknown);
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
      const { due, reply } = this.#decide({ subscriber, subscription, set }, event);
      this.#settle(request, subscription, { due, reply: isBad(reply) ? reply : { ...reply, ...wildcard } });
    });
  }

  #find(
    request: CxRequest,
    privateIdentity: string | undefined,
    publicIdentities: readonly string[],
    use: (named: NamedIdentities) => void,
  ): void {
    findNamed(this.subscriptions, privateIdentity, publicIdentities, (named, error) => {
      if (error === undefined) use(named);
      else this.#fail(request, error);
    });
  }

  /** One set of a SAR. */
  #assign(query: ServerAssignmentQuery & DiameterRequester, found: Assignment, set: RegistrationSet): Decision {
    const { event, subscriber, subscription } = found;
    const { userName, restorationInfo } = query;
    const decision = this.#decide(
      { subscriber, subscription, set, features: cxFeatureBits(query.supportedFeatures) },
      this.#assignmentEvent(found, set, query),
    );
    if (decision.reply.kind !== 'success') return decision;
    if (isDeregistration(event)) forgetRestoration(set, userName);
    if (event !== 'register' && event !== 'unregistered') return decision;
    set.assignedAt = this.chassis.environment.clock.now();
    // It is answered with what was there before.
    if (restorationInfo !== undefined) set.restoration = new Map(set.restoration).set(userName!, restorationInfo);
    return decision;
  }

  #assignmentEvent(
    { event, subscriber, subscription }: Assignment,
    set: RegistrationSet,
    query: ServerAssignmentQuery & DiameterRequester,
  ): SubscriptionEvent {
    const server = this.#serverOf(query);
    const elsewhere = subscription.elsewhere(set);
    const privateIdentity = query.userName === undefined ? '' : subscriber.privateIdentity;
    switch (event) {
      case 'register':
        return { type: 'cx.sar.register', server, privateIdentity, elsewhere };
      case 'unregistered':
        return { type: 'cx.sar.unregistered', server, restores: restores(set, query), elsewhere };
      case 'noAssignment':
        return { type: 'cx.sar.noAssignment', server };
      case 'authenticationEnded':
        return { type: 'cx.sar.authenticationEnded', server, privateIdentity };
      case 'deregister':
      case 'storeServerName':
        return {
          type: 'cx.sar.deregister',
          server,
          privateIdentity: query.userName,
          storeServerName: event === 'storeServerName',
          // The HSS keeps the name where the S-CSCF has something to do with it (TS 29.228 §6.1.2.1).
          keepsServer: servedProfiles(set.data, subscription.sh).some(
            (profile) => hasUnregisteredServices(profile, 2) || hasUnregisteredServices(profile, 3),
          ),
        };
    }
  }

  #decide(
    { subscriber, subscription, set, features = 0, authentication }: Subject,
    event: SubscriptionEvent,
  ): Decision {
    let reply: Reply = refusals.unableToComply;
    const due = subscription.decide(set, event, (answer) => {
      reply = replyFor(answer, {
        subscriber,
        set,
        sh: subscription.sh,
        server: set.server ?? subscription.elsewhere(set).server,
        features,
        authentication,
      });
    });
    return { due, reply };
  }

  /** What was decided holds once it is kept: nothing of it leaves before (AKA-24 for SQNs, TS 29.228 §6.1.2.1 for names). */
  #settle(request: CxRequest, subscription: Subscription, { due, reply }: Decision): void {
    subscription.commit((error) => {
      if (error !== undefined) {
        this.#fail(request, error);
        return;
      }
      this.notifications.terminateAll(due, () => undefined);
      if (isBad(reply)) this.#explain(request, reply);
      request.respond(reply);
    });
  }

  #isUnusable(request: CxRequest, query: MultimediaAuthQuery | ServerAssignmentQuery): boolean {
    const refusal = unusable(query);
    if (refusal !== undefined) this.#refuse(request, refusal);
    return refusal !== undefined;
  }

  #refuse(request: CxRequest, refusal: Refusal): void {
    this.#explain(request, refusal);
    request.respond(refusal);
  }

  #explain({ command, whom }: CxRequest, refusal: Refusal): void {
    const { what, meaning } = explain(refusal, command === 'LIR');
    this.chassis.explain({ what, text: `${command} for ${whom} is refused: ${meaning}`, clause: clauses[command] });
  }

  /** Result-Code 5012: the store could not be read or written. */
  #fail({ command, whom, respond }: CxRequest, error: string): void {
    this.chassis.explain({
      what: 'cause.storeFailed',
      text: `${command} for ${whom} is refused, and nothing has changed: the store of ${this.chassis.name} failed: ${error} (Result-Code 5012)`,
      clause: clauses[command],
    });
    respond(refusals.unableToComply);
  }

  /** The S-CSCF that asks. */
  #serverOf({
    serverName,
    originHost,
    originRealm,
  }: { readonly serverName: string } & DiameterRequester): AssignedServer {
    const last = this.#lastServer;
    if (last?.name === serverName && last.host === originHost && last.realm === originRealm) return last;
    const key = `${serverName} ${originHost} ${originRealm}`;
    let server = this.#servers.get(key);
    if (server === undefined) {
      if (this.#servers.size >= serversMax) this.#servers.clear();
      server = { name: serverName, host: originHost, realm: originRealm };
      this.#servers.set(key, server);
    }
    this.#lastServer = server;
    return server;
  }

  /** False, with an answer: AUTS of a S-CSCF that does not serve the user or from another card, no SQN left. */
  #hasVector(
    request: CxRequest,
    { subscriber, subscription, set }: Subject,
    { sipAuthDataItem, serverName }: MultimediaAuthQuery,
  ): boolean {
    const { sipAuthorization } = sipAuthDataItem;
    // TS 29.228 §6.3.1, §8.1: a resynchronisation takes a user from no other S-CSCF.
    if (sipAuthorization !== undefined && !mayServe(set.context, subscription.elsewhere(set), serverName)) {
      this.#refuse(request, refusals.unableToComply);
      return false;
    }
    const centre = subscription.authenticationCentre(subscriber)!;
    const isThere =
      (sipAuthorization === undefined || resynchronise(this.chassis, subscriber, centre, sipAuthorization)) &&
      !isExhausted(this.chassis, subscriber, centre);
    // The counter may have taken over what the card says, and yet be at its end.
    if (!isThere) {
      subscription.commit((error) => {
        if (error === undefined) request.respond(refusals.unableToComply);
        else this.#fail(request, error);
      });
    }
    return isThere;
  }
}

interface CxRequest {
  readonly command: Command;
  /** For explanations. */
  readonly whom: string;
  readonly respond: (reply: Reply) => void;
}

/** An answer, and the RTRs that go before it. */
interface Decision {
  readonly due: readonly DueTermination[];
  readonly reply: Reply;
}

/** Contacts have been left, and the S-CSCF that asks can do something with them (TS 29.228 §6.1.2.1). */
function restores({ restoration }: RegistrationSet, { supportedFeatures }: ServerAssignmentQuery): boolean {
  return restoration !== undefined && (cxFeatureBits(supportedFeatures) & cxFeature.restoration) !== 0;
}

/** Contacts that are gone are not given back (TS 23.380 4.3). */
function forgetRestoration(set: RegistrationSet, userName: string | undefined): void {
  if (set.restoration === undefined) return;
  const left = [...set.restoration].filter(([each]) => userName !== undefined && each !== userName);
  set.restoration = left.length === 0 ? undefined : new Map(left);
}

/** Whom one decision is about. */
interface Subject extends Pick<ReplySubject, 'subscriber' | 'set' | 'authentication'> {
  readonly subscription: Subscription;
  /** Bits of `cxFeature`; none where absent. */
  readonly features?: number;
}

/** S-CSCFs make few names; who invents many only loses the sharing. */
const serversMax = 1_000;

/** Several sets are meant by a de-registration alone; of them only those count where something is known. */
function setsMeant(
  { event, identities, subscriber, subscription }: Assignment,
  userName: string | undefined,
): readonly RegistrationSet[] {
  const named =
    identities.length === 1
      ? [subscription.setOf(identities[0]!)]
      : [...new Set(identities.map((identity) => subscription.setOf(identity)))];
  if (!isDeregistration(event) || named.length === 1) return named;
  const meant = named.length > 0 ? named : subscription.setsOf(userName ?? subscriber.privateIdentity);
  const served = meant.filter(({ server }) => server !== undefined);
  return served.length > 0 ? served : meant.slice(0, 1);
}

/** Of several sets, and most have one. */
function joinedDecision(decisions: readonly Decision[]): Decision {
  if (decisions.length === 1) return decisions[0]!;
  return { due: decisions.flatMap(({ due }) => due), reply: best(decisions.map(({ reply }) => reply)) };
}

/** Of the answers for several sets the one that went best. */
function best(replies: readonly Reply[]): Reply {
  return replies.find(({ kind }) => kind === 'success') ?? replies.find((reply) => !isBad(reply)) ?? replies[0]!;
}

/** The answer to a SAR where not all of it is wanted, or more. */
function adapted(
  { userData, chargingInformation, restorationInfo, ...reply }: Reply,
  { userDataAlreadyAvailable }: ServerAssignmentQuery,
  wildcard: PublicIdentity | undefined,
): Reply {
  return {
    ...reply,
    // TS 29.228 §6.6: not sent where the S-CSCF has it.
    ...(!userDataAlreadyAvailable && { userData, chargingInformation, restorationInfo }),
    // REG-83
    ...(wildcard !== undefined && reply.kind === 'success' && { wildcardedPublicIdentity: wildcard.uri }),
  };
}

function isBad(reply: Reply): reply is Reply & Refusal {
  return reply.kind === 'error' || (reply.kind === 'experimental' && reply.experimentalResultCode >= 3000);
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
