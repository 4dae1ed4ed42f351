import type { AuthenticationScheme } from './authentication.js';
import type { UeConfig } from './config.js';
import { DigestAuthentication } from './digest-authentication.js';
import { noAuthentication } from './no-authentication.js';
import { Usim } from './usim.js';

/** The scheme that the profile gives to this UE. */
export function schemeOf({ authentication, sim }: UeConfig): AuthenticationScheme {
  switch (authentication.scheme) {
    case 'aka':
      return new Usim(sim);
    case 'sip-digest':
      return new DigestAuthentication(authentication.secret);
    case 'none':
      return noAuthentication;
  }
}
