/** Users of an S-CSCF who are not registered: performs what `unregistered-user.machine.ts` decides. TS 24.229 §5.4.3; TS 29.228 §6.1.2. */
import {
  type ChargingInformation,
  type CxClient,
  cxFeatures,
  type ServerAssignmentAnswer,
} from '../../diameter/index.js';
import type { EffectsOf, Instance } from '../../machine/index.js';
import type { Chassis, RoutedRequest } from '../../node/index.js';
import { detached } from '../../sip/index.js';
import { canonicalPrivateIdentity, identityKey } from '../identity/index.js';
import { criteriaOf } from '../subscription/matching-criteria.js';
import { hasUnregisteredServices } from '../subscription/unregistered-services.js';
import type { UserProfile } from '../subscription/user-data.js';
import { readAssignment } from './assignment.js';
import type { ScscfConfig } from './config.js';
import type { EndingAssignments } from './ending-assignments.js';
import { featuresOf } from './received-profile.js';
import type { Restorations } from './restoration.js';
import type { ServedUser } from './served-user.js';
import { unregisteredUser } from './unregistered-user.machine.js';
import type { UserRegistration, UserRegistrations } from './user-registrations.js';

/** Whom the HSS has given: restored, served without a registration, or nobody. */
type Done = (user: UserRegistration | UnregisteredUser | undefined) => void;

export interface UnregisteredParts {
  readonly chassis: Chassis;
  readonly config: ScscfConfig;
  readonly cx: CxClient;
  readonly endings: EndingAssignments;
  readonly users: UserRegistrations;
  /** Somebody is about to register one of these identities. */
  readonly isRegistering: (identities: readonly string[]) => boolean;
  readonly restorations: Restorations;
}

export class UnregisteredUser implements ServedUser {
  readonly isRegistered = false;
  readonly machine: Instance<typeof unregisteredUser>;
  profile: UserProfile | undefined;
  charging: ChargingInformation | undefined;
  hssHost: string | undefined;
  /** What SAA has left of a registration. */
  restored: UserRegistration | undefined;
  readonly waiting: Done[] = [];

  constructor(
    parts: UnregisteredParts,
    readonly publicIdentity: string,
    onDone: () => void,
  ) {
    this.machine = parts.chassis.host.create(unregisteredUser, {
      id: `unregisteredUser:${publicIdentity}`,
      input: undefined,
      owner: this as UnregisteredUser,
      effects: effectsWith(parts),
      onDone,
    });
  }
}

export class UnregisteredUsers {
  readonly #parts: UnregisteredParts;
  readonly #byIdentity = new Map<string, UnregisteredUser>();

  constructor(parts: UnregisteredParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#byIdentity.size;
  }

  /** Before a request of or for a user who is not registered here is judged; `proceed` once, but not where it was cancelled. */
  before({ server }: RoutedRequest, identity: string | undefined, proceed: Done): void {
    const key = identity === undefined ? undefined : detached(identityKey(identity));
    const here = key === undefined ? undefined : this.#parts.users.byPublic(key);
    if (key === undefined || here?.isRegistered) {
      proceed(here);
      return;
    }
    const known = this.#byIdentity.get(key);
    if (known?.machine.state === 'served') {
      known.machine.send({ type: 'sip.request' });
      proceed(known);
      return;
    }
    let isCancelled = false;
    server.onCancel(() => {
      isCancelled = true;
      server.reply(487);
    });
    const user = known ?? this.#ask(key);
    user.waiting.push((found) => {
      if (!isCancelled) proceed(found);
    });
  }

  /** They count no more as not registered. */
  registered({ publicIdentities }: UserProfile): void {
    if (this.#byIdentity.size === 0) return;
    for (const { uri } of publicIdentities)
      this.#byIdentity.get(identityKey(uri))?.machine.send({ type: 'user.registered' });
  }

  /** For RTR and PPR. */
  byPrivate(privateIdentity: string): readonly UnregisteredUser[] {
    return [...this.#byIdentity.values()].filter(
      ({ profile }) => profile !== undefined && canonicalPrivateIdentity(profile.privateIdentity) === privateIdentity,
    );
  }

  /** An identity is served here without a registration. */
  has(publicIdentity: string): boolean {
    return this.#byIdentity.has(identityKey(publicIdentity));
  }

  /** Ends all machines, silently. */
  close(): void {
    for (const { machine } of [...this.#byIdentity.values()]) machine.stop();
  }

  #ask(publicIdentity: string): UnregisteredUser {
    const user = new UnregisteredUser(this.#parts, publicIdentity, () => this.#byIdentity.delete(publicIdentity));
    this.#byIdentity.set(publicIdentity, user);
    return user;
  }
}

function effectsWith(parts: UnregisteredParts): EffectsOf<typeof unregisteredUser, UnregisteredUser> {
  return {
    askHss: (_, user) => askHss(parts, user),
    proceed: ({ isServed }, user) => {
      const found = isServed ? (user.restored ?? user) : undefined;
      for (const done of user.waiting.splice(0)) done(found);
    },
    giveBack: (_, user) => giveBack(parts, user),
  };
}

/** Without the private identity, which no request has: only UNREGISTERED_USER may go so (TS 29.228 §6.1.2). */
function askHss({ chassis, config, cx, restorations }: UnregisteredParts, user: UnregisteredUser): void {
  const { publicIdentity } = user;
  const features = featuresOf(config);
  cx.serverAssignment(
    {
      publicIdentities: [publicIdentity],
      serverName: config.serverName,
      serverAssignmentType: 'UNREGISTERED_USER',
      userDataAlreadyAvailable: false,
      ...(features !== 0 && { supportedFeatures: [cxFeatures(features)] }),
    },
    (answer: ServerAssignmentAnswer) => {
      const outcome = readAssignment(answer, true, undefined, config);
      if ('status' in outcome) {
        const { cause } = outcome;
        chassis.explain({ ...cause, text: `for ${publicIdentity} ${cause.text}` });
        user.machine.send({ type: 'cx.saaRefused' });
        return;
      }
      for (const note of outcome.notes) chassis.explain(note);
      user.hssHost = 'originHost' in answer ? answer.originHost : undefined;
      user.profile = outcome.profile;
      user.charging = outcome.charging;
      user.restored = restorations.restore(publicIdentity, user.hssHost, outcome);
      const brought = user.restored !== undefined ? 'registration' : hasServices(user) ? 'services' : 'nothing';
      user.machine.send({ type: 'cx.saa', brought });
    },
  );
}

function hasServices({ profile, publicIdentity }: UnregisteredUser): boolean {
  if (profile === undefined) return false;
  const filterCriteria = criteriaOf(profile, publicIdentity);
  return hasUnregisteredServices({ filterCriteria }, 2) || hasUnregisteredServices({ filterCriteria }, 3);
}

/** Nothing can be done here for the user, or nobody has asked for long (CX 4.2 row 4). */
function giveBack(
  { config, endings, users, isRegistering }: UnregisteredParts,
  { publicIdentity, profile, hssHost }: UnregisteredUser,
): void {
  if (users.byPublic(publicIdentity)?.isRegistered === true) return; // it has registered while the HSS was asked
  const identities = profile?.publicIdentities.map(({ uri }) => uri) ?? [publicIdentity];
  const query = {
    publicIdentities: [publicIdentity],
    serverName: config.serverName,
    serverAssignmentType: 'TIMEOUT_DEREGISTRATION',
    userDataAlreadyAvailable: true,
    ...(hssHost === undefined ? {} : { destinationHost: hssHost }),
  } as const;
  // TS 29.228 §6.1.2.1: without a private identity it ends the registration of everybody, and one that is just beginning with it.
  if (isRegistering(identities)) endings.endLater(query, identities);
  else endings.end(query, identities);
}
