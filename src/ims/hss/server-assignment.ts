/** SAR: an S-CSCF serves a user, serves it no more, or asks what it has to know of it (TS 29.228 §6.1.2). */
import {
  cxFeature,
  cxFeatureBits,
  type DiameterRequester,
  type DiameterRespond,
  type ServerAssignmentInfo,
  type ServerAssignmentQuery,
} from '../../diameter/index.js';
import { isWildcarded } from '../subscription/matching-identity.js';
import type { PublicIdentity } from '../subscription/subscriber.js';
import { hasUnregisteredServices } from '../subscription/unregistered-services.js';
import type { AskingServers } from './asking-servers.js';
import { isDeregistration } from './assignment-types.js';
import { type CxExchange, type CxRequest, type Decision, isBad } from './cx-exchange.js';
import type { Reply } from './cx-replies.js';
import { refusals } from './refusals.js';
import type { RegistrationSet } from './registration-set.js';
import { type Assignment, assigned, inCanonicalForm, isRefusal } from './request-checks.js';
import { servedProfiles } from './service-activation.js';
import type { SubscriptionEvent } from './subscription.machine.js';

/** SAR-Flags bit 0 (TS 29.229 6.3.57). */
const proxyRestoration = 1;

export class ServerAssignment {
  constructor(
    private readonly exchange: CxExchange,
    private readonly servers: AskingServers,
  ) {}

  answer(received: ServerAssignmentQuery & DiameterRequester, respond: DiameterRespond<ServerAssignmentInfo>): void {
    const query = inCanonicalForm(received);
    const { userName, serverAssignmentType, wildcardedPublicIdentity, userDataAlreadyAvailable } = query;
    const publicIdentities =
      wildcardedPublicIdentity === undefined ? query.publicIdentities : [wildcardedPublicIdentity];
    const whom = `${userName ?? query.publicIdentities[0] ?? 'nobody'} (${serverAssignmentType})`;
    const request: CxRequest = { command: 'SAR', whom, respond };
    if (this.exchange.isUnusable(request, query)) return;
    this.exchange.find(request, userName, publicIdentities, (named) => {
      const found = assigned(named, query);
      if (isRefusal(found)) {
        this.exchange.refuse(request, found);
        return;
      }
      if (((query.sarFlags ?? 0) & proxyRestoration) !== 0) {
        // TS 29.229 6.2.2.12: the lab has no MME that could do anything for the user.
        this.exchange.refuse(request, refusals.servingNodeFeatureUnsupported);
        return;
      }
      const { due, reply } = joinedDecision(setsMeant(found, userName).map((set) => this.#assign(query, found, set)));
      const wildcard = found.identities.find(isWildcarded);
      const isAdapted = !isBad(reply) && (userDataAlreadyAvailable || wildcard !== undefined);
      this.exchange.settle(request, found.subscription, {
        due,
        reply: isAdapted ? adapted(reply, query, wildcard) : reply,
      });
    });
  }

  /** One set of a SAR. */
  #assign(query: ServerAssignmentQuery & DiameterRequester, found: Assignment, set: RegistrationSet): Decision {
    const { event, subscriber, subscription } = found;
    const { userName, restorationInfo } = query;
    const decision = this.exchange.decide(
      { subscriber, subscription, set, features: cxFeatureBits(query.supportedFeatures) },
      this.#assignmentEvent(found, set, query),
    );
    if (decision.reply.kind !== 'success') return decision;
    if (isDeregistration(event)) forgetRestoration(set, userName);
    if (event !== 'register' && event !== 'unregistered') return decision;
    set.assignedAt = this.exchange.chassis.environment.clock.now();
    if (keepsContacts(query, decision.reply)) {
      this.exchange.chassis.explain({
        what: 'info.contactsKept',
        text: `the S-CSCF has lost the contacts of ${userName}, of which it registers one: it gets those that it had left here, and they are kept`,
        clause: 'TS 29.228 §6.1.2.1',
      });
      return { ...decision, reply: { ...decision.reply, ...refusals.errorInAssignmentType } };
    }
    // It is answered with what was there before.
    if (restorationInfo !== undefined) set.restoration = new Map(set.restoration).set(userName!, restorationInfo);
    return decision;
  }

  #assignmentEvent(
    { event, subscriber, subscription }: Assignment,
    set: RegistrationSet,
    query: ServerAssignmentQuery & DiameterRequester,
  ): SubscriptionEvent {
    const server = this.servers.of(query);
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
}

/** Contacts have been left, and the S-CSCF that asks can do something with them (TS 29.228 §6.1.2.1). */
function restores({ restoration }: RegistrationSet, { supportedFeatures }: ServerAssignmentQuery): boolean {
  return restoration !== undefined && (cxFeatureBits(supportedFeatures) & cxFeature.restoration) !== 0;
}

/**
 * TS 29.228 §6.1.2.1: an S-CSCF that registers one contact of several as the first has lost the others of the private identity, which
 * those that it leaves here now would overwrite.
 */
function keepsContacts(query: ServerAssignmentQuery, { restorationInfo }: Reply): boolean {
  const { serverAssignmentType, multipleRegistrationIndication, userDataAlreadyAvailable, userName } = query;
  const isFirst = serverAssignmentType === 'REGISTRATION' && !userDataAlreadyAvailable;
  if (!isFirst || multipleRegistrationIndication !== true || query.restorationInfo === undefined) return false;
  return restorationInfo?.some((left) => left.userName === userName) === true;
}

/** Contacts that are gone are not given back (TS 23.380 4.3). */
function forgetRestoration(set: RegistrationSet, userName: string | undefined): void {
  if (set.restoration === undefined) return;
  const left = [...set.restoration].filter(([each]) => userName !== undefined && each !== userName);
  set.restoration = left.length === 0 ? undefined : new Map(left);
}

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
