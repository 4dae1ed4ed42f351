/** What a relay or redirect agent says that it speaks: everything, without knowing any of it (RFC 6733 2.4, 2.8). */
import type { Application } from './application.js';
import { baseAvps, relayApplicationId } from './base.dictionary.js';

export const relayDictionary = {
  name: 'Relay',
  id: relayApplicationId,
  vendor: 0,
  avps: baseAvps,
  commands: {},
} as const satisfies Application;
