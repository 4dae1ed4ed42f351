/** Transitions that the shipped suite does not visit, each with its reason. A test refuses entries that are visited or gone. */

interface CoverageException {
  /** Name of the machine's page. */
  readonly machine: string;
  /** As `describeTransition` gives it. */
  readonly transition: string;
  readonly why: string;
}

const noElection =
  'only a CSCF connects to an HSS, and only an HSS listens: two nodes of a lab never connect to each other, so that there is no election';

/** RFC 6733 5.6.4 and the rows around it: what a node does that connects and is connected to at the same time. */
const elections: readonly string[] = [
  'awaitingConnection: responder.capabilitiesRequest / acceptResponder → awaitingConnectionToElect',
  'awaitingCapabilities: responder.capabilitiesRequest / acceptResponder → awaitingReturns',
  'awaitingConnectionToElect: initiator.opened / sendCapabilitiesRequest → awaitingReturns',
  'awaitingConnectionToElect: initiator.failed / closeInitiator, sendCapabilitiesAnswer → open.responder',
  'awaitingConnectionToElect: responder.closed / closeResponder → awaitingConnection',
  'awaitingConnectionToElect: timer.handshake / closeConnections → closed',
  'awaitingReturns: initiator.closed / closeInitiator, sendCapabilitiesAnswer → open.responder',
  'awaitingReturns: initiator.refused / closeInitiator, sendCapabilitiesAnswer → open.responder',
  'awaitingReturns: initiator.capabilitiesAnswer / closeResponder → open.initiator',
  'awaitingReturns: responder.closed / closeResponder → awaitingCapabilities',
  'awaitingReturns: timer.handshake / closeConnections → closed',
  'awaitingReturns: [winsElection] / closeInitiator, sendCapabilitiesAnswer → open.responder',
];

export const exceptions: readonly CoverageException[] = [
  ...elections.map((transition) => ({ machine: 'peer', transition, why: noElection })),
  {
    machine: 'peer',
    transition: 'open: node.disconnect / sendDisconnectRequest → closing',
    why: 'a node of a lab disconnects for good, when it goes; BUSY and DO_NOT_WANT_TO_TALK_TO_YOU are for programs that use the endpoint',
  },
  {
    machine: 'association-set',
    transition: 'temporary: set.superseded → removed',
    why: 'only a set that stands is superseded: a temporary one is dropped by the next challenge before that has a set',
  },
  {
    machine: 'lifecycle',
    transition: 'starting: node.bindFailed → failed',
    why: 'in the simulated network each node has addresses of its own, so that nothing is in its way; on sockets a lab with a node that cannot bind does not start',
  },
  {
    machine: 'lifecycle',
    transition: 'starting: node.stop → stopped',
    why: 'in virtual time the sockets are bound in the moment in which they are asked for, before another step of a scenario comes',
  },
  {
    machine: 'non-invite-server-transaction',
    transition: 'completed: transport.error / reportTransportError → terminated',
    why: 'over TCP nothing is left of the transaction when its last response fails (timer J is 0), and a datagram that is lost is no error',
  },
  {
    machine: 'proxy-branch',
    transition: 'pending: timer.timerC / reportTimeout → ended',
    why: 'where not even a 100 comes, timer B of the client transaction (32 s, 128 s towards a UE) ends the branch before timer C (181 s)',
  },
  {
    machine: 'registration-watch',
    transition: 'leaving: timer.notifyWait / reportEnd() → ended',
    why: 'it is as long as timer F of the SUBSCRIBE that waits for its answer, and has begun later',
  },
  {
    machine: 'security-association',
    transition: 'temporary: set.superseded → ended',
    why: 'only a set that stands is superseded: a UE drops a temporary one before it makes the next',
  },
  {
    machine: 'security-association',
    transition: 'temporary: timer.regAwaitAuth → ended',
    why: 'timer F of the REGISTER that travels over it (128 s) ends the attempt, and the set with it, before its 4 minutes are over',
  },
  {
    machine: 'service-invocation',
    transition: 'invoked: sip.provisional → engaged',
    why: 'an application server of a lab passes an INVITE on before it says more than 100, or answers it at once; foreign ones ring',
  },
  {
    machine: 'service-invocation',
    transition: 'answered: isc.returned / resume',
    why: 'an application server of a lab passes nothing on after it has answered; one that plays something first and then connects does',
  },
  {
    machine: 'watchdog',
    transition: 'okay: peer.message / setWatchdog',
    why: 'the row of RFC 3539 3.4.1 that each message would take: the peer notes the time of a message without an event',
  },
];
