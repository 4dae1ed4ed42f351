import { digestParameter, type SipRequest } from '../../sip/index.js';

/** IMPI of a REGISTER: the username of Authorization, else To without scheme and parameters (REG-30; TS 24.229 §5.3.1.2, §5.4.1.2.1). */
export function privateIdentityIn(register: SipRequest): string {
  const authorization = register.header('Authorization');
  const username = authorization === undefined ? undefined : digestParameter(authorization, 'username');
  if (username !== undefined && username !== '') return username;
  const { uri } = register.to;
  return uri.user === undefined ? uri.host : `${uri.user}@${uri.host}`;
}
