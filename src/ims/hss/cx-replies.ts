/** The answers of the state tables in terms of result codes and AVPs (TS 29.228 §6.1, TS 29.229 §6.2). */
import type {
  DiameterReply,
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
export type Reply = DiameterReply<Info>;

/** What an answer tells of. */
export interface ReplySubject {
  readonly subscriber: Subscriber;
  readonly set: RegistrationSet;
  /** What application servers have left of the subscription. */
  readonly sh: ShState | undefined;
  /** The S-CSCF of the subscription. */
  readonly server: AssignedServer | undefined;
  /** What the S-CSCF can do: bits of `cxFeature`. */
  readonly features: number;
  /** The MAA with its items. */
  readonly authentication?: (() => Reply & MultimediaAuthInfo) | undefined;
}

const success = { kind: 'success', resultCode: 2001 } as const;
const experimental = (experimentalResultCode: number) => ({ kind: 'experimental', experimentalResultCode }) as const;

/** Answers are written out: an object put together with `...` takes a hidden class of its own. */
const replies: Readonly<Record<AnswerName, (subject: ReplySubject) => Reply>> = {
  success: () => success,
  successWithServer: ({ server }) => ({ kind: 'success', resultCode: 2001, serverName: server?.name }),
  firstRegistration: ({ subscriber }) => withCapabilities(2001, subscriber),
  subsequentRegistration: ({ server }) => ({
    kind: 'experimental',
    experimentalResultCode: 2002,
    serverName: server?.name,
  }),
  unregisteredService: ({ subscriber }) => withCapabilities(2003, subscriber),
  serverNameNotStored: () => experimental(2004),
  serverCapabilities: ({ subscriber }) => ({ ...success, ...capabilitiesOf(subscriber) }),
  identityNotRegistered: () => refusals.identityNotRegistered,
  identityAlreadyRegistered: ({ server }) => ({ ...refusals.identityAlreadyRegistered, serverName: server?.name }),
  unableToComply: () => refusals.unableToComply,
  terminationPending: () => refusals.terminationPending,
  userData: profileOf,
  vectors: ({ authentication }) => authentication?.() ?? success,
};

export function replyFor(answer: AnswerName, subject: ReplySubject): Reply {
  return replies[answer](subject);
}

function withCapabilities(experimentalResultCode: number, subscriber: Subscriber): Reply {
  const { serverCapabilities } = capabilitiesOf(subscriber);
  return { kind: 'experimental', experimentalResultCode, serverCapabilities };
}

/** A subscriber without wishes is served by any S-CSCF: an empty group would say nothing (TS 29.229 §6.3.4). */
function capabilitiesOf({ capabilities }: Subscriber): UserAuthorizationInfo {
  const { mandatory, optional } = capabilities;
  if (mandatory.length === 0 && optional.length === 0) return noCapabilities;
  return {
    serverCapabilities: { mandatoryCapabilities: mandatory, optionalCapabilities: optional, serverNames: [] },
  };
}

const noCapabilities: UserAuthorizationInfo = {};

/** TS 29.228 §6.6: the whole document of the set, and the charging functions with it. */
function profileOf({ subscriber, set, sh, features }: ReplySubject): Reply & ServerAssignmentInfo {
  const { privateIdentity, charging, looseRoute } = subscriber;
  const { restoration, context } = set;
  const readerHasSharedSets = (features & cxFeature.sharedFilterCriteria) !== 0;
  // TS 29.228 §6.1.2.1: to whom it says something.
  const restores = (features & cxFeature.restoration) !== 0;
  return {
    kind: 'success',
    resultCode: 2001,
    userName: privateIdentity,
    userData: formatUserData({ privateIdentity, serviceProfiles: servedProfiles(set.data, sh), readerHasSharedSets }),
    chargingInformation: charging,
    // TS 29.229 6.3.33
    associatedIdentities: others(set.privateIdentities, privateIdentity),
    associatedRegisteredIdentities: restores ? others(context.registeredBy, privateIdentity) : undefined,
    looseRouteIndication: looseRoute,
    restorationInfo: restores && restoration !== undefined ? [...restoration.values()] : undefined,
  };
}

/** The other private identities of the set, where there are any. */
function others(privateIdentities: readonly string[], own: string): readonly string[] | undefined {
  if (privateIdentities.length === 1 && privateIdentities[0] === own) return undefined;
  const left = privateIdentities.filter((each) => each !== own);
  return left.length === 0 ? undefined : left;
}
