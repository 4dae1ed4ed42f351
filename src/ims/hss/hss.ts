/** HSS: subscribers, authentication vectors and registration state behind Cx. TS 29.228; AuC of TS 33.102 6.3. */
import {
  AucSqnCounter,
  type AuthenticationVector,
  generateVector,
  MilenageKey,
  resynchronise,
} from '../../aka/index.js';
import {
  type CxReply,
  CxServer,
  type LocationInfo,
  type MultimediaAuthInfo,
  type MultimediaAuthQuery,
  type ServerAssignmentInfo,
  type ServerAssignmentQuery,
  type UserAuthorizationInfo,
  type UserAuthorizationQuery,
} from '../../diameter/index.js';
import type { Instance } from '../../machine/index.js';
import type { Chassis, NetworkFunction } from '../../node/index.js';
import type { Subscriber } from '../subscription/subscriber.js';
import { formatUserData } from '../subscription/user-data.js';
import type { HssConfig } from './config.js';
import { isRefusal, mayRegister, type Refusal, refusals, SubscriberIndex } from './request-checks.js';
import { type CxAnswer, type SubscriptionEvent, subscription } from './subscription.machine.js';

/** One subscriber's state: the machine, and what the AuC keeps. */
interface Subscription {
  readonly subscriber: Subscriber;
  readonly key: MilenageKey;
  readonly sqn: AucSqnCounter;
  machine: Instance<typeof subscription>;
  userData: string | undefined;
}

/** A Cx request in hand: how to answer it in its own command's terms. */
interface PendingRequest {
  answer(answer: CxAnswer, serverName: string | undefined): void;
  vectors(): void;
}

/** Server-Assignment-Type by what the HSS does (TS 29.228 §6.1.2.1; the SWx types 12 to 14 are not for Cx). */
const assignmentEvents: Readonly<
  Record<
    string,
    'register' | 'unregistered' | 'noAssignment' | 'deregister' | 'storeServerName' | 'authenticationEnded'
  >
> = {
  NO_ASSIGNMENT: 'noAssignment',
  REGISTRATION: 'register',
  RE_REGISTRATION: 'register',
  UNREGISTERED_USER: 'unregistered',
  TIMEOUT_DEREGISTRATION: 'deregister',
  USER_DEREGISTRATION: 'deregister',
  ADMINISTRATIVE_DEREGISTRATION: 'deregister',
  DEREGISTRATION_TOO_MUCH_DATA: 'deregister',
  TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME: 'storeServerName',
  USER_DEREGISTRATION_STORE_SERVER_NAME: 'storeServerName',
  AUTHENTICATION_FAILURE: 'authenticationEnded',
  AUTHENTICATION_TIMEOUT: 'authenticationEnded',
};

const success = { kind: 'success', resultCode: 2001 } as const;
const firstRegistration = { kind: 'experimental', experimentalResultCode: 2001 } as const;
const subsequentRegistration = { kind: 'experimental', experimentalResultCode: 2002 } as const;

/** How many RANDs are drawn at most for a RES without zero octets: 3 % of them have one. */
const randDrawsMax = 100;

export function hss(chassis: Chassis, config: HssConfig): NetworkFunction {
  const index = new SubscriberIndex(config.subscribers);
  const subscriptions = new Map<Subscriber, Subscription>();

  const subscriptionOf = (subscriber: Subscriber): Subscription => {
    const known = subscriptions.get(subscriber);
    if (known !== undefined) return known;
    const { k, opc, sqn, ind } = subscriber.authentication;
    const created = {
      subscriber,
      key: new MilenageKey(k, opc),
      sqn: new AucSqnCounter({ ind, last: sqn }),
      userData: undefined,
    } as unknown as Subscription;
    created.machine = chassis.host.create(subscription, {
      id: `subscription:${subscriber.privateIdentity}`,
      input: undefined,
      owner: created,
      effects,
    });
    subscriptions.set(subscriber, created);
    return created;
  };

  const effects = {
    answer: ({ request, answer, serverName }: { request: unknown; answer: CxAnswer; serverName: string | undefined }) =>
      (request as PendingRequest).answer(answer, serverName),
    answerWithVectors: ({ request }: { request: unknown }) => (request as PendingRequest).vectors(),
  };

  const refuse = (command: string, identity: string, refusal: Refusal): Refusal => {
    const code = refusal.kind === 'experimental' ? refusal.experimentalResultCode : refusal.resultCode;
    chassis.explain(
      'cause.hssRefused',
      `${chassis.name}: ${command} for ${identity} is refused with ${refusal.kind === 'experimental' ? 'Experimental-Result-Code' : 'Result-Code'} ${code}`,
      'TS 29.228 §6',
    );
    return refusal;
  };

  const drawVector = (owner: Subscription): AuthenticationVector => {
    const { amf, resWithoutZeroOctets } = owner.subscriber.authentication;
    const sqn = owner.sqn.next();
    let vector = generateVector({ key: owner.key, amf, sqn, rand: chassis.environment.random.bytes(16) });
    for (let draw = 1; resWithoutZeroOctets && vector.xres.includes(0) && draw < randDrawsMax; draw++) {
      vector = generateVector({ key: owner.key, amf, sqn, rand: chassis.environment.random.bytes(16) });
    }
    return vector;
  };

  /** TS 29.228 §6.3.1, AKA-13: RAND || AUTS. False: MAC-S is wrong. */
  const resynchroniseFrom = (owner: Subscription, authorization: Buffer): boolean => {
    if (authorization.length !== 30) return false;
    const before = owner.sqn.last;
    const result = resynchronise({
      key: owner.key,
      rand: authorization.subarray(0, 16),
      auts: authorization.subarray(16),
      counter: owner.sqn,
    });
    if (result.outcome === 'macFailure') return false;
    chassis.explain(
      'info.resynchronised',
      `${chassis.name}: the SIM of ${owner.subscriber.imsi} is at SQN ${result.sqnMs}, the HSS was at ${before}; ` +
        `${result.reset ? 'the HSS took over the SIM value' : 'the next SQN of the HSS is acceptable anyway'}`,
      'TS 33.102 §6.3.5',
    );
    return true;
  };

  new CxServer(chassis.diameter, {
    userAuthorization: (query, respond) => {
      const found = index.match(query.userName, query.publicIdentity);
      if (isRefusal(found)) return respond(refuse('UAR', query.publicIdentity, found));
      const refusal = registrationRefusal(found, query);
      if (refusal !== undefined) return respond(refuse('UAR', query.publicIdentity, refusal));
      const pending = answering<UserAuthorizationInfo>(found, (reply) => {
        if (reply.kind !== 'success' && reply.kind !== 'experimental') refuse('UAR', query.publicIdentity, reply);
        respond(reply);
      });
      subscriptionOf(found).machine.send({
        type: 'cx.uar',
        authorizationType: authorizationTypes[query.userAuthorizationType ?? 'REGISTRATION'],
        request: pending,
      });
    },

    multimediaAuth: (query, respond) => {
      const found = index.match(query.userName, query.publicIdentity);
      if (isRefusal(found)) return respond(refuse('MAR', query.publicIdentity, found));
      const scheme = query.sipAuthDataItem.sipAuthenticationScheme;
      if (scheme !== 'Digest-AKAv1-MD5')
        return respond(refuse('MAR', query.publicIdentity, refusals.authSchemeNotSupported));
      const owner = subscriptionOf(found);
      const authorization = query.sipAuthDataItem.sipAuthorization;
      if (authorization !== undefined && !resynchroniseFrom(owner, authorization)) {
        chassis.explain(
          'cause.autsRejected',
          `${chassis.name}: AUTS of ${query.userName} does not verify: K or OPc differ between SIM and HSS`,
          'TS 33.102 §6.3.5, AKA-13',
        );
        return respond(refusals.unableToComply);
      }
      const pending: PendingRequest = {
        answer: () => {},
        vectors: () => respond(vectorAnswer(query, owner, drawVector)),
      };
      owner.machine.send({ type: 'cx.mar', serverName: query.serverName, request: pending });
    },

    serverAssignment: (query, respond) => {
      const found = assignedSubscriber(index, query);
      if (isRefusal(found)) return respond(refuse('SAR', query.publicIdentities[0] ?? query.userName ?? '', found));
      const event = assignmentEvents[query.serverAssignmentType];
      if (event === undefined) return respond(refuse('SAR', query.serverName, refusals.errorInAssignmentType));
      const owner = subscriptionOf(found);
      const pending = answering<ServerAssignmentInfo>(found, respond, () => {
        // TS 29.228 §6.6: not sent where the S-CSCF has it.
        if (query.userDataAlreadyAvailable) return {};
        owner.userData ??= formatUserData(found);
        return { userData: owner.userData };
      });
      owner.machine.send(assignmentEvent(event, query.serverName, pending));
    },

    locationInfo: (query, respond) => {
      const found = index.byPublic(query.publicIdentity);
      if (found === undefined) return respond(refuse('LIR', query.publicIdentity, refusals.userUnknown));
      const pending = answering<LocationInfo>(found, respond);
      subscriptionOf(found).machine.send({
        type: 'cx.lir',
        capabilities: query.userAuthorizationType === 'REGISTRATION_AND_CAPABILITIES',
        request: pending,
      });
    },
  });

  return { procedures: [], activeCount: 0 };
}

const authorizationTypes = {
  REGISTRATION: 'registration',
  DE_REGISTRATION: 'deregistration',
  REGISTRATION_AND_CAPABILITIES: 'registrationAndCapabilities',
} as const;

function registrationRefusal(subscriber: Subscriber, query: UserAuthorizationQuery): Refusal | undefined {
  const checkRoaming = query.userAuthorizationType !== 'DE_REGISTRATION';
  return mayRegister(subscriber, query.visitedNetworkIdentifier, checkRoaming);
}

/** The answers of the state tables in terms of result codes and AVPs (TS 29.228 §6.1, TS 29.229 §6.2). */
function answering<TInfo>(
  subscriber: Subscriber,
  respond: (reply: CxReply<TInfo>) => void,
  userData: () => Partial<ServerAssignmentInfo> = () => ({}),
): PendingRequest {
  const capabilities = {
    serverCapabilities: {
      mandatoryCapabilities: subscriber.capabilities.mandatory,
      optionalCapabilities: subscriber.capabilities.optional,
      serverNames: [],
    },
  };
  return {
    vectors: () => {},
    answer: (answer, serverName) => {
      const server = serverName === undefined ? {} : { serverName };
      const replies: Record<CxAnswer, () => object> = {
        success: () => success,
        successWithServer: () => ({ ...success, ...server }),
        firstRegistration: () => ({ ...firstRegistration, ...capabilities }),
        subsequentRegistration: () => ({ ...subsequentRegistration, ...server }),
        serverCapabilities: () => ({ ...success, ...capabilities }),
        identityNotRegistered: () => refusals.identityNotRegistered,
        identityAlreadyRegistered: () => refusals.identityAlreadyRegistered,
        unableToComply: () => refusals.unableToComply,
        userData: () => ({ ...success, userName: subscriber.privateIdentity, ...userData() }),
      };
      respond(replies[answer]() as CxReply<TInfo>);
    },
  };
}

function vectorAnswer(
  query: MultimediaAuthQuery,
  owner: Subscription,
  drawVector: (owner: Subscription) => AuthenticationVector,
): CxReply<MultimediaAuthInfo> {
  // AKA-24: the SQN has been taken from the counter before the vector leaves.
  const { rand, autn, xres, ck, ik } = drawVector(owner);
  return {
    ...success,
    userName: query.userName,
    publicIdentity: query.publicIdentity,
    // One vector is always enough for one challenge; several are allowed, none is required (TS 29.228 §6.3).
    sipNumberAuthItems: 1,
    sipAuthDataItems: [
      {
        sipItemNumber: 1,
        sipAuthenticationScheme: 'Digest-AKAv1-MD5',
        sipAuthenticate: Buffer.concat([rand, autn]),
        sipAuthorization: xres,
        confidentialityKey: ck,
        integrityKey: ik,
      },
    ],
  };
}

/** TS 29.228 §6.1.2.1 checks: known, matching, and not several identities where one is allowed. */
function assignedSubscriber(index: SubscriberIndex, query: ServerAssignmentQuery): Subscriber | Refusal {
  const [publicIdentity] = query.publicIdentities;
  const event = assignmentEvents[query.serverAssignmentType];
  const isDeregistration = event === 'deregister' || event === 'storeServerName';
  if (query.publicIdentities.length > 1 && !isDeregistration) return refusals.occursTooManyTimes;
  if (query.userName !== undefined && publicIdentity !== undefined) return index.match(query.userName, publicIdentity);
  const found = publicIdentity === undefined ? index.byPrivate(query.userName ?? '') : index.byPublic(publicIdentity);
  if (publicIdentity === undefined && !isDeregistration) return refusals.missingAvp;
  return found ?? refusals.userUnknown;
}

function assignmentEvent(
  kind: NonNullable<(typeof assignmentEvents)[string]>,
  serverName: string,
  request: PendingRequest,
): SubscriptionEvent {
  switch (kind) {
    case 'register':
      return { type: 'cx.sar.register', serverName, request };
    case 'unregistered':
      return { type: 'cx.sar.unregistered', serverName, request };
    case 'noAssignment':
      return { type: 'cx.sar.noAssignment', serverName, request };
    case 'deregister':
      return { type: 'cx.sar.deregister', serverName, storeServerName: false, request };
    case 'storeServerName':
      return { type: 'cx.sar.deregister', serverName, storeServerName: true, request };
    case 'authenticationEnded':
      return { type: 'cx.sar.authenticationEnded', request };
  }
}
