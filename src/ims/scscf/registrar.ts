/** S-CSCF, REGISTER: authentication first, then the registration of the implicit set. TS 24.229 §5.4.1. */
import type { CxClient } from '../../diameter/index.js';
import type { EffectsOf } from '../../machine/index.js';
import type { Chassis, Procedure, RoutedRequest } from '../../node/index.js';
import { parseCredentials, type SipRequest, type SipResponse } from '../../sip/index.js';
import { identityKey, privateIdentityIn, unbelievedClaim, unbelievedText } from '../identity/index.js';
import type { UserProfile } from '../subscription/user-data.js';
import { type Authenticated, Authenticator, deferRequest, type StandingUser } from './authenticator.js';
import { type Binding, isForEmergencies, isReplacedBy, isSameContact, named } from './bindings.js';
import type { ScscfConfig } from './config.js';
import { ContactChanges, type ContactChangesParts } from './contact-changes.js';
import type { EndingAssignments } from './ending-assignments.js';
import type { TemporaryGruus } from './gruu.js';
import { LostRegistrations } from './lost-registration.js';
import { registerAnswer } from './register-answer.js';
import {
  asWritten,
  type IncomingRegister,
  type RegisterIntent,
  readRegister,
  tooManyFlows,
  type WantedContact,
} from './register-request.js';
import type { NetworkEnd, registration } from './registration.machine.js';
import type { RegistrationEvents } from './registration-events.js';
import { ServerAssignments } from './server-assignments.js';
import { ThirdPartyRegistrations } from './third-party-register.js';
import { UserRegistration, type UserRegistrations } from './user-registrations.js';

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

export class Registrar {
  readonly #chassis: Chassis;
  readonly #config: ScscfConfig;
  readonly #users: UserRegistrations;
  readonly #gruus: TemporaryGruus;
  readonly #authenticator: Authenticator;
  readonly #thirdParties: ThirdPartyRegistrations;
  readonly #contacts: ContactChanges;
  readonly #onProfile: RegistrarParts['onProfile'];
  readonly #assignments: ServerAssignments;
  readonly lost: LostRegistrations;

  constructor({ chassis, config, cx, endings, users, events, gruus, releaseSessions, onProfile }: RegistrarParts) {
    this.#onProfile = onProfile;
    this.#chassis = chassis;
    this.#config = config;
    this.#users = users;
    this.#gruus = gruus;
    this.#contacts = new ContactChanges({ chassis, config, users, events, releaseSessions });
    this.lost = new LostRegistrations({ chassis, config, cx, users, begin: (who) => this.#begin(who) });
    this.#assignments = new ServerAssignments({ chassis, config, cx, endings, lost: this.lost });
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

  /** Somebody is about to register one of these identities. */
  isRegistering(identities: readonly string[]): boolean {
    return identities.some(
      (each) => this.#authenticator.isRunningWith(identityKey(each)) || this.#users.isBeginning(each),
    );
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
    const stale = user && staleBinding(message, touchedBy(intent, user.bindings));
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
    user ??= this.#begin(who);
    user.hssHost = who.hssHost;
    this.#judge(request, user);
  }

  #begin(who: Authenticated): UserRegistration {
    const user = new UserRegistration(this.#chassis, this.#effects, this.#remove, who);
    this.#users.add(user);
    return user;
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
    assignServer: ({ type }, user, machine) => this.#assignments.assign(type, user, machine),
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
    endByNetwork: ({ end }, user) => this.#endByNetwork(user, end),
    endContacts: ({ cause }, user, machine) => {
      if (cause !== 'unregistered') this.#abandon(user);
      if (!this.#contacts.end(cause, user)) return;
      const register = machine.context.request?.server.message;
      this.#thirdParties.tell(user, { type: 'de', expires: 0, register, answer: undefined });
    },
    recallRegistration: (_, user) => this.lost.recall(user),
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
      user.notifier?.moveAway();
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
  deregister({ bindings, machine }: UserRegistration, end: NetworkEnd): boolean {
    if (bindings.length > 0 && bindings.every(isForEmergencies)) return false;
    machine.send({ type: 'network.deregister', end });
    return true;
  }

  #endByNetwork(user: UserRegistration, end: NetworkEnd): void {
    if (!user.bindings.some(isForEmergencies)) {
      user.machine.send({ type: 'network.ended', end });
      return;
    }
    this.#chassis.explain({
      what: 'info.emergencyRegistrationStays',
      text: `the network ends the registration of ${user.privateIdentity}: only its contact for emergencies stays`,
      clause: 'TS 24.229 §5.4.8.4, CALL-70',
    });
    this.#endUsualContacts(user, end, false);
  }

  /** The HSS ends the registration of a set that has a contact for emergencies: that one stays alone (TS 29.228 §6.1.3.1). */
  endUsualContacts(user: UserRegistration, end: NetworkEnd | undefined): void {
    this.#endUsualContacts(user, end, true);
  }

  #endUsualContacts(user: UserRegistration, end: NetworkEnd | undefined, hssKnows: boolean): void {
    if (user.bindings.every(isForEmergencies)) return;
    const change = (): void => this.#contacts.endUsual(end, hssKnows, user, user.machine);
    if (end === undefined) change();
    else this.#tellIfUsualEnd(user, undefined, change);
  }

  /** CALL-70: where only contacts for emergencies are left, nothing is left for application servers. */
  #tellIfUsualEnd(user: UserRegistration, register: SipRequest | undefined, change: () => void): void {
    const wasUsual = !user.bindings.every(isForEmergencies);
    change();
    if (!wasUsual || user.bindings.length === 0 || !user.bindings.every(isForEmergencies)) return;
    this.#thirdParties.tell(user, { type: 'de', expires: 0, register, answer: undefined });
  }

  #accept({ server }: RoutedRequest, user: UserRegistration | undefined): void {
    const { sip } = this.#chassis;
    const { message } = server;
    const { homeDomain, featureCaps } = this.#config;
    const others = this.#users.hasShared ? this.#othersOf(message.to.uri.text, user) : [];
    const registrar = { sip, homeDomain, featureCaps, gruus: this.#gruus, now: this.#now(), others };
    const headers = registerAnswer(message, user, registrar);
    const answer = server.reply(200, { headers: [...headers, ...(user?.authentication.responseHeaders ?? [])] });
    const own = user?.bindings.find(
      ({ callId, sequence }) => callId === message.callId && sequence === message.cseq.sequence,
    );
    // CALL-70: no application server hears of an emergency registration.
    if (user === undefined || own === undefined || isForEmergencies(own)) return;
    this.#tellThirdParties(user, own, message, answer);
  }

  /** RFC 3261 10.3 step 8, REG-45: contacts of the same identity, whichever private identity has bound them. */
  #othersOf(publicIdentity: string, user: UserRegistration | undefined): readonly Binding[] {
    const users = this.#users.allByPublic(publicIdentity).filter((each) => each !== user);
    return users.flatMap(({ bindings }) => bindings);
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

/** The contacts that a REGISTER is about; of the flows of a UE each has an order of its own. */
function touchedBy(intent: RegisterIntent, bindings: readonly Binding[]): readonly Binding[] {
  if (intent.kind === 'remove') return named(bindings, intent.contacts);
  if (intent.kind !== 'bind') return [];
  const { contact, leaving } = intent;
  const left = named(bindings, leaving);
  return bindings.filter((each) => isSameContact(each, contact) || isReplacedBy(each, contact) || left.includes(each));
}

/** REG-49, RFC 3261 10.3 steps 6 and 7: within one Call-ID only a higher CSeq counts. */
function staleBinding({ callId, cseq }: SipRequest, bindings: readonly Binding[]): Binding | undefined {
  return bindings.find((binding) => binding.callId === callId && cseq.sequence <= binding.sequence);
}
