/** S-CSCF: what HSS (RTR, PPR) and operator want of registrations that stand. TS 29.228 §6.1.3, §6.2; TS 24.229 §5.4.1.5, §5.4.1.6. */
import type {
  DeregistrationReasonCode,
  DiameterRespond,
  PushProfileInfo,
  PushProfileQuery,
  RegistrationTerminationInfo,
  RegistrationTerminationQuery,
} from '../../diameter/index.js';
import type { Chassis } from '../../node/index.js';
import { canonicalPrivateIdentity } from '../identity/index.js';
import { matchingIdentity } from '../subscription/matching-identity.js';
import type { UserProfile } from '../subscription/user-data.js';
import { isForEmergencies } from './bindings.js';
import type { ScscfConfig } from './config.js';
import { receiveProfile } from './received-profile.js';
import type { NetworkEnd } from './registration.machine.js';
import type { RegistrationEvents } from './registration-events.js';
import type { UnregisteredUser, UnregisteredUsers } from './unregistered-users.js';
import type { UserRegistration, UserRegistrations } from './user-registrations.js';

/**
 * What Reason-Code means for the UE (TS 29.229 6.3.17, TS 24.229 §5.4.1.5; REG-74): not to come back, to register again, or
 * nothing, where another S-CSCF serves on.
 */
const endByReason: Readonly<Record<DeregistrationReasonCode, NetworkEnd | undefined>> = {
  PERMANENT_TERMINATION: 'rejected',
  // Unconfirmed: that nobody is told of an end. The new one knows the UE; who watches may look there (RFC 6665 4.1.3, probation).
  NEW_SERVER_ASSIGNED: undefined,
  SERVER_CHANGE: 'deactivated',
  'REMOVE_S-CSCF': 'deactivated',
};

export interface OrderParts {
  readonly chassis: Chassis;
  readonly config: ScscfConfig;
  readonly users: UserRegistrations;
  readonly unregistered: UnregisteredUsers;
  readonly events: RegistrationEvents;
  /** All contacts but those for emergencies go. */
  readonly endUsualContacts: (user: UserRegistration, end: NetworkEnd | undefined) => void;
  /** False: nothing stands that the network may end. */
  readonly deregister: (user: UserRegistration, end: NetworkEnd) => boolean;
}

export class NetworkOrders {
  private readonly chassis: Chassis;
  private readonly config: ScscfConfig;
  private readonly users: UserRegistrations;
  private readonly unregistered: UnregisteredUsers;
  private readonly events: RegistrationEvents;
  private readonly endUsualContacts: OrderParts['endUsualContacts'];
  private readonly end: OrderParts['deregister'];

  constructor({ chassis, config, users, unregistered, events, endUsualContacts, deregister }: OrderParts) {
    this.chassis = chassis;
    this.config = config;
    this.users = users;
    this.unregistered = unregistered;
    this.events = events;
    this.endUsualContacts = endUsualContacts;
    this.end = deregister;
  }

  /**
   * RTR (TS 29.228 §6.1.3.1): the implicit set of each named user goes, and RTA leaves at once. `publicIdentities` empty: all
   * of the user's. What is registered for emergencies stays, alone, and RTA names it.
   */
  registrationTermination(
    { userName, associatedIdentities = [], publicIdentities, reasonCode }: RegistrationTerminationQuery,
    respond: DiameterRespond<RegistrationTerminationInfo>,
  ): void {
    const named = [userName, ...associatedIdentities].map(canonicalPrivateIdentity);
    const users = named.flatMap((name) => this.users.byPrivate(name));
    const meant = users.filter(
      (user) => publicIdentities.length === 0 || publicIdentities.some((identity) => user.has(identity)),
    );
    const staying = meant.filter(isEmergencyRegistration);
    for (const { privateIdentity, machine } of meant.filter((user) => !staying.includes(user))) {
      this.chassis.explain({
        what: 'info.registrationTerminated',
        text: `the HSS has ended the registration of ${privateIdentity} (${reasonCode})`,
        clause: 'TS 24.229 §5.4.1.5, REG-74',
      });
      machine.send({ type: 'cx.rtr', end: endByReason[reasonCode] });
    }
    for (const user of staying) {
      const { privateIdentity, publicIdentity, bindings } = user;
      this.chassis.explain({
        what: 'info.emergencyRegistrationStays',
        text: bindings.every(isForEmergencies)
          ? `the HSS would end the registration of ${privateIdentity} with ${publicIdentity} (${reasonCode}), but it is for emergencies only and stays`
          : `the HSS has ended the registration of ${privateIdentity} (${reasonCode}): only its contact for emergencies stays`,
        clause: 'TS 29.228 §6.1.3.1, CALL-70',
      });
      this.endUsualContacts(user, endByReason[reasonCode]);
    }
    // Whoever is served without a registration goes with it, where he is of a set that it names.
    const absent = named
      .flatMap((name) => this.unregistered.byPrivate(name))
      .filter(
        ({ profile }) => publicIdentities.length === 0 || publicIdentities.some((each) => hasIdentity(profile, each)),
      );
    for (const { machine } of absent) machine.send({ type: 'cx.rtr' });
    if (meant.length === 0) respond(absent.length === 0 ? userUnknown : { kind: 'success', resultCode: 2001 });
    else if (staying.length === 0) respond({ kind: 'success', resultCode: 2001 });
    else {
      const identitiesWithEmergencyRegistration = staying.map(({ privateIdentity, publicIdentity }) => ({
        userName: privateIdentity,
        publicIdentity,
      }));
      const isNone = staying.length === meant.length;
      const result = isNone ? unableToComply : ({ kind: 'success', resultCode: limitedSuccess } as const);
      respond({ ...result, identitiesWithEmergencyRegistration });
    }
  }

  /** PPR (TS 29.228 §6.2.2): the profile of the set that it names is replaced, and who watches hears of it. */
  pushProfile({ userName, userData, ...changed }: PushProfileQuery, respond: DiameterRespond<PushProfileInfo>): void {
    const privateIdentity = canonicalPrivateIdentity(userName);
    const users = this.users.byPrivate(privateIdentity);
    const absent = this.unregistered.byPrivate(privateIdentity);
    if (users.length === 0 && absent.length === 0) {
      respond(userUnknown);
      return;
    }
    const received = userData === undefined ? undefined : receiveProfile(userData, this.config);
    if (received !== undefined && 'cause' in received) {
      const { cause, tooMuch } = received;
      this.chassis.explain({ ...cause, text: `for ${userName} ${cause.text}` });
      respond({ kind: 'experimental', experimentalResultCode: tooMuch ? 5008 : 5009 }); // CX 4.5
      return;
    }
    const profile = received?.profile;
    if (profile !== undefined && this.#isNobodys(profile, users, absent)) {
      respond(userUnknown);
      return;
    }
    for (const note of received?.notes ?? []) this.chassis.explain(note);
    for (const each of absent) {
      if (hasIdentity(profile, each.publicIdentity)) each.profile = profile;
      each.charging = changed.chargingInformation ?? each.charging;
    }
    if (profile !== undefined) {
      for (const user of this.#usersOf(profile, users)) {
        const before = this.events.elementsOf(user);
        this.users.setProfile(user, profile);
        this.events.profileChanged(user, before);
      }
    }
    for (const user of users) {
      if (changed.chargingInformation !== undefined) user.charging = changed.chargingInformation;
      // TS 29.228 §6.2.2: what was proved with the old password counts no more, and the next REGISTER is challenged.
      if (changed.sipAuthDataItem !== undefined) {
        const { session } = user.authentication;
        user.authentication = { ...user.authentication, session: { ...session, last: undefined, digest: undefined } };
      }
    }
    respond({ kind: 'success', resultCode: 2001 });
  }

  /** TS 29.228 §6.2.2.1: all that have registered the set, of which PPR names one private identity. */
  #usersOf(profile: UserProfile, named: readonly UserRegistration[]): ReadonlySet<UserRegistration> {
    const own = named.filter((user) => isOf(profile, user));
    return new Set([...own, ...profile.publicIdentities.flatMap(({ uri }) => this.users.allByPublic(uri))]);
  }

  /** TS 29.228 §6.2.2.1: it has no identity that is served here, and nothing would change. */
  #isNobodys(profile: UserProfile, users: readonly UserRegistration[], absent: readonly UnregisteredUser[]): boolean {
    const isServed =
      users.some((user) => isOf(profile, user)) || absent.some((each) => hasIdentity(profile, each.publicIdentity));
    if (isServed) return false;
    const { privateIdentity, publicIdentities } = profile;
    const identities = publicIdentities.map(({ uri }) => uri).join(', ');
    this.chassis.explain({
      what: 'cause.profileOfNobody',
      text: `PPR for ${privateIdentity} is refused: of its identities (${identities}) none is served here; compare them with those that are registered`,
      clause: 'TS 29.228 §6.2.2.1',
    });
    return true;
  }

  /** REG-74: the operator ends what the S-CSCF has of a user. False: nothing. */
  deregister(privateIdentity: string, end: NetworkEnd): boolean {
    const ended = this.users.byPrivate(privateIdentity).filter((user) => this.end(user, end));
    return ended.length > 0;
  }

  /** REG-75: the user is to authenticate again within that time, ms. False: it is not registered here. */
  reauthenticate(privateIdentity: string, withinMs: number): boolean {
    const users = this.users.byPrivate(privateIdentity);
    for (const { machine } of users) machine.send({ type: 'network.reauthenticate', withinMs });
    return users.length > 0;
  }
}

/** RFC 6733 7.1.2: some of it was done. */
const limitedSuccess = 2002;

const unableToComply = { kind: 'error', resultCode: 5012 } as const;

/** The set of a registration is the one that the profile is for. */
function isOf(profile: UserProfile, user: UserRegistration): boolean {
  return profile.publicIdentities.some(({ uri }) => user.has(uri));
}

function hasIdentity(profile: UserProfile | undefined, publicIdentity: string): boolean {
  return profile !== undefined && matchingIdentity(profile.publicIdentities, publicIdentity) !== undefined;
}

/** CALL-70: a contact with `sos` was registered for emergencies. */
function isEmergencyRegistration({ bindings }: UserRegistration): boolean {
  return bindings.some(isForEmergencies);
}

const userUnknown = { kind: 'experimental', experimentalResultCode: 5001 } as const;
