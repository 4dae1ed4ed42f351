/**
 * S-CSCF, initial requests other than REGISTER, and what follows in their dialogs. TS 24.229 §5.4.3.1 to §5.4.3.3. Each passes the
 * services of the user who is served (services.ts) before it goes on to another network, or to the contacts.
 */
import type { Chassis, Procedure, RoutedRequest } from '../../node/index.js';
import { detached, type MessageEditor } from '../../sip/index.js';
import { identityKey } from '../identity/index.js';
import { branchesOf, type LegBehaviour, type LegSide, type SessionTable } from '../session/session-table.js';
import type { SessionCase } from '../subscription/filter-criteria.js';
import { calleeOf } from './callee.js';
import type { ScscfConfig } from './config.js';
import type { TemporaryGruus } from './gruu.js';
import { callingContacts, toContact } from './named-contact.js';
import { isAliasOf, servedUser } from './originating-identity.js';
import {
  assertOriginator,
  barredOriginator,
  notRegistered,
  originatingLeg,
  unknownOriginator,
  unroutable,
} from './originating-requests.js';
import { type Refusal, refuse } from './refusal.js';
import type { ServedUser } from './served-user.js';
import { criteriaFor, type Evaluation, Services } from './services.js';
import { barredCallee, invalidGruu, nobodyThere, terminatingLeg } from './terminating-requests.js';
import type { UnregisteredUsers } from './unregistered-users.js';
import { isServiceRouteToken, UserRegistration, type UserRegistrations } from './user-registrations.js';

export interface SessionParts {
  readonly chassis: Chassis;
  readonly config: ScscfConfig;
  readonly users: UserRegistrations;
  readonly sessions: SessionTable;
  readonly gruus: TemporaryGruus;
  readonly unregistered: UnregisteredUsers;
  /** Who watches a registration. It takes such a request itself where the registration is known. */
  readonly watching: Procedure;
}

export class Sessions {
  readonly #parts: SessionParts;
  readonly #services: Services;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#services = new Services(parts.chassis, parts.config.homeDomain, this.#forward);
  }

  /** Requests that are at application servers, or have been a moment ago. */
  get invocationCount(): number {
    return this.#services.count;
  }

  close(): void {
    this.#services.close();
  }

  /** In the order in which they are asked. */
  readonly procedures: readonly Procedure[] = [
    {
      name: 'inDialog',
      accepts: ({ server }) => server.message.toTag !== undefined,
      begin: (routed) => this.#parts.sessions.receive(routed),
    },
    {
      name: 'returning',
      accepts: ({ server, ownRoute }) => !server.isAck && Services.isIdentifier(ownRoute?.uri.user),
      begin: (routed) => {
        if (!this.#services.resume(routed)) this.#refuse(routed, unknownIdentifier(routed));
      },
    },
    {
      name: 'originating',
      // CALL-02: the token that this S-CSCF put into Service-Route decides, or that an application server asks for it.
      accepts: ({ server, ownRoute }) =>
        !server.isAck && (isServiceRouteToken(ownRoute?.uri.user) || ownRoute?.uri.parameters.has('orig') === true),
      begin: (routed) => {
        if (isServiceRouteToken(routed.ownRoute?.uri.user)) this.#fromUe(routed);
        else this.#onBehalf(routed);
      },
    },
    {
      name: 'terminating',
      accepts: ({ server }) => !server.isAck,
      begin: (routed) => this.#towardsUser(routed),
    },
  ];

  /** Sends an initial request on, as one leg of a session where it is an INVITE. */
  readonly #forward = (side: LegSide, leg: LegBehaviour, routed: RoutedRequest): void => {
    if (routed.server.message.method === 'INVITE') this.#parts.sessions.open(side, leg, routed);
    else standalone(this.#parts.chassis, leg, routed);
  };

  #refuse(routed: RoutedRequest, refusal: Refusal): void {
    refuse(this.#parts.chassis, routed, refusal);
  }

  /** TS 24.229 §5.4.3.2, over a Service-Route. */
  #fromUe(routed: RoutedRequest): void {
    const { config, users, unregistered, watching } = this.#parts;
    const token = routed.ownRoute?.uri.user;
    const proceed = (user: UserRegistration | undefined): void => {
      if (user?.profile === undefined || !user.isRegistered) this.#refuse(routed, notRegistered(config, routed));
      else this.#originate(user, servedUser(routed.server.message, user), 0, routed);
    };
    const known = users.byServiceRoute(token);
    if (known !== undefined || config.restoration !== true) {
      proceed(known);
      return;
    }
    const served = routed.server.message.addresses('P-Asserted-Identity')[0]?.uri.text;
    unregistered.before(routed, served, (found) => {
      const restored = found instanceof UserRegistration ? found : undefined;
      if (restored !== undefined && token !== undefined) users.adoptToken(restored, token);
      if (restored !== undefined && watching.accepts(routed)) watching.begin(routed);
      else proceed(restored);
    });
  }

  /** CALL-02, TS 24.229 §5.4.3.2: an application server acts for a user, who need not be registered. */
  #onBehalf(routed: RoutedRequest): void {
    const { message } = routed.server;
    const named = message.address('P-Served-User');
    const served = (named ?? message.addresses('P-Asserted-Identity')[0])?.uri.text;
    this.#parts.unregistered.before(routed, served, (user) => {
      if (user === undefined || served === undefined) {
        this.#refuse(routed, unknownOriginator(served));
        return;
      }
      // RFC 8498: after a diversion by the user.
      const isDiverted = named?.parameters.has('orig-cdiv') === true;
      this.#originate(user, detached(served), isDiverted ? 4 : user.isRegistered ? 0 : 3, routed);
    });
  }

  #originate(user: ServedUser, identity: string, sessionCase: SessionCase, routed: RoutedRequest): void {
    const { users, gruus } = this.#parts;
    const refusal = barredOriginator(user, identity);
    if (refusal !== undefined) {
      this.#refuse(routed, refusal);
      return;
    }
    const criteria = criteriaFor(user, identity, routed);
    const assert = (editor: MessageEditor, working: RoutedRequest['working']): void => {
      if (sessionCase !== 4) assertOriginator(editor, working, user, identity);
    };
    // What criteria look at, and what application servers see, has it already; without any it goes into the one copy.
    const isAsserted = criteria.length > 0;
    const opening = isAsserted ? edited(routed, assert) : routed;
    const isFromUe = sessionCase === 0 && isServiceRouteToken(routed.ownRoute?.uri.user);
    const near: Partial<LegBehaviour> =
      isFromUe && user instanceof UserRegistration
        ? {
            contacts: callingContacts(routed.server.message, user.bindings, gruus).map(({ id }) => id),
            editRequest: (editor, request, fromServedUser) => {
              if (!fromServedUser) toContact(editor, request, users, gruus);
            },
          }
        : {};
    const evaluation: Evaluation = {
      ...{ side: 'mo', sessionCase, user, identity, criteria, opening, nearUser: near },
      complete: (last) => this.#leave(user, last, isAsserted ? nothing : assert, last === opening ? near : undefined),
    };
    this.#services.begin(evaluation);
  }

  /** After all originating services: to the network of whom it is for. */
  #leave(user: ServedUser, last: RoutedRequest, assert: Assertion, near?: Partial<LegBehaviour>): void {
    const { chassis, config } = this.#parts;
    const wayless = unroutable(chassis, config, last);
    if (wayless !== undefined) this.#refuse(last, wayless);
    else this.#forward('mo', { ...originatingLeg(config, user, last, assert), ...near }, last);
  }

  /** TS 24.229 §5.4.3.3. */
  #towardsUser(routed: RoutedRequest): void {
    const { users, gruus, unregistered } = this.#parts;
    const { user } = calleeOf(users, gruus, routed.working);
    const { message } = routed.server;
    const invalid = user === undefined ? invalidGruu(routed) : undefined;
    if (invalid !== undefined) {
      this.#refuse(routed, invalid);
      return;
    }
    // Who wants to know of a registration is not served by one that is made for it.
    const isAboutRegistration = message.method === 'SUBSCRIBE' && message.header('Event') === 'reg';
    if (user !== undefined || isAboutRegistration) this.#terminate(user, routed);
    else {
      unregistered.before(routed, routed.working.requestUri, (found) =>
        this.#terminate(calleeOf(users, gruus, routed.working).user ?? found, routed),
      );
    }
  }

  #terminate(user: ServedUser | undefined, routed: RoutedRequest): void {
    const refusal = barredCallee(user, routed) ?? (user === undefined ? nobodyThere(routed) : undefined);
    if (refusal !== undefined || user === undefined) {
      this.#refuse(routed, refusal!);
      return;
    }
    const identity = this.#calledIdentity(user, routed);
    const criteria = criteriaFor(user, identity, routed);
    const evaluation: Evaluation = {
      ...{ side: 'mt', sessionCase: user.isRegistered ? 1 : 2, user, identity, criteria, opening: routed },
      complete: (last) => this.#ring(last),
      diversion: {
        isDiverted: (request) => !isAliasOf(user, identity, this.#calledIdentity(user, request)),
        divert: (request) => this.#divert(evaluation, request),
      },
    };
    this.#services.begin(evaluation);
  }

  /** At the contacts, as they are after all services. */
  #ring(last: RoutedRequest): void {
    const { users, gruus } = this.#parts;
    const { user, bindings } = calleeOf(users, gruus, last.working);
    if (user === undefined || bindings.length === 0) this.#refuse(last, nobodyThere(last));
    else this.#forward('mt', terminatingLeg(this.#parts, user, bindings, last), last);
  }

  /**
   * An application server of the callee has put another Request-URI: what is left of the terminating services is not asked, and
   * the request goes on as one of the callee's, by its services for that case (TS 24.229 §5.4.3.3 step 3, TS 23.218 6.5).
   */
  #divert({ user, identity, criteria }: Evaluation, routed: RoutedRequest): void {
    const { chassis } = this.#parts;
    chassis.explain({
      what: 'info.diverted',
      text: `an application server of ${identity} has sent the request to ${routed.working.requestUri}: terminating services end`,
      clause: 'TS 24.229 §5.4.3.3, TS 23.218 6.5',
    });
    this.#services.begin({
      ...{ side: 'mo', sessionCase: 4, user, identity, criteria, opening: routed },
      complete: (last) => this.#leave(user, last, nothing),
    });
  }

  /** A temporary GRUU says nothing of its user to anybody else. */
  #calledIdentity(user: ServedUser, { working }: RoutedRequest): string {
    const callee = calleeOf(this.#parts.users, this.#parts.gruus, working);
    return callee.user === user && callee.identity !== undefined
      ? callee.identity
      : detached(identityKey(working.requestUri));
  }
}

/** What is still to be said of the user in a request. */
type Assertion = Parameters<typeof originatingLeg>[3];

const nothing: Assertion = () => {};

/** CALL-03: it is over, or is another S-CSCF's. */
function unknownIdentifier({ ownRoute }: RoutedRequest): Refusal {
  return {
    status: 403,
    cause: {
      what: 'cause.unknownDialogIdentifier',
      text: `an application server sends a request with the original dialog identifier ${ownRoute?.uri.user}, which stands for none here: it has been too late, or this S-CSCF has restarted`,
      clause: 'TS 24.229 §5.4.3.4, CALL-03',
    },
  };
}

function edited(
  routed: RoutedRequest,
  edit: (editor: MessageEditor, working: RoutedRequest['working']) => void,
): RoutedRequest {
  const editor = routed.working.edit();
  edit(editor, routed.working);
  return { ...routed, working: editor.message() };
}

/** A request that makes no session (MESSAGE, OPTIONS …). */
function standalone(chassis: Chassis, leg: LegBehaviour, routed: RoutedRequest): void {
  const { trial } = leg;
  const forwarding = chassis.proxy.forward(routed.server, routed.working, branchesOf(leg, routed), {
    onResponse: (response, info) => {
      const { generated } = info;
      if (response.status < 200) trial?.onProvisional();
      else {
        const instead = trial?.onFinal(response, generated);
        if (instead !== undefined) {
          instead();
          return;
        }
      }
      if (generated) chassis.explain(leg.explainSilence(response).cause);
      info.forwarding.relay(response);
    },
  });
  trial?.onForwarded(forwarding);
}
