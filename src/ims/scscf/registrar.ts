/** S-CSCF, REGISTER: authentication first, then the registration of the implicit set. TS 24.229 §5.4.1. */
import type {
  CxClient,
  CxResponse,
  DeregistrationReasonCode,
  RegistrationTerminationInfo,
  RegistrationTerminationQuery,
  ServerAssignmentAnswer,
} from '../../diameter/index.js';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis, Procedure, RoutedRequest } from '../../node/index.js';
import { detached, type NameAddress, parseUri, type SipRequest, uriEquals } from '../../sip/index.js';
import { canonicalIdentity, privateIdentityIn } from '../identity/index.js';
import { parseUserData, type UserProfile } from '../subscription/user-data.js';
import { type Authenticated, Authenticator, deferRequest, type StandingUser } from './authenticator.js';
import { type Binding, UserRegistration, type UserRegistrations } from './bindings.js';
import type { ScscfConfig } from './config.js';
import { type Refused, refusedBy } from './cx-outcome.js';
import { registerAnswer } from './register-answer.js';
import { contactLine, type RegisterIntent, readRegister } from './register-request.js';
import type { AssignmentType, registration } from './registration.machine.js';

/** SAR's Server-Assignment-Type (TS 29.229 6.3.15). */
const assignmentTypes = {
  registration: 'REGISTRATION',
  reRegistration: 'RE_REGISTRATION',
  userDeregistration: 'USER_DEREGISTRATION',
  timeoutDeregistration: 'TIMEOUT_DEREGISTRATION',
} as const;

/**
 * What Reason-Code asks of the S-CSCF beside forgetting the user (TS 29.229 6.3.17, TS 24.229 §5.4.1.5). Whom a new S-CSCF
 * serves notices nothing; of the others the sessions end. REG-74 has more: with reg-event the UE is told not to come back
 * (PERMANENT_TERMINATION) or to register again (SERVER_CHANGE, REMOVE_S-CSCF).
 */
const releasesSessions: Readonly<Record<DeregistrationReasonCode, boolean>> = {
  PERMANENT_TERMINATION: true,
  NEW_SERVER_ASSIGNED: false,
  SERVER_CHANGE: true,
  'REMOVE_S-CSCF': true,
};

/** Option tags that the Require of a REGISTER may name (RFC 3327). */
const supportedOptions: readonly string[] = ['path'];

export class Registrar {
  readonly #chassis: Chassis;
  readonly #config: ScscfConfig;
  readonly #cx: CxClient;
  readonly #users: UserRegistrations;
  readonly #authenticator: Authenticator;
  readonly #releaseSessions: (user: UserRegistration) => void;

  constructor(
    chassis: Chassis,
    config: ScscfConfig,
    cx: CxClient,
    users: UserRegistrations,
    releaseSessions: (user: UserRegistration) => void,
  ) {
    this.#releaseSessions = releaseSessions;
    this.#chassis = chassis;
    this.#config = config;
    this.#cx = cx;
    this.#users = users;
    this.#authenticator = new Authenticator(chassis, config, cx, (request, who) => this.#register(request, who));
  }

  get authenticationCount(): number {
    return this.#authenticator.count;
  }

  readonly procedure: Procedure = {
    name: 'registration',
    accepts: ({ server }) => server.message.method === 'REGISTER',
    begin: (routed) => this.#receive(routed),
  };

  close(): void {
    this.#authenticator.close();
    this.#users.close();
  }

  /**
   * RTR (TS 29.228 §6.1.3.1): the implicit set of each named user goes, and RTA leaves at once. `publicIdentities` empty: all
   * of the user's. Without emergency registrations none is left over.
   */
  registrationTermination(
    { userName, associatedIdentities = [], publicIdentities, reasonCode }: RegistrationTerminationQuery,
    respond: CxResponse<RegistrationTerminationInfo>,
  ): void {
    const users = [userName, ...associatedIdentities].flatMap((name) => this.#users.byPrivate(name) ?? []);
    const meant = users.filter((user) => publicIdentities.length === 0 || publicIdentities.some(isOf(user)));
    for (const { privateIdentity, machine } of meant) {
      this.#chassis.explain({
        what: 'info.registrationTerminated',
        text: `the HSS has ended the registration of ${privateIdentity} (${reasonCode})`,
        clause: 'TS 24.229 §5.4.1.5, REG-74',
      });
      machine.send({ type: 'cx.rtr', releasesSessions: releasesSessions[reasonCode] });
    }
    respond(meant.length > 0 ? { kind: 'success', resultCode: 2001 } : userUnknown);
  }

  /** What can be refused without knowing who asks is refused before the HSS gives a vector for it. */
  #receive(routed: RoutedRequest): void {
    const { server } = routed;
    const { message } = server;
    const { host } = message.to.uri;
    if (host !== this.#config.homeDomain.toLowerCase()) {
      this.#chassis.explain({
        what: 'cause.domainNotServed',
        text: `REGISTER is for ${message.to.uri.text}, but only users of ${this.#config.homeDomain} are served here`,
        clause: 'TS 24.229 §5.4.1.2.1',
      });
      server.reply(403);
      return;
    }
    const unsupported = message
      .values('Require')
      .filter((option) => !supportedOptions.includes(option.toLowerCase()))
      .join(', ');
    if (unsupported !== '') {
      this.#chassis.explain({
        what: 'cause.unsupportedOption',
        text: `REGISTER of ${message.to.uri.text} requires ${unsupported}, which the S-CSCF does not know`,
        clause: 'RFC 3261 10.3 step 2',
      });
      server.reply(420, { headers: [['Unsupported', unsupported]] });
      return;
    }
    const intent = readRegister(message, this.#config.registration);
    if (intent.kind === 'refused') {
      this.#refuse(routed, intent);
      return;
    }
    if (message.path.length < message.values('Path').length) {
      // RFC 3327 5: it is the route of every request to the user.
      this.#refuse(routed, { kind: 'refused', status: 400, reason: 'Path is malformed' });
      return;
    }
    const privateIdentity = privateIdentityIn(message);
    const user = this.#users.byPrivate(privateIdentity);
    if (user?.binding !== undefined && isStale(message, user.binding)) {
      this.#chassis.explain({
        what: 'cause.registerOutOfOrder',
        text: `REGISTER of ${privateIdentity} has CSeq ${message.cseq.sequence}, but ${user.binding.sequence} of the same Call-ID was granted before`,
        clause: 'RFC 3261 10.3 step 7',
      });
      server.reply(500);
    } else this.#authenticator.receive(routed, privateIdentity, standingOf(user, message));
  }

  #refuse({ server }: RoutedRequest, { status, reason }: RegisterIntent & { kind: 'refused' }): void {
    const { expiresMin } = this.#config.registration;
    this.#chassis.explain({
      what: 'cause.registerRefused',
      text: `REGISTER of ${server.message.to.uri.text} is refused with ${status} ${reason}${status === 423 ? `: ${expiresMin} s is the least` : ''}`,
      clause: 'RFC 3261 10.3, TS 24.229 §5.4.1.2',
    });
    server.reply(status, { reason, headers: status === 423 ? [['Min-Expires', String(expiresMin)]] : [] });
  }

  /** The UE is who it says (REG-43). */
  #register(request: RoutedRequest, who: Authenticated): void {
    const { message } = request.server;
    const intent = readRegister(message, this.#config.registration);
    let user = this.#users.byPrivate(who.privateIdentity);
    if (user !== undefined) user.authentication = who;
    if (intent.kind === 'fetch' || intent.kind === 'refused') {
      this.#accept(request, user);
      return;
    }
    if (user === undefined) {
      user = new UserRegistration(this.#chassis, this.#effects, (ended) => this.#users.remove(ended), who);
      this.#users.add(user);
    }
    user.hssHost = who.hssHost;
    user.machine.send({
      type: 'register.authenticated',
      request,
      intent: intent.kind,
      bindingKnown: intent.kind === 'remove' && names(intent.contacts, user),
      expiresMs: intent.kind === 'bind' ? intent.seconds * 1000 : 0,
    });
  }

  readonly #effects: EffectsOf<typeof registration, UserRegistration> = {
    assignServer: ({ type }, user, machine) => this.#assignServer(type, user, machine),
    storeProfile: ({ profile }, user) => {
      if (profile !== undefined) this.#users.setProfile(user, profile);
    },
    bindContact: ({ request }, user) => this.#bind(request!.server.message, user),
    removeBinding: (_, user) => {
      user.removedContacts = user.binding === undefined ? [] : [user.binding.uri];
      user.binding = undefined;
    },
    releaseSessions: (_, user) => this.#releaseSessions(user),
    acceptRegister: ({ request }, user) => {
      if (request !== undefined) this.#accept(request, user);
    },
    respond: ({ request, status }) => {
      request!.server.reply(status);
    },
    deferRequest: ({ request }) => deferRequest(request),
  };

  #assignServer(type: AssignmentType, user: UserRegistration, machine: Instance<typeof registration>): void {
    this.#cx.serverAssignment(
      {
        userName: user.privateIdentity,
        publicIdentities: [user.publicIdentity],
        serverName: this.#config.serverName,
        serverAssignmentType: assignmentTypes[type],
        userDataAlreadyAvailable: user.profile !== undefined,
        ...(user.hssHost === undefined ? {} : { destinationHost: user.hssHost }),
      },
      (answer) => {
        const outcome = readAssignment(answer, type, user.profile);
        if (!('status' in outcome)) {
          user.assignedAt = this.#chassis.environment.clock.now();
          machine.send({ type: 'cx.saa', profile: outcome.profile });
          return;
        }
        const { status, cause } = outcome;
        this.#chassis.explain({ ...cause, text: `for ${user.privateIdentity} ${cause.text}` });
        if (type === 'registration' && answer.kind === 'success') this.#giveBack(user);
        const endsAt = user.binding?.expiresAt ?? 0;
        const remainingMs = Math.max(0, endsAt - this.#chassis.environment.clock.now());
        machine.send({ type: 'cx.saaRefused', status, remainingMs });
      },
    );
  }

  /** The HSS takes the user for served here, but nobody can serve with the profile that it gave (CX 4.2 row 8). */
  #giveBack({ privateIdentity, publicIdentity, hssHost }: UserRegistration): void {
    this.#cx.serverAssignment(
      {
        userName: privateIdentity,
        publicIdentities: [publicIdentity],
        serverName: this.#config.serverName,
        serverAssignmentType: 'ADMINISTRATIVE_DEREGISTRATION',
        userDataAlreadyAvailable: true,
        ...(hssHost === undefined ? {} : { destinationHost: hssHost }),
      },
      () => {},
    );
  }

  #bind(message: SipRequest, user: UserRegistration): void {
    const intent = readRegister(message, this.#config.registration);
    if (intent.kind !== 'bind') return;
    const { uri, parameters } = contactLine(intent.contact);
    // Step 4A of TS 24.229 §5.4.1.2.2: without reg-id a new contact replaces the old one (REG-46).
    user.binding = {
      uri: detached(uri),
      parameters: detached(parameters),
      path: message.values('Path').map(detached),
      expiresAt: this.#chassis.environment.clock.now() + intent.seconds * 1000,
      callId: detached(message.callId),
      sequence: message.cseq.sequence,
    };
    user.removedContacts = [];
  }

  #accept({ server }: RoutedRequest, user: UserRegistration | undefined): void {
    const { sip, environment } = this.#chassis;
    const registrar = { sip, homeDomain: this.#config.homeDomain, now: environment.clock.now() };
    const headers = registerAnswer(server.message, user, registrar);
    server.reply(200, { headers: [...headers, ...(user?.authentication.responseHeaders ?? [])] });
  }
}

const userUnknown = { kind: 'experimental', experimentalResultCode: 5001 } as const;

/** Whether an identity is of the user's implicit set (REG-80). */
function isOf({ publicIdentity, profile }: UserRegistration): (identity: string) => boolean {
  const set = new Set([
    publicIdentity,
    ...(profile?.publicIdentities ?? []).map(({ uri }) => canonicalIdentity(uri) ?? uri),
  ]);
  return (identity) => set.has(canonicalIdentity(identity) ?? identity);
}

/** What stands when a REGISTER arrives; REG-44. */
function standingOf(user: UserRegistration | undefined, { contacts }: SipRequest): StandingUser {
  return {
    hssHost: user?.hssHost,
    registered: user?.binding !== undefined,
    contactKnown: user !== undefined && names(contacts, user),
    hasFlow: contacts !== '*' && contacts.some(({ parameters }) => parameters.has('reg-id')),
    session: user?.authentication.session,
  };
}

/** REG-49, RFC 3261 10.3 step 7: within one Call-ID only a higher CSeq counts. */
function isStale({ callId, cseq }: SipRequest, binding: Binding): boolean {
  return binding.callId === callId && cseq.sequence <= binding.sequence;
}

/** What is to be removed is bound. */
function names(contacts: readonly NameAddress[] | '*', { binding }: UserRegistration): boolean {
  if (binding === undefined) return false;
  if (contacts === '*') return true;
  const bound = parseUri(binding.uri);
  return contacts.some(({ uri }) => uri.text === binding.uri || (bound !== undefined && uriEquals(uri, bound)));
}

/** SAA: the profile that counts from now on, or why the assignment failed. */
function readAssignment(
  answer: ServerAssignmentAnswer,
  type: AssignmentType,
  known: UserProfile | undefined,
): { readonly profile: UserProfile | undefined } | Refused {
  const refused = refusedBy(answer, 'SAR');
  if (refused !== undefined) return refused;
  const userData = 'userData' in answer ? answer.userData : undefined;
  const profile = userData === undefined ? known : parseUserData(userData);
  const bringsProfile = type === 'registration' || type === 'reRegistration';
  return profile === undefined && bringsProfile ? unusableProfile : { profile };
}

const unusableProfile: Refused = {
  status: 500,
  cause: {
    what: 'cause.unusableProfile',
    text: 'SAA brought no user profile that can be read',
    clause: 'TS 29.228 §6.6, Annex B',
  },
};
