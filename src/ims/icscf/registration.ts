/** I-CSCF, REGISTER: which S-CSCF serves the user, and on to it. TS 24.229 §5.3.1; UAR of TS 29.228 §6.1.1. */
import type { CxClient } from '../../diameter/index.js';
import type { Instance } from '../../machine/index.js';
import type { Chassis, Procedure } from '../../node/index.js';
import type { ForwardInfo, SipRequest, SipResponse } from '../../sip/index.js';
import {
  contactExpires,
  identityKey,
  privateIdentityIn,
  unbelievedClaim,
  unbelievedText,
  visitedNetworkOf,
} from '../identity/index.js';
import { passedOnCause } from '../passed-on.js';
import type { IcscfConfig } from './config.js';
import { judgeUserAuthorization } from './cx-outcome.js';
import { type Query, QueryTable } from './query-table.js';
import { type AuthorizationType, registrationQuery } from './registration-query.machine.js';
import { answerWithinMs, type ServingNodes } from './serving-nodes.js';

/** UAR's User-Authorization-Type (TS 29.229 6.3.24). */
const authorizationTypes = {
  registration: 'REGISTRATION',
  deregistration: 'DE_REGISTRATION',
  registrationAndCapabilities: 'REGISTRATION_AND_CAPABILITIES',
} as const;

/** UAR-Flags: emergency registration (TS 29.229 6.3.52). */
const emergencyFlag = 1;

type Machine = Instance<typeof registrationQuery>;

export class RegistrationQueries {
  readonly #chassis: Chassis;
  readonly #config: IcscfConfig;
  readonly #cx: CxClient;
  readonly #servers: ServingNodes;
  readonly #queries: QueryTable<typeof registrationQuery>;

  constructor(chassis: Chassis, config: IcscfConfig, cx: CxClient, servers: ServingNodes) {
    this.#chassis = chassis;
    this.#config = config;
    this.#cx = cx;
    this.#servers = servers;
    this.#queries = new QueryTable(chassis, registrationQuery, {
      queryHss: ({ authorizationType }, query, machine) => this.#queryHss(authorizationType, query, machine),
      forwardRegister: ({ serverName }, query, machine) => this.#forward(serverName, query, machine),
      relayResponse: ({ response: { response, forwarding } }) => forwarding.relay(response),
      respond: ({ status }, { routed }) => {
        routed.server.reply(status);
      },
    });
  }

  get count(): number {
    return this.#queries.count;
  }

  readonly procedure: Procedure = {
    name: 'registration',
    accepts: ({ server }) => server.message.method === 'REGISTER',
    begin: (routed) => {
      const { message, source } = routed.server;
      const claim = unbelievedClaim(message, source.endpoint.address, this.#config.trustedAddresses);
      if (claim !== undefined) {
        this.#chassis.explain({
          what: 'cause.untrustedSender',
          text: unbelievedText(message.to.uri.text, source.endpoint.address, claim),
          clause: 'TS 24.229 §4.4, §5.3.1.2',
        });
        routed.server.reply(403);
        return;
      }
      const authorizationType = deregisters(routed.server.message) ? 'deregistration' : 'registration';
      this.#queries.begin(routed, { authorizationType });
    },
  };

  close(): void {
    this.#queries.close();
  }

  /** REG-30. */
  #queryHss(authorizationType: AuthorizationType, { routed }: Query, machine: Machine): void {
    const { message } = routed.server;
    const publicIdentity = identityKey(message.to.uri.text);
    const userName = privateIdentityIn(message);
    const capabilities = authorizationType === 'registrationAndCapabilities';
    this.#cx.userAuthorization(
      {
        userName,
        publicIdentity,
        visitedNetworkIdentifier: visitedNetworkOf(message) ?? this.#config.homeDomain,
        userAuthorizationType: authorizationTypes[authorizationType],
        ...(isEmergency(message) ? { uarFlags: emergencyFlag } : {}),
      },
      (answer) => {
        const judged = judgeUserAuthorization(answer, { capabilities }, this.#servers);
        machine.send({ type: 'cx.uaa', outcome: this.#servers.outcomeOf(judged, `${userName} (${publicIdentity})`) });
      },
    );
  }

  /** REG-31: the S-CSCF's URI; neither Path nor Record-Route. */
  #forward(serverName: string, { routed }: Query, machine: Machine): void {
    const destinations = this.#servers.destinationsOf(serverName);
    const target = { edit: (editor) => editor.requestUri(serverName), destinations, answerWithinMs } satisfies Target;
    this.#chassis.proxy.forward(routed.server, routed.working, [target], {
      onResponse: (response, info) => {
        const returning = { response, forwarding: info.forwarding };
        if (machine.done) info.forwarding.relay(response);
        else if (response.status < 200) machine.send({ type: 'sip.provisional', response: returning });
        else {
          const unavailable = cannotServe(response, info);
          if (unavailable) this.#servers.reportUnavailable(serverName, response, info.generated);
          else this.#explainPassedOn(serverName, response);
          machine.send({ type: 'sip.response', response: returning, unavailable });
        }
      },
    });
  }

  #explainPassedOn(serverName: string, response: SipResponse): void {
    const cause = passedOnCause(`S-CSCF ${serverName}`, response);
    if (cause !== undefined) this.#chassis.explain(cause);
  }
}

type Target = Parameters<Chassis['proxy']['forward']>[2][number];

/** TS 24.229 §5.3.1.3: no answer, 3xx or 480 of the S-CSCF lets the I-CSCF choose another one (REG-32). */
function cannotServe({ status }: SipResponse, { generated }: ForwardInfo): boolean {
  return generated || status === 480 || (status >= 300 && status < 400);
}

/** Contacts are removed, and none is bound (REG-30). What the wildcard must not be written with is the registrar's to refuse. */
function deregisters(message: SipRequest): boolean {
  const { contacts, expires } = message;
  if (contacts === '*') return expires === 0 && message.values('Contact').length === 1; // RFC 3261 10.3 step 6
  if (contacts.length === 0) return false;
  if (!contacts.every((contact) => contactExpires(contact, expires) === 0)) return false;
  return !message.values('Contact').includes('*');
}

/** REG-30: an emergency registration has `sos` in its Contact (CALL-70). */
function isEmergency({ contacts }: SipRequest): boolean {
  return contacts !== '*' && contacts.some(({ uri }) => uri.parameters.has('sos'));
}
