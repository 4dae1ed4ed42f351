import { type Credentials, digestParameter, type SipRequest } from '../../sip/index.js';
import { canonicalPrivateIdentity } from './canonical.js';

/**
 * IMPI of a REGISTER: the username of Authorization, else To without scheme and parameters (REG-30; TS 24.229 §5.3.1.2,
 * §5.4.1.2.1). `credentials`: of Authorization, where they are read already.
 */
export function privateIdentityIn(register: SipRequest, credentials?: Credentials): string {
  const username = credentials === undefined ? usernameOf(register) : credentials.username;
  if (username !== undefined && username !== '') return canonicalPrivateIdentity(username);
  const { uri } = register.to;
  return uri.user === undefined ? uri.host : canonicalPrivateIdentity(`${uri.user}@${uri.host}`);
}

function usernameOf(register: SipRequest): string | undefined {
  const authorization = register.header('Authorization');
  return authorization === undefined ? undefined : digestParameter(authorization, 'username');
}
