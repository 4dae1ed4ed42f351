/** Every rule that is checked. */
import type { Rule } from './rule.js';
import { akaRules } from './rules/aka.js';
import { associationLifeRules } from './rules/association-life.js';
import { associationRules } from './rules/associations.js';
import { authenticationRules } from './rules/authentication.js';
import { callRules } from './rules/call.js';
import { cxHssRules } from './rules/cx-hss.js';
import { cxMessageRules } from './rules/cx-messages.js';
import { diameterBaseRules } from './rules/diameter-base.js';
import { identitySetRules } from './rules/identity-sets.js';
import { regEventRules } from './rules/reg-event.js';
import { regEventEndRules } from './rules/reg-event-ends.js';
import { watcherRules } from './rules/reg-event-watchers.js';
import { registeredUeRules } from './rules/registered-ue.js';
import { icscfRegistrationRules } from './rules/registration-icscf.js';
import { registrationNewsRules } from './rules/registration-news.js';
import { pcscfRegistrationRules } from './rules/registration-pcscf.js';
import { scscfRegistrationRules } from './rules/registration-scscf.js';
import { ueRegistrationRules } from './rules/registration-ue.js';
import { securityAgreementRules } from './rules/security-agreement.js';
import { serviceRules } from './rules/services.js';
import { shRules } from './rules/sh.js';
import { sipRules } from './rules/sip.js';
import { thirdPartyRules } from './rules/third-party.js';

export const rules: readonly Rule[] = [
  ...ueRegistrationRules,
  ...registeredUeRules,
  ...pcscfRegistrationRules,
  ...icscfRegistrationRules,
  ...scscfRegistrationRules,
  ...authenticationRules,
  ...securityAgreementRules,
  ...associationRules,
  ...associationLifeRules,
  ...identitySetRules,
  ...regEventRules,
  ...regEventEndRules,
  ...watcherRules,
  ...registrationNewsRules,
  ...thirdPartyRules,
  ...akaRules,
  ...cxMessageRules,
  ...cxHssRules,
  ...shRules,
  ...diameterBaseRules,
  ...callRules,
  ...serviceRules,
  ...sipRules,
];
