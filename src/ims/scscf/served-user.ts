/** Whom an S-CSCF serves with a request: a registered user, or one who has services while not registered. TS 24.229 §5.4.3. */
import type { ChargingInformation } from '../../diameter/index.js';
import { type MessageEditor, parseUri } from '../../sip/index.js';
import type { UserProfile } from '../subscription/user-data.js';
import { chargingFunctions } from './charging-functions.js';

export interface ServedUser {
  readonly publicIdentity: string;
  readonly profile: UserProfile | undefined;
  readonly charging: ChargingInformation | undefined;
  readonly isRegistered: boolean;
}

/** TS 24.229 §5.4.3.2, §5.4.3.3: for nodes of the home network alone. */
export function setChargingFunctions(
  editor: MessageEditor,
  { charging }: Pick<ServedUser, 'charging'>,
  isForHome: boolean,
): void {
  const functions = isForHome ? chargingFunctions(charging) : undefined;
  if (functions === undefined) editor.remove('P-Charging-Function-Addresses');
  else editor.set('P-Charging-Function-Addresses', functions);
}

/** Whether a URI is of the domain or of one below it. */
export function isOfDomain(uri: string, domain: string): boolean {
  const host = parseUri(uri)?.host.toLowerCase();
  const whole = domain.toLowerCase();
  return host === whole || host?.endsWith(`.${whole}`) === true;
}
