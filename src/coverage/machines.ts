/** Every state machine of the project, by the name of its page in docs/machines. */
import type { AnyStateMachine } from 'xstate';
import { peerMachine } from '../diameter/peer/peer.machine.js';
import { redirectionMachine } from '../diameter/peer/redirection.machine.js';
import { watchdogMachine } from '../diameter/peer/watchdog.machine.js';
import { announcement } from '../ims/as/announcement.machine.js';
import { thirdPartyRegistration } from '../ims/as/third-party-registration.machine.js';
import { subscription } from '../ims/hss/subscription.machine.js';
import { locationQuery } from '../ims/icscf/location-query.machine.js';
import { registrationQuery } from '../ims/icscf/registration-query.machine.js';
import { associationSet } from '../ims/pcscf/association-set.machine.js';
import { registration as pcscfRegistration } from '../ims/pcscf/registration.machine.js';
import { registrationNotification } from '../ims/reg-event/registration-notification.machine.js';
import { registrationWatch } from '../ims/reg-event/registration-watch.machine.js';
import { authentication } from '../ims/scscf/authentication.machine.js';
import { endingAssignment } from '../ims/scscf/ending-assignment.machine.js';
import { registration as scscfRegistration } from '../ims/scscf/registration.machine.js';
import { serviceInvocation } from '../ims/scscf/service-invocation.machine.js';
import { unregisteredUser } from '../ims/scscf/unregistered-user.machine.js';
import { session } from '../ims/session/session.machine.js';
import { subscriptionPath } from '../ims/session/subscription-path.machine.js';
import { hold } from '../ims/ue/hold.machine.js';
import { keepAlive } from '../ims/ue/keep-alive.machine.js';
import { originatingCall } from '../ims/ue/originating-call.machine.js';
import { pagerMessage } from '../ims/ue/pager-message.machine.js';
import { registration as ueRegistration } from '../ims/ue/registration.machine.js';
import { securityAssociation } from '../ims/ue/security-association.machine.js';
import { sessionTimer } from '../ims/ue/session-timer.machine.js';
import { terminatingCall } from '../ims/ue/terminating-call.machine.js';
import { lifecycle } from '../node/lifecycle.machine.js';
import { responseRetransmission } from '../sip/dialog/response-retransmission.machine.js';
import { proxyBranch } from '../sip/proxy/proxy-branch.machine.js';
import { inviteClientTransaction } from '../sip/transaction/invite-client-transaction.machine.js';
import { inviteServerTransaction } from '../sip/transaction/invite-server-transaction.machine.js';
import { nonInviteClientTransaction } from '../sip/transaction/non-invite-client-transaction.machine.js';
import { nonInviteServerTransaction } from '../sip/transaction/non-invite-server-transaction.machine.js';

export interface CoveredMachine {
  readonly name: string;
  readonly machine: AnyStateMachine;
  /** The one role whose nodes run it, where machines of several roles have the same id. */
  readonly role?: string;
}

export const machines: readonly CoveredMachine[] = [
  { name: 'announcement', machine: announcement },
  { name: 'association-set', machine: associationSet },
  { name: 'authentication', machine: authentication },
  { name: 'ending-assignment', machine: endingAssignment },
  { name: 'hold', machine: hold },
  { name: 'invite-client-transaction', machine: inviteClientTransaction },
  { name: 'invite-server-transaction', machine: inviteServerTransaction },
  { name: 'keep-alive', machine: keepAlive },
  { name: 'lifecycle', machine: lifecycle },
  { name: 'location-query', machine: locationQuery },
  { name: 'non-invite-client-transaction', machine: nonInviteClientTransaction },
  { name: 'non-invite-server-transaction', machine: nonInviteServerTransaction },
  { name: 'originating-call', machine: originatingCall },
  { name: 'pager-message', machine: pagerMessage },
  { name: 'pcscf-registration', machine: pcscfRegistration, role: 'p-cscf' },
  { name: 'peer', machine: peerMachine },
  { name: 'proxy-branch', machine: proxyBranch },
  { name: 'registration-notification', machine: registrationNotification },
  { name: 'registration-query', machine: registrationQuery },
  { name: 'registration-watch', machine: registrationWatch },
  { name: 'response-retransmission', machine: responseRetransmission },
  { name: 'scscf-registration', machine: scscfRegistration, role: 's-cscf' },
  { name: 'security-association', machine: securityAssociation },
  { name: 'service-invocation', machine: serviceInvocation },
  { name: 'session', machine: session },
  { name: 'session-timer', machine: sessionTimer },
  { name: 'subscription', machine: subscription },
  { name: 'subscription-path', machine: subscriptionPath },
  { name: 'terminating-call', machine: terminatingCall },
  { name: 'third-party-registration', machine: thirdPartyRegistration },
  { name: 'unregistered-user', machine: unregisteredUser },
  { name: 'ue-registration', machine: ueRegistration, role: 'ue' },
  { name: 'redirection', machine: redirectionMachine },
  { name: 'watchdog', machine: watchdogMachine },
];
