/** Server-Assignment-Type by what the HSS does (TS 29.228 §6.1.2.1; the SWx types 12 to 14 are not for Cx). */
import type { AssignedServer, SubscriptionEvent } from './subscription.machine.js';

export type AssignmentEvent =
  | 'register'
  | 'unregistered'
  | 'noAssignment'
  | 'deregister'
  | 'storeServerName'
  | 'authenticationEnded';

export const assignmentEvents: Readonly<Record<string, AssignmentEvent | undefined>> = {
  NO_ASSIGNMENT: 'noAssignment',
  REGISTRATION: 'register',
  RE_REGISTRATION: 'register',
  UNREGISTERED_USER: 'unregistered',
  TIMEOUT_DEREGISTRATION: 'deregister',
  USER_DEREGISTRATION: 'deregister',
  ADMINISTRATIVE_DEREGISTRATION: 'deregister',
  DEREGISTRATION_TOO_MUCH_DATA: 'deregister',
  TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME: 'storeServerName',
  USER_DEREGISTRATION_STORE_SERVER_NAME: 'storeServerName',
  AUTHENTICATION_FAILURE: 'authenticationEnded',
  AUTHENTICATION_TIMEOUT: 'authenticationEnded',
};

export function isDeregistration(event: AssignmentEvent | undefined): boolean {
  return event === 'deregister' || event === 'storeServerName';
}

/** The machine's event for an assignment from that S-CSCF. */
export function subscriptionEvent(event: AssignmentEvent, server: AssignedServer): SubscriptionEvent {
  if (event === 'deregister' || event === 'storeServerName') {
    return { type: 'cx.sar.deregister', server, storeServerName: event === 'storeServerName' };
  }
  return { type: `cx.sar.${event}`, server };
}
