/** Every rule that is checked. */
import type { Rule } from './rule.js';
import { akaRules } from './rules/aka.js';
import { callRules } from './rules/call.js';
import { cxHssRules } from './rules/cx-hss.js';
import { cxMessageRules } from './rules/cx-messages.js';
import { diameterBaseRules } from './rules/diameter-base.js';
import { registeredUeRules } from './rules/registered-ue.js';
import { icscfRegistrationRules } from './rules/registration-icscf.js';
import { pcscfRegistrationRules } from './rules/registration-pcscf.js';
import { scscfRegistrationRules } from './rules/registration-scscf.js';
import { ueRegistrationRules } from './rules/registration-ue.js';
import { sipRules } from './rules/sip.js';

export const rules: readonly Rule[] = [
  ...ueRegistrationRules,
  ...registeredUeRules,
  ...pcscfRegistrationRules,
  ...icscfRegistrationRules,
  ...scscfRegistrationRules,
  ...akaRules,
  ...cxMessageRules,
  ...cxHssRules,
  ...diameterBaseRules,
  ...callRules,
  ...sipRules,
];
