/** Which state machines the nodes of a role have, and their states: for expectations of states. */
import type { AnyStateMachine } from 'xstate';
import { peerMachine } from '../../diameter/peer/peer.machine.js';
import { redirectionMachine } from '../../diameter/peer/redirection.machine.js';
import { watchdogMachine } from '../../diameter/peer/watchdog.machine.js';
import { announcement } from '../../ims/as/announcement.machine.js';
import { thirdPartyRegistration } from '../../ims/as/third-party-registration.machine.js';
import { subscription } from '../../ims/hss/subscription.machine.js';
import { locationQuery } from '../../ims/icscf/location-query.machine.js';
import { registrationQuery } from '../../ims/icscf/registration-query.machine.js';
import { associationSet } from '../../ims/pcscf/association-set.machine.js';
import { registration as pcscfRegistration } from '../../ims/pcscf/registration.machine.js';
import { registrationNotification } from '../../ims/reg-event/registration-notification.machine.js';
import { registrationWatch } from '../../ims/reg-event/registration-watch.machine.js';
import { authentication } from '../../ims/scscf/authentication.machine.js';
import { endingAssignment } from '../../ims/scscf/ending-assignment.machine.js';
import { registration as scscfRegistration } from '../../ims/scscf/registration.machine.js';
import { serviceInvocation } from '../../ims/scscf/service-invocation.machine.js';
import { unregisteredUser } from '../../ims/scscf/unregistered-user.machine.js';
import { session } from '../../ims/session/session.machine.js';
import { subscriptionPath } from '../../ims/session/subscription-path.machine.js';
import { hold } from '../../ims/ue/hold.machine.js';
import { keepAlive } from '../../ims/ue/keep-alive.machine.js';
import { originatingCall } from '../../ims/ue/originating-call.machine.js';
import { pagerMessage } from '../../ims/ue/pager-message.machine.js';
import { registration as ueRegistration } from '../../ims/ue/registration.machine.js';
import { securityAssociation } from '../../ims/ue/security-association.machine.js';
import { sessionTimer } from '../../ims/ue/session-timer.machine.js';
import { terminatingCall } from '../../ims/ue/terminating-call.machine.js';
import { lifecycle } from '../../node/lifecycle.machine.js';
import { responseRetransmission } from '../../sip/dialog/response-retransmission.machine.js';
import { proxyBranch } from '../../sip/proxy/proxy-branch.machine.js';
import { inviteClientTransaction } from '../../sip/transaction/invite-client-transaction.machine.js';
import { inviteServerTransaction } from '../../sip/transaction/invite-server-transaction.machine.js';
import { nonInviteClientTransaction } from '../../sip/transaction/non-invite-client-transaction.machine.js';
import { nonInviteServerTransaction } from '../../sip/transaction/non-invite-server-transaction.machine.js';
import type { Role } from '../../topology/topology-schema.js';

const transactions = [
  inviteClientTransaction,
  inviteServerTransaction,
  nonInviteClientTransaction,
  nonInviteServerTransaction,
];
const diameter = [peerMachine, watchdogMachine];
const asking = [...diameter, redirectionMachine];

const MACHINES: Readonly<Record<Role, readonly AnyStateMachine[]>> = {
  'p-cscf': [
    lifecycle,
    pcscfRegistration,
    associationSet,
    registrationWatch,
    session,
    subscriptionPath,
    proxyBranch,
    ...transactions,
  ],
  'i-cscf': [lifecycle, registrationQuery, locationQuery, proxyBranch, ...transactions, ...asking],
  's-cscf': [
    ...[lifecycle, authentication, scscfRegistration, registrationNotification, session, proxyBranch],
    ...[serviceInvocation, unregisteredUser, endingAssignment],
    ...[...transactions, ...asking],
  ],
  hss: [lifecycle, subscription, ...diameter],
  dra: [lifecycle, ...asking],
  slf: [lifecycle, ...asking],
  as: [
    ...[lifecycle, thirdPartyRegistration, registrationWatch, announcement, responseRetransmission, proxyBranch],
    ...transactions,
  ],
  ue: [
    ...[lifecycle, ueRegistration, originatingCall, terminatingCall, hold, sessionTimer, pagerMessage],
    ...[keepAlive, securityAssociation],
    ...[registrationWatch, responseRetransmission, ...transactions],
  ],
};

const tables = new Map<Role, ReadonlyMap<string, readonly string[]>>();

/** Machine id → names of its states, those that hold others and `outer.inner` included. */
export function machinesOf(role: Role): ReadonlyMap<string, readonly string[]> {
  const known = tables.get(role);
  if (known !== undefined) return known;
  const table = new Map(MACHINES[role].map((machine) => [machine.id, statesOf(machine)]));
  tables.set(role, table);
  return table;
}

function statesOf(machine: AnyStateMachine): readonly string[] {
  return Object.values(machine.root.states).flatMap(({ key, states }) => [
    key,
    ...Object.keys(states).map((inner) => `${key}.${inner}`),
  ]);
}
