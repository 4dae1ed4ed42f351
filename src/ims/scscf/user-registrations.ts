/** What an S-CSCF stores of its registered users (TS 24.229 §5.4.1.2.2): one entry for each implicit set of a private identity. */
import type { ChargingInformation } from '../../diameter/index.js';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis, RegistrationClaim } from '../../node/index.js';
import { detached } from '../../sip/index.js';
import { canonicalIdentity } from '../identity/index.js';
import type { RegistrationNotifier } from '../reg-event/registration-notifier.js';
import { matchingIdentity } from '../subscription/matching-identity.js';
import type { UserProfile } from '../subscription/user-data.js';
import type { Authenticated } from './authenticator.js';
import type { Binding } from './bindings.js';
import { registration } from './registration.machine.js';

/** What a Service-Route token of an S-CSCF begins with; a token that is not known any more is still one. */
const serviceRoutePrefix = 'orig-';

export function isServiceRouteToken(user: string | undefined): boolean {
  return user?.startsWith(serviceRoutePrefix) === true;
}

/** What the 200 says of a contact that is no more. */
export type RemovedContact = Pick<Binding, 'uri' | 'flow' | 'parameters'>;

export class UserRegistration {
  readonly privateIdentity: string;
  /** The identity in To of the REGISTER. */
  readonly publicIdentity: string;
  /** User part of the Service-Route: an originating request of this user (REG-45). */
  readonly serviceRouteToken: string;
  /** Another one that the user was given before this S-CSCF was restarted. */
  formerToken: string | undefined;
  readonly machine: Instance<typeof registration>;
  /** How the user last proved who it is. */
  authentication: Authenticated;
  profile: UserProfile | undefined;
  charging: ChargingInformation | undefined;
  /** Requests reach the UE with its identity in the Request-URI (TS 24.229 §5.4.3.3). */
  looseRoute = false;
  /** Its P-CSCF is in the home network. */
  isAtHome = false;
  bindings: readonly Binding[] = [];
  /** What the REGISTER under way has removed, to be listed with expires=0 (REG-72). */
  removedContacts: readonly RemovedContact[] = [];
  /** Who wants to know of this registration; made for the first of them. */
  notifier: RegistrationNotifier | undefined;
  /** The HSS that serves the user (TS 29.228 6.4). */
  hssHost: string | undefined;
  /** When the HSS last confirmed that this S-CSCF serves the user, ms. */
  assignedAt = 0;
  /** Contacts that have ever been bound, for their ids. */
  contactCount = 0;

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

  get isRegistered(): boolean {
    return this.bindings.length > 0;
  }

  /** All of the set, as far as they are known. */
  get identities(): readonly string[] {
    return this.profile?.publicIdentities.map(({ uri }) => uri) ?? [this.publicIdentity];
  }

  /** Whether an identity is of this implicit set (REG-80). */
  has(publicIdentity: string): boolean {
    const canonical = canonicalIdentity(publicIdentity) ?? publicIdentity;
    if (canonical === this.publicIdentity) return true;
    return this.profile !== undefined && matchingIdentity(this.profile.publicIdentities, canonical) !== undefined;
  }
}

/** The registrations of one S-CSCF, found by either kind of identity, by Service-Route token, and by temporary GRUU. */
export class UserRegistrations {
  readonly #byPrivate = new Map<string, readonly UserRegistration[]>();
  readonly #byPublic = new Map<string, UserRegistration>();
  readonly #byToken = new Map<string, UserRegistration>();
  readonly #byGruuToken = new Map<string, UserRegistration>();
  /** Without a profile so far. */
  readonly #beginning = new Set<UserRegistration>();
  /** Further users of an identity: several private identities of one subscription have it registered. */
  readonly #furtherByPublic = new Map<string, readonly UserRegistration[]>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Some identity has several users. */
  get hasShared(): boolean {
    return this.#furtherByPublic.size > 0;
  }

  /** All sets of a private identity. */
  byPrivate(privateIdentity: string): readonly UserRegistration[] {
    return this.#byPrivate.get(privateIdentity) ?? [];
  }

  /** The set of a private identity that a public one belongs to. */
  find(privateIdentity: string, publicIdentity: string): UserRegistration | undefined {
    return this.#byPrivate.get(privateIdentity)?.find((user) => user.has(publicIdentity));
  }

  /** The registered user of a public identity; barred ones are found too. A wildcarded one is found by its own text (REG-83). */
  byPublic(publicIdentity: string): UserRegistration | undefined {
    return (
      this.#byPublic.get(canonicalIdentity(publicIdentity) ?? publicIdentity) ?? this.#byPublic.get(publicIdentity)
    );
  }

  /** Every user of a public identity: one for each private identity that has it registered, the first one first. */
  allByPublic(publicIdentity: string): readonly UserRegistration[] {
    const first = this.byPublic(publicIdentity);
    if (first === undefined) return [];
    if (this.#furtherByPublic.size === 0) return [first];
    const further =
      this.#furtherByPublic.get(canonicalIdentity(publicIdentity) ?? publicIdentity) ??
      this.#furtherByPublic.get(publicIdentity) ??
      [];
    return [first, ...further];
  }

  byServiceRoute(token: string | undefined): UserRegistration | undefined {
    return token === undefined ? undefined : this.#byToken.get(token);
  }

  /** A token of before a restart leads to the user too, who still has it (TS 23.380 4.4). */
  adoptToken(user: UserRegistration, token: string): void {
    if (user.formerToken !== undefined) this.#byToken.delete(user.formerToken);
    user.formerToken = detached(token);
    this.#byToken.set(user.formerToken, user);
  }

  byGruuToken(token: string): UserRegistration | undefined {
    return this.#byGruuToken.get(token);
  }

  add(user: UserRegistration): void {
    this.#count++;
    const others = this.#byPrivate.get(user.privateIdentity);
    this.#byPrivate.set(user.privateIdentity, others === undefined ? [user] : others.concat(user));
    this.#byToken.set(user.serviceRouteToken, user);
    this.#beginning.add(user);
  }

  /** Somebody is about to register this identity: the HSS has been asked. */
  isBeginning(publicIdentity: string): boolean {
    if (this.#beginning.size === 0) return false;
    const key = keyOf(publicIdentity);
    return [...this.#beginning].some((user) => user.publicIdentity === key);
  }

  /** Takes over a profile: every identity of the implicit set leads to the user from now on (REG-80). */
  setProfile(user: UserRegistration, profile: UserProfile): void {
    if (user.profile === profile) return;
    this.#dropIdentities(user);
    this.#beginning.delete(user);
    user.profile = profile;
    for (const { uri } of profile.publicIdentities) {
      const key = keyOf(uri);
      const first = this.#byPublic.get(key);
      if (first === undefined) this.#byPublic.set(key, user);
      else if (first !== user) this.#setFurther(key, [...(this.#furtherByPublic.get(key) ?? []), user]);
    }
  }

  setBindings(user: UserRegistration, bindings: readonly Binding[]): void {
    for (const { gruus } of user.bindings) if (gruus !== undefined) this.#byGruuToken.delete(gruus.token);
    // `slice` gives up the room that spreading leaves for more.
    user.bindings = bindings.slice();
    for (const { gruus } of bindings) if (gruus !== undefined) this.#byGruuToken.set(gruus.token, user);
  }

  remove(user: UserRegistration): void {
    this.#count--;
    this.#dropIdentities(user);
    this.#beginning.delete(user);
    this.setBindings(user, []);
    this.#byToken.delete(user.serviceRouteToken);
    if (user.formerToken !== undefined) this.#byToken.delete(user.formerToken);
    const others = this.byPrivate(user.privateIdentity).filter((each) => each !== user);
    if (others.length > 0) this.#byPrivate.set(user.privateIdentity, others);
    else this.#byPrivate.delete(user.privateIdentity);
  }

  /** The identities of all users who have a contact here. */
  claims(serverName: string): readonly RegistrationClaim[] {
    return this.#all().flatMap(({ profile, isRegistered, machine, assignedAt }) =>
      profile === undefined || !isRegistered
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
    for (const user of this.#all()) user.machine.stop();
  }

  #all(): readonly UserRegistration[] {
    return [...this.#byPrivate.values()].flat();
  }

  #dropIdentities(user: UserRegistration): void {
    for (const { uri } of user.profile?.publicIdentities ?? []) {
      const key = keyOf(uri);
      const further = this.#furtherByPublic.get(key) ?? [];
      if (this.#byPublic.get(key) !== user) {
        this.#setFurther(
          key,
          further.filter((each) => each !== user),
        );
        continue;
      }
      const [next, ...others] = further;
      if (next === undefined) this.#byPublic.delete(key);
      else this.#byPublic.set(key, next);
      this.#setFurther(key, others);
    }
  }

  #setFurther(key: string, further: readonly UserRegistration[]): void {
    if (further.length > 0) this.#furtherByPublic.set(key, further);
    else this.#furtherByPublic.delete(key);
  }
}

/** Canonical; the very text where it is that already, so that there is one of it. */
function keyOf(uri: string): string {
  const canonical = canonicalIdentity(uri);
  return canonical === undefined || canonical === uri ? uri : canonical;
}

/** The non-barred identities of the set, default first, without wildcards (REG-45). */
export function associatedIdentities(profile: UserProfile): readonly string[] {
  return profile.publicIdentities
    .filter(({ barred, kind }) => !barred && (kind === 'distinct' || kind === 'distinctPsi'))
    .map(({ uri }) => uri);
}

export function isBarred(profile: UserProfile, publicIdentity: string): boolean {
  return matchingIdentity(profile.publicIdentities, publicIdentity)?.barred === true;
}
