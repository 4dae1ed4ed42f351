/** The four procedures of Cx that an HSS answers, and the two that it begins (TS 29.228 §6). */
import { encodeSqn } from '../../aka/index.js';
import {
  type CxRequester,
  type CxResponse,
  CxServer,
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
import type { PublicIdentity, Subscriber } from '../subscription/subscriber.js';
import { hasUnregisteredServices } from '../subscription/unregistered-services.js';
import { formatUserData } from '../subscription/user-data.js';
import { type AssignmentEvent, isDeregistration } from './assignment-types.js';
import { authenticationItems, type ChosenScheme, chosenScheme, digestProof } from './authentication-items.js';
import type { HssConfig } from './config.js';
import { type Reply, type ReplySubject, replyFor } from './cx-replies.js';
import type { DeregistrationOrder } from './hss.js';
import { changedSubscriber, changesDefault, isChanged, type ProfileChange, type Services } from './profile-change.js';
import { explain, type Refusal, refusals } from './refusals.js';
import type { RegistrationSet } from './registration-set.js';
import { type Assignment, assigned, isRefusal, match, mayRegister } from './request-checks.js';
import { type NotificationOutcome, ScscfNotifications } from './s-cscf-notifications.js';
import { SubscriberIndex } from './subscriber-index.js';
import { type AssignedServer, mayServe, type SubscriptionEvent } from './subscription.machine.js';
import { type DueTermination, type Subscription, Subscriptions } from './subscriptions.js';

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

/** LIA-Flags bit 0 (TS 29.229 6.3.53). */
const psiDirectRouting = 1;

export class CxProcedures {
  readonly subscriptions: Subscriptions;
  readonly #chassis: Chassis;
  readonly #index: SubscriberIndex;
  readonly #services: Services;
  readonly #notifications: ScscfNotifications;
  /** Few S-CSCFs serve many users. */
  readonly #servers = new Map<string, AssignedServer>();

  constructor(chassis: Chassis, { subscribers, services = new Map() }: HssConfig) {
    this.#chassis = chassis;
    this.#index = new SubscriberIndex(subscribers);
    this.#services = services;
    this.subscriptions = new Subscriptions(chassis, this.#index);
    this.#notifications = new ScscfNotifications(chassis, new CxServer(chassis.diameter, this));
  }

  deregister(order: DeregistrationOrder, done: (outcome: NotificationOutcome) => void): void {
    const { privateIdentity, reason, publicIdentities } = order;
    const subscriber = this.#index.byPrivate(privateIdentity);
    if (subscriber === undefined) {
      done({ success: false, reason: `${this.#chassis.name} has no subscriber ${privateIdentity}` });
      return;
    }
    const subscription = this.subscriptions.of(subscriber);
    const identities = publicIdentities?.map((uri) => this.#index.ofSubscriber(subscriber, uri)?.identity);
    if (identities?.includes(undefined)) {
      done({ success: false, reason: `${privateIdentity} does not have all of ${publicIdentities!.join(', ')}` });
      return;
    }
    const own = subscription.setsOf(privateIdentity);
    const sets =
      identities === undefined
        ? own
        : own.filter((set) => identities.some((each) => subscription.setOf(each!) === set));
    const due = subscription.deregister(sets, reason, privateIdentity);
    if (due.length === 0) done({ success: false, reason: `${privateIdentity} is not registered` });
    else this.#terminate(due, publicIdentities !== undefined, done);
  }

  pushProfile(change: ProfileChange, done: (outcome: NotificationOutcome) => void): void {
    const { privateIdentity } = change;
    const before = this.#index.byPrivate(privateIdentity);
    const refuse = (reason: string): void => done({ success: false, reason });
    if (before === undefined) {
      refuse(`${this.#chassis.name} has no subscriber ${privateIdentity}`);
      return;
    }
    const after = changedSubscriber(before, change, this.#services);
    if (typeof after === 'string') {
      refuse(after);
      return;
    }
    const sets = this.subscriptions.of(before).setsOf(privateIdentity);
    const changedDefault = sets.find(
      (set, at) => set.state === 'registered' && changesDefault(set.data, after.implicitSets[at]!),
    );
    if (changedDefault !== undefined) {
      // TS 29.228 §6.2.2.1
      refuse(
        `PPR cannot change the default identity of a set that is registered (${privateIdentity}): de-register the user`,
      );
      return;
    }
    this.#push(before, after, change, sets, done);
  }

  userAuthorization(query: UserAuthorizationQuery, respond: CxResponse<UserAuthorizationInfo>): void {
    const { userName, publicIdentity, userAuthorizationType = 'REGISTRATION' } = query;
    const whom = `${userName} with ${publicIdentity}`;
    const found = match(this.#index, userName, publicIdentity);
    if (isRefusal(found)) {
      respond(this.#refuse('UAR', whom, found));
      return;
    }
    const subscription = this.subscriptions.of(found.subscriber);
    const set = subscription.setOf(found.identity);
    const refusal = mayRegister(found.subscriber, set.data, query);
    if (refusal !== undefined) {
      respond(this.#refuse('UAR', whom, refusal));
      return;
    }
    const elsewhere = subscription.elsewhere(set);
    const authorizationType = authorizationTypes[userAuthorizationType];
    const event: SubscriptionEvent = { type: 'cx.uar', authorizationType, elsewhere };
    respond(this.#decide('UAR', whom, { ...found, subscription, set }, event));
  }

  multimediaAuth(query: MultimediaAuthQuery & CxRequester, respond: CxResponse<MultimediaAuthInfo>): void {
    const { userName, publicIdentity, sipAuthDataItem, sipNumberAuthItems } = query;
    const whom = `${userName} with ${publicIdentity}`;
    const found = match(this.#index, userName, publicIdentity);
    if (isRefusal(found)) {
      respond(this.#refuse('MAR', whom, found));
      return;
    }
    const { subscriber } = found;
    const scheme = chosenScheme(sipAuthDataItem.sipAuthenticationScheme ?? '', subscriber.authentication);
    if (scheme === undefined) {
      respond(this.#refuse('MAR', whom, refusals.authSchemeNotSupported));
      return;
    }
    const subscription = this.subscriptions.of(subscriber);
    const set = subscription.setOf(found.identity);
    const server = this.#serverOf(query);
    const aka = scheme.kind === 'aka';
    const refusal = aka ? this.#akaRefusal(whom, subscriber, subscription, set, query) : undefined;
    if (refusal !== undefined) {
      respond(refusal);
      return;
    }
    const authentication = (): MultimediaAuthInfo => this.#items(scheme, subscriber, subscription, sipNumberAuthItems);
    const event: SubscriptionEvent = { type: 'cx.mar', server, privateIdentity: userName, aka };
    const reply = this.#decide('MAR', whom, { ...found, subscription, set, authentication }, event);
    respond({ ...reply, userName, publicIdentity });
  }

  serverAssignment(query: ServerAssignmentQuery & CxRequester, respond: CxResponse<ServerAssignmentInfo>): void {
    const { userName, publicIdentities, serverAssignmentType, userDataAlreadyAvailable } = query;
    const whom = `${userName ?? publicIdentities[0] ?? 'nobody'} (${serverAssignmentType})`;
    const found = assigned(this.#index, query);
    if (isRefusal(found)) {
      respond(this.#refuse('SAR', whom, found));
      return;
    }
    const subscription = this.subscriptions.of(found.subscriber);
    const sets = setsMeant(subscription, found, userName);
    const replies = sets.map((set) => this.#assign(query, whom, found, subscription, set));
    const { userData, chargingInformation, restorationInfo, ...reply } = best(replies);
    const wildcard = found.identities.find(isWildcarded);
    respond({
      ...reply,
      // TS 29.228 §6.6: not sent where the S-CSCF has it.
      ...(!userDataAlreadyAvailable && { userData, chargingInformation, restorationInfo }),
      // REG-83
      ...(wildcard !== undefined && reply.kind === 'success' && { wildcardedPublicIdentity: wildcard.uri }),
    });
  }

  locationInfo(query: LocationInfoQuery, respond: CxResponse<LocationInfo>): void {
    const { publicIdentity, userAuthorizationType, originatingRequest = false } = query;
    const found = this.#index.byPublic(publicIdentity);
    if (found === undefined || found.identity.inactive) {
      respond(this.#refuse('LIR', publicIdentity, refusals.userUnknown));
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
    const subscription = this.subscriptions.of(subscriber);
    const set = subscription.setOf(identity);
    const event: SubscriptionEvent = {
      type: 'cx.lir',
      capabilities: userAuthorizationType === 'REGISTRATION_AND_CAPABILITIES',
      hasServices: hasServices(set, identity, originatingRequest ? 3 : 2),
      elsewhere: subscription.elsewhere(set),
    };
    const reply = this.#decide('LIR', publicIdentity, { subscriber, subscription, set }, event);
    respond(isBad(reply) ? reply : { ...reply, ...wildcard });
  }

  /** One set of a SAR. */
  #assign(
    query: ServerAssignmentQuery & CxRequester,
    whom: string,
    { event, subscriber }: Assignment,
    subscription: Subscription,
    set: RegistrationSet,
  ): Reply {
    const { userName, restorationInfo } = query;
    const reply = this.#decide(
      'SAR',
      whom,
      { subscriber, subscription, set },
      this.#assignmentEvent(event, subscription, set, query),
    );
    if (event !== 'register' || reply.kind !== 'success') return reply;
    set.assignedAt = this.#chassis.environment.clock.now();
    // It is answered with what was there before.
    if (restorationInfo !== undefined) set.restoration = new Map(set.restoration).set(userName!, restorationInfo);
    return reply;
  }

  #assignmentEvent(
    event: AssignmentEvent,
    subscription: Subscription,
    set: RegistrationSet,
    query: ServerAssignmentQuery & CxRequester,
  ): SubscriptionEvent {
    const server = this.#serverOf(query);
    const elsewhere = subscription.elsewhere(set);
    const privateIdentity = query.userName ?? '';
    switch (event) {
      case 'register':
        return { type: 'cx.sar.register', server, privateIdentity, elsewhere };
      case 'unregistered':
        return { type: 'cx.sar.unregistered', server, restores: set.restoration !== undefined, elsewhere };
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
          keepsServer: set.data.serviceProfiles.some(
            (profile) => hasUnregisteredServices(profile, 2) || hasUnregisteredServices(profile, 3),
          ),
        };
    }
  }

  #decide(
    command: Command,
    whom: string,
    { subscriber, subscription, set, authentication }: Subject,
    event: SubscriptionEvent,
  ): Reply {
    let reply: Reply = refusals.unableToComply;
    const due = subscription.decide(set, event, (answer) => {
      reply = replyFor(answer, {
        subscriber,
        set,
        server: set.server ?? subscription.elsewhere(set).server,
        associated: set.privateIdentities.filter((each) => each !== subscriber.privateIdentity),
        ...(authentication !== undefined && { authentication }),
      });
    });
    this.#terminate(due, false, () => undefined);
    if (isBad(reply)) this.#refuse(command, whom, reply);
    return reply;
  }

  /** `done` once, with the first failure where there is one. */
  #terminate(due: readonly DueTermination[], named: boolean, done: (outcome: NotificationOutcome) => void): void {
    const together = gathered(due.length, done);
    for (const each of due) this.#notifications.terminate(each, named, together);
  }

  #push(
    before: Subscriber,
    after: Subscriber,
    change: ProfileChange,
    sets: readonly RegistrationSet[],
    done: (outcome: NotificationOutcome) => void,
  ): void {
    const { privateIdentity, charging, digest } = change;
    const chargingInformation = charging === undefined ? {} : { chargingInformation: charging };
    const sipAuthDataItem =
      digest === undefined
        ? {}
        : { sipAuthDataItem: { sipAuthenticationScheme: 'SIP Digest', ...digestProof(digest) } };
    const due = sets.flatMap((set, at) => {
      const { state, server } = set;
      const data = after.implicitSets[at]!;
      const changed = isChanged(before.implicitSets[at]!, data);
      if (server === undefined || state === 'notRegistered') return [];
      if (!changed && charging === undefined && digest === undefined) return [];
      const userData = formatUserData({ privateIdentity, serviceProfiles: data.serviceProfiles });
      return [{ privateIdentity, server, ...(changed && { userData }), ...chargingInformation, ...sipAuthDataItem }];
    });
    this.#index.replace(before, after);
    this.subscriptions.update(after);
    if (due.length === 0) {
      done({
        success: true,
        reason: `no S-CSCF has to be told: ${privateIdentity} is not registered, or nothing has changed`,
      });
      return;
    }
    const onTooMuch = (): void => this.deregister({ privateIdentity, reason: 'SERVER_CHANGE' }, () => undefined);
    const together = gathered(due.length, done);
    for (const each of due) this.#notifications.push(each, onTooMuch, together);
  }

  #refuse(command: Command, whom: string, refusal: Refusal): Refusal {
    const { what, meaning } = explain(refusal, command === 'LIR');
    this.#chassis.explain({ what, text: `${command} for ${whom} is refused: ${meaning}`, clause: clauses[command] });
    return refusal;
  }

  /** The S-CSCF that asks. */
  #serverOf({ serverName, originHost, originRealm }: { readonly serverName: string } & CxRequester): AssignedServer {
    const key = `${serverName} ${originHost} ${originRealm}`;
    let server = this.#servers.get(key);
    if (server === undefined) {
      if (this.#servers.size >= serversMax) this.#servers.clear();
      server = { name: serverName, host: originHost, realm: originRealm };
      this.#servers.set(key, server);
    }
    return server;
  }

  #items(scheme: ChosenScheme, subscriber: Subscriber, subscription: Subscription, wanted: number): MultimediaAuthInfo {
    return authenticationItems(
      scheme,
      subscriber.authentication,
      subscription.authenticationCentre(subscriber),
      wanted,
    );
  }

  /** Why there will be no vector: AUTS of a S-CSCF that does not serve the user or from another card, no SQN left. */
  #akaRefusal(
    whom: string,
    subscriber: Subscriber,
    subscription: Subscription,
    set: RegistrationSet,
    { sipAuthDataItem, serverName }: MultimediaAuthQuery,
  ): Refusal | undefined {
    const { sipAuthorization } = sipAuthDataItem;
    if (sipAuthorization !== undefined) {
      // TS 29.228 §6.3.1, §8.1: a resynchronisation takes a user from no other S-CSCF.
      if (!mayServe(set.context, subscription.elsewhere(set), serverName)) {
        return this.#refuse('MAR', whom, refusals.unableToComply);
      }
      if (!this.#resynchronise(subscriber, subscription, sipAuthorization)) return refusals.unableToComply;
    }
    return this.#isExhausted(subscriber, subscription) ? refusals.unableToComply : undefined;
  }

  /** AKA-24: a counter never wraps. */
  #isExhausted(subscriber: Subscriber, subscription: Subscription): boolean {
    if (!subscription.authenticationCentre(subscriber)!.isExhausted) return false;
    this.#chassis.explain({
      what: 'cause.sqnExhausted',
      text: `the sequence number of ${subscriber.imsi} has come to the end of its 48 bits, so no vector can be made: give the SIM and the subscriber lower ones`,
      clause: 'TS 33.102 Annex C, AKA-24',
    });
    return true;
  }

  /** True: the counter is where the SIM will follow. */
  #resynchronise(subscriber: Subscriber, subscription: Subscription, authorization: Buffer): boolean {
    const authenticationCentre = subscription.authenticationCentre(subscriber)!;
    const before = authenticationCentre.lastSqn;
    const result = authenticationCentre.resynchronise(authorization);
    const { imsi } = subscriber;
    if (result.outcome === 'macFailure') {
      const { text, next } = authenticationCentre.diagnose(authorization) ?? notAuts;
      this.#chassis.explain({
        what: 'cause.autsRejected',
        text: `AUTS of ${imsi} does not verify: ${text}; ${next}`,
        clause: 'TS 33.102 §6.3.5, AKA-13',
      });
      return false;
    }
    const taken = result.reset ? 'the HSS took over the SIM value' : 'the next SQN of the HSS is acceptable anyway';
    this.#chassis.explain({
      what: 'info.resynchronised',
      text: `the SIM of ${imsi} is at SQN ${hex(result.sqnMs)}, the HSS was at ${hex(before)}; ${taken}`,
      clause: 'TS 33.102 §6.3.5',
    });
    return true;
  }
}

const notAuts = {
  text: 'SIP-Authorization is not 16 octets of RAND and 14 of AUTS',
  next: 'see what the S-CSCF makes of auts',
};

/** As `imslab aka` writes sequence numbers. */
function hex(sqn: bigint): string {
  return encodeSqn(sqn).toString('hex');
}

/** Whom one decision is about. */
interface Subject extends Pick<ReplySubject, 'subscriber' | 'set' | 'authentication'> {
  readonly subscription: Subscription;
}

/** S-CSCFs make few names; who invents many only loses the sharing. */
const serversMax = 1_000;

/** Several sets are meant by a de-registration alone; of them only those count where something is known. */
function setsMeant(
  subscription: Subscription,
  { event, identities, subscriber }: Assignment,
  userName: string | undefined,
): readonly RegistrationSet[] {
  const named = [...new Set(identities.map((identity) => subscription.setOf(identity)))];
  if (!isDeregistration(event) || named.length === 1) return named;
  const meant = named.length > 0 ? named : subscription.setsOf(userName ?? subscriber.privateIdentity);
  const served = meant.filter(({ server }) => server !== undefined);
  return served.length > 0 ? served : meant.slice(0, 1);
}

/** Of the answers for several sets the one that went best. */
function best(replies: readonly Reply[]): Reply {
  return replies.find(({ kind }) => kind === 'success') ?? replies.find((reply) => !isBad(reply)) ?? replies[0]!;
}

function isBad(reply: Reply): reply is Reply & Refusal {
  return reply.kind === 'error' || (reply.kind === 'experimental' && reply.experimentalResultCode >= 3000);
}

function hasServices(set: RegistrationSet, identity: PublicIdentity, sessionCase: 2 | 3): boolean {
  const profile = set.data.serviceProfiles.find(({ publicIdentities }) =>
    publicIdentities.some(({ uri }) => uri === identity.uri),
  );
  return profile !== undefined && hasUnregisteredServices(profile, sessionCase);
}

/** Calls `done` when so many outcomes are there, with the first failure or else the first of them. */
function gathered(count: number, done: (outcome: NotificationOutcome) => void): (outcome: NotificationOutcome) => void {
  const outcomes: NotificationOutcome[] = [];
  return (outcome) => {
    outcomes.push(outcome);
    if (outcomes.length === count) done(outcomes.find(({ success }) => !success) ?? outcomes[0]!);
  };
}
