/** GIBA and NASS-bundled authentication at the UE: the network knows it by its address or line. TS 33.203 Annex T, TS 24.229 5.1.1.2.5, 5.1.1.2.4. */
import type { AuthenticationScheme } from './authentication.js';

export const noAuthentication: AuthenticationScheme = {
  opening: () => undefined,
  check: () => ({
    verdict: 'unusable',
    text:
      'this UE registers without credentials, and the network wants some: let the HSS answer GIBA or NASS-bundled ' +
      'authentication for this subscriber, or give the UE a scheme',
    clause: 'TS 33.203 Annex T',
  }),
  answer: () => undefined,
  verify: () => undefined,
  forget: () => {},
};
