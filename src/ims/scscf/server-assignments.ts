/** S-CSCF: the HSS is told of a registration, of its refresh and of its end. Cx-Put of TS 29.228 §6.1.2; TS 23.380 4.3.2. */
import {
  type CxClient,
  cxFeatures,
  type ScscfRestorationInfo,
  type ServerAssignmentAnswer,
  type SupportedFeatures,
} from '../../diameter/index.js';
import type { Instance } from '../../machine/index.js';
import type { Chassis } from '../../node/index.js';
import { readAssignment } from './assignment.js';
import { bind, nextExpiryMs } from './bindings.js';
import type { ScscfConfig } from './config.js';
import type { EndingAssignments } from './ending-assignments.js';
import type { LostRegistrations } from './lost-registration.js';
import { featuresOf } from './received-profile.js';
import type { IncomingRegister } from './register-request.js';
import type { AssignmentType, registration } from './registration.machine.js';
import { type LeftContact, restorationOf } from './restoration.js';
import type { UserRegistration } from './user-registrations.js';

/** SAR's Server-Assignment-Type (TS 29.229 6.3.15). */
const assignmentTypes = {
  registration: 'REGISTRATION',
  reRegistration: 'RE_REGISTRATION',
  userDeregistration: 'USER_DEREGISTRATION',
  timeoutDeregistration: 'TIMEOUT_DEREGISTRATION',
  administrativeDeregistration: 'ADMINISTRATIVE_DEREGISTRATION',
} as const;

/** The user is served from then on, or goes on to be. */
function isGranting(type: AssignmentType): boolean {
  return type === 'registration' || type === 'reRegistration';
}

export interface ServerAssignmentsParts {
  readonly chassis: Chassis;
  readonly config: ScscfConfig;
  readonly cx: CxClient;
  readonly endings: EndingAssignments;
  readonly lost: LostRegistrations;
}

export class ServerAssignments {
  readonly #supportedFeatures: readonly SupportedFeatures[] | undefined;

  constructor(private readonly parts: ServerAssignmentsParts) {
    const features = featuresOf(parts.config);
    this.#supportedFeatures = features === 0 ? undefined : [cxFeatures(features)];
  }

  /** Asks; `machine` hears `cx.saa` or `cx.saaRefused`. */
  assign(type: AssignmentType, user: UserRegistration, machine: Instance<typeof registration>): void {
    const { request } = machine.context;
    const wanted = request?.intent;
    const hasFlow =
      wanted?.kind === 'bind'
        ? wanted.contact.flow !== undefined
        : user.bindings.some(({ flow }) => flow !== undefined);
    const query = {
      userName: user.privateIdentity,
      publicIdentities: [user.authentication.publicIdentity],
      serverName: this.parts.config.serverName,
      serverAssignmentType: assignmentTypes[type],
      userDataAlreadyAvailable: user.profile !== undefined,
      multipleRegistrationIndication: hasFlow ? true : undefined,
      supportedFeatures: this.#supportedFeatures,
      restorationInfo: this.#left(request, type, user),
      destinationHost: user.hssHost,
    };
    const settle = (answer: ServerAssignmentAnswer): void => this.#settle(type, user, machine, answer);
    const { cx, endings, lost } = this.parts;
    if (!isGranting(type)) endings.end(query, user.identities, settle);
    else if (type !== 'registration' || wanted?.kind !== 'bind' || !hasFlow) cx.serverAssignment(query, settle);
    else {
      cx.serverAssignment(query, (answer) => {
        if (!lost.adoptOtherFlows(user, wanted.contact, answer)) settle(answer);
        else {
          const restorationInfo = this.#left(request, 'reRegistration', user);
          const refresh = { serverAssignmentType: 'RE_REGISTRATION', userDataAlreadyAvailable: true } as const;
          cx.serverAssignment({ ...query, ...refresh, restorationInfo }, settle);
        }
      });
    }
  }

  /** What the last answer says, to the user's machine. */
  #settle(
    type: AssignmentType,
    user: UserRegistration,
    machine: Instance<typeof registration>,
    answer: ServerAssignmentAnswer,
  ): void {
    const { config, chassis } = this.parts;
    const outcome = readAssignment(answer, isGranting(type), user.profile, config);
    if ('status' in outcome) {
      const { status, cause, tooMuch = false } = outcome;
      chassis.explain({ ...cause, text: `for ${user.privateIdentity} ${cause.text}` });
      if (type === 'registration' && answer.kind === 'success') this.#giveBack(user, tooMuch);
      machine.send({ type: 'cx.saaRefused', status, nextExpiryMs: nextExpiryMs(user.bindings, this.#now()) });
      return;
    }
    user.assignedAt = this.#now();
    if (outcome.charging !== undefined) user.charging = outcome.charging;
    if (outcome.looseRoute !== undefined) user.looseRoute = outcome.looseRoute;
    for (const note of outcome.notes) chassis.explain(note);
    const nextMs = nextExpiryMs(this.#contactsOf(user, machine.context.request), this.#now());
    machine.send({ type: 'cx.saa', profile: outcome.profile, nextExpiryMs: nextMs });
  }

  /** What is left at the HSS (TS 23.380 4.3.2). */
  #left(
    request: IncomingRegister | undefined,
    type: AssignmentType,
    user: UserRegistration,
  ): ScscfRestorationInfo | undefined {
    if (this.parts.config.restoration !== true || !isGranting(type)) return undefined;
    const contacts = this.#contactsOf(user, request);
    return contacts.length === 0 ? undefined : restorationOf(user.privateIdentity, contacts, this.#now());
  }

  /** Those that stand, or will when the REGISTER that waits is granted. */
  #contactsOf({ bindings }: UserRegistration, request: IncomingRegister | undefined): readonly LeftContact[] {
    if (request?.intent.kind !== 'bind') return bindings;
    const { contact, leaving } = request.intent;
    const { message } = request.server;
    const wanted: LeftContact = {
      ...contact,
      path: message.values('Path'),
      callId: message.callId,
      sequence: message.cseq.sequence,
      expiresAt: this.#now() + contact.seconds * 1000,
    };
    return bind<LeftContact>(bindings, wanted, leaving).bindings;
  }

  /** The HSS takes the user for served here, but nobody can serve with the profile that it gave (CX 4.2 row 8). */
  #giveBack(user: UserRegistration, tooMuch: boolean): void {
    const { privateIdentity, publicIdentity, hssHost } = user;
    this.parts.endings.end(
      {
        userName: privateIdentity,
        publicIdentities: [publicIdentity],
        serverName: this.parts.config.serverName,
        serverAssignmentType: tooMuch ? 'DEREGISTRATION_TOO_MUCH_DATA' : 'ADMINISTRATIVE_DEREGISTRATION',
        userDataAlreadyAvailable: true,
        ...(hssHost === undefined ? {} : { destinationHost: hssHost }),
      },
      user.identities,
    );
  }

  #now(): number {
    return this.parts.chassis.environment.clock.now();
  }
}
