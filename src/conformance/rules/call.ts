/** The rules of sessions that traces are checked for. */
import type { Rule } from '../rule.js';
import { callIdentityRules } from './call-identity.js';
import { callMediaRules } from './call-media.js';

export const callRules: readonly Rule[] = [...callIdentityRules, ...callMediaRules];
