import type { UeConfig } from '../../../src/ims/ue/index.js';
import { noQuirks } from '../../../src/ims/ue/quirks.js';

/** What a UE is given where a test does not say otherwise. */
export const usualUe = {
  authentication: { scheme: 'aka' },
  security: { mechanism: 'none', algorithms: [{ integrity: 'hmac-sha-1-96', encryption: 'aes-cbc' }], mode: 'trans' },
  registration: {
    expires: 600_000,
    features: ['+g.3gpp.smsip'],
    gruu: false,
    flows: 1,
    keepAliveMs: undefined,
    subscribe: false,
  },
  quirks: noQuirks,
} as const satisfies Partial<UeConfig>;

export const registration: UeConfig['registration'] = usualUe.registration;
