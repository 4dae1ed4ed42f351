/** The answers of the state tables in terms of result codes and AVPs (TS 29.228 §6.1, TS 29.229 §6.2). */
import type {
  CxReply,
  LocationInfo,
  MultimediaAuthInfo,
  ServerAssignmentInfo,
  UserAuthorizationInfo,
} from '../../diameter/index.js';
import { cxFeature } from '../../diameter/index.js';
import type { Subscriber } from '../subscription/subscriber.js';
import { formatUserData } from '../subscription/user-data.js';
import { refusals } from './refusals.js';
import type { RegistrationSet } from './registration-set.js';
import { servedProfiles } from './service-activation.js';
import type { ShState } from './sh-state.js';
import type { AnswerName, AssignedServer } from './subscription.machine.js';

type Info = UserAuthorizationInfo & ServerAssignmentInfo & MultimediaAuthInfo & LocationInfo;
export type Reply = CxReply<Info>;

/** What an answer tells of. */
export interface ReplySubject {
  readonly subscriber: Subscriber;
  readonly set: RegistrationSet;
  /** What application servers have left of the subscription. */
  readonly sh: ShState | undefined;
  /** The S-CSCF of the subscription. */
  readonly server: AssignedServer | undefined;
  /** The other private identities of the set (TS 29.229 6.3.33). */
  readonly associated: readonly string[];
  /** What the S-CSCF can do: bits of `cxFeature`. */
  readonly features: number;
  /** The items of a MAA. */
  readonly authentication?: (() => MultimediaAuthInfo) | undefined;
}

const success = { kind: 'success', resultCode: 2001 } as const;
const experimental = (experimentalResultCode: number) => ({ kind: 'experimental', experimentalResultCode }) as const;

const replies: Readonly<Record<AnswerName, (subject: ReplySubject) => Reply>> = {
  success: () => success,
  successWithServer: (subject) => ({ ...success, ...serverOf(subject) }),
  firstRegistration: ({ subscriber }) => ({ ...experimental(2001), ...capabilitiesOf(subscriber) }),
  subsequentRegistration: (subject) => ({ ...experimental(2002), ...serverOf(subject) }),
  unregisteredService: ({ subscriber }) => ({ ...experimental(2003), ...capabilitiesOf(subscriber) }),
  serverNameNotStored: () => experimental(2004),
  serverCapabilities: ({ subscriber }) => ({ ...success, ...capabilitiesOf(subscriber) }),
  identityNotRegistered: () => refusals.identityNotRegistered,
  identityAlreadyRegistered: (subject) => ({ ...refusals.identityAlreadyRegistered, ...serverOf(subject) }),
  unableToComply: () => refusals.unableToComply,
  userData: (subject) => ({ ...success, ...profileOf(subject) }),
  vectors: ({ authentication }) => ({ ...success, ...authentication?.() }),
};

export function replyFor(answer: AnswerName, subject: ReplySubject): Reply {
  return replies[answer](subject);
}

function serverOf({ server }: ReplySubject): UserAuthorizationInfo {
  return server === undefined ? {} : { serverName: server.name };
}

/** A subscriber without wishes is served by any S-CSCF: an empty group would say nothing (TS 29.229 §6.3.4). */
export function capabilitiesOf({ capabilities }: Subscriber): UserAuthorizationInfo {
  const { mandatory, optional } = capabilities;
  if (mandatory.length === 0 && optional.length === 0) return {};
  return {
    serverCapabilities: { mandatoryCapabilities: mandatory, optionalCapabilities: optional, serverNames: [] },
  };
}

/** TS 29.228 §6.6: the whole document of the set, and the charging functions with it. */
function profileOf({ subscriber, set, sh, associated, features }: ReplySubject): ServerAssignmentInfo {
  const { privateIdentity, charging, looseRoute } = subscriber;
  const { restoration, context } = set;
  const readerHasSharedSets = (features & cxFeature.sharedFilterCriteria) !== 0;
  // TS 29.228 §6.1.2.1: to whom it says something.
  const restores = (features & cxFeature.restoration) !== 0;
  const registered = restores ? context.registeredBy.filter((each) => each !== privateIdentity) : [];
  return {
    userName: privateIdentity,
    userData: formatUserData({ privateIdentity, serviceProfiles: servedProfiles(set.data, sh), readerHasSharedSets }),
    ...(charging !== undefined && { chargingInformation: charging }),
    ...(associated.length > 0 && { associatedIdentities: associated }),
    ...(registered.length > 0 && { associatedRegisteredIdentities: registered }),
    ...(looseRoute && { looseRouteIndication: true }),
    ...(restores && restoration !== undefined && { restorationInfo: [...restoration.values()] }),
  };
}
