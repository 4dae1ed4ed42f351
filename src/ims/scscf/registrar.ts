/** S-CSCF, REGISTER: authentication first, then the registration of the implicit set. TS 24.229 §5.4.1. */
import {
  type CxClient,
  cxFeatures,
  type ScscfRestorationInfo,
  type ServerAssignmentAnswer,
  type SupportedFeatures,
} from '../../diameter/index.js';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis, Procedure, RoutedRequest } from '../../node/index.js';
import { parseCredentials, type SipRequest, type SipResponse } from '../../sip/index.js';
import { privateIdentityIn, unbelievedClaim, unbelievedText } from '../identity/index.js';
import type { UserProfile } from '../subscription/user-data.js';
import { type Assignment, readAssignment } from './assignment.js';
import { type Authenticated, Authenticator, deferRequest, type StandingUser } from './authenticator.js';
import { type Binding, isForEmergencies, isSameContact, named, nextExpiryMs } from './bindings.js';
import type { ScscfConfig } from './config.js';
import { ContactChanges, type ContactChangesParts } from './contact-changes.js';
import type { EndingAssignments } from './ending-assignments.js';
import type { TemporaryGruus } from './gruu.js';
import { recallRegistration } from './lost-registration.js';
import { featuresOf } from './received-profile.js';
import { registerAnswer } from './register-answer.js';
import {
  asWritten,
  type IncomingRegister,
  type RegisterIntent,
  readRegister,
  tooManyFlows,
  type WantedContact,
} from './register-request.js';
import type { AssignmentType, NetworkEnd, registration } from './registration.machine.js';
import type { RegistrationEvents } from './registration-events.js';
import { type LeftContact, type RestoredContact, restorationOf } from './restoration.js';
import { ThirdPartyRegistrations } from './third-party-register.js';
import { UserRegistration, type UserRegistrations } from './user-registrations.js';

/** SAR's Server-Assignment-Type (TS 29.229 6.3.15). */
const assignmentTypes = {
  registration: 'REGISTRATION',
  reRegistration: 'RE_REGISTRATION',
  userDeregistration: 'USER_DEREGISTRATION',
  timeoutDeregistration: 'TIMEOUT_DEREGISTRATION',
  administrativeDeregistration: 'ADMINISTRATIVE_DEREGISTRATION',
} as const;

/** So many UEs of one private identity may have all their flows: who invents instances does not fill the registrar. */
const uesMax = 10;

/** Option tags that the Require of a REGISTER may name (RFC 3327, RFC 5626, RFC 5627). */
const supportedOptions: readonly string[] = ['path', 'outbound', 'gruu'];

export interface RegistrarParts {
  readonly chassis: Chassis;
  readonly config: ScscfConfig;
  readonly cx: CxClient;
  readonly endings: EndingAssignments;
  readonly users: UserRegistrations;
  readonly events: RegistrationEvents;
  readonly gruus: TemporaryGruus;
  readonly releaseSessions: ContactChangesParts['releaseSessions'];
  /** Those of the profile are registered here from now on. */
  readonly onProfile: (profile: UserProfile) => void;
}

/** What is known again of a registration. */
export interface RestoredRegistration {
  readonly who: Authenticated;
  readonly contacts: readonly RestoredContact[];
  readonly assignment: Pick<Assignment, 'profile' | 'charging' | 'looseRoute'>;
}

export class Registrar {
  readonly #chassis: Chassis;
  readonly #config: ScscfConfig;
  readonly #cx: CxClient;
  readonly #endings: EndingAssignments;
  readonly #users: UserRegistrations;
  readonly #gruus: TemporaryGruus;
  readonly #authenticator: Authenticator;
  readonly #thirdParties: ThirdPartyRegistrations;
  readonly #contacts: ContactChanges;
  readonly #onProfile: RegistrarParts['onProfile'];
  /** For SAR. */
  readonly #featureQuery: { readonly supportedFeatures?: readonly SupportedFeatures[] };

  constructor({ chassis, config, cx, endings, users, events, gruus, releaseSessions, onProfile }: RegistrarParts) {
    this.#onProfile = onProfile;
    this.#chassis = chassis;
    this.#config = config;
    this.#cx = cx;
    this.#endings = endings;
    this.#users = users;
    this.#gruus = gruus;
    this.#contacts = new ContactChanges({ chassis, config, users, events, releaseSessions });
    const features = featuresOf(config);
    this.#featureQuery = features === 0 ? {} : { supportedFeatures: [cxFeatures(features)] };
    this.#authenticator = new Authenticator(chassis, config, cx, endings, (request, who) =>
      this.#register(request, who),
    );
    this.#thirdParties = new ThirdPartyRegistrations(chassis, config, users, (user) =>
      this.deregister(user, 'deactivated'),
    );
  }

  get authenticationCount(): number {
    return this.#authenticator.count;
  }

  isAuthenticating(privateIdentity: string): boolean {
    return this.#authenticator.isRunning(privateIdentity);
  }

  readonly procedure: Procedure = {
    name: 'registration',
    isEnd: true,
    accepts: ({ server }) => server.message.method === 'REGISTER',
    begin: (routed) => this.#receive(routed),
  };

  close(): void {
    this.#authenticator.close();
    this.#users.close();
  }

  /** A registration that stood before a restart (TS 23.380 4.4). Undefined: it has come back otherwise meanwhile. */
  restore({ who, contacts, assignment }: RestoredRegistration): UserRegistration | undefined {
    if (assignment.profile === undefined || this.#users.find(who.privateIdentity, who.publicIdentity) !== undefined) {
      return undefined;
    }
    const user = new UserRegistration(this.#chassis, this.#effects, this.#remove, who);
    this.#users.add(user);
    this.#takeOver(user, assignment);
    this.#bindAgain(user, contacts);
    return user;
  }

  #takeOver(user: UserRegistration, { profile, charging, looseRoute }: RestoredRegistration['assignment']): void {
    if (profile !== undefined) this.#users.setProfile(user, profile);
    user.charging = charging;
    user.looseRoute = looseRoute ?? false;
    user.assignedAt = this.#now();
  }

  #bindAgain(user: UserRegistration, contacts: readonly RestoredContact[]): void {
    const bindings = contacts.map(
      (each): Binding => ({
        ...each,
        id: `${user.serviceRouteToken}-c${++user.contactCount}`,
        gruuToken: undefined,
        gruuCount: 0,
        event: 'registered',
        registeredIdentity: user.publicIdentity,
      }),
    );
    this.#users.setBindings(user, bindings);
    user.machine.send({ type: 'cx.restored', nextExpiryMs: nextExpiryMs(bindings, this.#now()) });
  }

  /** For a de-registration. */
  #recall(user: UserRegistration): void {
    const parts = { chassis: this.#chassis, config: this.#config, cx: this.#cx };
    recallRegistration(parts, user, (recalled) => {
      if (user.machine.done) return; // the HSS has ended it meanwhile (TS 29.228 §6.1.3.1)
      const assignment = recalled?.assignment;
      if (assignment !== undefined) this.#takeOver(user, assignment);
      if (recalled === undefined) user.machine.send({ type: 'cx.notRecalled' });
      else if (recalled.contacts.length === 0) user.machine.send({ type: 'cx.recalled' });
      else this.#bindAgain(user, recalled.contacts);
    });
  }

  /** What can be refused without knowing who asks is refused before the HSS gives a vector for it. */
  #receive(routed: RoutedRequest): void {
    const { server } = routed;
    const { message } = server;
    const { host } = message.to.uri;
    if (host !== this.#config.homeDomain.toLowerCase() && message.to.uri.scheme !== 'tel') {
      this.#chassis.explain({
        what: 'cause.domainNotServed',
        text: `REGISTER is for ${message.to.uri.text}, but only users of ${this.#config.homeDomain} are served here`,
        clause: 'TS 24.229 §5.4.1.2.1',
      });
      server.reply(403);
      return;
    }
    const { address } = server.source.endpoint;
    const claim = unbelievedClaim(message, address, this.#config.trustedAddresses);
    if (claim !== undefined) {
      this.#chassis.explain({
        what: 'cause.untrustedSender',
        text: unbelievedText(message.to.uri.text, address, claim),
        clause: 'TS 24.229 §4.4, §5.4.1.1',
      });
      server.reply(403);
      return;
    }
    const unsupported = unsupportedIn(message);
    if (unsupported !== '') {
      this.#chassis.explain({
        what: 'cause.unsupportedOption',
        text: `REGISTER of ${message.to.uri.text} requires ${unsupported}, which the S-CSCF does not know`,
        clause: 'RFC 3261 10.3 step 2',
      });
      server.reply(420, { headers: [['Unsupported', unsupported]] });
      return;
    }
    const intent = readRegister(message, this.#config.registration, this.#config.homeDomain);
    if (intent.kind === 'refused') {
      this.#refuse(routed, intent);
      return;
    }
    if (message.path.length < message.values('Path').length) {
      // RFC 3327 5: it is the route of every request to the user.
      this.#refuse(routed, { kind: 'refused', status: 400, reason: 'Path is malformed' });
      return;
    }
    const authorization = message.header('Authorization');
    const credentials = authorization === undefined ? undefined : parseCredentials(authorization);
    const privateIdentity = privateIdentityIn(message, credentials);
    const user = this.#users.find(privateIdentity, message.to.uri.text);
    const stale = user && staleBinding(message, user.bindings);
    if (stale !== undefined) {
      this.#chassis.explain({
        what: 'cause.registerOutOfOrder',
        text: `REGISTER of ${privateIdentity} has CSeq ${message.cseq.sequence}, but ${stale.sequence} of the same Call-ID was granted before`,
        clause: 'RFC 3261 10.3 step 7',
      });
      server.reply(500);
    } else {
      const { working, ownRoute } = routed;
      const register: IncomingRegister = { server, working, ownRoute, intent, credentials };
      this.#authenticator.receive(register, privateIdentity, standingOf(user, intent));
    }
  }

  #refuse({ server }: RoutedRequest, { status, reason, why }: RegisterIntent & { kind: 'refused' }): void {
    const { expiresMin } = this.#config.registration;
    this.#chassis.explain({
      what: 'cause.registerRefused',
      text: `REGISTER of ${server.message.to.uri.text} is refused with ${status} ${reason}${why === undefined ? '' : `: ${why}`}`,
      clause: refusalClauses.get(status) ?? 'RFC 3261 10.3, TS 24.229 §5.4.1.2',
    });
    server.reply(status, { reason, headers: status === 423 ? [['Min-Expires', String(expiresMin)]] : [] });
  }

  /** The UE is who it says (REG-43). */
  #register(request: IncomingRegister, who: Authenticated): void {
    const { intent } = request;
    let user = this.#users.find(who.privateIdentity, who.publicIdentity);
    if (user !== undefined) user.authentication = who;
    if (intent.kind === 'fetch' || intent.kind === 'refused') {
      if (user !== undefined) user.removedContacts = [];
      this.#accept(request, user);
      return;
    }
    if (intent.kind === 'bind' && this.#isOneTooMany(user, intent.contact)) {
      const why = tooManyFlows(this.#config.registration.contactsMax);
      this.#refuse(request, { kind: 'refused', status: 403, reason: 'Too Many Contacts', why }); // REG-48
      return;
    }
    if (user === undefined) {
      user = new UserRegistration(this.#chassis, this.#effects, this.#remove, who);
      this.#users.add(user);
    }
    user.hssHost = who.hssHost;
    this.#judge(request, user);
  }

  #judge(request: IncomingRegister, user: UserRegistration): void {
    const { intent } = request;
    if (intent.kind !== 'bind' && intent.kind !== 'remove') return;
    const removed = intent.kind === 'remove' ? named(user.bindings, intent.contacts) : [];
    user.machine.send({
      type: 'register.authenticated',
      request,
      intent: intent.kind,
      bindingKnown: removed.length > 0,
      leavesOthers: removed.length > 0 && removed.length < user.bindings.length,
    });
  }

  /** REG-48, TS 24.229 §5.4.1.2.2: a further flow, where the UE, which is private identity and instance, has as many as it may. */
  #isOneTooMany(user: UserRegistration | undefined, wanted: WantedContact): boolean {
    if (user === undefined || wanted.flow === undefined) return false;
    const { bindings } = user;
    const { contactsMax } = this.#config.registration;
    if (bindings.some((bound) => isSameContact(bound, wanted))) return false;
    const ofUe = bindings.filter(({ flow, instanceId }) => flow !== undefined && instanceId === wanted.instanceId);
    return ofUe.length >= contactsMax || bindings.length >= contactsMax * uesMax;
  }

  readonly #remove = (ended: UserRegistration): void => this.#users.remove(ended);

  readonly #effects: EffectsOf<typeof registration, UserRegistration> = {
    assignServer: ({ type }, user, machine) => this.#assignServer(type, user, machine),
    storeProfile: ({ profile }, user) => {
      if (profile === undefined) return;
      this.#users.setProfile(user, profile);
      this.#onProfile(profile);
    },
    bindContact: ({ request }, user) => {
      const { intent, server } = request!;
      if (intent.kind === 'bind') this.#contacts.bind(server.message, intent.contact, intent.leaving, user);
    },
    removeContacts: ({ request }, user, machine) => {
      const { message } = request!.server;
      this.#tellIfUsualEnd(user, message, () => this.#contacts.remove(message, user, machine));
    },
    expireContacts: (_, user, machine) =>
      this.#tellIfUsualEnd(user, undefined, () => this.#contacts.expire(user, machine)),
    shortenContacts: ({ withinMs }, user, machine) => this.#contacts.shorten(withinMs, user, machine),
    endContacts: ({ cause }, user, machine) => {
      if (cause !== 'unregistered') this.#abandon(user);
      if (!this.#contacts.end(cause, user)) return;
      const register = machine.context.request?.server.message;
      this.#thirdParties.tell(user, { type: 'de', expires: 0, register, answer: undefined });
    },
    recallRegistration: (_, user) => this.#recall(user),
    judgeAgain: ({ request }, user) => this.#judge(request!, user),
    endLostContacts: ({ request }, user) => {
      const { message } = request!.server;
      const { contacts } = message;
      user.removedContacts = contacts === '*' ? [] : contacts.map(asWritten);
      this.#thirdParties.tell(user, { type: 'de', expires: 0, register: message, answer: undefined });
    },
    forgetContacts: (_, user) => {
      this.#abandon(user);
      this.#users.setBindings(user, []);
      user.notifier?.stop();
    },
    acceptRegister: ({ request }, user) => {
      if (request !== undefined) this.#accept(request, user);
    },
    respond: ({ request, status }) => {
      request!.server.reply(status);
    },
    deferRequest: ({ request }, { privateIdentity }) => deferRequest(this.#chassis, request, privateIdentity),
  };

  #abandon(user: UserRegistration): void {
    this.#authenticator.abandon(user.privateIdentity, (publicIdentity) => user.has(publicIdentity));
  }

  /** The operator or an AS ends the registration, but not for emergencies (TS 24.229 §5.4.8.4). False: nothing else stands. */
  deregister(user: UserRegistration, end: NetworkEnd): boolean {
    const hasOthers = !user.bindings.every(isForEmergencies);
    if (!hasOthers && user.bindings.length > 0) return false;
    if (user.bindings.some(isForEmergencies)) {
      this.#chassis.explain({
        what: 'info.emergencyRegistrationStays',
        text: `the network ends the registration of ${user.privateIdentity}: only its contact for emergencies stays`,
        clause: 'TS 24.229 §5.4.8.4, CALL-70',
      });
      this.endUsualContacts(user, end);
    } else user.machine.send({ type: 'network.deregister', end });
    return true;
  }

  /** The HSS ends the registration of a set that has a contact for emergencies: that one stays alone (TS 29.228 §6.1.3.1). */
  endUsualContacts(user: UserRegistration, end: NetworkEnd | undefined): void {
    if (user.bindings.every(isForEmergencies)) return;
    if (end === undefined) this.#contacts.endUsual(end, user, user.machine);
    else this.#tellIfUsualEnd(user, undefined, () => this.#contacts.endUsual(end, user, user.machine));
  }

  /** CALL-70: where only contacts for emergencies are left, nothing is left for application servers. */
  #tellIfUsualEnd(user: UserRegistration, register: SipRequest | undefined, change: () => void): void {
    const wasUsual = !user.bindings.every(isForEmergencies);
    change();
    if (!wasUsual || user.bindings.length === 0 || !user.bindings.every(isForEmergencies)) return;
    this.#thirdParties.tell(user, { type: 'de', expires: 0, register, answer: undefined });
  }

  #assignServer(type: AssignmentType, user: UserRegistration, machine: Instance<typeof registration>): void {
    const { request } = machine.context;
    const wanted = request?.intent;
    const hasFlow = wanted?.kind === 'bind' && wanted.contact.flow !== undefined;
    const query = {
      userName: user.privateIdentity,
      publicIdentities: [user.authentication.publicIdentity],
      serverName: this.#config.serverName,
      serverAssignmentType: assignmentTypes[type],
      userDataAlreadyAvailable: user.profile !== undefined,
      multipleRegistrationIndication: hasFlow ? true : undefined,
      supportedFeatures: this.#featureQuery.supportedFeatures,
      restorationInfo: this.#left(request, type, user),
      destinationHost: user.hssHost,
    };
    const begins = type === 'registration' || type === 'reRegistration';
    const onAnswer = (answer: ServerAssignmentAnswer): void => {
      const outcome = readAssignment(answer, begins, user.profile, this.#config);
      const now = this.#now();
      if (!('status' in outcome)) {
        user.assignedAt = now;
        if (outcome.charging !== undefined) user.charging = outcome.charging;
        if (outcome.looseRoute !== undefined) user.looseRoute = outcome.looseRoute;
        for (const note of outcome.notes) this.#chassis.explain(note);
        const seconds = wanted?.kind === 'bind' ? wanted.contact.seconds : 0;
        const others = nextExpiryMs(user.bindings, now);
        const nextMs = others === 0 ? seconds * 1000 : Math.min(others, seconds * 1000);
        machine.send({ type: 'cx.saa', profile: outcome.profile, nextExpiryMs: nextMs });
        return;
      }
      const { status, cause, tooMuch = false } = outcome;
      this.#chassis.explain({ ...cause, text: `for ${user.privateIdentity} ${cause.text}` });
      if (type === 'registration' && answer.kind === 'success') this.#giveBack(user, tooMuch);
      machine.send({ type: 'cx.saaRefused', status, nextExpiryMs: nextExpiryMs(user.bindings, now) });
    };
    if (begins) this.#cx.serverAssignment(query, onAnswer);
    else this.#endings.end(query, user.identities, onAnswer);
  }

  /** What is left at the HSS of the contacts, the one that the REGISTER asks for with them (TS 23.380 4.3.2). */
  #left(
    request: IncomingRegister | undefined,
    type: AssignmentType,
    user: UserRegistration,
  ): ScscfRestorationInfo | undefined {
    const intent = request?.intent;
    const binds = (type === 'registration' || type === 'reRegistration') && intent?.kind === 'bind';
    if (this.#config.restoration !== true || !binds) return undefined;
    const { message } = request!.server;
    const { contact } = intent;
    const others = contact.flow === undefined ? [] : user.bindings.filter((bound) => !isSameContact(bound, contact));
    const wanted: LeftContact = {
      ...contact,
      path: message.values('Path'),
      callId: message.callId,
      sequence: message.cseq.sequence,
      expiresAt: this.#now() + contact.seconds * 1000,
    };
    return restorationOf(user.privateIdentity, [...others, wanted], this.#now());
  }

  /** The HSS takes the user for served here, but nobody can serve with the profile that it gave (CX 4.2 row 8). */
  #giveBack(user: UserRegistration, tooMuch: boolean): void {
    const { privateIdentity, publicIdentity, hssHost } = user;
    this.#endings.end(
      {
        userName: privateIdentity,
        publicIdentities: [publicIdentity],
        serverName: this.#config.serverName,
        serverAssignmentType: tooMuch ? 'DEREGISTRATION_TOO_MUCH_DATA' : 'ADMINISTRATIVE_DEREGISTRATION',
        userDataAlreadyAvailable: true,
        ...(hssHost === undefined ? {} : { destinationHost: hssHost }),
      },
      user.identities,
    );
  }

  #accept({ server }: RoutedRequest, user: UserRegistration | undefined): void {
    const { sip } = this.#chassis;
    const { message } = server;
    const { homeDomain, featureCaps } = this.#config;
    const registrar = { sip, homeDomain, featureCaps, gruus: this.#gruus, now: this.#now() };
    const headers = registerAnswer(message, user, registrar);
    const answer = server.reply(200, { headers: [...headers, ...(user?.authentication.responseHeaders ?? [])] });
    const own = user?.bindings.find(
      ({ callId, sequence }) => callId === message.callId && sequence === message.cseq.sequence,
    );
    // CALL-70: no application server hears of an emergency registration.
    if (user === undefined || own === undefined || isForEmergencies(own)) return;
    this.#tellThirdParties(user, own, message, answer);
  }

  /** CALL-80: after the 200, whatever becomes of it. */
  #tellThirdParties(user: UserRegistration, own: Binding, register: SipRequest, answer: SipResponse): void {
    const expires = Math.round((own.expiresAt - this.#now()) / 1000);
    this.#thirdParties.tell(user, { type: own.event === 'refreshed' ? 're' : 'initial', expires, register, answer });
  }

  #now(): number {
    return this.#chassis.environment.clock.now();
  }
}

/** Of Require; mostly none. */
function unsupportedIn(message: SipRequest): string {
  let unsupported = '';
  for (const option of message.values('Require')) {
    if (supportedOptions.includes(option) || supportedOptions.includes(option.toLowerCase())) continue;
    unsupported += unsupported === '' ? option : `, ${option}`;
  }
  return unsupported;
}

const refusalClauses: ReadonlyMap<number, string> = new Map([
  [423, 'RFC 3261 10.3 step 7, REG-47'],
  [439, 'RFC 5626 6, REG-46'],
  [501, 'TS 24.229 §5.4.8.3, CALL-70'],
]);

/** What stands when a REGISTER arrives; REG-44. */
function standingOf(user: UserRegistration | undefined, intent: RegisterIntent): StandingUser {
  const bindings = user?.bindings ?? [];
  // REG-44 speaks of what is to be bound; whether there is anything to remove is judged after that (REG-72).
  const isKnown = intent.kind !== 'bind' || bindings.some((bound) => isSameContact(bound, intent.contact));
  return {
    hssHost: user?.hssHost,
    registered: bindings.length > 0,
    contactKnown: isKnown,
    hasFlow: intent.kind === 'bind' && intent.contact.flow !== undefined,
    session: user?.authentication.session,
  };
}

/** REG-49, RFC 3261 10.3 step 7: within one Call-ID only a higher CSeq counts. */
function staleBinding({ callId, cseq }: SipRequest, bindings: readonly Binding[]): Binding | undefined {
  return bindings.find((binding) => binding.callId === callId && cseq.sequence <= binding.sequence);
}
