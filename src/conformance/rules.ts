/** Every rule that is checked. */
import type { Rule } from './rule.js';

export const rules: readonly Rule[] = [];
