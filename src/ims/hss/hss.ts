/** HSS: subscribers, authentication vectors and registration state behind Cx. TS 29.228 §6; AuC of TS 33.102 6.3. */
import {
  type CxRequester,
  type CxResponse,
  CxServer,
  type DeregistrationReasonCode,
  type LocationInfo,
  type LocationInfoQuery,
  type MultimediaAuthInfo,
  type MultimediaAuthQuery,
  type RegistrationTerminationAnswer,
  type ServerAssignmentInfo,
  type ServerAssignmentQuery,
  type UserAuthorizationInfo,
  type UserAuthorizationQuery,
} from '../../diameter/index.js';
import type { Chassis, NetworkFunction } from '../../node/index.js';
import { identitiesOf, type Subscriber } from '../subscription/subscriber.js';
import { assignmentEvents, subscriptionEvent } from './assignment-types.js';
import type { HssConfig } from './config.js';
import { type Reply, replyFor } from './cx-replies.js';
import { explain, type Refusal, refusals } from './refusals.js';
import { isRefusal, mayRegister, SubscriberIndex } from './request-checks.js';
import type { AssignedServer, SubscriptionEvent } from './subscription.machine.js';
import { type SendTermination, type Subscription, Subscriptions, type TerminationOutcome } from './subscriptions.js';

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

/** Whom the operator de-registers, and why (TS 29.229 6.3.17). */
export interface DeregistrationOrder {
  readonly privateIdentity: string;
  readonly reason: DeregistrationReasonCode;
}

export interface HssFunction extends NetworkFunction {
  /** Network-initiated de-registration (TS 29.228 §6.1.3); `done` once, when the S-CSCF has answered. */
  deregister(order: DeregistrationOrder, done: (outcome: TerminationOutcome) => void): void;
}

export function hss(chassis: Chassis, config: HssConfig): HssFunction {
  const procedures = new CxProcedures(chassis, config);
  const { subscriptions } = procedures;
  return {
    procedures: [],
    activeCount: 0,
    get counts() {
      return { subscriptions: subscriptions.count };
    },
    inspect: () => ({ machines: { subscription: subscriptions.count }, assigned: subscriptions.claims() }),
    deregister: (order, done) => procedures.deregister(order, done),
    close: () => subscriptions.close(),
  };
}

/** The four procedures of Cx that an HSS answers, and the one that it begins. */
class CxProcedures {
  readonly subscriptions: Subscriptions;
  readonly #chassis: Chassis;
  readonly #index: SubscriberIndex;
  readonly #cx: CxServer;

  constructor(chassis: Chassis, { subscribers }: HssConfig) {
    this.#chassis = chassis;
    this.#index = new SubscriberIndex(subscribers);
    this.subscriptions = new Subscriptions(chassis, this.#terminate);
    this.#cx = new CxServer(chassis.diameter, this);
  }

  deregister({ privateIdentity, reason }: DeregistrationOrder, done: (outcome: TerminationOutcome) => void): void {
    const subscriber = this.#index.byPrivate(privateIdentity);
    if (subscriber === undefined) {
      done({ success: false, reason: `${this.#chassis.name} has no subscriber ${privateIdentity}` });
    } else this.subscriptions.of(subscriber).deregister(reason, done);
  }

  /** RTR (TS 29.228 §6.1.3.1). The user is de-registered already: the answer changes nothing but what is said of it. */
  readonly #terminate: SendTermination = ({ subscriber, machine }, server, reason, done) => {
    const { privateIdentity } = subscriber;
    this.#cx.registrationTermination(
      {
        userName: privateIdentity,
        // None is all of them; with this reason they must be named.
        publicIdentities: reason === 'NEW_SERVER_ASSIGNED' ? identitiesOf(subscriber).map(({ uri }) => uri) : [],
        reasonCode: reason,
        destinationHost: server.host,
        destinationRealm: server.realm,
      },
      (answer) => {
        machine.send({ type: 'cx.rta' });
        const outcome = terminationOutcome(answer, `${privateIdentity} at ${server.name} (${reason})`);
        const what = outcome.success ? 'info.registrationTerminated' : 'cause.terminationFailed';
        this.#chassis.explain({ what, text: outcome.reason, clause: 'TS 29.228 §6.1.3.1' });
        done(outcome);
      },
    );
  };

  userAuthorization(query: UserAuthorizationQuery, respond: CxResponse<UserAuthorizationInfo>): void {
    const { userName, publicIdentity, userAuthorizationType = 'REGISTRATION' } = query;
    const whom = `${userName} with ${publicIdentity}`;
    const found = this.#index.match(userName, publicIdentity);
    const refusal = isRefusal(found) ? found : mayRegister(found, query);
    if (refusal !== undefined) respond(this.#refuse('UAR', whom, refusal));
    else {
      const authorizationType = authorizationTypes[userAuthorizationType];
      this.#decide('UAR', whom, found as Subscriber, { type: 'cx.uar', authorizationType }, respond);
    }
  }

  multimediaAuth(query: MultimediaAuthQuery & CxRequester, respond: CxResponse<MultimediaAuthInfo>): void {
    const { userName, publicIdentity, sipAuthDataItem } = query;
    const whom = `${userName} with ${publicIdentity}`;
    const found = this.#index.match(userName, publicIdentity);
    if (isRefusal(found)) {
      respond(this.#refuse('MAR', whom, found));
      return;
    }
    const { sipAuthenticationScheme, sipAuthorization } = sipAuthDataItem;
    if (sipAuthenticationScheme !== 'Digest-AKAv1-MD5') {
      respond(this.#refuse('MAR', whom, refusals.authSchemeNotSupported));
    } else if (sipAuthorization !== undefined && !this.#resynchronise(found, sipAuthorization)) {
      respond(refusals.unableToComply);
    } else if (this.#isExhausted(found)) {
      respond(refusals.unableToComply);
    } else {
      this.#decide('MAR', whom, found, { type: 'cx.mar', server: serverOf(query) }, (reply) =>
        respond({ ...reply, userName, publicIdentity }),
      );
    }
  }

  serverAssignment(query: ServerAssignmentQuery & CxRequester, respond: CxResponse<ServerAssignmentInfo>): void {
    const { userName, publicIdentities, serverAssignmentType, userDataAlreadyAvailable } = query;
    const whom = `${userName ?? publicIdentities[0] ?? 'nobody'} (${serverAssignmentType})`;
    const found = this.#index.assigned(query);
    const event = assignmentEvents[serverAssignmentType];
    if (isRefusal(found) || event === undefined) {
      respond(this.#refuse('SAR', whom, isRefusal(found) ? found : refusals.errorInAssignmentType));
      return;
    }
    this.#decide('SAR', whom, found, subscriptionEvent(event, serverOf(query)), ({ userData, ...reply }) => {
      if (event === 'register' && reply.kind === 'success') {
        this.subscriptions.of(found).assignedAt = this.#chassis.environment.clock.now();
      }
      // TS 29.228 §6.6: not sent where the S-CSCF has it.
      respond(userData === undefined || userDataAlreadyAvailable ? reply : { ...reply, userData });
    });
  }

  locationInfo(query: LocationInfoQuery, respond: CxResponse<LocationInfo>): void {
    const { publicIdentity, userAuthorizationType } = query;
    const found = this.#index.byPublic(publicIdentity);
    if (found === undefined) {
      respond(this.#refuse('LIR', publicIdentity, refusals.userUnknown));
      return;
    }
    const capabilities = userAuthorizationType === 'REGISTRATION_AND_CAPABILITIES';
    this.#decide('LIR', publicIdentity, found, { type: 'cx.lir', capabilities }, respond);
  }

  #decide(
    command: Command,
    whom: string,
    subscriber: Subscriber,
    event: SubscriptionEvent,
    respond: (reply: Reply) => void,
  ): void {
    const subscription = this.subscriptions.of(subscriber);
    subscription.decide(event, (answer) => {
      const reply = replyFor(answer, subscription);
      const isRefused =
        reply.kind === 'error' || (reply.kind === 'experimental' && reply.experimentalResultCode >= 3000);
      if (isRefused) this.#refuse(command, whom, reply);
      respond(reply);
    });
  }

  #refuse(command: Command, whom: string, refusal: Refusal): Refusal {
    const { what, meaning } = explain(refusal, command === 'LIR');
    this.#chassis.explain({ what, text: `${command} for ${whom} is refused: ${meaning}`, clause: clauses[command] });
    return refusal;
  }

  /** AKA-24: a counter never wraps. */
  #isExhausted(subscriber: Subscriber): boolean {
    if (!this.subscriptions.of(subscriber).authenticationCentre.isExhausted) return false;
    this.#chassis.explain({
      what: 'cause.sqnExhausted',
      text: `the sequence number of ${subscriber.imsi} has come to the end of its 48 bits, so no vector can be made: give the SIM and the subscriber lower ones`,
      clause: 'TS 33.102 Annex C, AKA-24',
    });
    return true;
  }

  /** True: the counter is where the SIM will follow. */
  #resynchronise(subscriber: Subscriber, authorization: Buffer): boolean {
    const { authenticationCentre }: Subscription = this.subscriptions.of(subscriber);
    const before = authenticationCentre.lastSqn;
    const result = authenticationCentre.resynchronise(authorization);
    const { imsi } = subscriber;
    if (result.outcome === 'macFailure') {
      this.#chassis.explain({
        what: 'cause.autsRejected',
        text: `AUTS of ${imsi} does not verify: K or OPc differ between SIM and HSS`,
        clause: 'TS 33.102 §6.3.5, AKA-13',
      });
      return false;
    }
    const taken = result.reset ? 'the HSS took over the SIM value' : 'the next SQN of the HSS is acceptable anyway';
    this.#chassis.explain({
      what: 'info.resynchronised',
      text: `the SIM of ${imsi} is at SQN ${result.sqnMs}, the HSS was at ${before}; ${taken}`,
      clause: 'TS 33.102 §6.3.5',
    });
    return true;
  }
}

/** The S-CSCF that asks. */
function serverOf({
  serverName,
  originHost,
  originRealm,
}: { readonly serverName: string } & CxRequester): AssignedServer {
  return { name: serverName, host: originHost, realm: originRealm };
}

function terminationOutcome(answer: RegistrationTerminationAnswer, whom: string): TerminationOutcome {
  if ('reason' in answer) {
    return { success: false, reason: `RTR for ${whom} was not answered: ${answer.reason}` };
  }
  const code = answer.kind === 'experimental' ? answer.experimentalResultCode : answer.resultCode;
  const name = `${answer.kind === 'experimental' ? 'Experimental-Result-Code' : 'Result-Code'} ${code}`;
  const said = (verb: string, rest = ''): string => `RTR for ${whom} ${verb} ${name}${rest}`;
  if (code >= 2000 && code < 3000) return { success: true, reason: said('was answered with') };
  // RFC 6733 7.1.3: from a node on the way.
  if (code < 4000) return { success: false, reason: said('did not reach the S-CSCF:') };
  return {
    success: false,
    reason: said('was refused with', code === 5001 ? ': the S-CSCF does not serve the user' : ''),
  };
}
