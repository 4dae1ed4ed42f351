/** The answers of the state tables in terms of result codes and AVPs (TS 29.228 §6.1, TS 29.229 §6.2). */
import type { CxReply, MultimediaAuthInfo, ServerAssignmentInfo, UserAuthorizationInfo } from '../../diameter/index.js';
import type { Subscriber } from '../subscription/subscriber.js';
import { formatUserData } from '../subscription/user-data.js';
import { refusals } from './refusals.js';
import type { CxAnswer } from './subscription.machine.js';
import type { Subscription } from './subscriptions.js';

/** UAA's AVPs are LIA's as well. */
type Info = UserAuthorizationInfo & ServerAssignmentInfo & MultimediaAuthInfo;
export type Reply = CxReply<Info>;

const success = { kind: 'success', resultCode: 2001 } as const;
const firstRegistration = { kind: 'experimental', experimentalResultCode: 2001 } as const;
const subsequentRegistration = { kind: 'experimental', experimentalResultCode: 2002 } as const;

const replies: Readonly<Record<CxAnswer, (subscription: Subscription) => Reply>> = {
  success: () => success,
  successWithServer: (subscription) => ({ ...success, ...serverOf(subscription) }),
  firstRegistration: (subscription) => ({ ...firstRegistration, ...capabilitiesOf(subscription) }),
  subsequentRegistration: (subscription) => ({ ...subsequentRegistration, ...serverOf(subscription) }),
  serverCapabilities: (subscription) => ({ ...success, ...capabilitiesOf(subscription) }),
  identityNotRegistered: () => refusals.identityNotRegistered,
  identityAlreadyRegistered: () => refusals.identityAlreadyRegistered,
  unableToComply: () => refusals.unableToComply,
  userData: (subscription) => ({
    kind: 'success',
    resultCode: 2001,
    userName: subscription.subscriber.privateIdentity,
    userData: userDataOf(subscription),
  }),
  vectors: (subscription) => ({ ...success, ...vectorsOf(subscription) }),
};

export function replyFor(answer: CxAnswer, subscription: Subscription): Reply {
  return replies[answer](subscription);
}

function serverOf({ machine }: Subscription): UserAuthorizationInfo {
  const { server } = machine.context;
  return server === undefined ? {} : { serverName: server.name };
}

/** A subscriber without wishes is served by any S-CSCF: an empty group would say nothing (TS 29.229 §6.3.4). */
function capabilitiesOf({ subscriber }: Subscription): UserAuthorizationInfo {
  const { mandatory, optional } = subscriber.capabilities;
  if (mandatory.length === 0 && optional.length === 0) return {};
  return {
    serverCapabilities: { mandatoryCapabilities: mandatory, optionalCapabilities: optional, serverNames: [] },
  };
}

/** The document never changes while the HSS runs. */
function userDataOf(subscription: Subscription): string {
  subscription.userData ??= userDataFor(subscription.subscriber);
  return subscription.userData;
}

/** All sets in one document. */
function userDataFor({ privateIdentity, implicitSets }: Subscriber): string {
  return formatUserData({ privateIdentity, serviceProfiles: implicitSets.flatMap((set) => set.serviceProfiles) });
}

/** One vector is always enough for one challenge; several are allowed, none is required (TS 29.228 §6.3). */
function vectorsOf({ authenticationCentre }: Subscription): MultimediaAuthInfo {
  const { rand, autn, xres, ck, ik } = authenticationCentre.nextVector();
  return {
    sipNumberAuthItems: 1,
    sipAuthDataItems: [
      {
        sipItemNumber: 1,
        sipAuthenticationScheme: 'Digest-AKAv1-MD5',
        sipAuthenticate: Buffer.concat([rand, autn]),
        sipAuthorization: xres,
        confidentialityKey: ck,
        integrityKey: ik,
      },
    ],
  };
}
