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
import { isSameContact, nextExpiryMs } from './bindings.js';
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
    const hasFlow = wanted?.kind === 'bind' && wanted.contact.flow !== undefined;
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
    const others = nextExpiryMs(user.bindings, this.#now());
    if ('status' in outcome) {
      const { status, cause, tooMuch = false } = outcome;
      chassis.explain({ ...cause, text: `for ${user.privateIdentity} ${cause.text}` });
      if (type === 'registration' && answer.kind === 'success') this.#giveBack(user, tooMuch);
      machine.send({ type: 'cx.saaRefused', status, nextExpiryMs: others });
      return;
    }
    user.assignedAt = this.#now();
    if (outcome.charging !== undefined) user.charging = outcome.charging;
    if (outcome.looseRoute !== undefined) user.looseRoute = outcome.looseRoute;
    for (const note of outcome.notes) chassis.explain(note);
    const wanted = machine.context.request?.intent;
    const ownMs = wanted?.kind === 'bind' ? wanted.contact.seconds * 1000 : 0;
    const nextMs = others === 0 ? ownMs : Math.min(others, ownMs);
    machine.send({ type: 'cx.saa', profile: outcome.profile, nextExpiryMs: nextMs });
  }

  /** What is left at the HSS of the contacts, the one that the REGISTER asks for with them (TS 23.380 4.3.2). */
  #left(
    request: IncomingRegister | undefined,
    type: AssignmentType,
    user: UserRegistration,
  ): ScscfRestorationInfo | undefined {
    const intent = request?.intent;
    const binds = isGranting(type) && intent?.kind === 'bind';
    if (this.parts.config.restoration !== true || !binds) return undefined;
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
