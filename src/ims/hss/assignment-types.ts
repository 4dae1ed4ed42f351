/** Server-Assignment-Type by what the HSS does (TS 29.228 §6.1.2.1; the SWx types 12 to 14 are not for Cx). */
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

/** Those that only a public user identity can have, no PSI (TS 29.228 §6.1.2.1). */
export function isForUsers(event: AssignmentEvent | undefined): boolean {
  return event === 'register' || event === 'authenticationEnded';
}
