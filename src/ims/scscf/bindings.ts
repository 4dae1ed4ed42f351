/** What an S-CSCF stores of its registered users (TS 24.229 §5.4.1.2.2). */
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis, RegistrationClaim } from '../../node/index.js';
import { canonicalIdentity } from '../identity/index.js';
import type { UserProfile } from '../subscription/user-data.js';
import type { Authenticated } from './authenticator.js';
import { registration } from './registration.machine.js';

/** A contact address and the way to it. */
export interface Binding {
  /** Contact URI. */
  readonly uri: string;
  /** Header parameters of Contact as received, without `expires`; with the leading `;` where there are any. */
  readonly parameters: string;
  /** Path values in received order: the route set towards the UE (REG-43). */
  readonly path: readonly string[];
  /** Until when, ms since the epoch. */
  readonly expiresAt: number;
  /** RFC 3261 10.3 step 7 (REG-49). */
  readonly callId: string;
  readonly sequence: number;
}

/** What a Service-Route token of an S-CSCF begins with; a token that is not known any more is still one. */
const serviceRoutePrefix = 'orig-';

export function isServiceRouteToken(user: string | undefined): boolean {
  return user?.startsWith(serviceRoutePrefix) === true;
}

export class UserRegistration {
  readonly privateIdentity: string;
  /** The identity in To of the REGISTER. */
  readonly publicIdentity: string;
  /** User part of the Service-Route: an originating request of this user (REG-45). */
  readonly serviceRouteToken: string;
  readonly machine: Instance<typeof registration>;
  /** How the user last proved who it is. */
  authentication: Authenticated;
  profile: UserProfile | undefined;
  binding: Binding | undefined;
  /** What the REGISTER under way has removed, to be listed with expires=0 (REG-72). */
  removedContacts: readonly string[] = [];
  /** The HSS that serves the user (TS 29.228 6.4). */
  hssHost: string | undefined;
  /** When the HSS last confirmed that this S-CSCF serves the user, ms. */
  assignedAt = 0;

  constructor(
    chassis: Chassis,
    effects: EffectsOf<typeof registration, UserRegistration>,
    onDone: (user: UserRegistration) => void,
    authentication: Authenticated,
  ) {
    const { privateIdentity, publicIdentity, hssHost } = authentication;
    this.authentication = authentication;
    this.privateIdentity = privateIdentity;
    this.publicIdentity = publicIdentity;
    this.hssHost = hssHost;
    this.serviceRouteToken = serviceRoutePrefix + chassis.environment.random.bytes(8).toString('hex');
    this.machine = chassis.host.create(registration, {
      id: `registration:${privateIdentity}`,
      input: undefined,
      owner: this as UserRegistration,
      effects,
      onDone,
    });
  }
}

/** The registrations of one S-CSCF, found by either kind of identity and by Service-Route token. */
export class UserRegistrations {
  readonly #byPrivate = new Map<string, UserRegistration>();
  readonly #byPublic = new Map<string, UserRegistration>();
  readonly #byToken = new Map<string, UserRegistration>();

  get count(): number {
    return this.#byPrivate.size;
  }

  byPrivate(privateIdentity: string): UserRegistration | undefined {
    return this.#byPrivate.get(privateIdentity);
  }

  /** The registered user of a public identity; barred ones are found too. */
  byPublic(publicIdentity: string): UserRegistration | undefined {
    return this.#byPublic.get(canonicalIdentity(publicIdentity) ?? publicIdentity);
  }

  byServiceRoute(token: string | undefined): UserRegistration | undefined {
    return token === undefined ? undefined : this.#byToken.get(token);
  }

  add(user: UserRegistration): void {
    this.#byPrivate.set(user.privateIdentity, user);
    this.#byToken.set(user.serviceRouteToken, user);
  }

  /** Takes over a profile: every identity of the implicit set leads to the user from now on (REG-80). */
  setProfile(user: UserRegistration, profile: UserProfile): void {
    if (user.profile === profile) return;
    this.#dropIdentities(user);
    user.profile = profile;
    for (const { uri } of profile.publicIdentities) this.#byPublic.set(canonicalIdentity(uri) ?? uri, user);
  }

  remove(user: UserRegistration): void {
    this.#dropIdentities(user);
    this.#byPrivate.delete(user.privateIdentity);
    this.#byToken.delete(user.serviceRouteToken);
  }

  /** The identities of all users who have a contact here. */
  claims(serverName: string): readonly RegistrationClaim[] {
    return [...this.#byPrivate.values()].flatMap(({ profile, binding, machine, assignedAt }) =>
      profile === undefined || binding === undefined
        ? []
        : profile.publicIdentities.map(({ uri }) => ({
            publicIdentity: canonicalIdentity(uri) ?? uri,
            serverName,
            since: assignedAt,
            settled: machine.state === 'registered',
          })),
    );
  }

  /** Ends all machines, silently. */
  close(): void {
    for (const user of [...this.#byPrivate.values()]) user.machine.stop();
  }

  #dropIdentities(user: UserRegistration): void {
    for (const { uri } of user.profile?.publicIdentities ?? []) {
      const key = canonicalIdentity(uri) ?? uri;
      if (this.#byPublic.get(key) === user) this.#byPublic.delete(key);
    }
  }
}

/** The non-barred identities of the set, default first (REG-45). */
export function associatedIdentities(profile: UserProfile): readonly string[] {
  return profile.publicIdentities.filter(({ barred }) => !barred).map(({ uri }) => uri);
}

export function isBarred(profile: UserProfile, publicIdentity: string): boolean {
  const canonical = canonicalIdentity(publicIdentity);
  return profile.publicIdentities.some(({ uri, barred }) => barred && canonicalIdentity(uri) === canonical);
}
